using System.Text.Json;
using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Training.Tests;

/// <summary>What lies between completions and loss, against TRL 1.16 (tests/Goldens/core/grpo).</summary>
public sealed class RolloutGoldenTests
{
    [Fact]
    public void Advantages_EqualTheFloat64Recording()
    {
        foreach (var entry in GoldenFiles.Json("advantages/cases.json").EnumerateObject())
        {
            var rewards = entry.Value.GetProperty("rewards").EnumerateArray().Select(Numbers).ToArray();
            var weights = Numbers(entry.Value.GetProperty("weights"));
            var groupSize = entry.Value.GetProperty("num_generations").GetInt32();
            foreach (var run in entry.Value.GetProperty("runs").EnumerateObject())
            {
                var parts = run.Name.Split('_', 2);
                var scale = Enum.Parse<AdvantageScale>(parts[0], ignoreCase: true);
                var aggregation = parts[1].StartsWith("sum", StringComparison.Ordinal)
                    ? RewardAggregation.SumThenNormalise
                    : RewardAggregation.NormaliseThenSum;
                double[] applied = parts[1].EndsWith("weighted", StringComparison.Ordinal)
                    ? weights
                    : [.. weights.Select(_ => 1.0)];
                var found = Advantage.Compute(scale, aggregation, groupSize, applied, rewards);
                var wanted = Numbers(run.Value.GetProperty("advantages_float64"));
                Assert.Equal(wanted.Length, found.Length);
                for (var row = 0; row < wanted.Length; row++)
                    Assert.True(
                        Math.Abs(wanted[row] - found[row]) <= 1e-5,
                        FormattableString.Invariant(
                            $"{entry.Name} {run.Name} row {row}: wanted {wanted[row]}, found {found[row]}"
                        )
                    );
                var figures = RewardFigures.Of(scale, aggregation, groupSize, applied, rewards);
                var recorded = Numbers(run.Value.GetProperty("advantages"));
                // TRL's fp32 mean of equal rewards can be one ulp off; it then misses that the group has no spread.
                var exact = !wanted.Where((advantage, row) => advantage == 0 && recorded[row] != 0).Any();
                AssertMetrics(run.Value.GetProperty("metrics"), figures, exact);
            }
        }
    }

    private static void AssertMetrics(JsonElement metrics, RewardFigures figures, bool exact)
    {
        foreach (var metric in metrics.EnumerateObject())
        {
            var path = metric.Name.Split('/');
            var function = path.Length == 1 ? -1 : path[1][^1] - '0';
            var (mean, deviation) =
                function < 0
                    ? (figures.Mean, figures.Deviation)
                    : (figures.FunctionMeans[function], figures.FunctionDeviations[function]);
            var found = path[^1] switch
            {
                "frac_reward_zero_std" => figures.ZeroDeviation,
                "reward" or "mean" => mean,
                "reward_std" or "std" => deviation,
                _ => throw new InvalidDataException($"unknown metric {metric.Name}"),
            };
            if (exact || path[^1] != "frac_reward_zero_std")
                Assert.Equal(GoldenFiles.Number(metric.Value), found, 1e-6);
        }
    }

    [Fact]
    public void AdvantagesOfEqualRewards_AreExactlyZero()
    {
        double[] values = [0.1, 0.4, 0.7, 1 / 3.0];
        double[][] rewards =
        [
            .. values.SelectMany(value => Enumerable.Repeat(value, 7)).Select(value => new[] { value }),
        ];
        Assert.All(
            Advantage.Compute(AdvantageScale.Group, RewardAggregation.SumThenNormalise, 7, [1.0], rewards),
            advantage => Assert.Equal(0, advantage)
        );
    }

    [Fact]
    public void Completions_AreCutMaskedAndMeasuredAsByTrl()
    {
        var golden = GoldenFiles.Json("completions/masks.json");
        var pad = golden.GetProperty("pad_token_id").GetInt32();
        var raw = golden.GetProperty("raw").EnumerateArray().Select(Integers).ToArray();
        var prompts = golden.GetProperty("prompts").EnumerateArray().Select(Integers).ToArray();
        foreach (var entry in golden.GetProperty("cases").EnumerateObject())
        {
            var ends = Integers(entry.Value.GetProperty("effective_eos_token_ids")).ToHashSet();
            var settings = entry.Value.GetProperty("settings");
            var multiple = settings.TryGetProperty("pad_to_multiple_of", out var of) ? of.GetInt32() : 1;
            var dropsTruncated = settings.TryGetProperty("mask_truncated_completions", out _);
            var kept = raw.Select(row => CompletionRows.Cut(row, ends)).ToArray();
            var truncated = kept.Select(row => CompletionRows.IsTruncated(row, ends, pad)).ToArray();
            var counted = kept.Select((row, i) => dropsTruncated && truncated[i] ? 0 : row.Length).ToArray();

            Assert.Equal(Rows(entry.Value, "completion_ids"), CompletionRows.Padded(kept, pad, left: false, multiple));
            Assert.Equal(Rows(entry.Value, "prompt_ids"), CompletionRows.Padded(prompts, pad, left: true, multiple));
            Assert.Equal(Rows(entry.Value, "completion_mask").Select(row => row.Sum()), counted);
            Assert.Equal(entry.Value.GetProperty("num_items_in_batch").GetInt32(), counted.Sum());

            var lengths = CompletionLengths.Of([.. kept.Select(row => row.Length)], truncated);
            var metrics = entry.Value.GetProperty("metrics");
            Assert.Equal(Metric("clipped_ratio"), lengths.Truncated, 6);
            Assert.Equal(Metric("mean_length"), lengths.Mean, 6);
            Assert.Equal(Metric("min_length"), lengths.Min, 6);
            Assert.Equal(Metric("max_length"), lengths.Max, 6);
            Assert.Equal(Metric("mean_terminated_length"), lengths.MeanTerminated, 6);
            Assert.Equal(Metric("min_terminated_length"), lengths.MinTerminated, 6);
            Assert.Equal(Metric("max_terminated_length"), lengths.MaxTerminated, 6);

            double Metric(string name) => metrics.GetProperty($"completions/{name}").GetDouble();
        }
    }

    [Fact]
    public void SamplerRatios_EqualTrl()
    {
        using var scope = NewDisposeScope();
        var golden = GoldenFiles.Json("sampler_mismatch/cases.json");
        var tensors = GoldenFiles.Tensors("sampler_mismatch/tensors.safetensors");
        var (old, mask) = (tensors["old_logps"], tensors["mask"].to(ScalarType.Float32));
        var sampling = Sampling(golden.GetProperty("sampling_logps"), old.shape);
        foreach (var entry in golden.GetProperty("cases").EnumerateObject())
        {
            var mode = Enum.Parse<SamplerCorrection>(
                entry.Value.GetProperty("mode").GetString()!.Replace("_", ""),
                true
            );
            var (ratios, figures) = SamplerRatio.Compute(
                old,
                sampling,
                mask,
                mode,
                Bound("clip_min"),
                Bound("clip_max")
            );
            var wanted = tensors[$"ratio__{entry.Name}"];
            var known = wanted.shape[1] == 1 ? ones_like(wanted) : mask;
            Assert.True(((wanted - ratios) / wanted.clamp(min: 1) * known).abs().max().ToDouble() <= 1e-6, entry.Name);
            var metrics = entry.Value.GetProperty("metrics");
            Assert.Equal(Metric("importance_sampling_ratio/mean"), figures.RatioMean, 1e-6);
            Assert.Equal(Metric("importance_sampling_ratio/min"), figures.RatioMin, 1e-6);
            Assert.Equal(Metric("importance_sampling_ratio/max"), figures.RatioMax, 1e-6);
            Assert.Equal(Metric("sampling_logp_difference/mean"), figures.DifferenceMean, 1e-6);
            Assert.Equal(Metric("sampling_logp_difference/max"), figures.DifferenceMax, 1e-6);

            double Metric(string name) => metrics.GetProperty($"sampling/{name}").GetDouble();
            double? Bound(string name) =>
                entry.Value.GetProperty(name) is { ValueKind: JsonValueKind.Number } bound ? bound.GetDouble() : null;
        }
    }

    private static Tensor Sampling(JsonElement rows, long[] shape)
    {
        var values = new float[shape[0], shape[1]];
        var row = 0;
        foreach (var known in rows.EnumerateArray().Select(Numbers))
        {
            for (var t = 0; t < known.Length; t++)
                values[row, t] = (float)known[t];
            row++;
        }
        return tensor(values);
    }

    private static int[][] Rows(JsonElement golden, string name) =>
        [.. golden.GetProperty(name).EnumerateArray().Select(Integers)];

    private static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetInt32())];

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(GoldenFiles.Number)];
}
