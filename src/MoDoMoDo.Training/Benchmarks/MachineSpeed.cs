using System.Diagnostics;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>What the processor does in a second, measured: for a look at the machine, and for estimates.</summary>
public static class MachineSpeed
{
    private const int Rounds = 5;

    /// <summary>Floating-point operations a second in products of 1024 x 1024 matrices, 32-bit; the best of five.</summary>
    public static double Arithmetic()
    {
        const long side = 1024;
        using var scope = NewDisposeScope();
        var (a, b) = (rand(side, side), rand(side, side));
        return 2.0 * side * side * side / Best(() => a.mm(b).Dispose());
    }

    /// <summary>Bytes read a second in a sum over 256 MiB; the best of five.</summary>
    public static double Bandwidth()
    {
        const long count = 64L * 1024 * 1024;
        using var scope = NewDisposeScope();
        var numbers = ones(count);
        return sizeof(float) * (double)count / Best(() => numbers.sum().Dispose());
    }

    private static double Best(Action work)
    {
        work();
        var best = double.PositiveInfinity;
        for (var round = 0; round < Rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return best;
    }
}
