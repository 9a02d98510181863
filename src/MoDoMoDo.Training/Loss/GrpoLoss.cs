using MoDoMoDo.Model;
using static TorchSharp.torch;

// B rows (completions), T completion positions.
namespace MoDoMoDo.Training;

/// <summary>
/// The tensors of one micro-batch. Values at masked positions may be anything finite. Nothing here is owned or disposed.
/// </summary>
/// <param name="LogProbs">Log-probabilities of the policy being trained, with gradient, [B, T].</param>
/// <param name="Mask">1 at active tokens, 0 elsewhere, in the type of the log-probabilities, [B, T].</param>
/// <param name="Advantages">[B], or [B, T] for advantages by token.</param>
public sealed record LossInputs(Tensor LogProbs, Tensor Mask, Tensor Advantages)
{
    /// <summary>Log-probabilities of the policy at the start of the batch, [B, T]; null: the policy itself, every ratio is 1.</summary>
    public Tensor? OldLogProbs { get; init; }

    /// <summary>Log-probabilities of the reference policy, [B, T]; needed when beta is not 0.</summary>
    public Tensor? ReferenceLogProbs { get; init; }

    /// <summary>Entropies of the policy, nats, [B, T], with gradient where there is an entropy bonus; null: not logged.</summary>
    public Tensor? Entropies { get; init; }

    /// <summary>Log-probabilities that another sampling engine reported, [B, T], NaN where it reported none.</summary>
    public Tensor? SamplingLogProbs { get; init; }

    /// <summary>Correction for another sampling engine, [B, T] or [B, 1] (<see cref="SamplerRatio"/>).</summary>
    public Tensor? SamplerRatios { get; init; }

    /// <summary>Factor of each row's loss, [B]: the domain-aware normaliser. Null: 1.</summary>
    public Tensor? RowWeights { get; init; }
}

/// <summary>
/// The GRPO family of losses, equal to TRL 1.16's <c>GRPOTrainer._compute_loss</c> but for the normaliser, which is an
/// argument (goldens/grpo/README.md "Formulas"; grpo.md 1.6). Symbols: ratio c = exp(logp - old), k = KL estimate.
/// </summary>
/// <param name="options">Which loss, and its constants.</param>
public sealed class GrpoLoss(GrpoOptions options)
{
    /// <summary>The scalar to differentiate (owned by the caller), and what the micro-batch says about the update.</summary>
    /// <param name="x">The micro-batch.</param>
    /// <param name="normaliser">Counts of the whole optimiser step.</param>
    /// <exception cref="ArgumentException">A tensor has another shape, or one that the options need is missing.</exception>
    public (Tensor Loss, LossFigures Figures) Compute(LossInputs x, LossNormaliser normaliser)
    {
        Check(x);
        using var scope = NewDisposeScope();
        var mask = x.Mask;
        var advantages = x.Advantages.dim() == 1 ? x.Advantages.unsqueeze(1) : x.Advantages; // [B, 1] or [B, T]
        var old = x.OldLogProbs ?? x.LogProbs.detach();
        var difference = x.LogProbs - old; // [B, T]
        var ratio = Ratio(difference, mask); // [B, T] or [B, 1]

        var token = options.Loss switch
        {
            LossType.Cispo => -ratio.clamp(max: options.EpsilonHigh).detach() * advantages * x.LogProbs,
            LossType.Sapo => Sapo(ratio, advantages),
            LossType.Vespo => -VespoWeight(difference, advantages, x).detach() * advantages * x.LogProbs,
            _ => Clipped(ratio, advantages),
        };
        if (options.OffPolicyThreshold is { } threshold)
            token *= OnPolicyRows(x, old, advantages, threshold);
        var kept = options.TopEntropyQuantile < 1 ? HighEntropy(x.Entropies!, mask) : mask; // [B, T]
        if (options.TopEntropyQuantile < 1)
            token *= kept;
        if (x.SamplerRatios is { } correction && options.Loss != LossType.Vespo)
            token *= correction;
        var kl = options.Beta == 0 ? null : Kl(x, ratio); // [B, T]
        if (kl is not null)
            token += options.Beta * kl;
        if (x.RowWeights is { } weights)
            token *= weights.unsqueeze(1);

        var policyLoss = Reduced(token, mask, normaliser);
        var loss =
            options.EntropyCoefficient == 0 ? policyLoss : policyLoss - EntropyBonus(x.Entropies!, kept, normaliser);
        return (loss.MoveToOuterDisposeScope(), Measured(x, loss, policyLoss, kl, ratio, advantages, difference));
    }

    /// <summary>exp of the difference of log-probabilities, by token or as the mean over a row's active tokens.</summary>
    private Tensor Ratio(Tensor difference, Tensor mask) =>
        options.ImportanceLevel == ImportanceLevel.Token
            ? difference.exp() // [B, T]
            : ((difference * mask).sum(1, keepdim: true) / mask.sum(1, keepdim: true).clamp(min: 1)).exp(); // [B, 1]

    /// <summary>-min(min(c, delta) A, clip(c, 1 - low, 1 + high) A).</summary>
    private Tensor Clipped(Tensor ratio, Tensor advantages) =>
        -minimum(
            Bounded(ratio) * advantages,
            ratio.clamp(1 - options.EpsilonLow, 1 + options.EpsilonHigh) * advantages
        );

    private Tensor Bounded(Tensor ratio) => options.Delta is { } delta ? ratio.clamp(max: delta) : ratio;

    /// <summary>-(4 / tau) sigmoid(tau (c - 1)) A, with tau by the sign of A.</summary>
    private Tensor Sapo(Tensor ratio, Tensor advantages)
    {
        var tau = BySign(advantages > 0, options.SapoTemperaturePositive, options.SapoTemperatureNegative, ratio);
        return -(tau * (ratio - 1)).sigmoid() * 4 / tau * advantages;
    }

    /// <summary>exp(lambda + k log w - lambda w) with w the clipped ratio of the whole sequence, [B, 1].</summary>
    private Tensor VespoWeight(Tensor difference, Tensor advantages, LossInputs x)
    {
        const double lowest = 1e-8;
        const double widest = 20;
        var logWeight = (difference.clamp(-widest, widest) * x.Mask).sum(1, keepdim: true); // [B, 1]
        // Over all positions, padding too: so does TRL (a ratio is 1 there).
        if (x.SamplerRatios is { } correction)
            logWeight += correction.log().clamp(Math.Log(lowest), widest).sum(1, keepdim: true);
        logWeight = logWeight.clamp(Math.Log(lowest), widest);
        var positive = advantages >= 0;
        var power = BySign(positive, options.VespoPowerPositive, options.VespoPowerNegative, difference);
        var decay = BySign(positive, options.VespoDecayPositive, options.VespoDecayNegative, difference)
            .clamp(min: 1e-4);
        return (decay + power * logWeight - decay * logWeight.exp()).exp().nan_to_num(0, 0, 0);
    }

    private static Tensor BySign(Tensor positive, double where, double elsewhere, Tensor like) =>
        positive.to(like.dtype) * (where - elsewhere) + elsewhere;

    /// <summary>1 for rows that are on the policy or have no negative advantage, else 0, [B, 1] or [B, T].</summary>
    private static Tensor OnPolicyRows(LossInputs x, Tensor old, Tensor advantages, double threshold)
    {
        var drift = ((x.SamplingLogProbs ?? old) - x.LogProbs.detach()) * x.Mask; // [B, T]
        var rowDrift = drift.sum(1, keepdim: true) / x.Mask.sum(1, keepdim: true).clamp(min: 1); // [B, 1]
        return (advantages >= 0).logical_or(rowDrift <= threshold).to(x.LogProbs.dtype);
    }

    /// <summary>1 at active tokens whose entropy reaches the quantile of all active ones (taken in fp32 as TRL does), [B, T].</summary>
    private Tensor HighEntropy(Tensor entropies, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var detached = entropies.detach();
        var active = detached.masked_select(mask != 0).to(ScalarType.Float32);
        if (active.numel() == 0)
            return mask.alias().MoveToOuterDisposeScope();
        var threshold = active.quantile(tensor((float)(1 - options.TopEntropyQuantile), device: active.device));
        return (mask * (detached * mask >= threshold).to(mask.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>exp(d) - d - 1 with d = reference - logp (Schulman's k3), times the ratio when corrected, [B, T].</summary>
    private Tensor Kl(LossInputs x, Tensor ratio)
    {
        var d = x.ReferenceLogProbs! - x.LogProbs;
        var estimate = d.exp() - d - 1;
        return options.BiasCorrectedKl ? estimate * ratio : estimate;
    }

    private Tensor Reduced(Tensor token, Tensor mask, LossNormaliser n)
    {
        var sums = (token * mask).sum(1); // [B]
        return options.Loss switch
        {
            LossType.Grpo or LossType.Sapo => (sums / mask.sum(1).clamp(min: 1)).sum() / n.Rows,
            LossType.Bnpo => sums.sum() / (mask.sum().clamp(min: 1) * n.MicroBatches),
            LossType.DrGrpo => sums.sum() / (n.Rows * n.Length),
            LossType.Luspo => sums.sum() / n.Rows,
            _ => sums.sum() / n.Tokens,
        };
    }

    /// <summary>Coefficient times the mean entropy over the kept tokens of this micro-batch: not the same for every split.</summary>
    private Tensor EntropyBonus(Tensor entropies, Tensor kept, LossNormaliser n) =>
        options.EntropyCoefficient * (entropies * kept).sum() / (kept.sum().clamp(min: 1) * n.MicroBatches);

    private LossFigures Measured(
        LossInputs x,
        Tensor loss,
        Tensor policyLoss,
        Tensor? kl,
        Tensor ratio,
        Tensor advantages,
        Tensor difference
    )
    {
        using var still = no_grad();
        return new LossFigures(
            loss.ToDouble(),
            policyLoss.ToDouble(),
            x.Mask.sum().ToDouble(),
            x.LogProbs.shape[0],
            x.Entropies is { } entropies ? (entropies * x.Mask).sum().ToDouble() : 0,
            kl is null ? 0 : (kl * x.Mask).sum().ToDouble(),
            Clipping(x, Bounded(ratio.detach()), advantages),
            options.Loss == LossType.Vespo ? VespoWeight(difference, advantages, x).mean([1]).sum().ToDouble() : 0
        );
    }

    private ClipFigures Clipping(LossInputs x, Tensor ratio, Tensor advantages)
    {
        if (options.Loss is LossType.Sapo or LossType.Vespo)
            return ClipFigures.None;
        var cispo = options.Loss == LossType.Cispo;
        var above = ratio > (cispo ? options.EpsilonHigh : 1 + options.EpsilonHigh);
        var high = above.logical_and(advantages > 0).to(x.Mask.dtype);
        var low = cispo
            ? zeros_like(high)
            : (ratio < 1 - options.EpsilonLow).logical_and(advantages < 0).to(x.Mask.dtype);
        return ClipFigures.Of(low, high, x.Mask);
    }

    private void Check(LossInputs x)
    {
        var shape = x.LogProbs.shape;
        if (shape.Length != 2)
            throw new ArgumentException($"wanted log-probabilities [B, T], found {shape.Length} dimensions");
        Shapes.Require(x.Mask, "mask", shape);
        if (x.Advantages.dim() == 1)
            Shapes.Require(x.Advantages, "advantages", shape[0]);
        else
            Shapes.Require(x.Advantages, "advantages", shape);
        foreach (
            var (tensor, name) in new[]
            {
                (x.OldLogProbs, "old log-probabilities"),
                (x.ReferenceLogProbs, "reference log-probabilities"),
                (x.Entropies, "entropies"),
                (x.SamplingLogProbs, "sampling log-probabilities"),
            }
        )
            if (tensor is not null)
                Shapes.Require(tensor, name, shape);
        if (options.Beta != 0 && x.ReferenceLogProbs is null)
            throw new ArgumentException("wanted log-probabilities of the reference policy (beta is not 0), found none");
        if (options.NeedsEntropy && x.Entropies is null)
            throw new ArgumentException("wanted entropies (quantile or bonus), found none");
    }
}
