using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Looks at the pictures of a sample before anybody needs them.</summary>
internal static class PictureChecks
{
    private const int HeaderBytes = 64 << 10;

    /// <summary>The sizes of the pictures that were looked at. Raises InputException when one cannot be used or a box in
    /// pixels lies outside it.</summary>
    public static IReadOnlyList<ImageSize> Check(Sample sample, DatasetOptions options, RowReader row)
    {
        if (options.PictureCheck == PictureCheck.None)
            return [];
        ImageSize[] sizes = [.. sample.Images.Select(image => Look(image, options, row))];
        if (
            sample.Gold is Gold.Boxes { System: CoordinateSystem.Pixel } boxes
            && sizes is [var size, ..]
            && !boxes.Boxes.All(labelled => Inside(labelled.Box, size))
        )
            throw row.Fail(
                "solution",
                $"boxes inside the picture of {size.Width} x {size.Height}",
                "one that is outside"
            );
        return sizes;
    }

    /// <summary>The size of a picture, from its header. Raises InputException when it is none.</summary>
    public static ImageSize SizeOf(Image image, ImageDecodingOptions options) =>
        image.Data.Match(
            path =>
            {
                using var file = File.OpenRead(path);
                return SizeOf(
                    file.Length,
                    length =>
                    {
                        var bytes = new byte[length];
                        file.Position = 0;
                        file.ReadExactly(bytes);
                        return bytes;
                    },
                    options
                );
            },
            bytes => SizeOf(bytes.Length, length => length == bytes.Length ? bytes : bytes[..(int)length], options),
            pixels => pixels.Size
        );

    private static ImageSize Look(Image image, DatasetOptions options, RowReader row)
    {
        try
        {
            if (options.PictureCheck == PictureCheck.Header)
                return SizeOf(image, options.Images);
            var bytes = image.Data.Match(File.ReadAllBytes, encoded => encoded, _ => []);
            return ImageDecoding.Decode(bytes, options.Images).Size;
        }
        catch (InputException e)
        {
            throw row.Fail("image", e.Wanted, e.Found);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw row.Fail("image", "a readable file", e.Message);
        }
    }

    // The header of nearly every file lies in its first bytes; sets have 100 000 files.
    private static ImageSize SizeOf(long length, Func<long, byte[]> start, ImageDecodingOptions options)
    {
        if (length > HeaderBytes)
            try
            {
                return ImageDecoding.ReadSize(start(HeaderBytes), options);
            }
            catch (InputException)
            {
                // A long profile may stand before the header's end: the whole file decides.
            }
        return ImageDecoding.ReadSize(start(Math.Min(length, options.MaxFileBytes)), options);
    }

    private static bool Inside(Box box, ImageSize size) =>
        box.X1 >= 0 && box.Y1 >= 0 && box.X2 <= size.Width && box.Y2 <= size.Height;
}
