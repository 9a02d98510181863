using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// Cosines and sines for a set of tokens, and the rotation of queries and keys by them. Frequency j turns the pair of
/// elements (j, j + D/2) of a head. Legend: D head width.
/// </summary>
internal sealed class Rotation(Tensor cos, Tensor sin)
{
    /// <summary>x turned; x [..., heads, D] where the tables [..., 1, D/2] broadcast.</summary>
    internal Tensor Apply(Tensor x)
    {
        var half = x.shape[^1] / 2;
        var wide = x.dtype == cos.dtype ? x : x.to(cos.dtype);
        var (first, second) = (wide.narrow(-1, 0, half), wide.narrow(-1, half, half));
        var turned = cat([first * cos - second * sin, second * cos + first * sin], -1);
        return x.dtype == cos.dtype ? turned : turned.to(x.dtype);
    }
}

/// <summary>Angles of the decoder: the position of a token on one of three axes times a frequency (M-RoPE, arXiv 2409.12191).</summary>
internal sealed class DecoderRotary
{
    private readonly float[] frequencies;
    private readonly int[] axes;
    private float[] cosines = [];
    private float[] sines = [];

    internal DecoderRotary(DecoderConfig config)
    {
        var half = config.HeadWidth / 2;
        frequencies = new float[half];
        for (var j = 0; j < half; j++)
            frequencies[j] = (float)(1 / Math.Pow(config.RotaryBase, 2.0 * j / config.HeadWidth));
        axes = [.. config.RotarySections.SelectMany((count, axis) => Enumerable.Repeat(axis, count))];
    }

    /// <summary>
    /// The rotation of tokens at these positions; the tables get shape [...shape, 1, D/2]. In 32-bit floats they are
    /// rounded to the dtype of the model, as the reference implementation does.
    /// </summary>
    internal Rotation For(ReadOnlySpan<int> temporal, ReadOnlySpan<int> height, ReadOnlySpan<int> width, long[] shape, ComputeDevice device)
    {
        var half = frequencies.Length;
        var (cos, sin) = (new float[temporal.Length * half], new float[temporal.Length * half]);
        for (var i = 0; i < temporal.Length; i++)
        {
            Grow(Math.Max(temporal[i], Math.Max(height[i], width[i])));
            for (var j = 0; j < half; j++)
            {
                var position = axes[j] switch { 0 => temporal[i], 1 => height[i], _ => width[i] };
                cos[i * half + j] = cosines[position * half + j];
                sin[i * half + j] = sines[position * half + j];
            }
        }
        long[] full = [.. shape, 1, half];
        return new Rotation(device.Upload(cos, full).to(device.Dtype), device.Upload(sin, full).to(device.Dtype));
    }

    /// <summary>Makes the tables reach `position`.</summary>
    private void Grow(int position)
    {
        var half = frequencies.Length;
        var from = cosines.Length / half;
        if (position < from)
            return;
        var to = Math.Max(position + 1, 2 * from);
        Array.Resize(ref cosines, to * half);
        Array.Resize(ref sines, to * half);
        for (var p = from; p < to; p++)
            for (var j = 0; j < half; j++)
                (sines[p * half + j], cosines[p * half + j]) = MathF.SinCos(p * frequencies[j]);
    }
}

/// <summary>Angles of the tower: a quarter of the head's elements turn with the patch's row, a quarter with its column.</summary>
internal sealed class TowerRotary
{
    private const double Base = 10000;

    private readonly ConcurrentDictionary<(int H, int W), (float[] Cos, float[] Sin)> tables = new();
    private readonly float[] frequencies;
    private readonly int merge;

    internal TowerRotary(TowerConfig config)
    {
        merge = config.MergeSize;
        frequencies = new float[config.HeadWidth / 4];
        for (var k = 0; k < frequencies.Length; k++)
            frequencies[k] = (float)(1 / Math.Pow(Base, 2.0 * k / (config.HeadWidth / 2)));
    }

    /// <summary>The rotation of all patches of the images, in merge order; tables [P, 1, D/2], always 32-bit (64-bit for a 64-bit model).</summary>
    internal Rotation For(IReadOnlyList<Grid> grids, ComputeDevice device)
    {
        var half = 2 * frequencies.Length;
        var patches = grids.Sum(g => g.Patches);
        var (cos, sin) = (new float[patches * half], new float[patches * half]);
        var start = 0;
        foreach (var grid in grids)
        {
            var table = tables.GetOrAdd((grid.H, grid.W), key => Table(key.H, key.W));
            for (var t = 0; t < grid.T; t++, start += table.Cos.Length)
            {
                table.Cos.CopyTo(cos, start);
                table.Sin.CopyTo(sin, start);
            }
        }
        var type = device.Dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        return new Rotation(device.Upload(cos, patches, 1, half).to(type), device.Upload(sin, patches, 1, half).to(type));
    }

    private (float[] Cos, float[] Sin) Table(int rows, int columns)
    {
        var quarter = frequencies.Length;
        var (cos, sin) = (new float[rows * columns * 2 * quarter], new float[rows * columns * 2 * quarter]);
        var i = 0;
        for (var blockRow = 0; blockRow < rows; blockRow += merge)
            for (var blockColumn = 0; blockColumn < columns; blockColumn += merge)
                for (var y = blockRow; y < blockRow + merge; y++)
                    for (var x = blockColumn; x < blockColumn + merge; x++)
                    {
                        for (var k = 0; k < quarter; k++)
                        {
                            (sin[i + k], cos[i + k]) = MathF.SinCos(y * frequencies[k]);
                            (sin[i + quarter + k], cos[i + quarter + k]) = MathF.SinCos(x * frequencies[k]);
                        }
                        i += 2 * quarter;
                    }
        return (cos, sin);
    }
}
