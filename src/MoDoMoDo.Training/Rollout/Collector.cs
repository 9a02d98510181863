using MoDoMoDo.Domain;

namespace MoDoMoDo.Training;

/// <summary>A batch of graded groups, and what it took to get it.</summary>
/// <param name="Groups">Groups with advantages, in the order of the mixture's draws; empty when the domains are exhausted.</param>
/// <param name="Attempts">Groups rolled out by domain, replaced ones included.</param>
public sealed record CollectedBatch(RolledGroup[] Groups, IReadOnlyDictionary<string, double> Attempts);

/// <summary>
/// From the mixture to a graded batch. With dynamic sampling, groups without signal are replaced by further prompts of
/// their own domain, so that the mixture of what trains is the mixture that was asked for (arXiv 2503.14476 refills
/// without regard to domains, which shifts it towards those with more signal).
/// </summary>
/// <param name="prompts">Where prompts come from.</param>
/// <param name="rollout">Where completions come from.</param>
/// <param name="grader">Where rewards and advantages come from.</param>
/// <param name="options">Number of prompts and of refills.</param>
/// <param name="clock">Where the time goes.</param>
public sealed class Collector(
    PromptBatch prompts,
    RolloutEngine rollout,
    Grader grader,
    RolloutOptions options,
    StageClock clock
)
{
    /// <summary>The next batch.</summary>
    /// <param name="batch">Number of the batch.</param>
    /// <param name="step">Optimiser steps done.</param>
    public CollectedBatch Next(int batch, int step)
    {
        var groups = Roll(clock.Time("prompts", () => prompts.Next(options.Prompts, 0)), batch, step);
        var attempts = Counts(groups);
        for (var refill = 0; refill < options.Refills && groups.Any(group => group.HasNoSignal); refill++)
        {
            var missing = groups.Where(group => group.HasNoSignal).GroupBy(group => group.Entry.Domain);
            var wanted = missing.ToDictionary(domain => domain.Key, domain => domain.Count());
            var first = (int)attempts.Values.Sum();
            var further = Roll(clock.Time("prompts", () => prompts.NextFrom(wanted, first)), batch, step);
            if (further.Length == 0)
                break;
            foreach (var (domain, count) in Counts(further))
                attempts[domain] += count;
            groups = Replaced(groups, further);
        }
        return new CollectedBatch(grader.WithAdvantages(groups), attempts);
    }

    private RolledGroup[] Roll(PromptEntry[] entries, int batch, int step)
    {
        var rolled = clock.Time("rollout", () => rollout.Complete(entries, batch));
        return clock.Time("grading", () => grader.Grade(rolled, step));
    }

    /// <summary>Puts further groups that carry signal in the places of those of their domain that do not.</summary>
    private static RolledGroup[] Replaced(RolledGroup[] groups, RolledGroup[] further)
    {
        var spare = further
            .Where(group => !group.HasNoSignal)
            .GroupBy(group => group.Entry.Domain)
            .ToDictionary(domain => domain.Key, domain => new Queue<RolledGroup>(domain));
        return
        [
            .. groups.Select(group =>
                group.HasNoSignal
                && spare.TryGetValue(group.Entry.Domain, out var own)
                && own.TryDequeue(out var better)
                    ? better
                    : group
            ),
        ];
    }

    private static Dictionary<string, double> Counts(IEnumerable<RolledGroup> groups) =>
        groups
            .GroupBy(group => group.Entry.Domain)
            .ToDictionary(domain => domain.Key, domain => (double)domain.Count());
}
