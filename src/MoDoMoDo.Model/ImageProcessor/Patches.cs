using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>Normalising pixels and cutting them into patches (goldens/processors 1.4).</summary>
internal static class Patches
{
    /// <summary>
    /// Rows run over squares of merge x merge patches (block row, block column, row, column); a row holds channel, time, y, x.
    /// The sides of the image must be multiples of patch * merge.
    /// </summary>
    internal static EncodedImage Cut(RgbImage image, ImageProcessor processor)
    {
        var (patch, merge, times) = (processor.PatchSize, processor.MergeSize, processor.TemporalPatchSize);
        var (rows, columns) = (image.Height / patch, image.Width / patch);
        var square = patch * patch;
        var table = Table(processor);
        var result = new float[rows * columns * 3 * times * square];
        var at = 0;
        for (var blockRow = 0; blockRow < rows; blockRow += merge)
        for (var blockColumn = 0; blockColumn < columns; blockColumn += merge)
        for (var row = blockRow; row < blockRow + merge; row++)
        for (var column = blockColumn; column < blockColumn + merge; column++)
        for (var channel = 0; channel < 3; channel++)
        {
            var plane = result.AsSpan(at, square);
            Fill(plane, image, row * patch, column * patch, patch, channel, table);
            for (var time = 1; time < times; time++)
                plane.CopyTo(result.AsSpan(at + time * square, square));
            at += times * square;
        }
        return new EncodedImage(result, 1, rows, columns);
    }

    private static void Fill(
        Span<float> plane,
        RgbImage image,
        int top,
        int left,
        int patch,
        int channel,
        float[] table
    )
    {
        var pixels = image.Pixels;
        for (var y = 0; y < patch; y++)
        {
            var from = 3 * ((top + y) * image.Width + left) + channel;
            for (var x = 0; x < patch; x++)
                plane[y * patch + x] = table[256 * channel + pixels[from + 3 * x]];
        }
    }

    /// <summary>The number that each byte of each channel becomes [3 * 256]: rescaled in double, normalised in float.</summary>
    internal static float[] Table(ImageProcessor processor)
    {
        var table = new float[3 * 256];
        for (var channel = 0; channel < 3; channel++)
        for (var value = 0; value < 256; value++)
            table[256 * channel + value] =
                ((float)(value * (1.0 / 255)) - (float)processor.Mean[channel]) / (float)processor.Deviation[channel];
        return table;
    }
}
