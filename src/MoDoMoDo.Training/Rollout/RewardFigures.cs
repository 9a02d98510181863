using MoDoMoDo.Domain;

namespace MoDoMoDo.Training;

/// <summary>
/// Mean, spread and signal of a batch's rewards (TRL 1.16's metrics; grpo.md 1.12). Rewards that are not scorable (NaN)
/// are left out; a figure over no reward is NaN.
/// </summary>
/// <param name="Mean">Mean of the weighted sums over all scorable rows.</param>
/// <param name="Deviation">Unbiased standard deviation of the weighted sums over all scorable rows.</param>
/// <param name="FunctionMeans">Mean of each reward function, unweighted, [K].</param>
/// <param name="FunctionDeviations">Unbiased standard deviation of each reward function, [K].</param>
/// <param name="ZeroDeviation">
/// Share of rows whose divisor is 0: the standard deviation of the group, or of the batch (then 0 or 1) where that is used.
/// </param>
public sealed record RewardFigures(
    double Mean,
    double Deviation,
    double[] FunctionMeans,
    double[] FunctionDeviations,
    double ZeroDeviation
)
{
    /// <summary>The figures of rewards [N][K] in groups of consecutive rows.</summary>
    /// <param name="scale">What centred rewards are divided by.</param>
    /// <param name="aggregation">How several rewards become one.</param>
    /// <param name="groupSize">Rows a group.</param>
    /// <param name="weights">Weight of each function, [K].</param>
    /// <param name="rewards">[N][K], NaN where a function cannot score a row.</param>
    public static RewardFigures Of(
        AdvantageScale scale,
        RewardAggregation aggregation,
        int groupSize,
        double[] weights,
        double[][] rewards
    )
    {
        var sums = rewards.Select(row => WeightedSum(weights, row)).ToArray();
        var columns = Enumerable
            .Range(0, weights.Length)
            .Select(k => rewards.Select(row => row[k]).ToArray())
            .ToArray();
        var byBatch = scale == AdvantageScale.Batch || aggregation == RewardAggregation.NormaliseThenSum;
        double[][] divisors = byBatch ? [sums] : [.. sums.Chunk(groupSize)];
        return new RewardFigures(
            MeanOf(sums),
            DeviationOf(sums),
            [.. columns.Select(MeanOf)],
            [.. columns.Select(DeviationOf)],
            divisors.Average(rows => DeviationOf(rows) <= 1e-8 ? 1.0 : 0.0)
        );
    }

    private static double WeightedSum(double[] weights, double[] row)
    {
        var known = weights.Zip(row).Where(pair => !double.IsNaN(pair.Second)).ToArray();
        return known.Length == 0 ? double.NaN : known.Sum(pair => pair.First * pair.Second);
    }

    /// <summary>Mean of the values that are not NaN; NaN when there is none.</summary>
    internal static double MeanOf(IEnumerable<double> values)
    {
        var known = values.Where(value => !double.IsNaN(value)).ToArray();
        return known.Length == 0 ? double.NaN : known[0] + known.Average(value => value - known[0]);
    }

    /// <summary>Unbiased standard deviation of the values that are not NaN; NaN when there are fewer than two.</summary>
    internal static double DeviationOf(IEnumerable<double> values)
    {
        var known = values.Where(value => !double.IsNaN(value)).ToArray();
        var mean = MeanOf(known);
        return known.Length < 2
            ? double.NaN
            : Math.Sqrt(known.Sum(value => (value - mean) * (value - mean)) / (known.Length - 1));
    }
}
