using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>Scores the policy of a run on held-back items of its domains, and on benchmarks.</summary>
internal sealed class Scoring
{
    private readonly TrainingInputs inputs;
    private readonly Evaluator evaluator;
    private readonly ITrainingProgress progress;

    public Scoring(
        TrainingOptions options,
        TrainingInputs inputs,
        Policy policy,
        FeatureCache features,
        ITrainingProgress progress
    )
    {
        (this.inputs, this.progress) = (inputs, progress);
        var evaluation = options.Evaluation;
        var limits = evaluation with
        {
            MaxNewTokens = evaluation.MaxNewTokens > 0 ? evaluation.MaxNewTokens : options.Rollout.MaxNewTokens,
        };
        evaluator = new Evaluator(policy, inputs.Images, features, limits, options.Rollout.GraderThreads);
    }

    /// <summary>Scores of the domains that have held-back items.</summary>
    public IReadOnlyList<Evaluation> HeldBack(CancellationToken stop) =>
        [
            .. inputs
                .Domains.Where(domain => domain.HeldBack.Count > 0)
                .Select(domain => new Benchmark(domain.Name, domain.HeldBack, domain.Template, domain.Verifier, []))
                .Select(benchmark => evaluator.Score(benchmark, progress, stop).Evaluation),
        ];

    /// <summary>Scores of the benchmarks.</summary>
    public IReadOnlyList<Evaluation> Benchmarks(CancellationToken stop) =>
        [.. inputs.Benchmarks.Select(benchmark => evaluator.Score(benchmark, progress, stop).Evaluation)];
}
