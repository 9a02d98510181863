using MoDoMoDo.Domain;

namespace MoDoMoDo.Training;

/// <summary>How the token losses of a batch are shaped and summed; names as in TRL 1.16 <c>loss_type</c>.</summary>
public enum LossType
{
    /// <summary>Clipped ratio; mean over rows of the mean over a row's tokens (DeepSeekMath, arXiv 2402.03300).</summary>
    Grpo,

    /// <summary>Clipped ratio; mean over the tokens of the micro-batch. Depends on how a step is split.</summary>
    Bnpo,

    /// <summary>Clipped ratio; sum over tokens by rows times a constant length (arXiv 2503.20783).</summary>
    DrGrpo,

    /// <summary>Clipped ratio; mean over the tokens of the optimiser step (arXiv 2503.14476).</summary>
    Dapo,

    /// <summary>Clipped, detached importance weight on the log-probability (arXiv 2506.13585).</summary>
    Cispo,

    /// <summary>Soft gate instead of a clip (arXiv 2511.20347).</summary>
    Sapo,

    /// <summary>Clipped ratio; mean over rows of the sum over a row's tokens. Meant for sequence level.</summary>
    Luspo,

    /// <summary>Smooth, detached weight of the whole sequence on the log-probability.</summary>
    Vespo,
}

/// <summary>Whether an importance ratio belongs to a token or to its whole sequence (GSPO, arXiv 2507.18071).</summary>
public enum ImportanceLevel
{
    /// <summary>One ratio a token.</summary>
    Token,

    /// <summary>One ratio a row: the exponential of the mean difference of log-probabilities.</summary>
    Sequence,
}

/// <summary>
/// Everything that shapes the loss. The defaults are those of TRL 1.16 (goldens/grpo/README.md), its normaliser apart:
/// ours is exact (<see cref="LossNormaliser"/>).
/// </summary>
public sealed record GrpoOptions
{
    /// <summary>The loss; dapo.</summary>
    public LossType Loss { get; init; } = LossType.Dapo;

    /// <summary>Token or sequence ratios; token.</summary>
    public ImportanceLevel ImportanceLevel { get; init; } = ImportanceLevel.Token;

    /// <summary>Weight of the KL divergence from the reference policy, at least 0; 0 needs no reference policy.</summary>
    public double Beta { get; init; }

    /// <summary>Whether the KL estimator is multiplied by the importance ratio, which keeps it unbiased off-policy; true.</summary>
    public bool BiasCorrectedKl { get; init; } = true;

    /// <summary>Lower clip range: ratios below 1 - EpsilonLow are cut; in [0, 1); 0.2.</summary>
    public double EpsilonLow { get; init; } = 0.2;

    /// <summary>
    /// Upper clip range: ratios above 1 + EpsilonHigh are cut; above 0; 0.2. Cispo cuts at EpsilonHigh itself: 5 is usual there.
    /// </summary>
    public double EpsilonHigh { get; init; } = 0.2;

    /// <summary>Bound on the ratio of the unclipped branch, above 1 + EpsilonHigh to have an effect (two-sided clip); none.</summary>
    public double? Delta { get; init; }

    /// <summary>Dr. GRPO's constant length in tokens; 0 stands for the rollout's limit of new tokens.</summary>
    public int LossLength { get; init; }

    /// <summary>Share of the tokens, by entropy from the top, that the policy loss keeps (arXiv 2506.01939); 1 keeps all.</summary>
    public double TopEntropyQuantile { get; init; } = 1;

    /// <summary>Coefficient of the entropy bonus; 0.</summary>
    public double EntropyCoefficient { get; init; }

    /// <summary>Rows of negative advantage whose mean drift from the sampling policy exceeds this are left out; none.</summary>
    public double? OffPolicyThreshold { get; init; }

    /// <summary>Sapo's temperature where the advantage is positive; 1.</summary>
    public double SapoTemperaturePositive { get; init; } = 1;

    /// <summary>Sapo's temperature elsewhere; 1.05.</summary>
    public double SapoTemperatureNegative { get; init; } = 1.05;

    /// <summary>Vespo's power where the advantage is not negative; 2.</summary>
    public double VespoPowerPositive { get; init; } = 2;

    /// <summary>Vespo's decay where the advantage is not negative; 3.</summary>
    public double VespoDecayPositive { get; init; } = 3;

    /// <summary>Vespo's power where the advantage is negative; 3.</summary>
    public double VespoPowerNegative { get; init; } = 3;

    /// <summary>Vespo's decay where the advantage is negative; 2.</summary>
    public double VespoDecayNegative { get; init; } = 2;

    /// <summary>True when groups without advantage add no gradient, so that they may be left out of the pass.</summary>
    public bool OnlyAdvantagesMove => Beta == 0 && EntropyCoefficient == 0;

    /// <summary>True when the loss reads the entropies of the tokens (to log them it never must).</summary>
    public bool NeedsEntropy => EntropyCoefficient != 0 || TopEntropyQuantile < 1;

    /// <summary>True when rows, not tokens, are what the loss takes its mean over.</summary>
    public bool AveragesRows => Loss is LossType.Grpo or LossType.Sapo;

    /// <summary>These options, checked.</summary>
    /// <param name="section">Path of the settings section, for the message.</param>
    /// <exception cref="InputException">A value is outside its range; the field is named.</exception>
    public GrpoOptions Checked(string section)
    {
        Range(Beta >= 0 && double.IsFinite(Beta), "beta", "a finite number of at least 0", Beta);
        Range(EpsilonLow is >= 0 and < 1, "epsilonLow", "a number in [0, 1)", EpsilonLow);
        Range(EpsilonHigh > 0 && double.IsFinite(EpsilonHigh), "epsilonHigh", "a finite number above 0", EpsilonHigh);
        Range(Delta is null or > 0, "delta", "a number above 0, or null", Delta ?? 0);
        Range(LossLength >= 0, "lossLength", "an integer of at least 0", LossLength);
        Range(TopEntropyQuantile is >= 0 and <= 1, "topEntropyQuantile", "a number in [0, 1]", TopEntropyQuantile);
        Range(double.IsFinite(EntropyCoefficient), "entropyCoefficient", "a finite number", EntropyCoefficient);
        Range(SapoTemperaturePositive > 0, "sapoTemperaturePositive", "a number above 0", SapoTemperaturePositive);
        Range(SapoTemperatureNegative > 0, "sapoTemperatureNegative", "a number above 0", SapoTemperatureNegative);
        return this;

        void Range(bool holds, string field, string wanted, double found)
        {
            if (!holds)
                throw new InputException("", $"{section}.{field}", wanted, Figures.Text(found));
        }
    }
}
