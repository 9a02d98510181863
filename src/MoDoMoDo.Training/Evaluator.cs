using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>One answered item of a benchmark.</summary>
/// <param name="Sample">The item.</param>
/// <param name="Prompt">What the policy was asked.</param>
/// <param name="Completions">Its answers, [K].</param>
/// <param name="Verdicts">The verdicts on them, [K].</param>
public sealed record AnsweredItem(Sample Sample, Prompt Prompt, Completion[] Completions, Verdict[] Verdicts);

/// <summary>A benchmark's score, and what it rests on.</summary>
/// <param name="Evaluation">The score.</param>
/// <param name="Items">The items with their answers.</param>
public sealed record ScoredBenchmark(Evaluation Evaluation, IReadOnlyList<AnsweredItem> Items);

/// <summary>
/// Scores a policy on benchmarks. Answers depend on the seed, the item's number, the sample's row and the token's position
/// alone: not on the step, so that policies are compared under common random numbers, and not on how many items go
/// through the policy at a time.
/// </summary>
/// <param name="policy">The policy.</param>
/// <param name="images">Where pixels come from.</param>
/// <param name="features">Image features under that policy.</param>
/// <param name="options">Decoding, samples, limits.</param>
/// <param name="graderThreads">Threads that grade; 0 = one for each processor.</param>
public sealed class Evaluator(
    Policy policy,
    IImageSource images,
    FeatureCache features,
    EvaluationOptions options,
    int graderThreads = 0
)
{
    /// <summary>
    /// Mean over items of the mean over an item's samples (avg@k), its standard error over items, and further: pass_at_k
    /// (mean over items of the best sample), accuracy, no_answer, unscorable, refused, truncated (shares of answers), length
    /// (tokens), and the benchmark's own metrics over the first answers. Items whose gold is at fault are left out.
    /// </summary>
    /// <param name="benchmark">The benchmark.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="stop">Cancels between two portions of items.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ScoredBenchmark Score(Benchmark benchmark, ITrainingProgress progress, CancellationToken stop = default)
    {
        var count = options.Limit > 0 ? Math.Min(options.Limit, benchmark.Source.Count) : benchmark.Source.Count;
        var items = new List<AnsweredItem>(count);
        foreach (var part in Enumerable.Range(0, count).Chunk(options.ItemsAtOnce))
        {
            stop.ThrowIfCancellationRequested();
            items.AddRange(Answer(benchmark, part));
            progress.Evaluating(benchmark.Name, items.Count, count);
        }
        return new ScoredBenchmark(Summary(benchmark, items), items);
    }

    private AnsweredItem[] Answer(Benchmark benchmark, int[] numbers)
    {
        var entries = Parallelism.Map(numbers, graderThreads, (number, _) => Entry(benchmark, number));
        var generation = new GenerationOptions
        {
            Sampling = new SamplingOptions
            {
                Greedy = options.Decoding == Decoding.Greedy,
                Temperature = options.Temperature,
            },
            MaxNewTokens = options.MaxNewTokens,
            Seed = options.Seed,
        };
        var samples = options.Decoding == Decoding.Greedy ? 1 : options.Samples;
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var answers = OutOfMemory.Named(
            () => $"answers to {Contents.Of(entries)} of {benchmark.Name}",
            "a smaller evaluation.itemsAtOnce, evaluation.maxNewTokens or model.maxPixels",
            () =>
                policy.Generate(
                    [.. entries.Select(entry => entry.Encoded)],
                    samples,
                    generation,
                    numbers,
                    features.Of(entries)
                )
        );
        var attempts = entries
            .SelectMany(
                (entry, i) => answers[i].Select(answer => new Attempt(entry.Sample, entry.Prompt.Text, answer, 0))
            )
            .ToArray();
        var verdicts = Parallelism.Map(
            attempts,
            graderThreads,
            (attempt, _) => Grader.Verify(benchmark.Verifier, attempt)
        );
        return
        [
            .. entries.Select(
                (entry, i) =>
                    new AnsweredItem(
                        entry.Sample,
                        entry.Prompt,
                        answers[i],
                        verdicts[(i * samples)..((i + 1) * samples)]
                    )
            ),
        ];
    }

    private PromptEntry Entry(Benchmark benchmark, int number)
    {
        var sample = benchmark.Source.Get(number);
        var prompt = PromptModule.Render(benchmark.Template, sample);
        return new PromptEntry(
            benchmark.Name,
            benchmark.Verifier,
            sample,
            prompt,
            policy.Encode(prompt, images),
            number
        );
    }

    private static Evaluation Summary(Benchmark benchmark, List<AnsweredItem> items)
    {
        var means = items.Select(item => RewardFigures.MeanOf(item.Verdicts.Select(v => v.Value))).ToArray();
        var known = means.Where(mean => !double.IsNaN(mean)).ToArray();
        var verdicts = items.SelectMany(item => item.Verdicts).ToArray();
        var completions = items.SelectMany(item => item.Completions).ToArray();
        var best = items.Select(item => item.Verdicts.Select(v => v.Value).Where(v => !double.IsNaN(v)));
        var further = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["pass_at_k"] = RewardFigures.MeanOf(best.Where(values => values.Any()).Select(values => values.Max())),
            ["accuracy"] = RewardFigures.MeanOf(verdicts.Select(Grader.Accuracy)),
            ["no_answer"] = Share(verdicts, verdict => verdict.IsNoAnswer),
            ["unscorable"] = Share(verdicts, verdict => verdict.IsUnscorable),
            ["refused"] = Share(verdicts, verdict => verdict.IsRefused),
            ["truncated"] = Share(completions, completion => completion.End == CompletionEnd.Length),
            ["length"] = completions.Select(completion => completion.Ids.Length).DefaultIfEmpty().Average(),
        };
        Attempt[] first = [.. items.Select(item => new Attempt(item.Sample, item.Prompt.Text, item.Completions[0], 0))];
        foreach (var metric in benchmark.Metrics)
        {
            var whole = metric.Evaluate(first);
            further[metric.Name] = whole.Mean;
            foreach (var (name, value) in whole.Further)
                further[$"{metric.Name}_{name}"] = value;
        }
        var error = RewardFigures.DeviationOf(known) / Math.Sqrt(known.Length);
        return new Evaluation(
            benchmark.Name,
            known.Length == 0 ? double.NaN : known.Average(),
            error,
            known.Length,
            further
        );
    }

    private static double Share<T>(T[] all, Func<T, bool> has) =>
        all.Length == 0 ? 0 : (double)all.Count(has) / all.Length;
}
