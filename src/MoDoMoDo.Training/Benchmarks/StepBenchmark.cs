using System.Diagnostics;
using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>What a benchmark measured.</summary>
/// <param name="Workload">Name of the workload.</param>
/// <param name="SecondsMin">Shortest round.</param>
/// <param name="SecondsMedian">Median round.</param>
/// <param name="TokensPerSecond">Sampled tokens a second of the shortest round.</param>
/// <param name="PeakMib">Largest resident memory of the process so far, MiB.</param>
/// <param name="Stages">Seconds by stage of the shortest round.</param>
public sealed record BenchmarkResult(
    string Workload,
    double SecondsMin,
    double SecondsMedian,
    double TokensPerSecond,
    double PeakMib,
    IReadOnlyDictionary<string, double> Stages
);

/// <summary>
/// Whole GRPO steps, or sampling alone, on a workload: prompts and pixels, sampling at temperature 1 with end tokens
/// ignored, a trivial reward, one optimiser update over all completions with dapo, beta 0 and AdamW. All weights train,
/// those of the tower too, unless it is frozen.
/// </summary>
public static class StepBenchmark
{
    /// <summary>Rounds whose times do not count: libtorch and the just-in-time compiler settle.</summary>
    private const int WarmUpRounds = 2;

    /// <summary>Times whole GRPO steps.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="rounds">Timed rounds, at least 1.</param>
    /// <param name="device">"cpu", "cuda" or "cuda:N".</param>
    /// <param name="freezeTower">Whether the vision tower stays as it is.</param>
    public static BenchmarkResult Run(Workload workload, int rounds, string device = "cpu", bool freezeTower = false)
    {
        using var policy = workload.CreatePolicy(device);
        policy.Train(name => !freezeTower || !Policy.IsTower(name));
        var update = new UpdateOptions { FreezeTower = freezeTower };
        var rollout = new RolloutOptions
        {
            Prompts = workload.Prompts,
            Generations = workload.Generations,
            MaxNewTokens = workload.NewTokens,
        };
        using var optimiser = Optimiser.Create(update.Optimiser, policy);
        var grader = new Grader(rollout, update, [], 0);
        return Timed(
            workload,
            rounds,
            (round, clock) =>
            {
                // New pictures each round, as in a run: nothing is left over from the round before.
                using var features = new FeatureCache(policy, freezeTower, update.FeatureCacheMiB);
                var entries = clock.Time("prompts", () => Entries(workload.Draw(policy, round), round));
                var rolled = clock.Time("rollout", () => Sample(policy, workload, entries, features, round));
                var groups = clock.Time("grading", () => grader.WithAdvantages(grader.Grade(rolled, round)));
                var batch = new StepBatch(groups, update, rollout, Weights.Uniform([workload.Name]));
                var pass = new PolicyUpdate(policy, optimiser, update, rollout.Temperature, features);
                clock.Time("update", () => pass.Step(batch, 1e-6));
            }
        );
    }

    /// <summary>Times sampling alone.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="rounds">Timed rounds, at least 1.</param>
    /// <param name="device">"cpu", "cuda" or "cuda:N".</param>
    public static BenchmarkResult Decode(Workload workload, int rounds, string device = "cpu")
    {
        using var policy = workload.CreatePolicy(device);
        policy.Train(_ => false);
        return Timed(
            workload,
            rounds,
            (round, clock) =>
            {
                using var features = new FeatureCache(policy, true, 64);
                var entries = Entries(workload.Draw(policy, round), round);
                clock.Time("rollout", () => Sample(policy, workload, entries, features, round));
            }
        );
    }

    private static BenchmarkResult Timed(Workload workload, int rounds, Action<int, StageClock> once)
    {
        var times = new List<(double Seconds, IReadOnlyDictionary<string, double> Stages)>();
        for (var round = 0; round < WarmUpRounds + rounds; round++)
        {
            var clock = new StageClock();
            once(round, clock);
            var stages = clock.Take();
            if (round >= WarmUpRounds)
                times.Add((stages.Values.Sum(), stages));
        }
        var sorted = times.OrderBy(time => time.Seconds).ToArray();
        using var process = Process.GetCurrentProcess();
        return new BenchmarkResult(
            workload.Name,
            sorted[0].Seconds,
            (sorted[(rounds - 1) / 2].Seconds + sorted[rounds / 2].Seconds) / 2,
            workload.SampledTokens / sorted[0].Seconds,
            process.PeakWorkingSet64 / 1024.0 / 1024.0,
            sorted[0].Stages
        );
    }

    internal static RolledGroup[] Sample(
        Policy policy,
        Workload workload,
        PromptEntry[] entries,
        FeatureCache features,
        int round
    )
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var generation = new GenerationOptions
        {
            MaxNewTokens = workload.NewTokens,
            EndTokens = [],
            Step = round,
        };
        EncodedPrompt[] prompts = [.. entries.Select(entry => entry.Encoded)];
        return
        [
            .. policy
                .Generate(prompts, workload.Generations, generation, features: features.Of(entries))
                .Select((completions, i) => new RolledGroup(entries[i], completions)),
        ];
    }

    internal static PromptEntry[] Entries(EncodedPrompt[] prompts, int round) =>
        [
            .. prompts.Select(
                (prompt, i) =>
                {
                    // The id alone matters: it names the picture to the feature cache.
                    Image[] images = [.. prompt.Images.Select(_ => Image.OfFile($"{round}-{i}"))];
                    var sample = Domain.Sample.Create($"{i}", "workload", "", images, Gold.NewText([]));
                    var asked = PromptModule.Render(PromptTemplate.Plain, sample);
                    return new PromptEntry("workload", EvenIds.Verifier, sample, asked, prompt, i);
                }
            ),
        ];

    /// <summary>The trivial reward: the share of even ids.</summary>
    private sealed class EvenIds : IVerifier
    {
        public static EvenIds Verifier { get; } = new();

        public string Name => "even ids";

        public Verdict Verify(Attempt attempt)
        {
            var ids = attempt.Completion.Ids;
            return Verdict.Scored((double)ids.Count(id => id % 2 == 0) / ids.Length, Evidence.Because("counted"));
        }
    }
}
