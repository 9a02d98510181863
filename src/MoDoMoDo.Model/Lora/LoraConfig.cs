using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>
/// Shape and place of a low-rank adapter (LoRA, Hu et al., arXiv 2106.09685): y = W x + b + Scaling * B (A x). Written and
/// read as peft's adapter_config.json (huggingface/peft 0.21, src/peft/tuners/lora/config.py).
/// </summary>
public sealed record LoraConfig
{
    /// <summary>File of the config in an adapter's folder.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>Layers that get an adapter when nothing else is said: all of the decoder's attention and MLP, none of the tower's.</summary>
    public const string DecoderLayers = @".*\.layers\.\d+\.(self_attn|mlp)\.(q|k|v|o|gate|up|down)_proj";

    /// <summary>Rank of the added product, at least 1; 16.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>Numerator of the scaling; 32.</summary>
    public double Alpha { get; init; } = 32;

    /// <summary>True: scaling alpha / sqrt(rank) (Kalajdzievski, arXiv 2312.03732); false: alpha / rank.</summary>
    public bool RankStabilised { get; init; }

    /// <summary>Names of layers, or ends of their module names after a dot; empty: the pattern decides.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>A regular expression that must match a whole module name, or "all-linear"; not used when there are targets.</summary>
    public string Pattern { get; init; } = DecoderLayers;

    /// <summary>Factor on B (A x).</summary>
    public double Scaling => RankStabilised ? Alpha / Math.Sqrt(Rank) : Alpha / Rank;

    /// <summary>Whether a linear layer of this module name gets an adapter.</summary>
    public bool Matches(string module) =>
        Targets.Count > 0
            ? Targets.Any(target => module == target || module.EndsWith("." + target, StringComparison.Ordinal))
            : Pattern == AllLinear || Expression(Pattern).IsMatch(module);

    private const string AllLinear = "all-linear";

    /// <summary>Settings of peft that change what is computed, with the values under which nothing does.</summary>
    private static readonly (string Key, string[] Neutral)[] Unsupported =
    [
        ("bias", ["none"]),
        ("use_dora", ["false"]),
        ("use_qalora", ["false"]),
        ("use_bdlora", ["false"]),
        ("fan_in_fan_out", ["false"]),
        ("lora_bias", ["false"]),
        ("modules_to_save", ["[]"]),
        ("rank_pattern", ["{}"]),
        ("alpha_pattern", ["{}"]),
        ("exclude_modules", ["[]"]),
        ("layers_to_transform", ["[]"]),
        ("layer_replication", ["[]"]),
        ("target_parameters", ["[]"]),
        ("trainable_token_indices", ["[]", "{}"]),
    ];

    /// <summary>
    /// The config in an adapter's folder. Raises InputException when it is missing, is no LoRA, or asks for something that
    /// this implementation does not compute.
    /// </summary>
    public static LoraConfig Read(string folder)
    {
        var file = Path.Combine(folder, FileName);
        var json = JsonFile.ReadObject(file);
        InputException Wrong(string key, string wanted) =>
            new(file, key, wanted, json[key]?.ToJsonString() ?? "nothing");

        if (json["peft_type"]?.ToString() != "LORA")
            throw Wrong("peft_type", "\"LORA\"");
        foreach (var (key, neutral) in Unsupported)
            if (
                json[key] is { } value
                && !neutral.Contains(value is JsonValue ? value.ToString() : value.ToJsonString())
            )
                throw Wrong(key, $"{neutral[0]} or null");
        var targets = json["target_modules"];
        return new LoraConfig
        {
            Rank =
                json["r"] is JsonValue r && r.TryGetValue(out int rank) && rank > 0
                    ? rank
                    : throw Wrong("r", "an integer of at least 1"),
            Alpha =
                json["lora_alpha"] is JsonValue a && a.TryGetValue(out double alpha) && double.IsFinite(alpha)
                    ? alpha
                    : throw Wrong("lora_alpha", "a number"),
            RankStabilised = json["use_rslora"]?.GetValueKind() == JsonValueKind.True,
            Targets = targets is JsonArray list ? [.. list.Select(name => name?.ToString() ?? "")] : [],
            Pattern = targets switch
            {
                JsonValue pattern => pattern.ToString(),
                JsonArray { Count: > 0 } => DecoderLayers,
                _ => throw Wrong("target_modules", "a list of names or a pattern"),
            },
        };
    }

    internal void Write(string folder) =>
        JsonFile.Write(
            Path.Combine(folder, FileName),
            new JsonObject
            {
                ["base_model_name_or_path"] = null,
                ["bias"] = "none",
                ["fan_in_fan_out"] = false,
                ["inference_mode"] = true,
                ["init_lora_weights"] = true,
                ["lora_alpha"] = Alpha == Math.Floor(Alpha) ? (int)Alpha : Alpha,
                ["lora_dropout"] = 0.0,
                ["modules_to_save"] = null,
                ["peft_type"] = "LORA",
                ["r"] = Rank,
                ["target_modules"] =
                    Targets.Count > 0 ? new JsonArray([.. Targets.Select(name => JsonValue.Create(name))]) : Pattern,
                ["task_type"] = "CAUSAL_LM",
                ["use_dora"] = false,
                ["use_rslora"] = RankStabilised,
            }
        );

    /// <summary>The pattern, made to match whole names; one that takes too long, or is none, is the user's error.</summary>
    private static Regex Expression(string pattern)
    {
        try
        {
            return new Regex($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException error)
        {
            throw new InputException(
                "",
                "target_modules",
                "a regular expression",
                string.Create(CultureInfo.InvariantCulture, $"'{pattern}': {Strings.FirstLine(error.Message)}")
            );
        }
    }
}
