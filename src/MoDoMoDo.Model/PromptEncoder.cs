using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>
/// From prompts to what a policy reads: tokenizer, chat template and image processor together, as Qwen2VLProcessor of
/// transformers joins them. Safe to use from many threads; loads no part of libtorch.
/// </summary>
/// <param name="tokenizer">Reads the text.</param>
/// <param name="images">Makes patches of the images.</param>
/// <param name="imageToken">Id of the image placeholder; null: the tokenizer's; negative: of a model without images.</param>
public sealed class PromptEncoder(Tokenizer tokenizer, ImageProcessor images, int? imageToken = null)
{
    private static readonly TextPart ImagePart = new("<|vision_start|><|image_pad|><|vision_end|>", Plain: false);

    /// <summary>Reads the text.</summary>
    public Tokenizer Tokenizer => tokenizer;

    /// <summary>Makes patches of the images.</summary>
    public ImageProcessor Images => images;

    /// <summary>Id of the image placeholder; negative when images cannot be read.</summary>
    public int ImageToken { get; } = imageToken ?? tokenizer.IdOf("<|image_pad|>");

    /// <summary>
    /// The prompt as ids and patches: images first, then the text, which is plain whatever it contains; inside the chat
    /// template when the prompt asks for it. Raises InputException when an image cannot be read or has an impossible shape,
    /// or when the policy reads no images.
    /// </summary>
    public EncodedPrompt Encode(Prompt prompt, IImageSource source)
    {
        if (ImageToken < 0 && prompt.Images.Length > 0)
            throw new InputException(prompt.Images[0].Id, "image", "a policy with a vision tower", "a text model");
        var encoded = Array.ConvertAll(prompt.Images, image => Read(image, source));
        return new EncodedPrompt(Expand(tokenizer.Encode(Parts(prompt)), encoded), encoded);
    }

    /// <summary>
    /// Ids in which every image placeholder is repeated once for each token of its image. Raises ArgumentException when
    /// placeholders and images are not equally many.
    /// </summary>
    public int[] Expand(int[] ids, IReadOnlyList<EncodedImage> encoded) =>
        Expand(ids, encoded, ImageToken, images.MergeSize);

    /// <summary>As above, for a placeholder and a merge size that are given.</summary>
    internal static int[] Expand(int[] ids, IReadOnlyList<EncodedImage> encoded, int imageToken, int merge)
    {
        var placeholders = ids.Count(id => id == imageToken);
        if (placeholders != encoded.Count)
            throw new ArgumentException(
                $"wanted as many placeholders as images, found {placeholders} and {encoded.Count}"
            );
        var next = 0;
        return
        [
            .. ids.SelectMany(id => Enumerable.Repeat(id, id == imageToken ? encoded[next++].Grid.Cells(merge) : 1)),
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

    private EncodedImage Read(Image image, IImageSource source)
    {
        var pixels = source.Load(image);
        try
        {
            return images.Process(pixels);
        }
        catch (ArgumentException error)
        {
            throw new InputException(image.Id, "size", "an image that the processor can resize", error.Message);
        }
    }
}
