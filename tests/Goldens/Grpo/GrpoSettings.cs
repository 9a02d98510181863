using System.Text.Json;
using MoDoMoDo.Training;

namespace MoDoMoDo.Goldens.Grpo;

/// <summary>TRL's names of settings and metrics.</summary>
internal static class GrpoSettings
{
    /// <summary>The options that differ from TRL's defaults as recorded; what is no option of a loss is skipped by name.</summary>
    /// <exception cref="InvalidDataException">A setting that nothing knows.</exception>
    public static GrpoOptions Options(JsonElement settings, params string[] skipped) =>
        settings
            .EnumerateObject()
            .Where(setting => !skipped.Contains(setting.Name))
            .Aggregate(new GrpoOptions(), (options, setting) => With(options, setting.Name, setting.Value));

    private static GrpoOptions With(GrpoOptions options, string name, JsonElement value) =>
        name switch
        {
            "loss_type" => options with { Loss = Parse<LossType>(value) },
            "importance_sampling_level" => options with { ImportanceLevel = Parse<ImportanceLevel>(value) },
            "beta" => options with { Beta = value.GetDouble() },
            "use_bias_correction_kl" => options with { BiasCorrectedKl = value.GetBoolean() },
            // TRL's upper bound is the lower one's unless it is given, which then comes after it.
            "epsilon" => options with { EpsilonLow = value.GetDouble(), EpsilonHigh = value.GetDouble() },
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
            _ => throw new InvalidDataException($"setting {name}: nothing knows it"),
        };

    /// <summary>An enumeration's member by TRL's name: dr_grpo is DrGrpo.</summary>
    public static T Parse<T>(JsonElement value)
        where T : struct, Enum => Enum.Parse<T>(value.GetString()!.Replace("_", ""), ignoreCase: true);

    /// <summary>Our figure for a logged metric; null for one that nothing compares.</summary>
    public static double? Metric(string name, LossFigures figures, GrpoOptions options) =>
        name switch
        {
            "kl" => figures.Kl,
            "entropy" => figures.Entropy,
            "clip_ratio/low_mean" => figures.Clip.Low,
            "clip_ratio/high_mean" or "cispo_clip_ratio" => figures.Clip.High,
            "clip_ratio/region_mean" => figures.Clip.Region,
            "clip_ratio/low_min" => OverRows(figures.Clip.LowMin),
            "clip_ratio/high_max" => OverRows(figures.Clip.HighMax),
            "vespo/phi_seq_mean" => figures.MeanWeight,
            "policy_loss" => figures.PolicyLoss,
            "entropy_coef" => options.EntropyCoefficient,
            _ => null,
        };

    /// <summary>Least or largest over rows; TRL logs NaN where no row has tokens, we hold an infinity there.</summary>
    private static double OverRows(double extreme) => double.IsInfinity(extreme) ? double.NaN : extreme;
}
