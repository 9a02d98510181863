using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>Small JSON files with one-line errors.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>
    /// The object in a file. Raises InputException for what is no JSON object, names a property twice, or holds text that is
    /// no Unicode: a reader of its values would meet these later, one by one.
    /// </summary>
    internal static JsonObject ReadObject(string file)
    {
        if (!File.Exists(file))
            throw new InputException(file, "", "a file", "none");
        try
        {
            var bytes = File.ReadAllBytes(file).AsSpan();
            if (bytes.StartsWith(Encoding.UTF8.Preamble))
                bytes = bytes[3..];
            CheckTexts(file, bytes);
            return JsonNode.Parse(bytes, documentOptions: Strict) as JsonObject
                ?? throw new InputException(file, "", "a JSON object", "another value");
        }
        catch (JsonException error)
        {
            throw new InputException(file, "", "JSON", Strings.FirstLine(error.Message));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(file, "", "a readable file", Strings.FirstLine(error.Message));
        }
    }

    internal static void Write(string file, JsonNode json) =>
        AtomicFile.Write(file, path => File.WriteAllText(path, json.ToJsonString(Indented) + "\n"));

    private static void CheckTexts(string file, ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes))
            throw new InputException(file, "", "JSON in UTF-8", "other bytes");
        try
        {
            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new InputException(file, "", "JSON with Unicode texts", "half a surrogate pair");
        }
    }
}
