using System.Text.Json;
using MoDoMoDo.Goldens.Models;
using MoDoMoDo.Model;
using MoDoMoDo.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Goldens.Grpo;

/// <summary>grpo/vision: log-probabilities, losses and gradients through a tiny Qwen2-VL, tower included.</summary>
internal static class VisionChecks
{
    private const double LogProbTolerance = 5e-5;
    private const double GradientTolerance = 1e-4;

    public static void Run(Recording recording, Tally tally)
    {
        using var scope = NewDisposeScope();
        var batch = recording.Tensors("grpo/vision/batch.safetensors");
        var rows = new ScoredRows(
            batch["prompt_ids"],
            batch["prompt_mask"],
            batch["completion_ids"],
            batch["completion_mask"],
            ScoredRows.Images(batch["pixel_values"], batch["image_grid_thw"])
        );
        foreach (var checkpoint in new[] { "initial", "policy", "old" })
            LogProbs(recording, checkpoint, rows, batch, tally);
        var golden = recording.Json("grpo/vision/cases.json");
        var gradients = recording.Tensors("grpo/vision/gradients.safetensors");
        foreach (var entry in golden.GetProperty("cases").EnumerateObject())
            Case(recording, golden.GetProperty("constants"), entry, rows, batch, gradients, tally);
    }

    private static Policy Load(Recording recording, string checkpoint)
    {
        var folder = $"grpo/vision/{checkpoint}";
        foreach (var file in new[] { "config.json", "generation_config.json", "model.safetensors" })
            recording.Use($"{folder}/{file}");
        return Policy.Load(recording.At(folder));
    }

    private static void LogProbs(Recording recording, string checkpoint, ScoredRows rows, TensorFile batch, Tally tally)
    {
        using var still = no_grad();
        using var policy = Load(recording, checkpoint);
        var positions = rows.Batch.Positions(policy.Config);
        int[] found = [.. positions.Temporal, .. positions.Height, .. positions.Width];
        tally.Of("position_ids", 0).AddEach(batch["position_ids"].ToIntegers(), found);
        tally.Of("rope_deltas", 0).AddEach(batch["rope_deltas"].ToIntegers(), positions.Deltas);
        tally
            .Of("mm_token_type_ids", 0)
            .AddEach(
                batch["mm_token_type_ids"].ToIntegers(),
                rows.Batch.Ids.Select(id => id == policy.Config.ImageToken ? 1 : 0)
            );
        foreach (var (name, temperature) in new[] { ("t1", 1.0), ("t0_9", 0.9) })
        {
            var (logps, entropies) = rows.Score(policy, temperature);
            tally.Of("logps", LogProbTolerance).Add(batch[$"logps_{checkpoint}__{name}"], logps);
            tally.Of("entropies", LogProbTolerance).Add(batch[$"entropies_{checkpoint}__{name}"], entropies);
        }
    }

    private static void Case(
        Recording recording,
        JsonElement constants,
        JsonProperty entry,
        ScoredRows rows,
        TensorFile batch,
        TensorFile gradients,
        Tally tally
    )
    {
        using var scope = NewDisposeScope();
        using var policy = Load(recording, "policy");
        var settings = entry.Value.GetProperty("settings");
        var temperature = settings.TryGetProperty("temperature", out var given) ? given.GetDouble() : 1;
        var suffix = temperature == 1 ? "t1" : "t0_9";
        var options = GrpoSettings.Options(settings, skipped: "temperature");
        var (logps, entropies) = rows.Score(policy, temperature);
        var inputs = new LossInputs(logps, rows.Mask, batch["advantages"])
        {
            OldLogProbs = batch[$"logps_old__{suffix}"],
            ReferenceLogProbs = batch[$"logps_initial__{suffix}"],
            Entropies = entropies,
        };
        var normaliser = LossNormaliser.Trl(
            constants.Number("num_items_in_batch"),
            rows.Batch.Rows,
            1,
            1,
            constants.Integer("max_completion_length")
        );
        var (loss, figures) = new GrpoLoss(options).Compute(inputs, normaliser);
        loss.backward();
        tally.Of("loss", 1e-5).Add(entry.Value.Number("loss"), figures.Loss);
        foreach (var metric in entry.Value.GetProperty("metrics").EnumerateObject())
            if (GrpoSettings.Metric(metric.Name, figures, options) is { } found)
                tally.Of(metric.Name, LogProbTolerance).Add(metric.Value.Number(), found);
            else
                tally.Fail($"grpo/vision: metric {metric.Name}: nothing compares it");
        Gradients(entry, policy, gradients, tally);
    }

    private static void Gradients(JsonProperty entry, Policy policy, TensorFile gradients, Tally tally)
    {
        var total = entry.Value.Number("gradient_norm");
        var norm = Training.Gradients.Norm(policy.NamedParameters);
        tally.Of("gradient_norm (relative)", GradientTolerance).Add(total, norm, total);
        var norms = entry.Value.GetProperty("gradient_norms");
        foreach (var (name, parameter) in policy.NamedParameters)
        {
            var found = parameter.grad ?? zeros_like(parameter);
            var wanted = norms.Number(name);
            tally
                .Of("gradient_norms (relative)", GradientTolerance)
                .Add(wanted, found.norm().item<float>(), Math.Max(wanted, 1e-6));
            if (gradients.Has($"{entry.Name}__{name}"))
            {
                var whole = gradients[$"{entry.Name}__{name}"];
                tally
                    .Of("gradients (relative to largest)", GradientTolerance)
                    .Add(whole, found, scale: whole.abs().max().item<float>());
            }
        }
    }
}
