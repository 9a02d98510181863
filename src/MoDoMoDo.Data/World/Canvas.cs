using MoDoMoDo.Domain;
using SkiaSharp;

namespace MoDoMoDo.Data;

/// <summary>A picture of the world in the making: 64 x 64 pixels, a lit grey ground, things, bars and lines, noise at the end.</summary>
internal sealed class Canvas
{
    /// <summary>Width and height in pixels.</summary>
    public const int Side = 64;

    private const int Ruler = 22;
    private const int ColourNoise = 12;

    private static readonly Dictionary<string, (int R, int G, int B)> Rgb = new()
    {
        ["red"] = (220, 30, 30),
        ["green"] = (30, 160, 40),
        ["blue"] = (30, 60, 220),
        ["yellow"] = (225, 190, 0),
        ["purple"] = (150, 30, 190),
        ["cyan"] = (0, 190, 200),
    };

    private readonly RandomStream _random;
    private readonly int _noise;
    private readonly int[] _pixels = new int[3 * Side * Side];

    /// <summary>An empty ground: grey, lit unevenly, with a few faint specks.</summary>
    /// <param name="random">All further randomness of the picture comes from it.</param>
    /// <param name="noise">Standard deviation of the noise of a channel.</param>
    public Canvas(RandomStream random, int noise)
    {
        (_random, _noise) = (random, noise);
        var grey = random.NextInt(195, 224);
        var (slopeX, slopeY) = (random.NextInt(-6, 6), random.NextInt(-6, 6));
        for (var y = 0; y < Side; y++)
        for (var x = 0; x < Side; x++)
        {
            // Rotary positions are relative: red rising along x and blue along y make the absolute place visible.
            var (alongX, alongY) = (2 * x - (Side - 1), 2 * y - (Side - 1));
            var light = grey + (slopeX * alongX + slopeY * alongY) / (Side - 1);
            var at = 3 * (y * Side + x);
            _pixels[at] = light + Ruler * alongX / (Side - 1);
            _pixels[at + 1] = light;
            _pixels[at + 2] = light + Ruler * alongY / (Side - 1);
        }
        for (var specks = random.NextInt(0, 3); specks > 0; specks--)
            Rectangle(
                random.NextInt(0, Side - 2),
                random.NextInt(0, Side - 2),
                2,
                1,
                (grey - 30, grey - 30, grey - 30)
            );
    }

    /// <summary>Draws a glyph with its centre near (x, y), in its colour give or take some noise.</summary>
    public void Glyph(string glyph, string colour, int x, int y)
    {
        var (dx, dy) = (_random.NextInt(-1, 1), _random.NextInt(-1, 1));
        Blend(
            Glyphs.Mask(glyph),
            Glyphs.MaskSide,
            x + dx - Glyphs.MaskSide / 2,
            y + dy - Glyphs.MaskSide / 2,
            Shade(colour)
        );
    }

    /// <summary>Draws a filled rectangle with whole-pixel edges.</summary>
    public void Bar(string colour, int x, int y, int width, int height) =>
        Rectangle(x, y, width, height, Shade(colour));

    /// <summary>Draws a line through the points, of the given width in pixels.</summary>
    public void Line(string colour, float width, params ReadOnlySpan<(float X, float Y)> points) =>
        Stroke(Shade(colour), width, points);

    /// <summary>Draws a dark grey line through the points: axes, frames, clutter.</summary>
    public void Frame(float width, params ReadOnlySpan<(float X, float Y)> points) =>
        Stroke((80, 100, 100), width, points);

    /// <summary>Draws a dark strip over the whole width.</summary>
    public void Strip(int y, int height) => Rectangle(0, y, Side, height, (70, 105, 95));

    /// <summary>The finished picture: noise added, clipped to 0..255.</summary>
    public RgbImage Develop()
    {
        var bytes = new byte[_pixels.Length];
        for (var i = 0; i < bytes.Length; i += 2)
        {
            var (a, b) = Normals(_noise);
            bytes[i] = (byte)Math.Clamp(_pixels[i] + a, 0, 255);
            bytes[i + 1] = (byte)Math.Clamp(_pixels[i + 1] + b, 0, 255);
        }
        return RgbImage.Create(Side, Side, bytes);
    }

    private void Stroke((int, int, int) rgb, float width, ReadOnlySpan<(float X, float Y)> points)
    {
        using var builder = new SKPathBuilder();
        builder.MoveTo(points[0].X, points[0].Y);
        foreach (var (x, y) in points[1..])
            builder.LineTo(x, y);
        using var path = builder.Detach();
        Blend(Glyphs.Coverage(Side, width, path), Side, 0, 0, rgb);
    }

    private void Rectangle(int left, int top, int width, int height, (int R, int G, int B) rgb)
    {
        for (var y = Math.Max(top, 0); y < Math.Min(top + height, Side); y++)
        for (var x = Math.Max(left, 0); x < Math.Min(left + width, Side); x++)
            (_pixels[3 * (y * Side + x)], _pixels[3 * (y * Side + x) + 1], _pixels[3 * (y * Side + x) + 2]) = rgb;
    }

    private void Blend(byte[] mask, int side, int left, int top, (int R, int G, int B) rgb)
    {
        for (var y = Math.Max(0, -top); y < side && top + y < Side; y++)
        for (var x = Math.Max(0, -left); x < side && left + x < Side; x++)
        {
            int coverage = mask[y * side + x];
            if (coverage == 0)
                continue;
            var at = 3 * ((top + y) * Side + left + x);
            _pixels[at] += (rgb.R - _pixels[at]) * coverage / 255;
            _pixels[at + 1] += (rgb.G - _pixels[at + 1]) * coverage / 255;
            _pixels[at + 2] += (rgb.B - _pixels[at + 2]) * coverage / 255;
        }
    }

    private (int R, int G, int B) Shade(string colour)
    {
        var (r, g, b) = Rgb[colour];
        var ((dr, dg), (db, _)) = (Normals(ColourNoise), Normals(ColourNoise));
        return (r + dr, g + dg, b + db);
    }

    // Two draws of a nearly normal integer (the sum of four bytes): cheap, and in whole numbers the same on every machine.
    private (int, int) Normals(int deviation)
    {
        const ulong evenBytes = 0x00FF00FF00FF00FF;
        const int mean = 510;
        var scale = deviation * 443; // 65536 / the sum's deviation of 147.8
        var bits = _random.NextBits();
        var pairs = (bits & evenBytes) + ((bits >> 8) & evenBytes);
        var sums = pairs + (pairs >> 16);
        return (((int)(sums & 0xFFFF) - mean) * scale >> 16, ((int)((sums >> 32) & 0xFFFF) - mean) * scale >> 16);
    }
}
