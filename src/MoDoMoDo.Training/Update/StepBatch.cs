using MoDoMoDo.Domain;

namespace MoDoMoDo.Training;

/// <summary>
/// The groups of one optimiser step, what of them counts, and how much each row weighs. Groups stay together: a
/// micro-batch is a whole number of groups.
/// </summary>
public sealed class StepBatch
{
    private readonly UpdateOptions options;
    private readonly IReadOnlyDictionary<string, double>? domainFactors;

    /// <summary>Counts the groups of a step.</summary>
    /// <param name="groups">All groups of the step, with advantages.</param>
    /// <param name="update">The update's options.</param>
    /// <param name="rollout">The rollout's options.</param>
    /// <param name="mixture">The mixture in force, for the domain-aware normaliser.</param>
    public StepBatch(IReadOnlyList<RolledGroup> groups, UpdateOptions update, RolloutOptions rollout, Weights mixture)
    {
        options = update;
        Groups = groups;
        MaskTruncated = rollout.MaskTruncated;
        Passing =
            update.SkipZeroVariance && update.Loss.OnlyAdvantagesMove
                ? [.. groups.Where(group => !group.HasNoAdvantage)]
                : groups;
        domainFactors = update.BalanceDomains ? Balanced(mixture) : null;
        var length = update.Loss.LossLength > 0 ? update.Loss.LossLength : rollout.MaxNewTokens;
        Normaliser = new LossNormaliser(
            Math.Max(1, groups.Sum(ActiveTokens)),
            groups.Sum(group => group.Completions.Length),
            MicroBatches.Count(),
            length
        );
    }

    /// <summary>All groups.</summary>
    public IReadOnlyList<RolledGroup> Groups { get; }

    /// <summary>Whether all completions were drawn from probabilities that are numbers.</summary>
    public bool SamplesAreFinite =>
        Groups.All(group => group.Completions.All(completion => completion.LogProbs.All(float.IsFinite)));

    /// <summary>The groups that go through the policy: all, or those that have an advantage.</summary>
    public IReadOnlyList<RolledGroup> Passing { get; }

    /// <summary>Whether completions that the limit cut have no active token.</summary>
    public bool MaskTruncated { get; }

    /// <summary>Counts of the whole step, the groups that do not pass included.</summary>
    public LossNormaliser Normaliser { get; }

    /// <summary>The passing groups in portions.</summary>
    public IEnumerable<RolledGroup[]> MicroBatches =>
        Passing.Chunk(options.MicroBatchPrompts > 0 ? options.MicroBatchPrompts : Math.Max(1, Passing.Count));

    /// <summary>Tokens of a completion that count in the loss.</summary>
    public int ActiveTokens(Completion completion) =>
        MaskTruncated && completion.End == CompletionEnd.Length ? 0 : completion.Ids.Length;

    /// <summary>Factor of the rows of a group in the loss; 1 without the domain-aware normaliser.</summary>
    public double RowWeight(RolledGroup group) => domainFactors?[group.Entry.Domain] ?? 1;

    /// <summary>Whether rows have other factors than 1.</summary>
    public bool HasRowWeights => domainFactors is not null;

    /// <summary>
    /// Share of each domain in the sum of |advantage x factor of a token in the loss| over active tokens; empty when no
    /// completion has an advantage.
    /// </summary>
    public IReadOnlyDictionary<string, double> GradientShare()
    {
        var mass = ByDomain(group =>
            group.Completions.Select((completion, row) => Units(completion) * Math.Abs(group.Advantages[row])).Sum()
            * RowWeight(group)
        );
        var total = mass.Values.Sum();
        return total > 0 ? mass.ToDictionary(entry => entry.Key, entry => entry.Value / total) : [];
    }

    /// <summary>Sums a number over the groups of each domain, domains in the order in which they appear.</summary>
    public Dictionary<string, double> ByDomain(Func<RolledGroup, double> number) =>
        Groups.GroupBy(group => group.Entry.Domain).ToDictionary(domain => domain.Key, domain => domain.Sum(number));

    private int ActiveTokens(RolledGroup group) => group.Completions.Sum(ActiveTokens);

    /// <summary>What a completion weighs in the loss: one if rows are averaged, else its tokens.</summary>
    private double Units(Completion completion) =>
        options.Loss.AveragesRows ? Math.Min(1, ActiveTokens(completion)) : ActiveTokens(completion);

    /// <summary>
    /// Factors that make each domain's share of the loss's units its weight in the mixture (over the domains that are
    /// there), whatever the number and the lengths of its answers, and leave the sum of all units as it is.
    /// </summary>
    private Dictionary<string, double> Balanced(Weights mixture)
    {
        var units = ByDomain(group => group.Completions.Sum(Units));
        var present = units.Keys.Sum(domain => mixture[domain]);
        var total = units.Values.Sum();
        return units.ToDictionary(
            domain => domain.Key,
            domain => domain.Value > 0 && present > 0 ? mixture[domain.Key] / present * total / domain.Value : 1
        );
    }
}
