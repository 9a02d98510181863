using System.Diagnostics;
using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>
/// A checkpoint of real size with random weights goes the whole way: built, saved in several files, loaded, asked about a
/// picture of 640 x 480, and moved by one GRPO step of a low-rank adapter on q, k, v and o (one prompt with that picture, 4
/// completions of 32 tokens, layers computed again in the backward pass).
/// </summary>
public static class CheckpointBenchmark
{
    private const int Rank = 16;
    private const long ShardBytes = 2_000_000_000;

    /// <summary>One number of the table.</summary>
    /// <param name="Name">What was measured.</param>
    /// <param name="Value">How much.</param>
    /// <param name="Unit">Of what.</param>
    public sealed record Line(string Name, double Value, string Unit);

    /// <summary>Measures, and tells each number as soon as it is known; the last is the peak of the resident memory.</summary>
    /// <param name="workload">Architecture, text tokens of the prompt, tokens to generate.</param>
    /// <param name="folder">Where the checkpoint is written; removed at the end.</param>
    /// <param name="told">Hears the numbers.</param>
    public static void Run(Workload workload, string folder, Action<Line> told)
    {
        try
        {
            using (var built = Timed("build", () => workload.CreatePolicy("cpu"), told))
            {
                told(new("parameters", built.NamedParameters.Sum(p => (double)p.Value.numel()) / 1e6, "million"));
                Timed("save", () => Saved(built, folder), told);
            }
            told(new("files", Directory.GetFiles(folder, "*.safetensors").Length, "files"));
            var device = ComputeDevice.Parse("cpu", workload.Dtype);
            using var policy = Timed("load", () => Policy.Load(folder, device), told);
            policy.AddAdapter(
                new LoraConfig { Rank = Rank, Targets = ["q_proj", "k_proj", "v_proj", "o_proj"] },
                seed: 0
            );
            Generate(policy, workload, told);
            Step(policy, workload with { Prompts = 1, Generations = 4, NewTokens = 32 }, told);
            Peak("peak memory", told);
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static bool Saved(Policy policy, string folder)
    {
        policy.Save(folder, ShardBytes);
        return true;
    }

    private static void Generate(Policy policy, Workload workload, Action<Line> told)
    {
        using var features = new FeatureCache(policy, true, 64);
        var entries = StepBenchmark.Entries([Prompt(policy, workload)], 0);
        Timed("tower", () => Features(features, entries), told);
        var first = Timed("prefill and one token", () => Seconds(1), told);
        var seconds = Timed($"{workload.NewTokens + 1} tokens", () => Seconds(workload.NewTokens + 1), told) - first;
        var rate = workload.NewTokens / seconds;
        told(new("decoding", rate, "tokens/s"));
        var bandwidth = MachineSpeed.Bandwidth();
        told(new("bandwidth", bandwidth / 1e9, "GB/s"));
        told(new("share of it", 100 * rate * BytesPerToken(policy) / bandwidth, "%"));

        double Seconds(int tokens)
        {
            var started = Stopwatch.GetTimestamp();
            StepBenchmark.Sample(policy, workload with { Generations = 1, NewTokens = tokens }, entries, features, 0);
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }

    private static bool Features(FeatureCache features, PromptEntry[] entries)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        return features.Of(entries) is not null;
    }

    private static void Step(Policy policy, Workload workload, Action<Line> told)
    {
        var update = new UpdateOptions { Saving = new MemorySaving { RecomputeLayers = true } };
        var rollout = new RolloutOptions
        {
            Prompts = workload.Prompts,
            Generations = workload.Generations,
            MaxNewTokens = workload.NewTokens,
        };
        using var optimiser = Optimiser.Create(update.Optimiser, policy);
        using var features = new FeatureCache(policy, true, 64);
        var grader = new Grader(rollout, update, [], 0);
        var entries = StepBenchmark.Entries([Prompt(policy, workload)], 1);
        var rolled = Timed("step: rollout", () => StepBenchmark.Sample(policy, workload, entries, features, 1), told);
        var groups = grader.WithAdvantages(grader.Grade(rolled, 0));
        var batch = new StepBatch(groups, update, rollout, Weights.Uniform([workload.Name]));
        var pass = new PolicyUpdate(policy, optimiser, update, rollout.Temperature, features);
        var outcome = Timed("step: update", () => pass.Step(batch, 1e-5), told);
        told(new("step: gradient norm", outcome.GradientNorm, outcome.Taken ? "(taken)" : "(not taken)"));
    }

    /// <summary>A random picture of 640 x 480 and random text.</summary>
    private static EncodedPrompt Prompt(Policy policy, Workload workload)
    {
        var stream = new RandomStream(1);
        var pixels = new byte[3 * 640 * 480];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)stream.NextInt(256);
        var image = policy.Images.Process(RgbImage.Create(640, 480, pixels));
        var text = (workload with { Grid = null, Prompts = 1 }).Draw(policy, 0)[0].Ids;
        var config = policy.Config;
        int[] ids = [config.VisionStartToken, config.ImageToken, config.VisionEndToken, .. text];
        return new EncodedPrompt(policy.Expand(ids, [image]), [image]);
    }

    /// <summary>Bytes of weights that one decoding step reads: the decoder's, and the head's once.</summary>
    private static double BytesPerToken(Policy policy) =>
        policy
            .NamedParameters.Where(p => !Policy.IsTower(p.Key))
            .Where(p =>
                policy.Config.TiedEmbeddings || !p.Key.EndsWith("embed_tokens.weight", StringComparison.Ordinal)
            )
            .Sum(p => (double)p.Value.numel() * p.Value.element_size());

    private static T Timed<T>(string name, Func<T> work, Action<Line> told)
    {
        var started = Stopwatch.GetTimestamp();
        var result = work();
        told(new(name, Stopwatch.GetElapsedTime(started).TotalSeconds, "s"));
        return result;
    }

    private static void Peak(string name, Action<Line> told)
    {
        using var process = Process.GetCurrentProcess();
        told(new(name, process.PeakWorkingSet64 / 1024.0 / 1024.0, "MiB"));
    }
}
