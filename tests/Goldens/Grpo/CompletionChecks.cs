using System.Text.Json;
using MoDoMoDo.Training;

namespace MoDoMoDo.Goldens.Grpo;

/// <summary>grpo/completions/masks: where completions end, what is padded and masked, and their lengths.</summary>
internal static class CompletionChecks
{
    public static void Run(Recording recording, Tally tally)
    {
        var golden = recording.Json("grpo/completions/masks.json");
        var pad = golden.Integer("pad_token_id");
        var raw = golden.GetProperty("raw").Rows();
        var prompts = golden.GetProperty("prompts").Rows();
        foreach (var entry in golden.GetProperty("cases").EnumerateObject())
            Run(tally, entry.Value, raw, prompts, pad);
    }

    private static void Run(Tally tally, JsonElement wanted, int[][] raw, int[][] prompts, int pad)
    {
        var ends = wanted.GetProperty("effective_eos_token_ids").Integers().ToHashSet();
        var settings = wanted.GetProperty("settings");
        var multiple = settings.TryGetProperty("pad_to_multiple_of", out var of) ? of.GetInt32() : 1;
        var dropsTruncated = settings.TryGetProperty("mask_truncated_completions", out var drops) && drops.GetBoolean();
        var kept = raw.Select(row => CompletionRows.Cut(row, ends)).ToArray();
        var truncated = kept.Select(row => CompletionRows.IsTruncated(row, ends, pad)).ToArray();
        var counted = kept.Select((row, i) => dropsTruncated && truncated[i] ? 0 : row.Length).ToArray();

        var completionIds = CompletionRows.Padded(kept, pad, left: false, multiple);
        Exact("completion_ids", completionIds);
        Exact(
            "completion_mask",
            completionIds.Select((row, i) => row.Select((_, t) => t < counted[i] ? 1 : 0).ToArray())
        );
        var promptIds = CompletionRows.Padded(prompts, pad, left: true, multiple);
        Exact("prompt_ids", promptIds);
        Exact(
            "prompt_mask",
            promptIds.Select((row, i) => row.Select((_, t) => t < row.Length - prompts[i].Length ? 0 : 1).ToArray())
        );
        tally.Of("num_items_in_batch", 0).Add(wanted.Number("num_items_in_batch"), counted.Sum());

        var lengths = CompletionLengths.Of([.. kept.Select(row => row.Length)], truncated);
        foreach (var metric in wanted.GetProperty("metrics").EnumerateObject())
            Metric(metric, lengths, prompts.Sum(row => row.Length) + kept.Sum(row => row.Length));

        void Exact(string name, IEnumerable<int[]> found) =>
            tally
                .Of(name, 0)
                .AddEach(wanted.GetProperty(name).Rows().SelectMany(row => row), found.SelectMany(row => row));

        void Metric(JsonProperty metric, CompletionLengths of, int tokens)
        {
            double? found = metric.Name switch
            {
                "completions/mean_length" => of.Mean,
                "completions/min_length" => of.Min,
                "completions/max_length" => of.Max,
                "completions/clipped_ratio" => of.Truncated,
                "completions/mean_terminated_length" => of.MeanTerminated,
                "completions/min_terminated_length" => of.MinTerminated,
                "completions/max_terminated_length" => of.MaxTerminated,
                "num_tokens" => tokens,
                _ => null,
            };
            // The metrics are exact, but logged in fp32.
            if (found is { } value)
                tally.Of(metric.Name, 0).Add((float)metric.Value.Number(), (float)value);
            else
                tally.Fail($"grpo/completions: metric {metric.Name}: nothing compares it");
        }
    }
}
