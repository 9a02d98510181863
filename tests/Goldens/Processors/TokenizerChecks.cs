using System.Text.Json;
using System.Text.Json.Nodes;
using MoDoMoDo.Model;

namespace MoDoMoDo.Goldens.Processors;

/// <summary>processors/tokenizer: ids of texts, texts of ids, and what may be printed after each id.</summary>
internal static class TokenizerChecks
{
    private const string Folder = "tokenizer";

    public static void Run(Recording recording, Tally tally)
    {
        var tokenizer = Load(recording);
        var summary = recording.Json($"processors/{Folder}/summary.json");
        tally.Same("vocabulary", "summary", summary.Integer("vocabulary"), tokenizer.VocabularySize);
        var texts = ProcessorFiles.Lines(recording, $"{Folder}/encode.jsonl").ToArray();
        tally.Same("number of strings", "summary", summary.Integer("strings"), texts.Length);
        foreach (var line in texts)
            Text(tokenizer, line, tally);
        foreach (var line in ProcessorFiles.Lines(recording, $"{Folder}/encode_as_plain_text.jsonl"))
            tally.SameIds(
                "ids, special tokens plain",
                Name(line),
                Ids(line),
                tokenizer.Encode(line.Text("text"), true)
            );
        var streams = ProcessorFiles.Lines(recording, $"{Folder}/decode_stream.jsonl").ToArray();
        tally.Same("number of streams", "summary", summary.Integer("streams"), streams.Length);
        foreach (var line in streams)
            Stream(tokenizer, line, tally);
        Added(recording, tokenizer, recording.Json($"processors/{Folder}/qwen2_5_vl_added.json"), tally);
    }

    public static Tokenizer Load(Recording recording) =>
        Tokenizer.Load(ProcessorFiles.Locate(recording, ProcessorFiles.Vocabulary));

    private static void Text(Tokenizer tokenizer, JsonElement line, Tally tally)
    {
        var (text, ids) = (line.Text("text"), Ids(line));
        tally.SameIds("ids", Name(line), ids, tokenizer.Encode(text));
        Decoded(tokenizer, line, text, tally);
    }

    private static void Decoded(Tokenizer tokenizer, JsonElement line, string text, Tally tally)
    {
        var decoded = line.Has("decoded") ? line.Text("decoded") : text;
        var clean = line.Has("decoded_skip_special") ? line.Text("decoded_skip_special") : decoded;
        tally.Same("decoded", Name(line), decoded, tokenizer.Decode(Ids(line), keepSpecial: true));
        tally.Same("decoded without special tokens", Name(line), clean, tokenizer.Decode(Ids(line)));
    }

    private static void Stream(Tokenizer tokenizer, JsonElement line, Tally tally)
    {
        Decoded(tokenizer, line, "", tally);
        var stream = new Detokenizer(tokenizer, keepSpecial: true);
        var pieces = Ids(line).Select(stream.Next).ToArray();
        var wanted = line.GetProperty("deltas").EnumerateArray().Select(piece => piece.GetString()!).ToArray();
        tally.Same("stream: pieces", Name(line), string.Join('|', wanted), string.Join('|', pieces));
        tally.Same("stream: flush", Name(line), line.Text("flush"), stream.Flush());
    }

    /// <summary>Qwen2.5-VL's further tokens, which are added but not special.</summary>
    private static void Added(Recording recording, Tokenizer older, JsonElement about, Tally tally)
    {
        var folder = Directory.CreateTempSubdirectory("modomodo-goldens");
        try
        {
            var source = ProcessorFiles.Locate(recording, ProcessorFiles.Vocabulary);
            foreach (var name in new[] { "vocab.json", "merges.txt" })
                File.Copy(Path.Combine(source, name), Path.Combine(folder.FullName, name));
            var added = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "added_tokens.json")))!.AsObject();
            foreach (var token in about.GetProperty("added").EnumerateObject())
                added[token.Name] = token.Value.GetInt32();
            File.WriteAllText(Path.Combine(folder.FullName, "added_tokens.json"), added.ToJsonString());
            var tokenizer = Tokenizer.Load(folder.FullName);
            foreach (var token in about.GetProperty("added").EnumerateObject())
                tally.Same(
                    "added tokens: special",
                    token.Name,
                    about.GetProperty("special").GetBoolean(),
                    tokenizer.IsSpecial(token.Value.GetInt32())
                );
            foreach (var line in about.GetProperty("cases").EnumerateArray())
            {
                var text = line.Text("text");
                tally.SameIds("added tokens: ids", text, Ids(line), tokenizer.Encode(text));
                tally.SameIds("added tokens: Qwen2-VL's ids", text, Ids(line, "ids_qwen2_vl"), older.Encode(text));
                tally.Same(
                    "added tokens: decoded",
                    text,
                    line.Text("decoded_skip_special"),
                    tokenizer.Decode(Ids(line))
                );
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int[] Ids(JsonElement line, string key = "ids") => line.GetProperty(key).Integers();

    private static string Name(JsonElement line) => $"line {line.Integer("id")}";
}
