using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>Normalising pixels and cutting them into patches (goldens/processors 1.4).</summary>
internal static class Patches
{
    /// <summary>
    /// Rows run over squares of merge x merge patches (block row, block column, row, column); a row holds channel, time, y, x.
    /// Raises ArgumentException unless the sides of the image are multiples of patch * merge.
    /// </summary>
    internal static EncodedImage Cut(RgbImage image, ImageProcessor processor)
    {
        var (patch, merge, times) = (processor.PatchSize, processor.MergeSize, processor.TemporalPatchSize);
        if (image.Width % (patch * merge) != 0 || image.Height % (patch * merge) != 0)
            throw new ArgumentException(
                $"wanted sides that are multiples of {patch * merge}, found {image.Width} x {image.Height}"
            );
        var (rows, columns) = (image.Height / patch, image.Width / patch);
        var table = Table(processor);
        var length = processor.PatchLength;
        var result = GC.AllocateUninitializedArray<float>(rows * columns * length);
        var at = 0;
        for (var blockRow = 0; blockRow < rows; blockRow += merge)
        for (var blockColumn = 0; blockColumn < columns; blockColumn += merge)
        for (var row = blockRow; row < blockRow + merge; row++)
        for (var column = blockColumn; column < blockColumn + merge; column++, at += length)
        {
            var first = 3 * (row * patch * image.Width + column * patch);
            Fill(result.AsSpan(at, length), image.Pixels.AsSpan(first), 3 * image.Width, patch, times, table);
        }
        return new EncodedImage(result, 1, rows, columns);
    }

    /// <summary>One patch from the pixels that begin at its corner; a still image stands at all times.</summary>
    private static void Fill(
        Span<float> result,
        ReadOnlySpan<byte> pixels,
        int stride,
        int patch,
        int times,
        ReadOnlySpan<float> table
    )
    {
        var square = patch * patch;
        var (red, green, blue) = (0, times * square, 2 * times * square);
        for (var y = 0; y < patch; y++)
        {
            var line = pixels.Slice(y * stride, 3 * patch);
            for (var i = 0; i < line.Length; i += 3)
            {
                result[red++] = table[line[i]];
                result[green++] = table[256 + line[i + 1]];
                result[blue++] = table[512 + line[i + 2]];
            }
        }
        for (var channel = 0; channel < 3; channel++)
        for (var time = 1; time < times; time++)
            result.Slice(channel * times * square, square).CopyTo(result[((channel * times + time) * square)..]);
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
