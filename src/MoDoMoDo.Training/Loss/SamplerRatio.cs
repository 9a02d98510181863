using MoDoMoDo.Model;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>What is corrected when completions were sampled by another engine (TRL 1.16 vLLM correction modes).</summary>
public enum SamplerCorrection
{
    /// <summary>One ratio a token, cut to the bounds.</summary>
    TokenTruncate,

    /// <summary>One ratio a token, 0 outside the bounds.</summary>
    TokenMask,

    /// <summary>One ratio a row, the product over its tokens, cut to the bounds.</summary>
    SequenceTruncate,

    /// <summary>One ratio a row, the product over its tokens, 0 outside the bounds.</summary>
    SequenceMask,
}

/// <summary>How far another sampling engine's log-probabilities lie from ours.</summary>
/// <param name="RatioMean">Mean of the ratios: over active tokens, or over rows.</param>
/// <param name="RatioMin">Least ratio.</param>
/// <param name="RatioMax">Largest ratio.</param>
/// <param name="DifferenceMean">Mean absolute difference of log-probabilities over active tokens, nats.</param>
/// <param name="DifferenceMax">Largest absolute difference, nats.</param>
public sealed record SamplerFigures(
    double RatioMean,
    double RatioMin,
    double RatioMax,
    double DifferenceMean,
    double DifferenceMax
);

/// <summary>
/// Importance ratios for completions of another sampling engine (grpo.md 1.8; goldens/grpo/sampler_mismatch). This
/// engine's own samples need none: one model samples and trains.
/// </summary>
public static class SamplerRatio
{
    /// <summary>exp of the masked difference, [B, T] for token modes and [B, 1] for sequence modes (owned by the caller).</summary>
    /// <param name="old">Our log-probabilities at the start of the batch, [B, T].</param>
    /// <param name="sampling">The engine's, [B, T]; NaN where it gave none: ratio 1.</param>
    /// <param name="mask">1 at active tokens, [B, T].</param>
    /// <param name="correction">The mode.</param>
    /// <param name="lowest">Lower bound, or null for none.</param>
    /// <param name="highest">Upper bound, or null for none.</param>
    /// <exception cref="ArgumentException">Shapes differ.</exception>
    public static (Tensor Ratios, SamplerFigures Figures) Compute(
        Tensor old,
        Tensor sampling,
        Tensor mask,
        SamplerCorrection correction,
        double? lowest,
        double? highest
    )
    {
        Shapes.Require(sampling, "sampling log-probabilities", old.shape);
        Shapes.Require(mask, "mask", old.shape);
        using var scope = NewDisposeScope();
        var perToken = correction is SamplerCorrection.TokenTruncate or SamplerCorrection.TokenMask;
        var known = sampling.isnan().logical_not();
        var difference = (old - sampling).nan_to_num(0, 0, 0) * mask; // [B, T]
        var ratios = (perToken ? difference : difference.sum(1, keepdim: true)).exp(); // [B, T] or [B, 1]
        if (correction is SamplerCorrection.TokenTruncate or SamplerCorrection.SequenceTruncate)
            ratios = ratios.clamp(lowest ?? double.NegativeInfinity, highest ?? double.PositiveInfinity);
        else
            ratios *= (ratios >= (lowest ?? double.NegativeInfinity))
                .logical_and(ratios <= (highest ?? double.PositiveInfinity))
                .to(ratios.dtype);
        return (ratios.MoveToOuterDisposeScope(), Measured(ratios, difference, mask != 0, known, perToken));
    }

    private static SamplerFigures Measured(Tensor ratios, Tensor difference, Tensor active, Tensor known, bool perToken)
    {
        var distances = difference.masked_select(active.logical_and(known)).abs().ToDoubles();
        var values = (perToken ? ratios.masked_select(active) : ratios).ToDoubles();
        return new SamplerFigures(
            values.DefaultIfEmpty().Average(),
            values.DefaultIfEmpty().Min(),
            values.DefaultIfEmpty().Max(),
            distances.DefaultIfEmpty().Average(),
            distances.DefaultIfEmpty().Max()
        );
    }
}
