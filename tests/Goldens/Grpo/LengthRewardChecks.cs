using System.Text.Json;
using MoDoMoDo.Verifiers;

namespace MoDoMoDo.Goldens.Grpo;

/// <summary>grpo/completions/rewards: TRL's rewards of format, length and repetition.</summary>
internal static class LengthRewardChecks
{
    private const double Tolerance = 1e-12;

    public static void Run(Recording recording, Tally tally)
    {
        var think = Formats.byName("trl_think");
        foreach (var reward in recording.Json("grpo/completions/rewards.json").EnumerateObject())
        foreach (var row in reward.Value.EnumerateArray())
        {
            double? found = reward.Name switch
            {
                "think_format" => think.Invoke(row.GetProperty("text").GetString()!),
                "soft_overlong" => Length.softOverlong(
                    row.Integer("max_completion_len"),
                    row.Integer("soft_punish_cache"),
                    row.Integer("length")
                ),
                "repetition_penalty" => Length.repetition(
                    row.Integer("ngram_size"),
                    row.Number("max_penalty"),
                    row.GetProperty("completion_ids").Integers()
                ),
                "cosine_scaled" => Cosine(row),
                _ => null,
            };
            if (found is { } value)
                tally.Of(reward.Name, Tolerance).Add(row.Number("reward"), value);
            else
                tally.Fail($"grpo/completions: reward {reward.Name}: nothing compares it");
        }
    }

    /// <summary>NaN where the gold could not be read: such an answer is not rewarded at all.</summary>
    private static double Cosine(JsonElement row)
    {
        var correct = row.Number("correct");
        var range = new Length.CosineRange(
            row.Number("min_value_wrong"),
            row.Number("max_value_wrong"),
            row.Number("min_value_correct"),
            row.Number("max_value_correct")
        );
        return double.IsNaN(correct)
            ? double.NaN
            : Length.cosine(range, row.Integer("max_len"), correct == 1, row.Integer("length"));
    }
}
