namespace MoDoMoDo.Data;

/// <summary>What becomes of an image's alpha channel.</summary>
public enum AlphaMode
{
    /// <summary>Left out: the colour under it shows, as transformers' <c>load_image</c> has it.</summary>
    Dropped,

    /// <summary>The image is painted over white, as the rows of Hugging Face <c>datasets</c> have it.</summary>
    OverWhite,
}

/// <summary>How image files become pixels (DESIGN.md 15).</summary>
public sealed record ImageDecodingOptions
{
    /// <summary>What becomes of an alpha channel or of a palette with graded alpha.</summary>
    public AlphaMode Alpha { get; init; } = AlphaMode.Dropped;

    /// <summary>
    /// True: pixels of the one colour that a file declares transparent (tRNS of a grey or RGB PNG, a single clear palette
    /// entry, GIF) become white, as the reference's image processor makes them. False: they keep their colour, which is
    /// what <c>load_image</c> alone gives.
    /// </summary>
    public bool PaintColourKey { get; init; } = true;

    /// <summary>Images with more pixels are refused before anything is decoded. Default: where Pillow starts to warn.</summary>
    public long MaxPixels { get; init; } = 89_478_485;

    /// <summary>Image files with more bytes are refused before they are read.</summary>
    public long MaxFileBytes { get; init; } = 512L << 20;
}
