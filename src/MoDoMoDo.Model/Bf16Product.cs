using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// Products of one or two rows with a large 16-bit matrix, as decoding one completion needs them: bound by the memory that the
/// matrix is read from. libtorch's kernels are made for more rows, and reach two thirds of the bandwidth with one (20 of
/// 30 GB/s); from four rows on their 16-bit instructions, which .NET does not offer, make them the faster ones (17 GB/s with
/// eight rows, 10 here). Sums are kept in 32 bits and rounded once. Legend: R rows, I inputs, O outputs.
/// </summary>
internal static class Bf16Product
{
    /// <summary>Rows up to which reading the matrix is what takes the time.</summary>
    private const int MostRows = 2;

    /// <summary>Elements that one 512-bit register holds.</summary>
    private const int Width = 32;

    /// <summary>Elements of one round of the inner product: four sums hide the latency of an addition.</summary>
    private const int Round4 = 2 * Width;

    /// <summary>Elements of a matrix from which handing its parts to threads is worth it.</summary>
    private const long Large = 1 << 16;

    /// <summary>Outputs that one thread computes before it takes the next.</summary>
    private const int Block = 128;

    /// <summary>Whether the product of x [..., I] and weight [O, I] is one of those, and needs no gradient.</summary>
    internal static bool Suits(Tensor x, Tensor weight) =>
        weight.dtype == ScalarType.BFloat16
        && x.dtype == ScalarType.BFloat16
        && Vector512.IsHardwareAccelerated
        && x.numel() <= MostRows * weight.shape[1]
        && weight.numel() is >= Large and < int.MaxValue / 2
        && weight.shape[1] % Round4 == 0
        && ComputeDevice.IsProcessor(weight)
        && weight.is_contiguous()
        && !(is_grad_enabled() && (x.requires_grad || weight.requires_grad));

    /// <summary>x W' [..., O]; x [..., I].</summary>
    internal static Tensor Of(Tensor x, Tensor weight)
    {
        var (outputs, inputs) = ((int)weight.shape[0], (int)weight.shape[1]);
        var rows = (int)(x.numel() / inputs);
        using var scope = NewDisposeScope();
        var product = empty([.. x.shape[..^1], outputs], dtype: ScalarType.BFloat16);
        var halves = Halves(MemoryMarshal.Cast<byte, ushort>(x.contiguous().bytes), rows, inputs);
        Multiply(
            halves,
            MemoryMarshal.Cast<byte, ushort>(weight.bytes),
            MemoryMarshal.Cast<byte, ushort>(product.bytes),
            rows,
            inputs,
            outputs
        );
        return product.MoveToOuterDisposeScope();
    }

    /// <summary>x in 32 bits: of each 32 elements the even ones, then the odd ones, as a matrix's pairs are taken apart below.</summary>
    private static float[] Halves(ReadOnlySpan<ushort> x, int rows, int inputs)
    {
        var halves = new float[rows * inputs];
        for (var i = 0; i < halves.Length; i++)
        {
            var place = i / Width * Width + i % 2 * (Width / 2) + i % Width / 2;
            halves[place] = BitConverter.UInt32BitsToSingle((uint)x[i] << 16);
        }
        return halves;
    }

    private static unsafe void Multiply(
        float[] x,
        ReadOnlySpan<ushort> weight,
        Span<ushort> product,
        int rows,
        int inputs,
        int outputs
    )
    {
        fixed (float* xs = x)
        fixed (ushort* ws = weight)
        fixed (ushort* ps = product)
        {
            var (from, matrix, to) = ((nint)xs, (nint)ws, (nint)ps);
            var blocks = (outputs + Block - 1) / Block;
            Parallel.For(
                0,
                blocks,
                new ParallelOptions { MaxDegreeOfParallelism = ComputeDevice.Threads },
                block =>
                {
                    var end = Math.Min(outputs, (block + 1) * Block);
                    for (var o = block * Block; o < end; o++)
                    for (var r = 0; r < rows; r++)
                        ((ushort*)to)[r * outputs + o] = Round(
                            Dot((float*)from + r * inputs, (ushort*)matrix + (nint)o * inputs, inputs)
                        );
                }
            );
        }
    }

    /// <summary>Inner product of one row of x and one of the matrix; a later row finds the matrix's in the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe float Dot(float* x, ushort* w, int count)
    {
        var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var (laterEven, laterOdd) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var upper = Vector512.Create(0xFFFF0000u);
        for (var i = 0; i < count; i += Round4)
        {
            var pairs = Vector512.Load((uint*)(w + i));
            even = Vector512.FusedMultiplyAdd((pairs << 16).AsSingle(), Vector512.Load(x + i), even);
            odd = Vector512.FusedMultiplyAdd((pairs & upper).AsSingle(), Vector512.Load(x + i + Width / 2), odd);
            var later = Vector512.Load((uint*)(w + i + Width));
            var at = x + i + Width;
            laterEven = Vector512.FusedMultiplyAdd((later << 16).AsSingle(), Vector512.Load(at), laterEven);
            laterOdd = Vector512.FusedMultiplyAdd((later & upper).AsSingle(), Vector512.Load(at + Width / 2), laterOdd);
        }
        return Vector512.Sum(even + odd + laterEven + laterOdd);
    }

    /// <summary>To 16 bits, to the nearest, ties to even; NaN stays NaN.</summary>
    private static ushort Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7FC0 : (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}
