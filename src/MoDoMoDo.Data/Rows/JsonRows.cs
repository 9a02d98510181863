using System.Text.Json;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;
using Microsoft.Win32.SafeHandles;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>The rows of a JSON Lines file or of a JSON array, also packed with gzip. Only their places are held in memory.</summary>
internal sealed class JsonRows : IRowFile
{
    private const int RowsForFields = 64;
    private const long MaxInflatedBytes = 64L << 30;

    private readonly string path;
    private readonly SafeFileHandle file;
    private readonly List<JsonElementAt> elements;
    private readonly Func<string, IReadOnlyDictionary<string, Cell>, Dictionary<string, Cell>>? shape;

    /// <summary>The rows of a file.</summary>
    /// <param name="path">The file, also its name in errors.</param>
    /// <param name="pictures">Where the paths of pictures lead.</param>
    /// <param name="lines">True: one object a line. False: an array, or an object under whose property the rows stand.</param>
    /// <param name="property">The property that holds the array; null when the file itself is the array.</param>
    /// <param name="shape">Makes a row's cells of a member's key and its own cells, when the file is one object.</param>
    /// <param name="content">An open stream with the file's text, for a member of an archive; disposed here.</param>
    public JsonRows(
        string path,
        IPictureFolder pictures,
        bool lines,
        string? property = null,
        Func<string, IReadOnlyDictionary<string, Cell>, Dictionary<string, Cell>>? shape = null,
        Stream? content = null
    )
    {
        (this.path, Pictures, this.shape) = (path, pictures, shape);
        Kind = lines ? "jsonl" : "json";
        if (content is null && !File.Exists(path))
            throw new InputException(path, "", "a file with rows", "no such file");
        file =
            content is not null || path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? Unpacked(path, content)
                : File.OpenHandle(path);
        try
        {
            RefuseOtherEncodings();
            elements = lines ? JsonIndex.Lines(file) : JsonIndex.Elements(file, property);
        }
        catch (JsonException e)
        {
            file.Dispose();
            throw new InputException(
                path,
                $"line {e.LineNumber + 1}",
                "a whole JSON text",
                $"an error at byte {e.BytePositionInLine}"
            );
        }
        catch
        {
            file.Dispose();
            throw;
        }
        Fields =
        [
            .. Enumerable.Range(0, Math.Min(Count, RowsForFields)).SelectMany(NamesOf).Distinct(StringComparer.Ordinal),
        ];
    }

    public string Kind { get; }
    public IReadOnlyList<string> Fields { get; }
    public IPictureFolder Pictures { get; }
    public int Count => elements.Count;

    public Row Read(int index)
    {
        var place = elements[index].Line > 0 ? $"line {elements[index].Line}" : $"row {index}";
        var json = FileBytes.Read(file, elements[index].Offset, elements[index].Length);
        try
        {
            return JsonCells.Parse(json) is Cell.Object row
                ? new(path, place, shape is null ? row.Members : shape(elements[index].Key ?? "", row.Members))
                : throw new InputException(path, place, "a JSON object", "another JSON value");
        }
        catch (FormatException e)
        {
            throw new InputException(path, place, "a JSON object", e.Message);
        }
    }

    public void Dispose() => file.Dispose();

    private IEnumerable<string> NamesOf(int index)
    {
        try
        {
            return Read(index).Cells.Keys;
        }
        catch (InputException)
        {
            return [];
        }
    }

    private void RefuseOtherEncodings()
    {
        Span<byte> start = stackalloc byte[2];
        if (RandomAccess.Read(file, start, 0) == 0)
            throw new InputException(path, "", "JSON text", "an empty file");
        if (
            start.SequenceEqual((ReadOnlySpan<byte>)[0xFF, 0xFE])
            || start.SequenceEqual((ReadOnlySpan<byte>)[0xFE, 0xFF])
        )
            throw new InputException(path, "", "JSON text in UTF-8", "UTF-16");
    }

    // A packed text has no random access: it is unpacked once into a file that vanishes with the handle. SharpZipLib's reader,
    // because the framework's own takes a cut for the end.
    private static SafeFileHandle Unpacked(string path, Stream? content)
    {
        var file = File.OpenHandle(
            Path.GetTempFileName(),
            FileMode.Create,
            FileAccess.ReadWrite,
            FileShare.None,
            FileOptions.DeleteOnClose
        );
        try
        {
            using var packed = content ?? File.OpenRead(path);
            using var text = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new GZipInputStream(packed)
                : packed;
            var buffer = new byte[1 << 20];
            long offset = 0;
            for (int read; (read = text.Read(buffer)) > 0; offset += read)
            {
                if (offset + read > MaxInflatedBytes)
                    throw new InputException(path, "", $"at most {MaxInflatedBytes} bytes when unpacked", "more");
                RandomAccess.Write(file, buffer.AsSpan(0, read), offset);
            }
            return file;
        }
        catch (Exception e) when (e is SharpZipBaseException or EndOfStreamException)
        {
            file.Dispose();
            throw new InputException(path, "", "a whole gzip file", e.Message);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
