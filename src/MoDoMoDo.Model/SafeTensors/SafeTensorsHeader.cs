using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using MoDoMoDo.Domain;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>One tensor of a safetensors file: its type, shape and place.</summary>
/// <param name="Name">Key in the file.</param>
/// <param name="Dtype">Type of the elements on disk.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Length">Number of bytes.</param>
public sealed record SafeTensorsEntry(
    string Name,
    ScalarType Dtype,
    IReadOnlyList<long> Shape,
    long Offset,
    long Length
);

/// <summary>
/// The header of a safetensors file: 8 bytes of length (little-endian), then JSON. Every claim is checked against the
/// file before anything is allocated. Format: huggingface/safetensors, README "Format".
/// </summary>
internal static class SafeTensorsHeader
{
    /// <summary>The reference implementation's own limit.</summary>
    private const long LongestHeader = 100_000_000;

    internal static readonly (string Word, ScalarType Type, long Size)[] Types =
    [
        ("F32", ScalarType.Float32, 4),
        ("BF16", ScalarType.BFloat16, 2),
        ("F16", ScalarType.Float16, 2),
        ("F64", ScalarType.Float64, 8),
        ("I64", ScalarType.Int64, 8),
        ("I32", ScalarType.Int32, 4),
        ("I16", ScalarType.Int16, 2),
        ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1),
        ("BOOL", ScalarType.Bool, 1),
    ];

    internal static IReadOnlyList<SafeTensorsEntry> Read(string file, FileStream stream)
    {
        var size = stream.Length;
        if (size < 8)
            throw new InputException(file, "header", "at least 8 bytes", $"{size}");
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        var most = Math.Min(LongestHeader, size - 8);
        if (length > (ulong)most)
            throw new InputException(
                file,
                "header",
                $"a length of at most {most}",
                length.ToString(CultureInfo.InvariantCulture)
            );
        var json = new byte[length];
        stream.ReadExactly(json);

        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InputException(file, "header", "a JSON object", document.RootElement.ValueKind.ToString());
            var entries = new List<SafeTensorsEntry>();
            foreach (var member in document.RootElement.EnumerateObject())
                if (member.Name != "__metadata__")
                    entries.Add(ReadEntry(file, member, 8 + (long)length, size));
            CheckOverlap(file, entries);
            return entries;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InputException(file, "header", "JSON", Strings.FirstLine(error.Message));
        }
    }

    private static SafeTensorsEntry ReadEntry(string file, JsonProperty member, long data, long fileSize)
    {
        InputException Wrong(string field, string wanted, string found) =>
            new(file, $"{member.Name}.{field}", wanted, found);

        var value = member.Value;
        if (value.ValueKind != JsonValueKind.Object)
            throw new InputException(file, member.Name, "an object", value.ValueKind.ToString());
        var word = value.TryGetProperty("dtype", out var d) ? d.ToString() : "nothing";
        var known = Types.FirstOrDefault(t => t.Word == word);
        if (known.Word is null)
            throw Wrong("dtype", string.Join(", ", Types.Select(t => t.Word)), word);
        var shape = ReadIntegers(value, "shape") ?? throw Wrong("shape", "sizes of at least 0", "something else");
        var offsets = ReadIntegers(value, "data_offsets");
        if (offsets is not [var begin, var end] || begin > end || end > fileSize - data)
            throw Wrong(
                "data_offsets",
                $"a range within 0 .. {fileSize - data}",
                offsets is null ? "none" : string.Join(" .. ", offsets)
            );
        if (ByteCount(shape, known.Size) is not { } bytes || bytes != end - begin)
            throw Wrong("data_offsets", $"the length of {word} [{string.Join(", ", shape)}]", $"{end - begin} bytes");
        return new SafeTensorsEntry(member.Name, known.Type, shape, data + begin, end - begin);
    }

    private static long[]? ReadIntegers(JsonElement value, string key)
    {
        if (!value.TryGetProperty(key, out var array) || array.ValueKind != JsonValueKind.Array)
            return null;
        var result = new List<long>();
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var number) || number < 0)
                return null;
            result.Add(number);
        }
        return [.. result];
    }

    private static long? ByteCount(long[] shape, long size)
    {
        Int128 bytes = size;
        foreach (var side in shape)
        {
            bytes *= side;
            if (bytes > long.MaxValue)
                return null;
        }
        return (long)bytes;
    }

    private static void CheckOverlap(string file, List<SafeTensorsEntry> entries)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
            if (!names.Add(entry.Name))
                throw new InputException(file, entry.Name, "each name once", "it twice");
        SafeTensorsEntry? last = null;
        foreach (var entry in entries.Where(e => e.Length > 0).OrderBy(e => e.Offset))
        {
            if (last is not null && entry.Offset < last.Offset + last.Length)
                throw new InputException(file, entry.Name, "bytes of its own", $"bytes that {last.Name} uses too");
            last = entry;
        }
    }
}
