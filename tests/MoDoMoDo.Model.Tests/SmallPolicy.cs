using MoDoMoDo.Domain;

namespace MoDoMoDo.Model.Tests;

/// <summary>The small policy with a few words, and prompts for it.</summary>
internal static class SmallPolicy
{
    internal static Tokenizer Tokenizer { get; } =
        Tokenizer.OfWords([" red", " blue", " 3", " x250", "<answer>", "</answer>"]);

    internal static Policy Create(
        ulong seed = 1,
        PolicyFamily family = PolicyFamily.Qwen2VL,
        int[]? sections = null,
        bool tied = true
    ) => Policy.Create(Config(family, sections, tied), Tokenizer, seed, ImageProcessor.Small);

    /// <summary>The small config; of Qwen2.5-VL with windows of 2 x 2 cells and full attention in the middle block of three.</summary>
    internal static PolicyConfig Config(PolicyFamily family, int[]? sections = null, bool tied = true)
    {
        var small = PolicyConfig.Small(Tokenizer);
        var tower = small.Tower!;
        if (family == PolicyFamily.Qwen25VL)
            tower = tower with
            {
                Depth = 3,
                Gated = true,
                MlpWidth = 72,
                WindowSize = 2 * tower.PatchSize * tower.MergeSize,
                FullAttentionBlocks = [1],
            };
        return small with
        {
            Family = family,
            Tower = tower,
            TiedEmbeddings = tied,
            Decoder = small.Decoder with { RotarySections = sections ?? small.Decoder.RotarySections },
        };
    }

    /// <summary>A random image of the given size.</summary>
    internal static Image Picture(int width, int height, ulong seed)
    {
        var stream = new RandomStream(seed);
        var pixels = new byte[3 * width * height];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)stream.NextInt(256);
        return Image.OfPixels(RgbImage.Create(width, height, pixels));
    }

    internal static Prompt Ask(string text, params Image[] images) => new("", text, images, chat: false);

    /// <summary>Images that are already pixels.</summary>
    internal sealed class PixelSource : IImageSource
    {
        public RgbImage Load(Image image) =>
            image.Data.Match(
                _ => throw new NotSupportedException(),
                _ => throw new NotSupportedException(),
                pixels => pixels
            );
    }
}
