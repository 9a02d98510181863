using System.Text.Json.Nodes;

namespace MoDoMoDo.Training;

/// <summary>
/// What one optimiser step was made of and did: a line of metrics.jsonl. Dictionaries have a key for each domain with a
/// prompt in the step; a figure that is not finite is not written.
/// </summary>
public sealed record StepFigures
{
    /// <summary>Number of the step, counted from 1.</summary>
    public required int Step { get; init; }

    /// <summary>The loss that was differentiated, over the whole step.</summary>
    public required double Loss { get; init; }

    /// <summary>Mean reward, unscorable answers left out.</summary>
    public required IReadOnlyDictionary<string, double> Reward { get; init; }

    /// <summary>Mean of the verdicts' main part (accuracy, IoU ...), in [0, 1], unscorable answers left out.</summary>
    public required IReadOnlyDictionary<string, double> Accuracy { get; init; }

    /// <summary>Share of answers in which nothing could be read.</summary>
    public required IReadOnlyDictionary<string, double> NoAnswer { get; init; }

    /// <summary>Share of answers whose gold is at fault.</summary>
    public required IReadOnlyDictionary<string, double> Unscorable { get; init; }

    /// <summary>Share of answers that hit a verifier's limit.</summary>
    public required IReadOnlyDictionary<string, double> Refused { get; init; }

    /// <summary>Share of groups without signal.</summary>
    public required IReadOnlyDictionary<string, double> ZeroVariance { get; init; }

    /// <summary>Prompts in the step.</summary>
    public required IReadOnlyDictionary<string, double> Drawn { get; init; }

    /// <summary>Groups rolled out for the batch, those included that dynamic sampling replaced.</summary>
    public required IReadOnlyDictionary<string, double> Attempts { get; init; }

    /// <summary>
    /// Share of the loss's weights: the sum over a domain's active tokens of the absolute factor before the log-probability's
    /// gradient on the policy, |advantage| / normaliser. Directions may cancel, so it is not a share of the gradient's length.
    /// </summary>
    public required IReadOnlyDictionary<string, double> GradientShare { get; init; }

    /// <summary>Length of the gradient of each domain's part of the loss, where it was measured; else empty.</summary>
    public IReadOnlyDictionary<string, double> DomainGradientNorms { get; init; } = new Dictionary<string, double>();

    /// <summary>Mean of the advantages of all completions.</summary>
    public required double AdvantageMean { get; init; }

    /// <summary>Standard deviation of the advantages of all completions.</summary>
    public required double AdvantageDeviation { get; init; }

    /// <summary>Figures of the loss over the tokens that went through the pass.</summary>
    public required LossFigures Pass { get; init; }

    /// <summary>Length of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Lengths of the completions.</summary>
    public required CompletionLengths Lengths { get; init; }

    /// <summary>Tokens of all completions.</summary>
    public required int Tokens { get; init; }

    /// <summary>Whether the step was not taken because loss or gradient was not finite.</summary>
    public bool Skipped { get; init; }

    /// <summary>Seconds by stage.</summary>
    public required IReadOnlyDictionary<string, double> Timing { get; init; }

    /// <summary>The line of metrics.jsonl.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["step"] = Step };
        json.Put("loss", Loss);
        json.Put("reward", Reward);
        json.Put("accuracy", Accuracy);
        json.Put("no_answer", NoAnswer);
        json.Put("unscorable", Unscorable);
        json.Put("refused", Refused);
        json.Put(
            "advantage",
            [KeyValuePair.Create("mean", AdvantageMean), KeyValuePair.Create("sd", AdvantageDeviation)]
        );
        json.Put("zero_variance", ZeroVariance);
        json.Put("kl", Pass.Kl);
        json.Put("entropy", Pass.Entropy);
        json.Put("clip_low", Pass.Clip.Low);
        json.Put("clip_high", Pass.Clip.High);
        json.Put("grad_norm", GradientNorm);
        json.Put("lr", LearningRate);
        json["tokens"] = Tokens;
        json.Put("length", [KeyValuePair.Create("mean", Lengths.Mean), KeyValuePair.Create("max", Lengths.Max)]);
        json.Put("truncated", Lengths.Truncated);
        json.Put("drawn", Drawn);
        json.Put("attempts", Attempts);
        json.Put("grad_share", GradientShare);
        json.Put("grad_norm_by_domain", DomainGradientNorms);
        if (Skipped)
            json["skipped"] = true;
        json.Put("timing", Timing);
        return json;
    }
}
