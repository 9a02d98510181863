using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MoDoMoDo.Domain;
using SkiaSharp;

namespace MoDoMoDo.Data;

/// <summary>
/// From the bytes of a PNG, JPEG, WebP, GIF or BMP file to pixels: the content decides the kind, never the name. The first
/// frame; orientation of EXIF, else of XMP, applied; no colour management. The pixels are those of transformers 5.23 (goldens/processors 1.1).
/// </summary>
public static class ImageDecoding
{
    private const string Wanted = "a PNG, JPEG, WebP, GIF or BMP image";

    /// <summary>The decoded image. Raises InputException when the bytes are no whole image or claim more pixels than allowed;
    /// nothing is allocated for a claim that is refused.</summary>
    /// <param name="file">The bytes of an image file.</param>
    /// <param name="options">Alpha and limits.</param>
    /// <param name="source">The file and row to name in an error.</param>
    /// <param name="field">The field to name in an error.</param>
    public static RgbImage Decode(byte[] file, ImageDecodingOptions options, string source = "", string field = "image")
    {
        var prepared = Prepare(file, options.Alpha);
        using var data = new SKMemoryStream(prepared.Bytes);
        using var codec = Open(data, file, options, source, field, whole: true);
        var info = new SKImageInfo(
            codec.Info.Width,
            codec.Info.Height,
            SKColorType.Rgba8888,
            SKAlphaType.Unpremul,
            null
        );
        return WithPixels(
            info,
            pixels =>
            {
                if (codec.GetPixels(info, pixels) is var decoded && decoded != SKCodecResult.Success)
                    throw new InputException(
                        source,
                        field,
                        Wanted,
                        $"a damaged {codec.EncodedFormat} file ({decoded})"
                    );
                return ToRgb(pixels, info, Origin(file), prepared, options);
            }
        );
    }

    /// <summary>The size that Decode would give, from the header alone. Raises InputException as Decode does, except for
    /// damage behind the header.</summary>
    /// <param name="file">The bytes of an image file, or its beginning.</param>
    /// <param name="options">Limits.</param>
    /// <param name="source">The file and row to name in an error.</param>
    /// <param name="field">The field to name in an error.</param>
    public static ImageSize ReadSize(
        byte[] file,
        ImageDecodingOptions options,
        string source = "",
        string field = "image"
    )
    {
        var prepared = Prepare(file, options.Alpha);
        using var data = new SKMemoryStream(prepared.Bytes);
        using var codec = Open(data, file, options, source, field, whole: false);
        var (width, height, _, _, _) = Walk(Origin(file), codec.Info.Width, codec.Info.Height);
        return new(height, width);
    }

    private static PreparedFile Prepare(byte[] file, AlphaMode alpha) =>
        PngFile.Is(file) ? PngFile.Prepare(file, alpha)
        : GifFile.Is(file) ? GifFile.Prepare(file)
        : new(file);

    private static SKEncodedOrigin Origin(byte[] file) => (SKEncodedOrigin)ImageMetadata.Orientation(file);

    private static SKCodec Open(
        SKStream data,
        byte[] file,
        ImageDecodingOptions options,
        string source,
        string field,
        bool whole
    )
    {
        var codec = SKCodec.Create(data, out var opened);
        var found =
            codec is null || opened != SKCodecResult.Success ? Description(file)
            : !IsSupported(codec.EncodedFormat) ? $"a file of kind {codec.EncodedFormat}"
            : whole && codec.EncodedFormat == SKEncodedImageFormat.Jpeg && !EndsAsJpeg(file) ? "a JPEG that is cut off"
            : null;
        var refusal =
            found is not null ? new InputException(source, field, Wanted, found)
            : (long)codec!.Info.Width * codec.Info.Height > options.MaxPixels
                ? new(
                    source,
                    field,
                    $"an image of at most {options.MaxPixels} pixels",
                    $"{codec.Info.Width} x {codec.Info.Height}"
                )
            : null;
        if (refusal is null)
            return codec!;
        codec?.Dispose();
        throw refusal;
    }

    // Pages that the decoder never writes are never committed, so a false header costs nothing even below the limit.
    private static unsafe RgbImage WithPixels(SKImageInfo info, Func<IntPtr, RgbImage> use)
    {
        var pixels = NativeMemory.AllocZeroed((nuint)info.BytesSize64);
        try
        {
            return use((IntPtr)pixels);
        }
        finally
        {
            NativeMemory.Free(pixels);
        }
    }

    private static unsafe RgbImage ToRgb(
        IntPtr address,
        SKImageInfo info,
        SKEncodedOrigin origin,
        PreparedFile prepared,
        ImageDecodingOptions options
    )
    {
        var (w, h) = (info.Width, info.Height);
        var source = new ReadOnlySpan<uint>((void*)address, checked(w * h));
        var (width, height, start, stepX, stepY) = Walk(origin, w, h);
        var target = GC.AllocateUninitializedArray<byte>(checked(3 * w * h));
        var key = options.PaintColourKey ? prepared.Key : null;
        var overWhite = options.Alpha == AlphaMode.OverWhite;
        if (key is null && !prepared.SplitGrey && !overWhite && stepX == 1)
        {
            for (var y = 0; y < height; y++)
                DropAlpha(source.Slice(start + y * stepY, width), target.AsSpan(3 * width * y, 3 * width));
            return RgbImage.Create(width, height, target);
        }
        var at = 0;
        for (var y = 0; y < height; y++)
        {
            for (int x = 0, from = start + y * stepY; x < width; x++, from += stepX, at += 3)
            {
                var pixel = source[from];
                byte r = (byte)pixel,
                    g = (byte)(pixel >> 8),
                    b = (byte)(pixel >> 16),
                    a = (byte)(pixel >> 24);
                if (prepared.SplitGrey)
                    r = g = b = r > 0 ? (byte)255 : a;
                else if (overWhite)
                    (r, g, b) = (OverWhite(r, a), OverWhite(g, a), OverWhite(b, a));
                if (key is { } k && (r, g, b) == (k.Red, k.Green, k.Blue))
                    r = g = b = 255;
                (target[at], target[at + 1], target[at + 2]) = (r, g, b);
            }
        }
        return RgbImage.Create(width, height, target);
    }

    /// <summary>Four bytes a pixel to three, four pixels at once; the bytes written too many belong to the pixels behind.</summary>
    private static void DropAlpha(ReadOnlySpan<uint> row, Span<byte> target)
    {
        var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15);
        var x = 0;
        for (; 3 * x + Vector128<byte>.Count <= target.Length; x += Vector128<uint>.Count)
            Vector128.Shuffle(Vector128.Create(row.Slice(x, 4)).AsByte(), order).CopyTo(target[(3 * x)..]);
        for (; x < row.Length; x++)
            (target[3 * x], target[3 * x + 1], target[3 * x + 2]) = (
                (byte)row[x],
                (byte)(row[x] >> 8),
                (byte)(row[x] >> 16)
            );
    }

    private static byte OverWhite(byte colour, byte alpha) =>
        (byte)((2 * (colour * alpha + 255 * (255 - alpha)) + 255) / 510);

    /// <summary>Size of the turned image, and where its pixel (x, y) lies in the stored one: start + x * stepX + y * stepY.</summary>
    private static (int Width, int Height, int Start, int StepX, int StepY) Walk(
        SKEncodedOrigin origin,
        int w,
        int h
    ) =>
        origin switch
        {
            SKEncodedOrigin.TopRight => (w, h, w - 1, -1, w),
            SKEncodedOrigin.BottomRight => (w, h, w * h - 1, -1, -w),
            SKEncodedOrigin.BottomLeft => (w, h, w * (h - 1), 1, -w),
            SKEncodedOrigin.LeftTop => (h, w, 0, w, 1),
            SKEncodedOrigin.RightTop => (h, w, w * (h - 1), -w, 1),
            SKEncodedOrigin.RightBottom => (h, w, w * h - 1, -w, -1),
            SKEncodedOrigin.LeftBottom => (h, w, w - 1, w, -1),
            _ => (w, h, 0, 1, w),
        };

    private static bool IsSupported(SKEncodedImageFormat format) =>
        format
            is SKEncodedImageFormat.Png
                or SKEncodedImageFormat.Jpeg
                or SKEncodedImageFormat.Webp
                or SKEncodedImageFormat.Gif
                or SKEncodedImageFormat.Bmp;

    // The decoder forgives a missing end marker; entropy-coded data cannot contain either marker.
    private static bool EndsAsJpeg(ReadOnlySpan<byte> file) =>
        file.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) > file.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);

    private static string Description(byte[] file)
    {
        if (file.Length == 0)
            return "an empty file";
        var start = file.AsSpan(0, Math.Min(file.Length, 64)).Trim(" \t\r\n"u8);
        if (start.StartsWith("<svg"u8) || start.StartsWith("<?xml"u8))
            return "SVG or XML text";
        if (start.StartsWith("<"u8))
            return "HTML or other markup";
        if (start.StartsWith("version https://git-lfs"u8))
            return "a Git LFS pointer (the file itself was not downloaded)";
        return $"{file.Length} bytes that are none, or a header that is cut off";
    }
}
