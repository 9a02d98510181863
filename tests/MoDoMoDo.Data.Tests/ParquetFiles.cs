using Apache.Arrow;
using Apache.Arrow.Types;
using ParquetSharp.Arrow;

namespace MoDoMoDo.Data.Tests;

/// <summary>Writes small parquet files in the schemas of the published sets.</summary>
internal static class ParquetFiles
{
    public static readonly StructType ImageType = new([
        new Field("bytes", BinaryType.Default, true),
        new Field("path", StringType.Default, true),
    ]);

    public static StringArray Texts(params string?[] values)
    {
        var builder = new StringArray.Builder();
        foreach (var value in values)
            builder.Append(value);
        return builder.Build();
    }

    public static Int8Array Indices(params sbyte[] values) => new Int8Array.Builder().AppendRange(values).Build();

    public static BinaryArray Binary(params byte[]?[] values)
    {
        var builder = new BinaryArray.Builder();
        foreach (var value in values)
            if (value is null)
                builder.AppendNull();
            else
                builder.Append(value.AsSpan());
        return builder.Build();
    }

    /// <summary>A column of struct{bytes, path}, the path being null.</summary>
    public static StructArray Images(params byte[]?[] files) =>
        new(ImageType, files.Length, [Binary(files), Texts(new string?[files.Length])], ArrowBuffer.Empty, 0);

    public static ListArray Lists(IArrowArray items, IArrowType itemType, params int[] lengths)
    {
        var offsets = new ArrowBuffer.Builder<int>().Append(0);
        var end = 0;
        foreach (var length in lengths)
            offsets.Append(end += length);
        return new ListArray(
            new ListType(new Field("element", itemType, true)),
            lengths.Length,
            offsets.Build(),
            items,
            ArrowBuffer.Empty,
            0
        );
    }

    /// <summary>A file with these columns and so many rows in a row group.</summary>
    public static string Write(string path, int groupLength, params (string Name, IArrowArray Values)[] columns)
    {
        var schema = new Schema(
            [.. columns.Select(column => new Field(column.Name, column.Values.Data.DataType, true))],
            null
        );
        using var batch = new RecordBatch(schema, columns.Select(column => column.Values), columns[0].Values.Length);
        using var writer = new FileWriter(path, schema);
        writer.WriteRecordBatch(batch, groupLength);
        writer.Close();
        return path;
    }
}
