using ParquetSharp;
using ParquetSharp.Arrow;

namespace MoDoMoDo.Data;

/// <summary>
/// Opens parquet files whose row groups can be read one at a time. Some published files hold gigabytes of pictures in one row
/// group, of which any row costs the whole: they are streamed once into a temporary file with small row groups.
/// </summary>
internal static class SmallRowGroups
{
    private const long LargeGroup = 256L << 20;
    private const int RowsInGroup = 64;

    /// <summary>A reader of the file, or of a copy with the same rows in smaller groups.</summary>
    /// <param name="path">A parquet file.</param>
    /// <param name="largeGroup">Uncompressed bytes above which a row group is too large.</param>
    public static FileReader Open(string path, long largeGroup = LargeGroup)
    {
        using var properties = Checked();
        var reader = new FileReader(path, properties);
        if (!Enumerable.Range(0, reader.NumRowGroups).Any(index => BytesOf(reader, index) > largeGroup))
            return reader;
        reader.Dispose();
        var copy = Path.GetTempFileName();
        try
        {
            Regroup(path, copy);
            return new FileReader(copy, properties);
        }
        finally
        {
            Remove(copy);
        }
    }

    private static void Regroup(string path, string copy)
    {
        using var properties = Checked();
        properties.EnableBufferedStream();
        using var streaming = ArrowReaderProperties.GetDefault();
        (streaming.PreBuffer, streaming.BatchSize) = (false, RowsInGroup);
        using var reader = new FileReader(path, properties, streaming);
        using var builder = new WriterPropertiesBuilder();
        using var plain = builder.Compression(Compression.Uncompressed).DisableDictionary().Build();
        using var writer = new FileWriter(copy, reader.Schema, plain);
        using var batches = reader.GetRecordBatchReader();
        while (batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult() is { } batch)
            using (batch)
                writer.WriteRecordBatch(batch, RowsInGroup);
        writer.Close();
    }

    private static ReaderProperties Checked()
    {
        var properties = ReaderProperties.GetDefaultReaderProperties();
        properties.EnablePageChecksumVerification();
        return properties;
    }

    private static long BytesOf(FileReader reader, int index)
    {
        using var group = reader.ParquetReader.RowGroup(index);
        return group.MetaData.TotalByteSize;
    }

    // An open file may be unlinked, except on Windows, which leaves its cleaning to the temporary folder.
    private static void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (IOException)
        {
            return;
        }
    }
}
