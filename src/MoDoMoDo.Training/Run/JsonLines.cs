using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MoDoMoDo.Training;

/// <summary>
/// A file that grows by whole lines of JSON. Each line is handed to the system in one piece, so that a process killed at
/// any moment leaves at most one broken line, at the end.
/// </summary>
internal sealed class JsonLines : IDisposable
{
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly FileStream stream;

    /// <summary>Opens the file for appending.</summary>
    public JsonLines(string file) =>
        stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>Appends lines.</summary>
    public void Append(params IEnumerable<JsonObject> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(line.ToJsonString(Plain)).Append('\n');
        if (text.Length > 0)
            stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>Keeps the lines up to a step and drops later and broken ones; no file is no line.</summary>
    /// <param name="file">The file.</param>
    /// <param name="step">Last step to keep.</param>
    public static void Cut(string file, int step)
    {
        if (!File.Exists(file))
            return;
        var kept = File.ReadLines(file).Where(line => StepOf(line) is { } at && at <= step);
        var aside = file + ".unfinished";
        using (var stream = new FileStream(aside, FileMode.Create, FileAccess.Write))
        {
            foreach (var line in kept)
                stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
            stream.Flush(flushToDisk: true);
        }
        File.Move(aside, file, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static int? StepOf(string line)
    {
        try
        {
            return JsonNode.Parse(line)?["step"]?.GetValue<int>();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}

/// <summary>Building JSON in which a number that is not finite is absent: it is no JSON, and says nothing.</summary>
internal static class Json
{
    /// <summary>Adds a number if it is finite.</summary>
    public static void Put(this JsonObject json, string name, double value)
    {
        if (double.IsFinite(value))
            json[name] = value;
    }

    /// <summary>Adds an object of the finite numbers, if there is one.</summary>
    public static void Put(this JsonObject json, string name, IEnumerable<KeyValuePair<string, double>> values)
    {
        var inner = new JsonObject();
        foreach (var (key, value) in values)
            inner.Put(key, value);
        if (inner.Count > 0)
            json[name] = inner;
    }
}
