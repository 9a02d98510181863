using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

public sealed partial class Tokenizer
{
    private static readonly string[] WorldControls =
    [
        "<|endoftext|>",
        "<|im_end|>",
        "<|vision_start|>",
        "<|vision_end|>",
        "<|image_pad|>",
        "<|video_pad|>",
        "<|im_start|>",
    ];

    /// <summary>
    /// Qwen2.5's added tokens that decoded text keeps; added_tokens.json alone does not say so (goldens/processors 2).
    /// </summary>
    private static readonly string[] OrdinaryAdded =
    [
        "<tool_call>",
        "</tool_call>",
        "<|fim_prefix|>",
        "<|fim_middle|>",
        "<|fim_suffix|>",
        "<|fim_pad|>",
        "<|repo_name|>",
        "<|file_sep|>",
    ];

    /// <summary>
    /// A tokenizer without merges: ids 0 .. 255 are the bytes; then the control tokens end of text 256, end of message 257,
    /// vision start 258, vision end 259, image 260, video 261, start of message 262; then the words, in order. A word is
    /// found wherever its text stands; it should carry its leading space (" red"). Raises ArgumentException when a word is
    /// empty or repeated.
    /// </summary>
    public static Tokenizer OfWords(IReadOnlyList<string> words)
    {
        if (words.Any(string.IsNullOrEmpty) || words.Distinct(StringComparer.Ordinal).Count() != words.Count)
            throw new ArgumentException("wanted words that are not empty and not repeated", nameof(words));
        var vocabulary = Enumerable
            .Range(0, 256)
            .Select(b => KeyValuePair.Create(ByteLevel.ToChar((byte)b).ToString(), b));
        var controls = WorldControls.Select((text, i) => new AddedToken(256 + i, text, Special: true));
        var added = words.Select((text, i) => new AddedToken(256 + WorldControls.Length + i, text, Special: false));
        return new Tokenizer(vocabulary, [], controls.Concat(added), "the words");
    }

    /// <summary>
    /// The tokenizer in a folder: tokenizer.json, else vocab.json and merges.txt with added_tokens.json and
    /// tokenizer_config.json where they are there. Raises InputException when a file is missing or not of this kind.
    /// </summary>
    public static Tokenizer Load(string folder)
    {
        var single = Path.Combine(folder, "tokenizer.json");
        return File.Exists(single) ? LoadSingle(single) : LoadParts(folder);
    }

    /// <summary>True when a folder has files of a tokenizer.</summary>
    public static bool IsIn(string folder) =>
        File.Exists(Path.Combine(folder, "tokenizer.json")) || File.Exists(Path.Combine(folder, "vocab.json"));

    private static Tokenizer LoadSingle(string file)
    {
        var json = JsonFile.ReadObject(file);
        InputException Wrong(string field, string wanted) => new(file, field, wanted, "something else");

        if (json["model"] is not JsonObject model || Text(model["type"]) != "BPE")
            throw Wrong("model.type", "BPE");
        if (Text(json["normalizer"]?["type"]) != "NFC")
            throw Wrong("normalizer.type", "NFC");
        if (!PatternsOf(json["pre_tokenizer"]).Contains(PreTokenizer.Pattern))
            throw Wrong("pre_tokenizer", "Qwen2's pattern");
        var merges = (model["merges"] as JsonArray ?? throw Wrong("model.merges", "a list")).Select(m =>
            m switch
            {
                JsonArray { Count: 2 } pair when Text(pair[0]) is { } a && Text(pair[1]) is { } b => (a, b),
                JsonValue when Text(m) is { } line => Pair(line) ?? throw Wrong("model.merges", "pairs"),
                _ => throw Wrong("model.merges", "pairs"),
            }
        );
        var added = (json["added_tokens"] as JsonArray ?? []).Select(t =>
            t is JsonObject token && Text(token["content"]) is { } content
                ? new AddedToken(Id(token["id"], file, "added_tokens.id"), content, Flag(token["special"]))
                : throw Wrong("added_tokens", "objects with content, id and special")
        );
        return new Tokenizer(Vocabulary(model["vocab"], file), merges, [.. added], file);
    }

    private static Tokenizer LoadParts(string folder)
    {
        var vocabulary = Path.Combine(folder, "vocab.json");
        var mergesFile = Path.Combine(folder, "merges.txt");
        if (!File.Exists(mergesFile))
            throw new InputException(mergesFile, "", "a file", "none");
        var merges = File.ReadLines(mergesFile)
            .Select((line, i) => (Line: line, Number: i + 1))
            .Where(l =>
                l.Line.Length > 0 && !(l.Number == 1 && l.Line.StartsWith("#version", StringComparison.Ordinal))
            )
            .Select(l =>
                Pair(l.Line) ?? throw new InputException(mergesFile, $"line {l.Number}", "two tokens", l.Line)
            );

        var added = new Dictionary<int, AddedToken>();
        var addedFile = Path.Combine(folder, "added_tokens.json");
        if (File.Exists(addedFile))
            foreach (var (content, node) in JsonFile.ReadObject(addedFile))
            {
                var id = Id(node, addedFile, content);
                added[id] = new AddedToken(id, content, Special: !OrdinaryAdded.Contains(content));
            }
        var config = Path.Combine(folder, "tokenizer_config.json");
        if (File.Exists(config) && JsonFile.ReadObject(config)["added_tokens_decoder"] is JsonObject decoder)
            foreach (var (key, token) in decoder)
                if (int.TryParse(key, out var id) && Text(token?["content"]) is { } content)
                    added[id] = new AddedToken(id, content, Flag(token!["special"]));
        return new Tokenizer(Vocabulary(JsonFile.ReadObject(vocabulary), vocabulary), merges, added.Values, vocabulary);
    }

    /// <summary>
    /// Writes tokenizer.json and tokenizer_config.json, which transformers loads, and vocab.json and merges.txt for older readers.
    /// `template` is the chat template to name, or null.
    /// </summary>
    public void Save(string folder, string? template = null)
    {
        Directory.CreateDirectory(folder);
        var addedIds = Added.Select(t => t.Id).ToHashSet();
        var vocab = new JsonObject();
        for (var id = 0; id < vocabulary.Length; id++)
            if (vocabulary[id] is { } token && !addedIds.Contains(id))
                vocab[token] = id;
        var byteLevel = new JsonObject
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = false,
            ["trim_offsets"] = false,
            ["use_regex"] = false,
        };
        var split = new JsonObject
        {
            ["type"] = "Split",
            ["pattern"] = new JsonObject { ["Regex"] = PreTokenizer.Pattern },
            ["behavior"] = "Isolated",
            ["invert"] = false,
        };
        var json = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. Added.Select(t => Describe(t, withId: true))]),
            ["normalizer"] = new JsonObject { ["type"] = "NFC" },
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(split, byteLevel.DeepClone()),
            },
            ["post_processor"] = byteLevel.DeepClone(),
            ["decoder"] = byteLevel,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = "",
                ["end_of_word_suffix"] = "",
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = vocab,
                ["merges"] = new JsonArray([.. merges.Select(m => new JsonArray(m.First, m.Second))]),
            },
        };
        JsonFile.Write(Path.Combine(folder, "tokenizer.json"), json);
        JsonFile.Write(Path.Combine(folder, "vocab.json"), vocab.DeepClone());
        AtomicFile.Write(
            Path.Combine(folder, "merges.txt"),
            path => File.WriteAllLines(path, merges.Select(m => $"{m.First} {m.Second}").Prepend("#version: 0.2"))
        );

        var decoder = new JsonObject();
        foreach (var token in Added)
            decoder[$"{token.Id}"] = Describe(token, withId: false);
        var config = new JsonObject
        {
            ["tokenizer_class"] = "Qwen2Tokenizer",
            ["add_prefix_space"] = false,
            ["added_tokens_decoder"] = decoder,
            ["clean_up_tokenization_spaces"] = false,
            ["bos_token"] = null,
            ["eos_token"] = "<|im_end|>",
            ["pad_token"] = "<|endoftext|>",
            ["unk_token"] = null,
            ["errors"] = "replace",
            ["split_special_tokens"] = false,
        };
        if (template is not null)
            config["chat_template"] = template;
        JsonFile.Write(Path.Combine(folder, "tokenizer_config.json"), config);
    }

    private static JsonObject Describe(AddedToken token, bool withId)
    {
        var json = new JsonObject();
        if (withId)
            json["id"] = token.Id;
        json["content"] = token.Content;
        foreach (var key in new[] { "single_word", "lstrip", "rstrip", "normalized" })
            json[key] = false;
        json["special"] = token.Special;
        return json;
    }

    private static BpeTokenizer CreateBpe(
        Dictionary<string, int> vocabulary,
        (string First, string Second)[] merges,
        string source
    )
    {
        try
        {
            var options = new BpeOptions(vocabulary)
            {
                Merges = merges.Select(m => $"{m.First} {m.Second}"),
                ByteLevel = true,
            };
            return BpeTokenizer.Create(options);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InputException(
                source,
                "merges",
                "merges of tokens in the vocabulary",
                Strings.FirstLine(error.Message)
            );
        }
    }

    private static List<KeyValuePair<string, int>> Vocabulary(JsonNode? node, string file)
    {
        if (node is not JsonObject json)
            throw new InputException(file, "vocab", "an object", "something else");
        return [.. json.Select(p => KeyValuePair.Create(p.Key, Id(p.Value, file, p.Key)))];
    }

    private static int Id(JsonNode? node, string file, string field) =>
        node is JsonValue v && v.TryGetValue(out int id) && id >= 0
            ? id
            : throw new InputException(file, field, "an id of at least 0", node?.ToJsonString() ?? "nothing");

    private static IEnumerable<string> PatternsOf(JsonNode? node) =>
        node switch
        {
            JsonObject one when Text(one["pattern"]?["Regex"]) is { } pattern => [pattern],
            JsonObject one when one["pretokenizers"] is JsonArray several => several.SelectMany(PatternsOf),
            _ => [],
        };

    private static (string, string)? Pair(string line) =>
        line.IndexOf(' ') is > 0 and var gap && gap < line.Length - 1 ? (line[..gap], line[(gap + 1)..]) : null;

    private static string? Text(JsonNode? node) => node is JsonValue v && v.TryGetValue(out string? text) ? text : null;

    private static bool Flag(JsonNode? node) => node is JsonValue v && v.TryGetValue(out bool flag) && flag;
}
