using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Looks at the pictures of a sample before anybody needs them.</summary>
internal static class PictureChecks
{
    /// <summary>The sizes of the pictures that were looked at. Raises InputException when one cannot be used or a box in
    /// pixels lies outside it.</summary>
    public static IReadOnlyList<ImageSize> Check(Sample sample, DatasetOptions options, RowReader row)
    {
        if (options.PictureCheck == PictureCheck.None) return [];
        ImageSize[] sizes = [.. sample.Images.Select(image => Look(image, options, row))];
        if (sample.Gold is Gold.Boxes { System: CoordinateSystem.Pixel } boxes && sizes is [var size, ..]
            && !boxes.Boxes.All(labelled => Inside(labelled.Box, size)))
            throw row.Fail("solution", $"boxes inside the picture of {size.Width} x {size.Height}", "one that is outside");
        return sizes;
    }

    private static ImageSize Look(Image image, DatasetOptions options, RowReader row)
    {
        try
        {
            var bytes = image.Data.Match(File.ReadAllBytes, encoded => encoded, _ => []);
            return options.PictureCheck == PictureCheck.Full
                ? ImageDecoding.Decode(bytes, options.Images).Size
                : ImageDecoding.ReadSize(bytes, options.Images);
        }
        catch (InputException e)
        {
            throw row.Fail("image", e.Wanted, e.Found);
        }
    }

    private static bool Inside(Box box, ImageSize size) =>
        box.X1 >= 0 && box.Y1 >= 0 && box.X2 <= size.Width && box.Y2 <= size.Height;
}
