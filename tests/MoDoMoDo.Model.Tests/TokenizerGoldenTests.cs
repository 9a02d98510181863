using System.Text.Json.Nodes;
using Xunit;

namespace MoDoMoDo.Model.Tests;

/// <summary>
/// Tokenizer, chat template and detokenizer against numbers recorded from transformers 5.23.0
/// (goldens/processors/README.md sections 2 and 3). The vocabulary itself is beside the project: skipped where it is missing.
/// </summary>
public class TokenizerGoldenTests
{
    private static readonly Lazy<Tokenizer> Qwen = new(() => Tokenizer.Load(Goldens.Shared("data/tokenizer/qwen2")));

    private static IEnumerable<JsonObject> Lines(string file) =>
        File.ReadLines(Path.Combine(Goldens.Shared("goldens/processors"), "tokenizer", file))
            .Select(line => JsonNode.Parse(line)!.AsObject());

    private static int[] Ids(JsonNode? node) => [.. node!.AsArray().Select(n => (int)n!)];

    [Fact]
    public void EncodeAndDecode_EqualTheReference()
    {
        var tokenizer = Qwen.Value;
        var wrong = new List<string>();
        foreach (var line in Lines("encode.jsonl"))
        {
            var (text, ids) = ((string)line["text"]!, Ids(line["ids"]));
            var decoded = (string?)line["decoded"] ?? text;
            var clean = (string?)line["decoded_skip_special"] ?? decoded;
            if (
                !tokenizer.Encode(text).SequenceEqual(ids)
                || tokenizer.Decode(ids, keepSpecial: true) != decoded
                || tokenizer.Decode(ids) != clean
            )
                wrong.Add($"{line["id"]} {text}");
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void SpecialTokensAsPlainText_EqualTheReference()
    {
        var tokenizer = Qwen.Value;
        Assert.All(
            Lines("encode_as_plain_text.jsonl"),
            line => Assert.Equal(Ids(line["ids"]), tokenizer.Encode((string)line["text"]!, plain: true))
        );
    }

    [Fact]
    public void Streaming_PrintsWholeCharactersAtOnce()
    {
        var tokenizer = Qwen.Value;
        foreach (var line in Lines("decode_stream.jsonl"))
        {
            var stream = new Detokenizer(tokenizer, keepSpecial: true);
            var deltas = Ids(line["ids"]).Select(stream.Next).ToArray();
            Assert.Equal(line["deltas"]!.AsArray().Select(d => (string)d!), deltas);
            Assert.Equal((string)line["flush"]!, stream.Flush());
        }
    }

    [Fact]
    public void FurtherTokensThatAreNotSpecial_EqualTheReference()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var about = Goldens.Json(
                Path.Combine(Goldens.Shared("goldens/processors"), "tokenizer", "qwen2_5_vl_added.json")
            );
            var source = Goldens.Shared("data/tokenizer/qwen2");
            foreach (var name in new[] { "vocab.json", "merges.txt" })
                File.Copy(Path.Combine(source, name), Path.Combine(folder.FullName, name));
            var added = Goldens.Json(Path.Combine(source, "added_tokens.json"));
            foreach (var (token, id) in about["added"]!.AsObject())
                added[token] = (int)id!;
            File.WriteAllText(Path.Combine(folder.FullName, "added_tokens.json"), added.ToJsonString());
            var tokenizer = Tokenizer.Load(folder.FullName);
            foreach (var line in about["cases"]!.AsArray())
            {
                Assert.Equal(Ids(line!["ids"]), tokenizer.Encode((string)line["text"]!));
                Assert.Equal((string)line["decoded_skip_special"]!, tokenizer.Decode(Ids(line["ids"])));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void ChatTemplate_EqualsTheReference()
    {
        var about = Goldens.Json(Path.Combine(Goldens.Shared("goldens/processors"), "chat", "conversations.json"));
        var compared = 0;
        foreach (var conversation in about["conversations"]!.AsArray().Select(c => c!.AsObject()))
        {
            var options = conversation["options"]!.AsObject();
            if (options.ContainsKey("continue_final_message"))
                continue;
            var parts = ChatTemplate.Render(
                [.. conversation["messages"]!.AsArray().Select(m => Message(m!.AsObject()))],
                (bool?)options["add_generation_prompt"] ?? false,
                (bool?)options["add_vision_id"] ?? false
            );
            var rendered = string.Concat(parts.Select(p => p.Text));
            Assert.Equal((string)conversation["rendered"]!, rendered);
            Assert.Equal(Ids(conversation["ids"]), Qwen.Value.Encode(rendered));
            compared++;
        }
        Assert.True(compared > 30);
    }

    private static ChatMessage Message(JsonObject message) =>
        new(
            (string)message["role"]!,
            message["content"] is JsonArray parts
                ? [.. parts.Select(p => p!.AsObject()).Select(Part).OfType<ChatPart>()]
                : [new ChatPart(ChatPartKind.Text, (string)message["content"]!)]
        );

    private static ChatPart? Part(JsonObject part)
    {
        var type = (string?)part["type"];
        if (type == "image" || part.ContainsKey("image") || part.ContainsKey("image_url"))
            return new ChatPart(ChatPartKind.Image);
        if (type == "video" || part.ContainsKey("video"))
            return new ChatPart(ChatPartKind.Video);
        return part["text"] is { } text ? new ChatPart(ChatPartKind.Text, (string)text!) : null;
    }
}
