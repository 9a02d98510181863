using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

public sealed partial class Policy
{
    private static readonly TextPart ImagePart = new("<|vision_start|><|image_pad|><|vision_end|>", Plain: false);

    /// <summary>
    /// The prompt as ids and patches: images first, then the text, which is plain whatever it contains; inside the chat
    /// template when the prompt asks for it. Raises InputException when an image cannot be read or has an impossible shape.
    /// </summary>
    public EncodedPrompt Encode(Prompt prompt, IImageSource source)
    {
        var images = Array.ConvertAll(prompt.Images, image => Encode(image, source));
        return new EncodedPrompt(Expand(Tokenizer.Encode(Parts(prompt)), images), images);
    }

    /// <summary>
    /// Ids in which every image placeholder is repeated once for each token of its image. Raises ArgumentException when
    /// placeholders and images are not equally many.
    /// </summary>
    public int[] Expand(int[] ids, IReadOnlyList<EncodedImage> images)
    {
        var placeholders = ids.Count(id => id == Config.ImageToken);
        if (placeholders != images.Count)
            throw new ArgumentException(
                $"wanted as many placeholders as images, found {placeholders} and {images.Count}"
            );
        var next = 0;
        return
        [
            .. ids.SelectMany(id =>
                Enumerable.Repeat(id, id == Config.ImageToken ? images[next++].Grid.Cells(Images.MergeSize) : 1)
            ),
        ];
    }

    private static IReadOnlyList<TextPart> Parts(Prompt prompt)
    {
        if (!prompt.Chat)
            return [.. prompt.Images.Select(_ => ImagePart), new TextPart(prompt.System + prompt.Text, Plain: true)];
        List<ChatMessage> messages =
        [
            new(
                "user",
                [
                    .. prompt.Images.Select(_ => new ChatPart(ChatPartKind.Image)),
                    new ChatPart(ChatPartKind.Text, prompt.Text),
                ]
            ),
        ];
        if (prompt.System.Length > 0)
            messages.Insert(0, new ChatMessage("system", [new ChatPart(ChatPartKind.Text, prompt.System)]));
        return ChatTemplate.Render(messages);
    }

    private EncodedImage Encode(Image image, IImageSource source)
    {
        var pixels = source.Load(image);
        try
        {
            return Images.Process(pixels);
        }
        catch (ArgumentException error)
        {
            throw new InputException(image.Id, "size", "an image that the processor can resize", error.Message);
        }
    }
}
