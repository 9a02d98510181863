using System.Runtime.InteropServices;
using MoDoMoDo.Domain;
using SkiaSharp;

namespace MoDoMoDo.Data;

/// <summary>From pixels to image files.</summary>
public static class ImageEncoding
{
    /// <summary>The bytes of a PNG file with exactly these pixels (8-bit RGB, no colour profile).</summary>
    public static byte[] ToPng(RgbImage image) => Encode(image, SKEncodedImageFormat.Png, 100);

    /// <summary>The bytes of a JPEG file with about these pixels, its colours at half the resolution.</summary>
    /// <param name="image">The pixels.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] ToJpeg(RgbImage image, int quality) => Encode(image, SKEncodedImageFormat.Jpeg, quality);

    private static unsafe byte[] Encode(RgbImage image, SKEncodedImageFormat format, int quality)
    {
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgb888x, SKAlphaType.Opaque, null);
        var rows = new byte[info.BytesSize64];
        for (int from = 0, to = 0; from < image.Pixels.Length; from += 3, to += 4)
        {
            image.Pixels.AsSpan(from, 3).CopyTo(rows.AsSpan(to));
            rows[to + 3] = 255;
        }
        fixed (byte* address = rows)
        {
            using var pixels = new SKPixmap(info, (IntPtr)address);
            using var encoded =
                pixels.Encode(format, quality) ?? throw new WorkException($"the {format} encoder failed");
            return encoded.ToArray();
        }
    }

    /// <summary>A JPEG file of the picture in a file, made smaller where its longer side is more than so many pixels.</summary>
    /// <param name="file">Bytes of an image file.</param>
    /// <param name="longest">Most pixels of the longer side, at least 1.</param>
    /// <exception cref="InputException">The bytes are no image.</exception>
    public static byte[] ToThumbnail(byte[] file, int longest)
    {
        using var picture =
            SKBitmap.Decode(file) ?? throw new InputException("", "image", "an image file", "other bytes");
        var scale = Math.Min(1, (double)longest / Math.Max(picture.Width, picture.Height));
        int Scaled(int side) => Math.Max(1, (int)Math.Round(side * scale));
        using var small =
            picture.Resize(
                new SKImageInfo(Scaled(picture.Width), Scaled(picture.Height)),
                new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear)
            ) ?? throw new WorkException("the picture cannot be made smaller");
        using var encoded = small.Encode(SKEncodedImageFormat.Jpeg, 85);
        return encoded.ToArray();
    }
}
