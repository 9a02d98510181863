using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>
/// Pillow's bicubic resize, bit for bit (Pillow 13.0, src/libImaging/Resample.c, restated in goldens/processors 1.3):
/// Keys' kernel with a = -0.5 widened when shrinking, weights of 22 fractional bits, a byte between the two passes. Both
/// passes add whole numbers, so that the order of the sums is free: across, one vector is a pixel; down, it is part of a row.
/// </summary>
internal static class Bicubic
{
    private const int FractionBits = 22;
    private const int Half = 1 << (FractionBits - 1);

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
        var filter = Filter.Of(image.Width, width);
        var result = GC.AllocateUninitializedArray<byte>(3 * width * image.Height);
        var pixels = new Vector128<int>[image.Width];
        for (var y = 0; y < image.Height; y++)
        {
            Expand(image.Pixels.AsSpan(3 * image.Width * y, 3 * image.Width), pixels);
            var into = result.AsSpan(3 * width * y, 3 * width);
            for (var x = 0; x < width; x++)
            {
                var sum = Vector128.Create(Half);
                var from = pixels.AsSpan(filter.First[x], filter.Count[x]);
                var weights = filter.WeightsOf(x);
                for (var i = 0; i < from.Length && i < weights.Length; i++)
                    sum += from[i] * weights[i];
                Write(sum, into[(3 * x)..]);
            }
        }
        return RgbImage.Create(width, image.Height, result);
    }

    /// <summary>Three bytes a pixel to four whole numbers, the last of which means nothing.</summary>
    private static void Expand(ReadOnlySpan<byte> row, Span<Vector128<int>> pixels)
    {
        for (var x = 0; x < pixels.Length - 1; x++)
        {
            var four = Vector128.CreateScalar(BinaryPrimitives.ReadUInt32LittleEndian(row[(3 * x)..])).AsByte();
            pixels[x] = Vector128.WidenLower(Vector128.WidenLower(four)).AsInt32();
        }
        pixels[^1] = Vector128.Create(row[^3], row[^2], row[^1], 0);
    }

    /// <summary>Writes the bytes of a pixel's sums; the byte behind them belongs to the next pixel, which comes later.</summary>
    private static void Write(Vector128<int> sum, Span<byte> into)
    {
        var bytes = Vector128.Clamp(sum >> FractionBits, Vector128<int>.Zero, Vector128.Create(255));
        if (into.Length >= 4)
        {
            var shorts = Vector128.Narrow(bytes, bytes);
            BinaryPrimitives.WriteUInt32LittleEndian(into, Vector128.Narrow(shorts, shorts).AsUInt32().ToScalar());
        }
        else
            (into[0], into[1], into[2]) = ((byte)bytes[0], (byte)bytes[1], (byte)bytes[2]);
    }

    private static RgbImage Vertical(RgbImage image, int height)
    {
        if (height == image.Height)
            return image;
        var filter = Filter.Of(image.Height, height);
        var stride = 3 * image.Width;
        var result = GC.AllocateUninitializedArray<byte>(stride * height);
        for (var y = 0; y < height; y++)
        {
            var rows = image.Pixels.AsSpan(filter.First[y] * stride, filter.Count[y] * stride);
            var into = result.AsSpan(y * stride, stride);
            var weights = filter.WeightsOf(y);
            var x = 0;
            for (; x + Vector256<byte>.Count <= stride; x += Vector256<byte>.Count)
                Column(rows[x..], stride, weights).CopyTo(into[x..]);
            for (; x < stride; x++)
            {
                var sum = Half;
                for (var i = 0; i < weights.Length; i++)
                    sum += rows[i * stride + x] * weights[i];
                into[x] = (byte)Math.Clamp(sum >> FractionBits, 0, 255);
            }
        }
        return RgbImage.Create(image.Width, height, result);
    }

    /// <summary>32 neighbouring bytes of an output row, from those at the start of each of some input rows.</summary>
    private static Vector256<byte> Column(ReadOnlySpan<byte> rows, int stride, ReadOnlySpan<int> weights)
    {
        var (a, b, c, d) = (
            Vector256.Create(Half),
            Vector256.Create(Half),
            Vector256.Create(Half),
            Vector256.Create(Half)
        );
        for (var i = 0; i < weights.Length; i++)
        {
            var bytes = Vector256.Create(rows.Slice(i * stride, Vector256<byte>.Count));
            var (low, high) = Vector256.Widen(bytes);
            var (low1, low2) = Vector256.Widen(low);
            var (high1, high2) = Vector256.Widen(high);
            a += low1.AsInt32() * weights[i];
            b += low2.AsInt32() * weights[i];
            c += high1.AsInt32() * weights[i];
            d += high2.AsInt32() * weights[i];
        }
        return Vector256.Narrow(
            Vector256.Narrow(ToBytes(a), ToBytes(b)).AsUInt16(),
            Vector256.Narrow(ToBytes(c), ToBytes(d)).AsUInt16()
        );
    }

    private static Vector256<int> ToBytes(Vector256<int> sums) =>
        Vector256.Clamp(sums >> FractionBits, Vector256<int>.Zero, Vector256.Create(255));

    /// <summary>For each output pixel the first input pixel, how many there are, and their weights, `Stride` places for each.</summary>
    private readonly record struct Filter(int[] First, int[] Count, int[] Weights, int Stride)
    {
        internal ReadOnlySpan<int> WeightsOf(int output) => Weights.AsSpan(output * Stride, Count[output]);

        internal static Filter Of(int from, int into)
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
}
