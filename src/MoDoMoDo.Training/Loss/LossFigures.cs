using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>
/// What one or more micro-batches say about the update, as sums and counts: adding those of the parts gives those of the
/// whole step, whatever the split. The ratios below are TRL 1.16's metrics (goldens/grpo/README.md "Metrics").
/// </summary>
/// <param name="Loss">The loss that was differentiated.</param>
/// <param name="PolicyLoss">The loss without its entropy bonus.</param>
/// <param name="Tokens">Active tokens.</param>
/// <param name="Rows">Rows.</param>
/// <param name="EntropySum">Sum of the entropies of active tokens, nats.</param>
/// <param name="KlSum">Sum of the KL estimates of active tokens, nats, after the importance correction.</param>
/// <param name="Clip">Clipping, in units of tokens or of rows (<see cref="ClipFigures.Count"/>).</param>
/// <param name="WeightSum">Sum over rows of vespo's weight.</param>
public sealed record LossFigures(
    double Loss,
    double PolicyLoss,
    double Tokens,
    double Rows,
    double EntropySum,
    double KlSum,
    ClipFigures Clip,
    double WeightSum
)
{
    /// <summary>The figures of no micro-batch.</summary>
    public static LossFigures None { get; } = new(0, 0, 0, 0, 0, 0, ClipFigures.None, 0);

    /// <summary>Mean entropy of the active tokens, nats.</summary>
    public double Entropy => EntropySum / Math.Max(1, Tokens);

    /// <summary>Mean KL estimate of the active tokens, nats.</summary>
    public double Kl => KlSum / Math.Max(1, Tokens);

    /// <summary>Mean over rows of vespo's weight.</summary>
    public double MeanWeight => WeightSum / Math.Max(1, Rows);

    /// <summary>The figures of two parts of a step together.</summary>
    public static LossFigures operator +(LossFigures a, LossFigures b) =>
        new(
            a.Loss + b.Loss,
            a.PolicyLoss + b.PolicyLoss,
            a.Tokens + b.Tokens,
            a.Rows + b.Rows,
            a.EntropySum + b.EntropySum,
            a.KlSum + b.KlSum,
            a.Clip + b.Clip,
            a.WeightSum + b.WeightSum
        );
}

/// <summary>How often the clip was active.</summary>
/// <param name="LowSum">Number of units with a negative advantage below the lower bound.</param>
/// <param name="HighSum">Number of units with a positive advantage above the upper bound.</param>
/// <param name="Count">Number of units: active tokens at token level, rows at sequence level.</param>
/// <param name="LowMin">Least share of a row that was cut below; +infinity when no row has tokens.</param>
/// <param name="HighMax">Largest share of a row that was cut above; -infinity when no row has tokens.</param>
public readonly record struct ClipFigures(double LowSum, double HighSum, double Count, double LowMin, double HighMax)
{
    /// <summary>The figures of no unit.</summary>
    public static ClipFigures None { get; } = new(0, 0, 0, double.PositiveInfinity, double.NegativeInfinity);

    /// <summary>Share of the units cut below.</summary>
    public double Low => LowSum / Math.Max(1, Count);

    /// <summary>Share of the units cut above.</summary>
    public double High => HighSum / Math.Max(1, Count);

    /// <summary>Share of the units cut on either side.</summary>
    public double Region => Low + High;

    /// <summary>The figures of two parts together.</summary>
    public static ClipFigures operator +(ClipFigures a, ClipFigures b) =>
        new(
            a.LowSum + b.LowSum,
            a.HighSum + b.HighSum,
            a.Count + b.Count,
            Math.Min(a.LowMin, b.LowMin),
            Math.Max(a.HighMax, b.HighMax)
        );

    /// <summary>Counts what is cut; the tensors lie on any device and carry no gradient afterwards.</summary>
    /// <param name="low">1 where cut below, [B, T] or [B, 1].</param>
    /// <param name="high">1 where cut above, like <paramref name="low"/>.</param>
    /// <param name="mask">1 at active tokens, [B, T].</param>
    internal static ClipFigures Of(Tensor low, Tensor high, Tensor mask)
    {
        var perToken = low.shape[1] == mask.shape[1];
        var active = mask.sum(1); // [B]
        var lowRows = (low * mask).sum(1); // [B]
        var highRows = (high * mask).sum(1); // [B]
        var (count, lowShare, highShare) = (active.ToDoubles(), lowRows.ToDoubles(), highRows.ToDoubles());
        var figures = None;
        for (var row = 0; row < count.Length; row++)
            if (count[row] > 0)
                figures = figures with
                {
                    LowMin = Math.Min(figures.LowMin, lowShare[row] / count[row]),
                    HighMax = Math.Max(figures.HighMax, highShare[row] / count[row]),
                };
        return figures with
        {
            LowSum = perToken ? lowShare.Sum() : low.ToDoubles().Sum(),
            HighSum = perToken ? highShare.Sum() : high.ToDoubles().Sum(),
            Count = perToken ? count.Sum() : count.Length,
        };
    }
}
