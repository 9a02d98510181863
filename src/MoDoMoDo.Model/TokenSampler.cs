using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>How the next token is chosen from the logits.</summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits; positive. Log-probabilities are reported at this temperature, greedy or not.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>True: the largest logit, no randomness.</summary>
    public bool Greedy { get; init; }

    /// <summary>Keep the k most probable tokens, and all that tie with the last of them; 0 = all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the most probable tokens until their sum reaches p, in (0, 1]; 1 = all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Drop tokens less probable than this share of the most probable one, in [0, 1]; 0 = none.</summary>
    public double MinP { get; init; }

    /// <summary>Divides positive and multiplies negative logits of ids that already occur in the row, prompt included; 1 = off.</summary>
    public double RepetitionPenalty { get; init; } = 1;
}

/// <summary>
/// From logits to drawn tokens, in the order of transformers' `generate`: repetition penalty, temperature, top-k, top-p,
/// min-p. Legend: N rows, V vocabulary. Source: transformers 5.23 generation/logits_process.py.
/// </summary>
public static class TokenSampler
{
    /// <summary>The distribution [N, V] that tokens are drawn from; `seen` [N, V] is true for ids that occur in the row (null: no penalty).</summary>
    public static Tensor Distribution(Tensor logits, SamplingOptions options, Tensor? seen = null)
    {
        using var scope = NewDisposeScope();
        var scores = Penalise(logits, seen, options.RepetitionPenalty);
        if (options.Temperature != 1)
            scores = scores / options.Temperature;
        if (options.TopK > 0)
            scores = TopK(scores, options.TopK);
        if (options.TopP < 1)
            scores = TopP(scores, options.TopP);
        if (options.MinP > 0)
            scores = MinP(scores, options.MinP);
        return scores.softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Logits [N, V] with those of seen ids made less likely (Keskar et al., arXiv 1909.05858).</summary>
    public static Tensor Penalise(Tensor logits, Tensor? seen, double penalty)
    {
        if (seen is null || penalty == 1)
            return logits.alias();
        using var scope = NewDisposeScope();
        var penalised = where(logits > 0, logits / penalty, logits * penalty);
        return where(seen, penalised, logits).MoveToOuterDisposeScope();
    }

    /// <summary>Scores [N, V], -infinity below the k-th largest of the row: ties at the border all stay.</summary>
    public static Tensor TopK(Tensor scores, int k)
    {
        using var scope = NewDisposeScope();
        var (values, _) = scores.topk((int)Math.Min(k, scores.shape[^1]), -1);
        var least = values.narrow(-1, values.shape[^1] - 1, 1);
        return scores.masked_fill(scores < least, double.NegativeInfinity).MoveToOuterDisposeScope();
    }

    /// <summary>Scores [N, V], -infinity for the least probable tokens while their sum is at most 1 - p: the one that crosses stays.</summary>
    public static Tensor TopP(Tensor scores, double p)
    {
        using var scope = NewDisposeScope();
        var (sorted, order) = scores.sort(-1, descending: false);
        var dropped = sorted.softmax(-1).cumsum(-1) <= 1 - p;
        dropped.narrow(-1, dropped.shape[^1] - 1, 1).fill_(false);
        return scores
            .masked_fill(zeros_like(dropped).scatter_(-1, order, dropped), double.NegativeInfinity)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Scores [N, V], -infinity for tokens less probable than `share` times the most probable one.</summary>
    public static Tensor MinP(Tensor scores, double share)
    {
        using var scope = NewDisposeScope();
        var probabilities = scores.softmax(-1);
        var least = probabilities.amax([-1], keepdim: true) * share;
        return scores.masked_fill(probabilities < least, double.NegativeInfinity).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// One id for each row [N]: the first whose cumulated probability exceeds the row's uniform in [0, 1). Weights [N, V]
    /// are not negative and need not sum to 1; an id of weight 0 is never drawn. Of weights that are not numbers, as a ruined
    /// policy has them, the last id.
    /// </summary>
    public static Tensor Draw(Tensor weights, double[] uniforms)
    {
        using var scope = NewDisposeScope();
        var cumulated = weights.cumsum(-1, ScalarType.Float64); // [N, V]
        // Below 1 by more than rounding, so that the target stays below the total.
        var u = tensor(
            Array.ConvertAll(uniforms, x => Math.Min(x, 1 - 1e-12)),
            uniforms.Length,
            1,
            device: weights.device
        );
        var target = u * cumulated.narrow(-1, cumulated.shape[^1] - 1, 1);
        return searchsorted(cumulated, target, right: true)
            .clamp_max(cumulated.shape[^1] - 1)
            .squeeze(-1)
            .MoveToOuterDisposeScope();
    }
}
