using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace MoDoMoDo.Data;

/// <summary>Where an element of a JSON file lies.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Line">Its line from 1; 0 where lines say nothing.</param>
/// <param name="Key">Its key, when it is a member of an object.</param>
internal readonly record struct JsonElementAt(long Offset, int Length, int Line = 0, string? Key = null);

/// <summary>Finds the elements of JSON files of any length in one pass that holds one element at a time.</summary>
internal static class JsonIndex
{
    private const int BufferStep = 1 << 20;

    /// <summary>The lines that are not blank. Lines end at LF or CRLF and nowhere else.</summary>
    public static List<JsonElementAt> Lines(SafeFileHandle file)
    {
        var lines = new List<JsonElementAt>();
        var buffer = new byte[BufferStep];
        long start = StartOfText(file),
            offset = start;
        var (line, blank) = (1, true);
        void End(long end)
        {
            if (!blank)
                lines.Add(new(start, checked((int)(end - start)), line));
            (line, blank, start) = (line + 1, true, end + 1);
        }
        for (int read; (read = RandomAccess.Read(file, buffer, offset)) > 0; offset += read)
        for (var rest = buffer.AsSpan(0, read); !rest.IsEmpty; )
        {
            var length = rest.IndexOf((byte)'\n');
            var part = length < 0 ? rest : rest[..length];
            blank &= part.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') < 0;
            if (length < 0)
                break;
            End(offset + read - rest.Length + length);
            rest = rest[(length + 1)..];
        }
        End(offset);
        return lines;
    }

    /// <summary>
    /// The elements of the array that the file holds, or that stands under <paramref name="property"/> of its object; without
    /// a property, the members of its object, each with its key. Raises JsonException when the file is cut off or no JSON.
    /// </summary>
    public static List<JsonElementAt> Elements(SafeFileHandle file, string? property = null)
    {
        var elements = new List<JsonElementAt>();
        var buffer = new byte[BufferStep];
        var (offset, filled, inside) = (StartOfText(file), 0, false);
        var state = new JsonReaderState(new JsonReaderOptions { MaxDepth = 64 });
        for (var final = false; ; )
        {
            if (filled == buffer.Length)
                Array.Resize(ref buffer, checked(2 * buffer.Length));
            var read = RandomAccess.Read(file, buffer.AsSpan(filled), offset + filled);
            (filled, final) = (filled + read, read == 0);
            var reader = new Utf8JsonReader(buffer.AsSpan(0, filled), final, state);
            for (var before = reader; ; before = reader)
                if (!TryAdvance(ref reader, property, offset, ref inside, elements))
                {
                    reader = before;
                    break;
                }
            if (final)
                return elements;
            var consumed = (int)reader.BytesConsumed;
            buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
            (offset, filled, state) = (offset + consumed, filled - consumed, reader.CurrentState);
        }
    }

    /// <summary>One element further; false when the buffer ends before it does.</summary>
    private static bool TryAdvance(
        ref Utf8JsonReader reader,
        string? property,
        long offset,
        ref bool inside,
        List<JsonElementAt> elements
    )
    {
        if (!reader.Read())
            return false;
        string? key = null;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray when reader.CurrentDepth == 0 && property is null:
                inside = true;
                return true;
            case JsonTokenType.StartObject when reader.CurrentDepth == 0:
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                inside &= reader.TokenType == JsonTokenType.StartObject;
                return true;
            case JsonTokenType.PropertyName when property is null:
                key = reader.GetString();
                if (!reader.Read())
                    return false;
                break;
            case JsonTokenType.PropertyName when reader.ValueTextEquals(property):
                if (!reader.Read())
                    return false;
                if (reader.TokenType != JsonTokenType.StartArray)
                    return reader.TrySkip();
                inside = true;
                return true;
            default:
                if (!inside)
                    return reader.TrySkip();
                break;
        }
        var start = reader.TokenStartIndex;
        if (!reader.TrySkip())
            return false;
        elements.Add(new(offset + start, checked((int)(reader.BytesConsumed - start)), Key: key));
        return true;
    }

    private static long StartOfText(SafeFileHandle file)
    {
        Span<byte> mark = stackalloc byte[3];
        return RandomAccess.Read(file, mark, 0) == 3 && mark.SequenceEqual("\uFEFF"u8) ? 3 : 0;
    }
}
