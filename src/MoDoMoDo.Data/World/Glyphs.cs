using SkiaSharp;

namespace MoDoMoDo.Data;

/// <summary>Shapes, digits and letters as outlines of our own (no fonts), and their coverage masks.</summary>
/// <remarks>
/// Skia draws coverage alone, in fixed-point arithmetic; colours are mixed by <see cref="Canvas"/> in integers. So a
/// picture has the same bytes on every machine.
/// </remarks>
internal static class Glyphs
{
    /// <summary>Side of a glyph's mask in pixels; the glyph's centre is the mask's.</summary>
    public const int MaskSide = 16;

    // Filled outlines around (0, 0), in pixels.
    private static readonly Dictionary<string, string> Filled = new()
    {
        ["circle"] = "M-5.2 0 A5.2 5.2 0 1 1 5.2 0 A5.2 5.2 0 1 1 -5.2 0 Z",
        ["square"] = "M-4.8 -4.8 H4.8 V4.8 H-4.8 Z",
        ["triangle"] = "M0 -6 L5.8 4.8 H-5.8 Z",
        ["cross"] = "M-1.8 -5.5 H1.8 V-1.8 H5.5 V1.8 H1.8 V5.5 H-1.8 V1.8 H-5.5 V-1.8 H-1.8 Z",
        ["star"] = "M0 -6.5 L1.7 -2.2 L6.2 -2 L2.7 .9 L3.9 5.3 L0 2.8 L-3.9 5.3 L-2.7 .9 L-6.2 -2 L-1.7 -2.2 Z",
    };

    // Centre lines in a box of 4 x 8 pixels with its corner at (0, 0), drawn two pixels wide.
    private static readonly Dictionary<string, string> Stroked = new()
    {
        ["1"] = "M.6 1.6 L2.4 0 V8",
        ["2"] = "M0 1.6 Q0 0 2 0 Q4 0 4 2 Q4 3.6 0 8 H4.2",
        ["3"] = "M0 0 H4 L1.8 3.3 Q4 3.3 4 5.6 Q4 8 2 8 Q.4 8 -.2 6.8",
        ["4"] = "M3 8 V0 L-.2 5.4 H4.6",
        ["5"] = "M3.9 0 H.4 V3.2 Q1 3 2 3 Q4 3 4 5.4 Q4 8 1.9 8 Q.4 8 -.2 7",
        ["6"] = "M3.4 -.2 Q0 2 0 5.4 Q0 8 2 8 Q4 8 4 5.7 Q4 3.6 2 3.6 Q.4 3.6 0 5.4",
        ["7"] = "M-.2 0 H4 L1.4 8.2",
        ["8"] =
            "M2 0 Q3.8 0 3.8 1.9 Q3.8 3.7 2 3.7 Q.2 3.7 .2 1.9 Q.2 0 2 0 Z M2 3.7 Q4.2 3.7 4.2 5.8 Q4.2 8 2 8 Q-.2 8 -.2 5.8 Q-.2 3.7 2 3.7 Z",
        ["9"] = "M.6 8.2 Q4 6 4 2.6 Q4 0 2 0 Q0 0 0 2.3 Q0 4.4 2 4.4 Q3.6 4.4 4 2.6",
        ["A"] = "M-.2 8 L2 0 L4.2 8 M.8 5.2 H3.2",
        ["B"] = "M0 0 V8 H2 Q4.2 8 4.2 5.8 Q4.2 3.7 2 3.7 H0 M0 0 H1.9 Q3.7 0 3.7 1.9 Q3.7 3.7 1.9 3.7",
        ["C"] = "M4.2 1.4 Q3.6 0 2.2 0 Q0 0 0 4 Q0 8 2.2 8 Q3.6 8 4.2 6.6",
        ["D"] = "M0 0 V8 H1.4 Q4.2 8 4.2 4 Q4.2 0 1.4 0 Z",
    };

    private static readonly Dictionary<string, byte[]> Masks = WorldWords.Glyphs.ToDictionary(g => g, Draw);

    /// <summary>Coverage of a glyph, row by row, 0 to 255 a pixel.</summary>
    public static byte[] Mask(string glyph) => Masks[glyph];

    /// <summary>Coverage [side * side] of an outline; stroke = 0 fills it.</summary>
    public static byte[] Coverage(int side, float stroke, SKPath path)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(side, side, SKColorType.Alpha8, SKAlphaType.Premul));
        using var canvas = new SKCanvas(bitmap);
        using var paint = new SKPaint
        {
            IsAntialias = true,
            Color = SKColors.White,
            Style = stroke > 0 ? SKPaintStyle.Stroke : SKPaintStyle.Fill,
            StrokeWidth = stroke,
        };
        canvas.Clear(SKColors.Transparent);
        canvas.DrawPath(path, paint);
        canvas.Flush();
        var mask = new byte[side * side];
        for (var row = 0; row < side; row++)
            bitmap.GetPixelSpan().Slice(row * bitmap.RowBytes, side).CopyTo(mask.AsSpan(row * side));
        return mask;
    }

    private static byte[] Draw(string glyph)
    {
        var filled = Filled.TryGetValue(glyph, out var outline);
        using var path = SKPath.ParseSvgPathData(outline ?? Stroked[glyph]);
        const float centre = MaskSide / 2f;
        path.Transform(
            filled ? SKMatrix.CreateTranslation(centre, centre) : SKMatrix.CreateTranslation(centre - 2, centre - 4)
        );
        return Coverage(MaskSide, filled ? 0 : 2, path);
    }
}
