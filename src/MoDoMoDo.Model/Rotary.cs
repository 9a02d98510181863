using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// Unit complex numbers for a set of tokens, and the rotation of queries and keys by them. Frequency j turns the pair of
/// elements (j, j + D/2) of a head; here the pairs stand side by side, so that a rotation is one complex product: the rows
/// of the query and key matrices are brought into that order, which no score can see. Legend: D head width.
/// </summary>
/// <param name="turns">Complex numbers [..., 1, D/2].</param>
internal sealed class Rotation(Tensor turns)
{
    /// <summary>The rotation by angles whose cosines and sines are interleaved in `values`, [shape..., 1, half] complex numbers.</summary>
    internal static Rotation Of(float[] values, long[] shape, long half, ComputeDevice device)
    {
        var pairs = device.Upload(values, [.. shape, 1, half, 2]);
        return new Rotation(
            (device.Dtype == ScalarType.Float64 ? pairs.to(ScalarType.Float64) : pairs).view_as_complex()
        );
    }

    /// <summary>
    /// x turned, in 32-bit floats or wider; x [..., heads, D] with its pairs side by side, or (paired false) as the
    /// checkpoint has them.
    /// </summary>
    internal Tensor Apply(Tensor x, bool paired = true)
    {
        var wide = x.dtype == ScalarType.BFloat16 ? x.to(ScalarType.Float32) : x;
        long[] outer = x.shape[..^1];
        var half = x.shape[^1] / 2;
        if (!paired)
            wide = wide.reshape([.. outer, 2, half]).transpose(-1, -2).contiguous();
        var turned = (wide.view([.. outer, half, 2]).view_as_complex() * turns).view_as_real();
        turned = paired ? turned.view(x.shape) : turned.transpose(-1, -2).reshape(x.shape);
        return turned.dtype == x.dtype ? turned : turned.to(x.dtype);
    }

    /// <summary>
    /// Row numbers that put the pairs of `turned` heads side by side and leave the rows of the `kept` heads after them as they are.
    /// </summary>
    internal static long[] PairedRows(int turned, int kept, int width) =>
        [
            .. Enumerable
                .Range(0, turned * width)
                .Select(i => (long)(i / width * width + i % width / 2 + i % 2 * (width / 2))),
            .. Enumerable.Range(turned * width, kept * width).Select(i => (long)i),
        ];
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

    /// <summary>The rotation [...shape, 1, D/2] of tokens at these positions.</summary>
    internal Rotation For(
        ReadOnlySpan<int> temporal,
        ReadOnlySpan<int> height,
        ReadOnlySpan<int> width,
        long[] shape,
        ComputeDevice device
    )
    {
        var half = frequencies.Length;
        var turns = new float[2 * temporal.Length * half];
        for (var i = 0; i < temporal.Length; i++)
        {
            Grow(Math.Max(temporal[i], Math.Max(height[i], width[i])));
            for (var j = 0; j < half; j++)
            {
                var position = axes[j] switch
                {
                    0 => temporal[i],
                    1 => height[i],
                    _ => width[i],
                };
                turns[2 * (i * half + j)] = cosines[position * half + j];
                turns[2 * (i * half + j) + 1] = sines[position * half + j];
            }
        }
        return Rotation.Of(turns, shape, half, device);
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

    private readonly ConcurrentDictionary<(int H, int W), float[]> tables = new();
    private readonly float[] frequencies;
    private readonly int merge;

    internal TowerRotary(TowerConfig config)
    {
        merge = config.MergeSize;
        frequencies = new float[config.HeadWidth / 4];
        for (var k = 0; k < frequencies.Length; k++)
            frequencies[k] = (float)(1 / Math.Pow(Base, 2.0 * k / (config.HeadWidth / 2)));
    }

    /// <summary>The rotation [P, 1, D/2] of all patches of the images, in the order of the layout.</summary>
    internal Rotation For(IReadOnlyList<Grid> grids, TowerLayout layout, ComputeDevice device)
    {
        var half = 2 * frequencies.Length;
        var patches = grids.Sum(g => g.Patches);
        var turns = new float[2 * patches * half];
        var start = 0;
        foreach (var grid in grids)
        {
            var table = tables.GetOrAdd((grid.H, grid.W), key => Table(key.H, key.W));
            for (var t = 0; t < grid.T; t++, start += table.Length)
                table.CopyTo(turns, start);
        }
        return Rotation.Of(InOrder(turns, layout.Order), [patches], half, device);
    }

    /// <summary>The angles of whole cells in another order; null leaves them.</summary>
    private static float[] InOrder(float[] turns, long[]? cells)
    {
        if (cells is null)
            return turns;
        var ordered = new float[turns.Length];
        var each = turns.Length / cells.Length;
        for (var place = 0; place < cells.Length; place++)
            turns.AsSpan((int)cells[place] * each, each).CopyTo(ordered.AsSpan(place * each));
        return ordered;
    }

    private float[] Table(int rows, int columns)
    {
        var quarter = frequencies.Length;
        var turns = new float[rows * columns * 4 * quarter];
        var i = 0;
        for (var blockRow = 0; blockRow < rows; blockRow += merge)
        for (var blockColumn = 0; blockColumn < columns; blockColumn += merge)
        for (var y = blockRow; y < blockRow + merge; y++)
        for (var x = blockColumn; x < blockColumn + merge; x++)
            foreach (var position in new[] { y, x })
            foreach (var frequency in frequencies)
            {
                (turns[i + 1], turns[i]) = MathF.SinCos(position * frequency);
                i += 2;
            }
        return turns;
    }
}
