using MoDoMoDo.Domain;

namespace MoDoMoDo.Training;

/// <summary>Summing up a step for its line of metrics.jsonl.</summary>
internal static class StepReport
{
    /// <summary>The figures of a step.</summary>
    /// <param name="step">Number of the step, from 1.</param>
    /// <param name="batch">Its groups.</param>
    /// <param name="attempts">Groups rolled out by domain.</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="norms">Lengths of the domains' gradients, where measured.</param>
    /// <param name="timing">Seconds by stage.</param>
    public static StepFigures Of(
        int step,
        StepBatch batch,
        IReadOnlyDictionary<string, double> attempts,
        UpdateOutcome outcome,
        double rate,
        IReadOnlyDictionary<string, double> norms,
        IReadOnlyDictionary<string, double> timing
    )
    {
        var completions = batch.Groups.SelectMany(group => group.Completions).ToArray();
        var advantages = batch.Groups.SelectMany(group => group.Advantages).ToArray();
        return new StepFigures
        {
            Step = step,
            Loss = outcome.Figures.Loss,
            Reward = Mean(batch, group => group.Totals),
            Accuracy = Mean(batch, group => group.Verdicts.Select(Grader.Accuracy)),
            NoAnswer = Share(batch, verdict => verdict.IsNoAnswer),
            Unscorable = Share(batch, verdict => verdict.IsUnscorable),
            Refused = Share(batch, verdict => verdict.IsRefused),
            ZeroVariance = Mean(batch, group => [group.HasNoSignal ? 1 : 0]),
            Drawn = batch.ByDomain(_ => 1),
            Attempts = attempts,
            GradientShare = batch.GradientShare(),
            DomainGradientNorms = norms,
            AdvantageMean = advantages.DefaultIfEmpty().Average(),
            AdvantageDeviation = RewardFigures.DeviationOf(advantages),
            Pass = outcome.Figures,
            GradientNorm = outcome.GradientNorm,
            LearningRate = rate,
            Lengths = CompletionLengths.Of(
                [.. completions.Select(completion => completion.Ids.Length)],
                [.. completions.Select(completion => completion.End == CompletionEnd.Length)]
            ),
            Tokens = completions.Sum(completion => completion.Ids.Length),
            Skipped = !outcome.Taken,
            Timing = timing,
        };
    }

    private static Dictionary<string, double> Share(StepBatch batch, Func<Verdict, bool> has) =>
        Mean(batch, group => group.Verdicts.Select(verdict => has(verdict) ? 1.0 : 0.0));

    /// <summary>Mean of numbers over a domain's completions, NaN left out.</summary>
    private static Dictionary<string, double> Mean(StepBatch batch, Func<RolledGroup, IEnumerable<double>> numbers) =>
        batch
            .Groups.GroupBy(group => group.Entry.Domain)
            .ToDictionary(domain => domain.Key, domain => RewardFigures.MeanOf(domain.SelectMany(numbers)));
}
