using System.Text.Json;
using System.Text.Unicode;

namespace MoDoMoDo.Data;

/// <summary>From JSON text to cells.</summary>
internal static class JsonCells
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 64 };

    /// <summary>The value of the whole text (UTF-8). Raises FormatException, which says what is wrong.</summary>
    public static Cell Parse(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
            throw new FormatException("bytes that are no UTF-8");
        var reader = new Utf8JsonReader(json, Strict);
        try
        {
            reader.Read();
            var value = Value(ref reader);
            return reader.Read() ? throw new FormatException("text after the JSON value") : value;
        }
        catch (JsonException e)
        {
            var position = e.Message.IndexOf(" LineNumber", StringComparison.Ordinal);
            throw new FormatException(
                $"no JSON ({e.Message[..(position < 0 ? e.Message.Length : position)].TrimEnd('.', ' ')}, byte {e.BytePositionInLine})"
            );
        }
        catch (InvalidOperationException)
        {
            throw new FormatException("an escaped half of a surrogate pair");
        }
    }

    private static Cell Value(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return new Cell.Text(reader.GetString()!);
            case JsonTokenType.Number:
                return new Cell.Number(System.Text.Encoding.UTF8.GetString(reader.ValueSpan), reader.GetDouble());
            case JsonTokenType.True or JsonTokenType.False:
                return new Cell.Truth(reader.GetBoolean());
            case JsonTokenType.StartArray:
                var items = new List<Cell>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Value(ref reader));
                return new Cell.List(items);
            case JsonTokenType.StartObject:
                var members = new Dictionary<string, Cell>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    // A key that stands twice: the last one counts, as in Python.
                    members[name] = Value(ref reader);
                }
                return new Cell.Object(members);
            default:
                return Cell.Null.Instance;
        }
    }
}
