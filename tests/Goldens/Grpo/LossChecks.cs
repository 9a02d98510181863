using System.Text.Json;
using MoDoMoDo.Training;
using TorchSharp;
using static TorchSharp.torch;

// B rows, T completion positions.
namespace MoDoMoDo.Goldens.Grpo;

/// <summary>grpo/loss: TRL's losses, gradients and metrics on given log-probabilities.</summary>
internal static class LossChecks
{
    private const double LossTolerance = 1e-6;
    private const double GradientTolerance = 2e-7;
    private const double MetricTolerance = 1e-6;

    public static void Run(Recording recording, Tally tally)
    {
        using var scope = NewDisposeScope();
        var inputs = recording.Tensors("grpo/loss/inputs.safetensors");
        Cases(recording, tally, inputs);
        Accumulation(recording, tally, inputs);
        Analytic(recording, tally);
    }

    private static void Cases(Recording recording, Tally tally, TensorFile inputs)
    {
        var golden = recording.Json("grpo/loss/cases.json");
        var gradients = recording.Tensors("grpo/loss/gradients.safetensors");
        var constants = golden.GetProperty("constants");
        foreach (var entry in golden.GetProperty("cases").EnumerateObject())
        {
            var options = GrpoSettings.Options(entry.Value.GetProperty("settings"));
            var normaliser = LossNormaliser.Trl(
                entry.Value.Number("num_items_in_batch"),
                constants.Integer("rows"),
                constants.Integer("gradient_accumulation_steps"),
                constants.Integer("steps_per_generation"),
                constants.Integer("max_completion_length")
            );
            var feed = Feed(inputs, entry.Value.GetProperty("feeds"), ScalarType.Float32);
            var run = Outcome.Of(options, feed, normaliser);
            Loss(tally, "loss", entry.Value.Number("loss"), run);
            Gradient(tally, "dL/dlogps", gradients[$"grad_logps__{entry.Name}"], run.LogProbGradient, feed.Mask);
            if (gradients.Has($"grad_entropies__{entry.Name}"))
                tally
                    .Of("dL/dentropies", GradientTolerance)
                    .Add(gradients[$"grad_entropies__{entry.Name}"], run.EntropyGradient!);
            Metrics(tally, entry.Value, run, options);

            // torch holds sapo's temperature 1.05 in fp32.
            var (name, tolerance) =
                options.Loss == LossType.Sapo ? ("loss in float64, sapo", 1e-7) : ("loss in float64", 1e-9);
            var exact = Feed(inputs, entry.Value.GetProperty("feeds"), ScalarType.Float64);
            var found = Outcome.Of(options, exact, normaliser).Figures.Loss;
            tally.Of(name, tolerance).Add(entry.Value.Number("loss_float64"), found);
        }
    }

    private static void Accumulation(Recording recording, Tally tally, TensorFile inputs)
    {
        var golden = recording.Json("grpo/loss/accumulation.json");
        var gradients = recording.Tensors("grpo/loss/accumulation_gradients.safetensors");
        var length = recording.Json("grpo/loss/cases.json").GetProperty("constants").Integer("max_completion_length");
        using var defaults = JsonDocument.Parse(
            """{"old_logps": "old_logps", "mask": "mask", "advantages": "advantages"}"""
        );
        var feed = Feed(inputs, defaults.RootElement, ScalarType.Float32);
        foreach (var shape in golden.GetProperty("shapes").EnumerateObject())
        foreach (var entry in golden.GetProperty("cases").EnumerateObject())
        {
            var options = GrpoSettings.Options(entry.Value.GetProperty("settings"));
            var rows = shape.Value.Integer("micro_batch_rows");
            var accumulation = shape.Value.Integer("gradient_accumulation_steps");
            var perGeneration = shape.Value.Integer("steps_per_generation");
            var wanted = entry.Value.GetProperty("shapes").GetProperty(shape.Name);
            var items = wanted.GetProperty("num_items_in_batch").Numbers();
            var runs = items.Select(
                (count, part) =>
                    Outcome.Of(
                        options,
                        Rows(feed, part * rows, rows),
                        LossNormaliser.Trl(count, rows, accumulation, perGeneration, length)
                    )
            );
            var parts = runs.ToArray();
            foreach (var (loss, part) in wanted.GetProperty("losses").Numbers().Zip(parts))
                Loss(tally, "accumulation: loss", loss, part);
            tally
                .Of("accumulation: sum", LossTolerance)
                .Add(wanted.Number("sum"), parts.Sum(part => part.Figures.Loss));
            tally
                .Of("accumulation: active tokens", 0)
                .AddEach(wanted.GetProperty("active_tokens").Numbers(), [.. parts.Select(part => part.Figures.Tokens)]);
            Gradient(
                tally,
                "accumulation: dL/dlogps",
                gradients[$"grad_logps__{shape.Name}__{entry.Name}"],
                cat([.. parts.Select(part => part.LogProbGradient)]),
                feed.Mask
            );
        }
    }

    /// <summary>The hand-checkable cases; their inputs stand in grpo.md 6.3 (two rows of four, the last position masked).</summary>
    private static void Analytic(Recording recording, Tally tally)
    {
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
        float[,] active =
        {
            { 1, 1, 1, 1 },
            { 1, 1, 1, 0 },
        };
        foreach (var entry in recording.Json("grpo/loss/analytic.json").EnumerateObject())
        {
            var options = GrpoSettings.Options(entry.Value.GetProperty("settings"));
            // The cases l12 are those in which every token is masked.
            var mask = entry.Name.StartsWith("l12_", StringComparison.Ordinal) ? zeros(2, 4) : tensor(active);
            var feed = new LossInputs(tensor(logps), mask, tensor(new[] { 1.5f, -.75f }))
            {
                OldLogProbs = entry.Value.GetProperty("old_logps").GetBoolean() ? tensor(old) : null,
                ReferenceLogProbs = tensor(reference),
                Entropies = ones(2, 4),
            };
            var run = Outcome.Of(options, feed, LossNormaliser.Trl(mask.sum().item<float>(), 2, 1, 1, 8));
            Loss(tally, "analytic: loss", entry.Value.Number("loss"), run);
            var gradient = entry.Value.GetProperty("grad_logps").EnumerateArray().SelectMany(JsonNumbers.Numbers);
            Gradient(tally, "analytic: dL/dlogps", tensor(gradient.ToArray()).reshape(2, 4), run.LogProbGradient, mask);
            Metrics(tally, entry.Value, run, options);
        }
    }

    private sealed record Outcome(LossFigures Figures, Tensor LogProbGradient, Tensor? EntropyGradient)
    {
        public static Outcome Of(GrpoOptions options, LossInputs feed, LossNormaliser normaliser)
        {
            var logps = feed.LogProbs.detach().clone().requires_grad_(true);
            var entropies = feed.Entropies?.detach().clone().requires_grad_(true);
            var tracked = feed with { LogProbs = logps, Entropies = entropies };
            var (loss, figures) = new GrpoLoss(options).Compute(tracked, normaliser);
            loss.backward();
            return new Outcome(figures, logps.grad ?? zeros_like(logps), entropies?.grad);
        }
    }

    private static LossInputs Feed(TensorFile inputs, JsonElement feeds, ScalarType type)
    {
        var mask = Named("tool_mask") is { } tools ? Named("mask")! * tools : Named("mask")!; // [B, T]
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

    private static void Loss(Tally tally, string name, double wanted, Outcome run) =>
        tally.Of(name, LossTolerance).Add(wanted, run.Figures.Loss, Math.Max(1, Math.Abs(wanted)));

    private static void Gradient(Tally tally, string name, Tensor wanted, Tensor found, Tensor mask)
    {
        tally.Of(name, GradientTolerance).Add(wanted, found);
        tally.Of($"{name} at padding", 0).Add(zeros_like(found), found, mask == 0);
    }

    private static void Metrics(Tally tally, JsonElement golden, Outcome run, GrpoOptions options)
    {
        foreach (var metric in golden.GetProperty("metrics").EnumerateObject())
            if (GrpoSettings.Metric(metric.Name, run.Figures, options) is { } found)
                tally.Of(metric.Name, MetricTolerance).Add(metric.Value.Number(), found);
            else
                tally.Fail($"grpo/loss: metric {metric.Name}: nothing compares it");
    }
}
