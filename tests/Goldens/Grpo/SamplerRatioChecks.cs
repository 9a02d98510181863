using System.Text.Json;
using MoDoMoDo.Training;
using static TorchSharp.torch;

// B rows, T completion positions.
namespace MoDoMoDo.Goldens.Grpo;

/// <summary>grpo/sampler_mismatch: importance ratios for completions that another engine sampled.</summary>
internal static class SamplerRatioChecks
{
    private const double Tolerance = 1e-6;

    public static void Run(Recording recording, Tally tally)
    {
        using var scope = NewDisposeScope();
        var golden = recording.Json("grpo/sampler_mismatch/cases.json");
        var tensors = recording.Tensors("grpo/sampler_mismatch/tensors.safetensors");
        var old = tensors["old_logps"]; // [B, T]
        var mask = tensors["mask"].to(old.dtype); // [B, T]
        var sampling = Sampling(golden.GetProperty("sampling_logps"), old.shape); // [B, T]
        foreach (var entry in golden.GetProperty("cases").EnumerateObject())
        {
            var mode = GrpoSettings.Parse<SamplerCorrection>(entry.Value.GetProperty("mode"));
            var (ratios, figures) = SamplerRatio.Compute(
                old,
                sampling,
                mask,
                mode,
                Bound("clip_min"),
                Bound("clip_max")
            );
            var wanted = tensors[$"ratio__{entry.Name}"]; // [B, T] or [B, 1]
            // Relative: compared as quotients, a recorded 0 (masked) as it is.
            var divisor = where(wanted == 0, ones_like(wanted), wanted);
            tally.Of("ratio (relative)", Tolerance).Add(wanted / divisor, ratios / divisor);
            foreach (var metric in entry.Value.GetProperty("metrics").EnumerateObject())
                Metric(tally, metric, figures);

            double? Bound(string name) =>
                entry.Value.GetProperty(name) is { ValueKind: JsonValueKind.Number } bound ? bound.GetDouble() : null;
        }
    }

    private static Tensor Sampling(JsonElement rows, long[] shape)
    {
        var values = new float[shape[0], shape[1]];
        foreach (var (known, row) in rows.EnumerateArray().Select((list, row) => (list.Numbers(), row)))
            for (var t = 0; t < known.Length; t++)
                values[row, t] = (float)known[t];
        return tensor(values);
    }

    private static void Metric(Tally tally, JsonProperty metric, SamplerFigures figures)
    {
        double? found = metric.Name switch
        {
            "sampling/importance_sampling_ratio/mean" => figures.RatioMean,
            "sampling/importance_sampling_ratio/min" => figures.RatioMin,
            "sampling/importance_sampling_ratio/max" => figures.RatioMax,
            "sampling/sampling_logp_difference/mean" => figures.DifferenceMean,
            "sampling/sampling_logp_difference/max" => figures.DifferenceMax,
            _ => null,
        };
        var wanted = metric.Value.Number();
        if (found is { } value)
            tally.Of(metric.Name, Tolerance).Add(wanted, value, Math.Max(1e-300, Math.Abs(wanted)));
        else
            tally.Fail($"grpo/sampler_mismatch: metric {metric.Name}: nothing compares it");
    }
}
