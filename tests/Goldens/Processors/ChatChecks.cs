using System.Text.Json;
using MoDoMoDo.Model;

namespace MoDoMoDo.Goldens.Processors;

/// <summary>processors/chat: conversations as text, and the ids of that text.</summary>
internal static class ChatChecks
{
    public static void Run(Recording recording, Tally tally)
    {
        var tokenizer = TokenizerChecks.Load(recording);
        var about = recording.Json("processors/chat/conversations.json");
        var template = Path.Combine(ProcessorFiles.Locate(recording, ProcessorFiles.Vocabulary), "chat_template.jinja");
        if (File.Exists(template))
            tally.Same(
                "template (sha256)",
                "chat_template.jinja",
                about.Text("template_sha256"),
                ProcessorFiles.Hash(File.ReadAllBytes(template))
            );
        var conversations = about.GetProperty("conversations").EnumerateArray().ToArray();
        tally.Same("number of conversations", "count", about.Integer("count"), conversations.Length);
        foreach (var conversation in conversations)
        {
            var options = conversation.GetProperty("options");
            foreach (var option in options.EnumerateObject())
                if (option.Name is not ("add_generation_prompt" or "add_vision_id" or "continue_final_message"))
                    tally.Fail($"{conversation.Text("name")}: option {option.Name}: nothing compares it");
            var parts = ChatTemplate.Render(
                Messages(conversation.GetProperty("messages")),
                Flag(options, "add_generation_prompt"),
                Flag(options, "add_vision_id"),
                Flag(options, "continue_final_message")
            );
            var text = string.Concat(parts.Select(part => part.Text));
            var name = conversation.Text("name");
            tally.Same("rendered", name, conversation.Text("rendered"), text);
            tally.SameIds("ids", name, conversation.GetProperty("ids").Integers(), tokenizer.Encode(text));
        }
    }

    /// <summary>Messages whose content is a text or a list of parts; parts that are neither text nor picture are skipped.</summary>
    public static ChatMessage[] Messages(JsonElement messages) =>
        [
            .. messages
                .EnumerateArray()
                .Select(message => new ChatMessage(message.Text("role"), Parts(message.GetProperty("content")))),
        ];

    private static ChatPart[] Parts(JsonElement content) =>
        content.ValueKind == JsonValueKind.String
            ? [new ChatPart(ChatPartKind.Text, content.GetString()!)]
            : [.. content.EnumerateArray().Select(Part).OfType<ChatPart>()];

    private static ChatPart? Part(JsonElement part)
    {
        var type = part.Has("type") ? part.Text("type") : "";
        if (type == "image" || part.Has("image") || part.Has("image_url"))
            return new ChatPart(ChatPartKind.Image);
        if (type == "video" || part.Has("video"))
            return new ChatPart(ChatPartKind.Video);
        return part.Has("text") ? new ChatPart(ChatPartKind.Text, part.Text("text")) : null;
    }

    private static bool Flag(JsonElement options, string name) =>
        options.TryGetProperty(name, out var value) && value.GetBoolean();
}
