using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>
/// Pillow's bicubic resize, bit for bit (Pillow 13.0, src/libImaging/Resample.c, restated in goldens/processors 1.3):
/// Keys' kernel with a = -0.5 widened when shrinking, weights of 22 fractional bits, a byte between the two passes.
/// </summary>
internal static class Bicubic
{
    private const int FractionBits = 22;

    /// <summary>For each output pixel the first input pixel and the weights of those from there on.</summary>
    private readonly record struct Filter(int[] First, int[] Count, int[] Weights, int Stride);

    /// <summary>The image at another size; the image itself when the size is its own.</summary>
    internal static RgbImage Resize(RgbImage image, ImageSize size)
    {
        var (width, height) = (image.Width, image.Height);
        // Pillow 13 shrinks the taller excess first.
        var verticalFirst = size.Height < height && height - size.Height > 2 * (width - size.Width);
        return verticalFirst
            ? Horizontal(Vertical(image, size.Height), size.Width)
            : Vertical(Horizontal(image, size.Width), size.Height);
    }

    private static RgbImage Horizontal(RgbImage image, int width)
    {
        if (width == image.Width)
            return image;
        var filter = Prepare(image.Width, width);
        var (source, result) = (image.Pixels, new byte[3 * width * image.Height]);
        for (var y = 0; y < image.Height; y++)
        {
            var row = source.AsSpan(3 * image.Width * y, 3 * image.Width);
            var into = result.AsSpan(3 * width * y, 3 * width);
            for (var x = 0; x < width; x++)
            {
                var weights = filter.Weights.AsSpan(x * filter.Stride, filter.Count[x]);
                var (red, green, blue) = (1 << (FractionBits - 1), 1 << (FractionBits - 1), 1 << (FractionBits - 1));
                var pixel = 3 * filter.First[x];
                foreach (var weight in weights)
                {
                    red += row[pixel] * weight;
                    green += row[pixel + 1] * weight;
                    blue += row[pixel + 2] * weight;
                    pixel += 3;
                }
                (into[3 * x], into[3 * x + 1], into[3 * x + 2]) = (ToByte(red), ToByte(green), ToByte(blue));
            }
        }
        return RgbImage.Create(width, image.Height, result);
    }

    private static RgbImage Vertical(RgbImage image, int height)
    {
        if (height == image.Height)
            return image;
        var filter = Prepare(image.Height, height);
        var stride = 3 * image.Width;
        var (source, result) = (image.Pixels, new byte[stride * height]);
        var sums = new int[stride];
        for (var y = 0; y < height; y++)
        {
            Array.Fill(sums, 1 << (FractionBits - 1));
            for (var i = 0; i < filter.Count[y]; i++)
                AddScaled(
                    sums,
                    source.AsSpan((filter.First[y] + i) * stride, stride),
                    filter.Weights[y * filter.Stride + i]
                );
            var into = result.AsSpan(y * stride, stride);
            for (var x = 0; x < stride; x++)
                into[x] = ToByte(sums[x]);
        }
        return RgbImage.Create(image.Width, height, result);
    }

    private static void AddScaled(Span<int> sums, ReadOnlySpan<byte> row, int weight)
    {
        for (var x = 0; x < row.Length && x < sums.Length; x++)
            sums[x] += row[x] * weight;
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    private static Filter Prepare(int from, int into)
    {
        var scale = (double)from / into;
        var stretch = Math.Max(scale, 1);
        var support = 2 * stretch;
        var stride = 2 * (int)Math.Ceiling(support) + 1;
        var filter = new Filter(new int[into], new int[into], new int[into * stride], stride);
        var kernel = new double[stride];
        for (var i = 0; i < into; i++)
        {
            var centre = (i + 0.5) * scale;
            var first = Math.Max(0, (int)(centre - support + 0.5));
            var last = Math.Min(from, (int)(centre + support + 0.5));
            var sum = 0.0;
            for (var j = first; j < last; j++)
                sum += kernel[j - first] = Keys((j - centre + 0.5) / stretch);
            for (var j = 0; j < last - first; j++)
            {
                var fixedPoint = kernel[j] / sum * (1 << FractionBits);
                filter.Weights[i * stride + j] = (int)(fixedPoint + (fixedPoint < 0 ? -0.5 : 0.5));
            }
            (filter.First[i], filter.Count[i]) = (first, last - first);
        }
        return filter;
    }

    /// <summary>The cubic convolution kernel (Keys, IEEE Trans. ASSP 29, 1981) with a = -0.5.</summary>
    private static double Keys(double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        return x switch
        {
            < 1 => ((a + 2) * x - (a + 3)) * x * x + 1,
            < 2 => (((x - 5) * x + 8) * x - 4) * a,
            _ => 0,
        };
    }
}
