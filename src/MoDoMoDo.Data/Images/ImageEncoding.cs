using System.Runtime.InteropServices;
using MoDoMoDo.Domain;
using SkiaSharp;

namespace MoDoMoDo.Data;

/// <summary>From pixels to image files.</summary>
public static class ImageEncoding
{
    /// <summary>The bytes of a PNG file with exactly these pixels (8-bit RGB, no colour profile).</summary>
    public static unsafe byte[] ToPng(RgbImage image)
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
                pixels.Encode(SKEncodedImageFormat.Png, 100) ?? throw new WorkException("the PNG encoder failed");
            return encoded.ToArray();
        }
    }
}
