using MoDoMoDo.Domain;

namespace MoDoMoDo.Training;

/// <summary>A quantity that is added to rewards, and its weight.</summary>
/// <param name="Shaping">The quantity.</param>
/// <param name="Weight">Its weight.</param>
public sealed record WeightedShaping(IShaping Shaping, double Weight);

/// <summary>
/// From completions to verdicts, rewards and advantages. Verifiers run on several threads; one that raises is a bug of
/// the verifier and says nothing about the policy: the answer is unscorable, and the evidence names the exception.
/// </summary>
/// <param name="rollout">Scale of verdicts, shuffling, threads.</param>
/// <param name="update">Scaling and aggregation of advantages.</param>
/// <param name="shapings">Quantities to add to rewards; usually none.</param>
/// <param name="seed">Seed of the run, for the shuffled control.</param>
public sealed class Grader(
    RolloutOptions rollout,
    UpdateOptions update,
    IReadOnlyList<WeightedShaping> shapings,
    ulong seed
)
{
    /// <summary>The groups with verdicts and rewards.</summary>
    /// <param name="groups">Groups with completions.</param>
    /// <param name="step">Optimiser steps done, for thresholds that change with it.</param>
    public RolledGroup[] Grade(IReadOnlyList<RolledGroup> groups, int step)
    {
        var attempts = groups.SelectMany(group => Attempts(group, step)).ToArray();
        var verdicts = Parallelism.Map(
            attempts,
            rollout.GraderThreads,
            (work, _) => Verify(work.Verifier, work.Attempt)
        );
        var next = 0;
        return
        [
            .. groups.Select(group =>
            {
                var count = group.Completions.Length;
                var own = attempts.AsSpan(next, count).ToArray().Select(work => work.Attempt).ToArray();
                var graded = group with { Verdicts = verdicts[next..(next += count)] };
                var rewards = Rewards(graded, own, step);
                var weights = Weights;
                double[] totals =
                [
                    .. rewards.Select(row => row.Zip(weights, (reward, weight) => reward * weight).Sum()),
                ];
                return graded with { Rewards = rewards, Totals = totals };
            }),
        ];
    }

    /// <summary>The groups with advantages, which may depend on all groups of the batch.</summary>
    /// <param name="groups">Groups with rewards, all of one size.</param>
    public RolledGroup[] WithAdvantages(IReadOnlyList<RolledGroup> groups)
    {
        if (groups.Count == 0)
            return [];
        var size = groups[0].Completions.Length;
        var advantages = Advantage.Compute(
            update.AdvantageScale,
            update.Aggregation,
            size,
            Weights,
            [.. groups.SelectMany(group => group.Rewards)]
        );
        return [.. groups.Select((group, i) => group with { Advantages = advantages[(i * size)..((i + 1) * size)] })];
    }

    /// <summary>The verdict on an attempt, whatever the verifier does.</summary>
    public static Verdict Verify(IVerifier verifier, Attempt attempt)
    {
        try
        {
            return verifier.Verify(attempt);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            var name = error.GetType().Name;
            return Verdict.NewUnscorable(Evidence.Because($"verifier {verifier.Name} raised {name}: {error.Message}"));
        }
    }

    /// <summary>The part of a verdict that says how right the answer is: the heaviest one that is not about its form.</summary>
    /// <returns>In [0, 1]; the verdict's value when it has no such part, NaN when it is unscorable.</returns>
    public static double Accuracy(Verdict verdict)
    {
        if (double.IsNaN(verdict.Value))
            return double.NaN;
        var parts = verdict.Evidence.Parts.Where(part => part.Name != "format").ToArray();
        return parts.Length == 0 ? verdict.Value : parts.MaxBy(part => part.Weight)!.Value;
    }

    private double[] Weights => [1.0, .. shapings.Select(shaping => shaping.Weight)];

    private static IEnumerable<(IVerifier Verifier, Attempt Attempt)> Attempts(RolledGroup group, int step) =>
        group.Completions.Select(completion =>
            (group.Entry.Verifier, new Attempt(group.Entry.Sample, group.Entry.Prompt.Text, completion, step))
        );

    private double[][] Rewards(RolledGroup group, Attempt[] attempts, int step)
    {
        var shaped = shapings.Select(shaping => shaping.Shaping.Shape(attempts)).ToArray();
        double[][] rewards =
        [
            .. group.Verdicts.Select(
                (verdict, row) =>
                    double.IsNaN(verdict.Value)
                        // Nothing may be learned from the row, its length included.
                        ? [.. Enumerable.Repeat(double.NaN, 1 + shaped.Length)]
                        : (double[])[rollout.RewardScale * verdict.Value, .. shaped.Select(values => values[row])]
            ),
        ];
        if (!rollout.ShuffleRewards)
            return rewards;
        var rng = Rng.OfSeed(seed).Split("shuffle").Split((ulong)step).Split((ulong)group.Entry.Number);
        return new RandomStream(rng).Shuffle(rewards);
    }
}
