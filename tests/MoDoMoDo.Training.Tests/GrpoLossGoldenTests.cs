using System.Text.Json;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Training.Tests;

/// <summary>The loss against TRL 1.16's own trainer (tests/Goldens/core/grpo/loss; tolerances as recorded there).</summary>
public sealed class GrpoLossGoldenTests
{
    private const int MaxCompletionLength = 24;
    private const double LossTolerance = 1e-6;
    private const double GradientTolerance = 2e-7;
    private const double MetricTolerance = 1e-6;

    [Fact]
    public void EveryCase_EqualsTrl_InLossGradientAndMetrics()
    {
        using var scope = NewDisposeScope();
        var inputs = GoldenFiles.Tensors("loss/inputs.safetensors");
        var gradients = GoldenFiles.Tensors("loss/gradients.safetensors");
        foreach (var entry in GoldenFiles.Json("loss/cases.json").GetProperty("cases").EnumerateObject())
        {
            var options = Options(entry.Value.GetProperty("settings"));
            var normaliser = Normaliser(entry.Value.GetProperty("num_items_in_batch").GetDouble(), 8, 1, 1);
            var run = Run(options, Feed(inputs, entry.Value, ScalarType.Float32), normaliser);

            Close(entry.Name, entry.Value.GetProperty("loss").GetDouble(), run.Figures.Loss, LossTolerance);
            Close(entry.Name, gradients[$"grad_logps__{entry.Name}"], run.LogProbGradient, GradientTolerance);
            if (gradients.TryGetValue($"grad_entropies__{entry.Name}", out var recorded))
                Close(entry.Name, recorded, run.EntropyGradient!, GradientTolerance);
            foreach (var metric in entry.Value.GetProperty("metrics").EnumerateObject())
                Close(
                    $"{entry.Name} {metric.Name}",
                    metric.Value.GetDouble(),
                    Metric(metric.Name, run.Figures, options),
                    MetricTolerance
                );
        }
    }

    [Fact]
    public void EveryCase_InFloat64_EqualsTheFloat64Recording()
    {
        using var scope = NewDisposeScope();
        var inputs = GoldenFiles.Tensors("loss/inputs.safetensors");
        foreach (var entry in GoldenFiles.Json("loss/cases.json").GetProperty("cases").EnumerateObject())
        {
            var options = Options(entry.Value.GetProperty("settings"));
            var normaliser = Normaliser(entry.Value.GetProperty("num_items_in_batch").GetDouble(), 8, 1, 1);
            var run = Run(options, Feed(inputs, entry.Value, ScalarType.Float64), normaliser);
            var wanted = entry.Value.GetProperty("loss_float64").GetDouble();
            // torch holds sapo's temperature 1.05 in fp32.
            Close(entry.Name, wanted, run.Figures.Loss, options.Loss == LossType.Sapo ? 1e-7 : 1e-9);
        }
    }

    [Fact]
    public void EveryAccumulation_WithTrlsNormaliser_EqualsTrl()
    {
        using var scope = NewDisposeScope();
        var inputs = GoldenFiles.Tensors("loss/inputs.safetensors");
        var gradients = GoldenFiles.Tensors("loss/accumulation_gradients.safetensors");
        var recorded = GoldenFiles.Json("loss/accumulation.json");
        foreach (var shape in recorded.GetProperty("shapes").EnumerateObject())
        foreach (var entry in recorded.GetProperty("cases").EnumerateObject())
        {
            var options = Options(entry.Value.GetProperty("settings"));
            var rows = shape.Value.GetProperty("micro_batch_rows").GetInt32();
            var accumulation = shape.Value.GetProperty("gradient_accumulation_steps").GetInt32();
            var perGeneration = shape.Value.GetProperty("steps_per_generation").GetInt32();
            var wanted = entry.Value.GetProperty("shapes").GetProperty(shape.Name);
            var losses = wanted.GetProperty("losses").EnumerateArray().Select(l => l.GetDouble()).ToArray();
            var items = wanted.GetProperty("num_items_in_batch").EnumerateArray().Select(n => n.GetDouble()).ToArray();
            var parts = new List<Tensor>();
            for (var part = 0; part < losses.Length; part++)
            {
                var feed = Rows(Feed(inputs, DefaultFeeds(), ScalarType.Float32), part * rows, rows);
                var run = Run(options, feed, Normaliser(items[part], rows, accumulation, perGeneration));
                Close($"{entry.Name} {shape.Name}", losses[part], run.Figures.Loss, LossTolerance);
                parts.Add(run.LogProbGradient);
            }
            Close(
                $"{entry.Name} {shape.Name}",
                gradients[$"grad_logps__{shape.Name}__{entry.Name}"],
                cat(parts),
                GradientTolerance
            );
        }
    }

    [Fact]
    public void ExactNormaliser_GivesTheStepInOnePiece_WhereverTrlDoesForFourMicroBatches()
    {
        using var scope = NewDisposeScope();
        var inputs = GoldenFiles.Tensors("loss/inputs.safetensors");
        foreach (var entry in GoldenFiles.Json("loss/accumulation.json").GetProperty("cases").EnumerateObject())
        {
            var options = Options(entry.Value.GetProperty("settings"));
            if (options.Loss == LossType.Bnpo || options.NeedsEntropy)
                continue;
            var feed = Feed(inputs, DefaultFeeds(), ScalarType.Float32);
            var exact = new LossNormaliser(feed.Mask.sum().ToDouble(), 8, 4, MaxCompletionLength);
            var whole = Run(options, feed, exact with { MicroBatches = 1 });
            var parts = Enumerable.Range(0, 4).Select(part => Run(options, Rows(feed, 2 * part, 2), exact)).ToArray();
            Close(entry.Name, whole.LogProbGradient, cat([.. parts.Select(part => part.LogProbGradient)]), 1e-9);
            Close(entry.Name, whole.Figures.Loss, parts.Sum(part => part.Figures.Loss), 1e-7);
        }
    }

    [Fact]
    public void AnalyticCases_EqualTrl()
    {
        using var scope = NewDisposeScope();
        // Inputs of reference grpo.md 6.3: two rows of four positions, the last one of row 2 masked.
        float[,] logps =
        {
            { -.5f, -1, -2, -.3f },
            { -1.2f, -.7f, -.1f, -9 },
        };
        float[,] old =
        {
            { -.9f, -1, -1.5f, -.3f },
            { -1, -1.1f, -.1f, -9 },
        };
        float[,] reference =
        {
            { -.6f, -1.2f, -1.7f, -.4f },
            { -1.1f, -.9f, -.2f, -9 },
        };
        foreach (var entry in GoldenFiles.Json("loss/analytic.json").EnumerateObject())
        {
            var masked = entry.Name.StartsWith("l12", StringComparison.Ordinal);
            var mask = masked
                ? zeros(2, 4)
                : tensor(
                    new float[,]
                    {
                        { 1, 1, 1, 1 },
                        { 1, 1, 1, 0 },
                    }
                );
            var feed = new LossInputs(tensor(logps), mask, tensor(new[] { 1.5f, -.75f }))
            {
                OldLogProbs = entry.Value.GetProperty("old_logps").GetBoolean() ? tensor(old) : null,
                ReferenceLogProbs = tensor(reference),
            };
            var run = Run(
                Options(entry.Value.GetProperty("settings")),
                feed,
                LossNormaliser.Trl(mask.sum().ToDouble(), 2, 1, 1, 8)
            );
            Close(entry.Name, entry.Value.GetProperty("loss").GetDouble(), run.Figures.Loss, LossTolerance);
            var gradient = entry.Value.GetProperty("grad_logps").EnumerateArray();
            var wanted = gradient.SelectMany(row => row.EnumerateArray()).Select(GoldenFiles.Number).ToArray();
            Close(entry.Name, tensor(wanted).reshape(2, 4), run.LogProbGradient, GradientTolerance);
        }
    }

    private sealed record Outcome(LossFigures Figures, Tensor LogProbGradient, Tensor? EntropyGradient);

    private static Outcome Run(GrpoOptions options, LossInputs feed, LossNormaliser normaliser)
    {
        var logps = feed.LogProbs.detach().clone().requires_grad_(true);
        var entropies = feed.Entropies?.detach().clone().requires_grad_(true);
        var (loss, figures) = new GrpoLoss(options).Compute(
            feed with
            {
                LogProbs = logps,
                Entropies = entropies,
            },
            normaliser
        );
        loss.backward();
        return new Outcome(figures, logps.grad ?? zeros_like(logps), entropies?.grad);
    }

    private static LossNormaliser Normaliser(double items, int rows, int accumulation, int perGeneration) =>
        LossNormaliser.Trl(items, rows, accumulation, perGeneration, MaxCompletionLength);

    private static JsonElement DefaultFeeds()
    {
        using var document = JsonDocument.Parse(
            """{"feeds": {"old_logps": "old_logps", "mask": "mask", "advantages": "advantages"}}"""
        );
        return document.RootElement.Clone();
    }

    private static LossInputs Feed(Dictionary<string, Tensor> inputs, JsonElement golden, ScalarType type)
    {
        var feeds = golden.GetProperty("feeds");
        var mask = Named("tool_mask") is { } tools ? Named("mask")! * tools : Named("mask")!;
        return new LossInputs(inputs["logps"].to(type), mask, Named("advantages")!)
        {
            OldLogProbs = Named("old_logps"),
            ReferenceLogProbs = inputs["ref_logps"].to(type),
            Entropies = inputs["entropies"].to(type),
            SamplingLogProbs = Named("sampling_logps"),
            SamplerRatios = Named("importance_sampling_ratio"),
        };

        Tensor? Named(string part) =>
            feeds.TryGetProperty(part, out var name) && name.GetString() is { } tensor ? inputs[tensor].to(type) : null;
    }

    private static LossInputs Rows(LossInputs x, int start, int count) =>
        new(x.LogProbs.narrow(0, start, count), x.Mask.narrow(0, start, count), x.Advantages.narrow(0, start, count))
        {
            OldLogProbs = x.OldLogProbs!.narrow(0, start, count),
            ReferenceLogProbs = x.ReferenceLogProbs!.narrow(0, start, count),
            Entropies = x.Entropies!.narrow(0, start, count),
        };

    private static GrpoOptions Options(JsonElement settings)
    {
        var options = new GrpoOptions();
        foreach (var setting in settings.EnumerateObject())
        {
            var value = setting.Value;
            options = setting.Name switch
            {
                "loss_type" => options with { Loss = Enum.Parse<LossType>(value.GetString()!.Replace("_", ""), true) },
                "importance_sampling_level" => options with
                {
                    ImportanceLevel = Enum.Parse<ImportanceLevel>(value.GetString()!, true),
                },
                "beta" => options with { Beta = value.GetDouble() },
                "use_bias_correction_kl" => options with { BiasCorrectedKl = value.GetBoolean() },
                "epsilon_high" => options with { EpsilonHigh = value.GetDouble() },
                "delta" => options with { Delta = value.GetDouble() },
                "top_entropy_quantile" => options with { TopEntropyQuantile = value.GetDouble() },
                "entropy_coef" => options with { EntropyCoefficient = value.GetDouble() },
                "off_policy_mask_threshold" => options with { OffPolicyThreshold = value.GetDouble() },
                "sapo_temperature_pos" => options with { SapoTemperaturePositive = value.GetDouble() },
                "sapo_temperature_neg" => options with { SapoTemperatureNegative = value.GetDouble() },
                "vespo_k_pos" => options with { VespoPowerPositive = value.GetDouble() },
                "vespo_lambda_pos" => options with { VespoDecayPositive = value.GetDouble() },
                "vespo_k_neg" => options with { VespoPowerNegative = value.GetDouble() },
                "vespo_lambda_neg" => options with { VespoDecayNegative = value.GetDouble() },
                _ => throw new InvalidDataException($"unknown setting {setting.Name}"),
            };
        }
        return options;
    }

    private static double Metric(string name, LossFigures figures, GrpoOptions options) =>
        name switch
        {
            "kl" => figures.Kl,
            "entropy" => figures.Entropy,
            "clip_ratio/low_mean" => figures.Clip.Low,
            "clip_ratio/high_mean" or "cispo_clip_ratio" => figures.Clip.High,
            "clip_ratio/region_mean" => figures.Clip.Region,
            "clip_ratio/low_min" => figures.Clip.LowMin,
            "clip_ratio/high_max" => figures.Clip.HighMax,
            "vespo/phi_seq_mean" => figures.MeanWeight,
            "policy_loss" => figures.PolicyLoss,
            "entropy_coef" => options.EntropyCoefficient,
            _ => throw new InvalidDataException($"unknown metric {name}"),
        };

    private static void Close(string what, double wanted, double found, double tolerance) =>
        Assert.True(
            Math.Abs(wanted - found) <= tolerance * Math.Max(1, Math.Abs(wanted)),
            FormattableString.Invariant($"{what}: wanted {wanted}, found {found}")
        );

    private static void Close(string what, Tensor wanted, Tensor found, double tolerance)
    {
        var largest = (wanted.to(ScalarType.Float64) - found.to(ScalarType.Float64)).abs().max().ToDouble();
        Assert.True(largest <= tolerance, FormattableString.Invariant($"{what}: gradients differ by {largest}"));
    }
}
