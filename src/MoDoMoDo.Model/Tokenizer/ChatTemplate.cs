namespace MoDoMoDo.Model;

/// <summary>What a part of a message is.</summary>
public enum ChatPartKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>One image.</summary>
    Image,

    /// <summary>One video.</summary>
    Video,
}

/// <summary>A part of a message.</summary>
/// <param name="Kind">Text, image or video.</param>
/// <param name="Text">The text; empty for an image or video.</param>
public sealed record ChatPart(ChatPartKind Kind, string Text = "");

/// <summary>One message of a conversation.</summary>
/// <param name="Role">system, user or assistant.</param>
/// <param name="Parts">Its content, joined without a gap.</param>
public sealed record ChatMessage(string Role, IReadOnlyList<ChatPart> Parts);

/// <summary>
/// The chat template of Qwen2-VL and Qwen2.5-VL (chat_template.jinja of the published checkpoints), rendered exactly.
/// </summary>
public static class ChatTemplate
{
    /// <summary>What the template says when a conversation has no system message.</summary>
    public const string DefaultSystem = "You are a helpful assistant.";

    private const string Image = "<|vision_start|><|image_pad|><|vision_end|>";
    private const string Video = "<|vision_start|><|video_pad|><|vision_end|>";

    /// <summary>
    /// The conversation as text: the template's own words with their special tokens, the messages' texts plain. With
    /// `numbered`, pictures and videos are announced as "Picture 1: "; with `generation`, an assistant's turn is opened; with
    /// `continued`, the last message is left open behind its last text, so that an answer goes on from there. Raises
    /// ArgumentException when both are asked for, or when there is no text to go on from.
    /// </summary>
    public static IReadOnlyList<TextPart> Render(
        IReadOnlyList<ChatMessage> messages,
        bool generation = true,
        bool numbered = false,
        bool continued = false
    )
    {
        if (generation && continued)
            throw new ArgumentException("wanted a new turn or a continued one, found both");
        var parts = new List<TextPart>();
        void Control(string text) => parts.Add(new TextPart(text, Plain: false));
        var (images, videos, lastText) = (0, 0, -1);
        if (messages.Count > 0 && messages[0].Role != "system")
            Control($"<|im_start|>system\n{DefaultSystem}<|im_end|>\n");
        foreach (var message in messages)
        {
            Control("<|im_start|>");
            parts.Add(new TextPart(message.Role, Plain: true));
            Control("\n");
            lastText = -1;
            foreach (var part in message.Parts)
                switch (part.Kind)
                {
                    case ChatPartKind.Image:
                        images++;
                        Control((numbered ? $"Picture {images}: " : "") + Image);
                        break;
                    case ChatPartKind.Video:
                        videos++;
                        Control((numbered ? $"Video {videos}: " : "") + Video);
                        break;
                    default:
                        lastText = parts.Count;
                        parts.Add(new TextPart(part.Text, Plain: true));
                        break;
                }
            Control("<|im_end|>\n");
        }
        if (continued && lastText < 0)
            throw new ArgumentException("wanted a last message with a text to go on from, found none");
        if (continued)
            parts.RemoveRange(lastText + 1, parts.Count - lastText - 1);
        if (generation)
            Control("<|im_start|>assistant\n");
        return parts;
    }
}
