using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>Reads config.json in its three historical forms and checks every value that the model depends on.</summary>
internal sealed class ConfigReader(string file, JsonObject root)
{
    /// <summary>Far above any model, and low enough that no size of a tensor overflows.</summary>
    private const int LargestSize = 1 << 24;
    private const int MostLayers = 10_000;
    private const int LargestSide = 1024;

    internal PolicyConfig Read()
    {
        var family = RequiredText(root, "model_type") switch
        {
            "qwen2" => PolicyFamily.Qwen2,
            "qwen2_vl" => PolicyFamily.Qwen2VL,
            "qwen2_5_vl" => PolicyFamily.Qwen25VL,
            var other => throw Wrong("model_type", "qwen2, qwen2_vl or qwen2_5_vl", other),
        };
        var text = root["text_config"] as JsonObject ?? root;
        var decoder = ReadDecoder(text, family);
        var tower = family == PolicyFamily.Qwen2 ? null : ReadTower(family, decoder);

        return new PolicyConfig
        {
            Family = family,
            Decoder = decoder,
            Tower = tower,
            TiedEmbeddings = Flag(root, "tie_word_embeddings") ?? Flag(text, "tie_word_embeddings") ?? false,
            ImageToken = tower is null ? -1 : RequiredToken("image_token_id", text, decoder, 151655),
            VideoToken = Token("video_token_id", text, decoder, tower is null ? -1 : 151656),
            VisionStartToken = Token("vision_start_token_id", text, decoder, tower is null ? -1 : 151652),
            VisionEndToken = Token("vision_end_token_id", text, decoder, tower is null ? -1 : 151653),
            PadToken = Token("pad_token_id", text, decoder),
            BeginToken = Token("bos_token_id", text, decoder),
            EndTokens = ReadEndTokens(text, decoder),
        };
    }

    private DecoderConfig ReadDecoder(JsonObject text, PolicyFamily family)
    {
        var hidden = Size(text, "hidden_size");
        var heads = Size(text, "num_attention_heads");
        var keyValueHeads = OptionalSize(text, "num_key_value_heads") ?? heads;
        if (hidden % heads != 0 || hidden / heads % 2 != 0)
            throw Wrong(
                "num_attention_heads",
                $"a divisor of hidden_size {hidden} with an even head width",
                Show(heads)
            );
        if (heads % keyValueHeads != 0)
            throw Wrong("num_key_value_heads", $"a divisor of num_attention_heads {heads}", Show(keyValueHeads));
        var headWidth = hidden / heads;
        if (OptionalSize(text, "head_dim") is { } stated && stated != headWidth)
            throw Wrong("head_dim", $"hidden_size / num_attention_heads = {headWidth}", Show(stated));
        if (text["hidden_act"] is { } act && Shown(act) != "silu")
            throw Wrong("hidden_act", "silu", Shown(act));
        RefuseSlidingWindows(text, family);

        var rope = text["rope_parameters"] as JsonObject ?? text["rope_scaling"] as JsonObject;
        if ((rope?["rope_type"] ?? rope?["type"]) is { } kind && Shown(kind) is not ("default" or "mrope"))
            throw Wrong("rope_type", "default or mrope", Shown(kind));
        if (
            (rope?["partial_rotary_factor"] ?? text["partial_rotary_factor"]) is { } part
            && Shown(part) is not ("1" or "1.0")
        )
            throw Wrong("partial_rotary_factor", "1, all of a head turned", Shown(part));
        var sections = rope?["mrope_section"] is JsonArray given
            ? given.Select(s => Integer(s, "mrope_section")).ToArray()
            : [headWidth / 2];
        if (family != PolicyFamily.Qwen2 && rope?["mrope_section"] is null)
            throw Wrong("mrope_section", "two or three integers", "nothing");
        if (sections.Length > 3 || sections.Any(s => s < 0) || sections.Sum(s => (long)s) != headWidth / 2)
            throw Wrong(
                "mrope_section",
                $"at most three integers that sum to {headWidth / 2}",
                string.Join(", ", sections)
            );

        return new DecoderConfig
        {
            HiddenSize = hidden,
            Layers = Size(text, "num_hidden_layers", MostLayers),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            IntermediateSize = Size(text, "intermediate_size"),
            VocabularySize = Size(text, "vocab_size"),
            MaxPositions = OptionalSize(text, "max_position_embeddings", int.MaxValue) ?? 32768,
            NormEpsilon = Positive(text, "rms_norm_eps") ?? (family == PolicyFamily.Qwen2 ? 1e-6 : 1e-5),
            RotaryBase =
                (rope is null ? null : Positive(rope, "rope_theta"))
                ?? Positive(text, "rope_theta")
                ?? (family == PolicyFamily.Qwen2 ? 1e4 : 1e6),
            RotarySections = sections,
        };
    }

    /// <summary>Windows over the text are not built: layers beyond max_window_layers would have them where they are switched on.</summary>
    private void RefuseSlidingWindows(JsonObject text, PolicyFamily family)
    {
        var full = OptionalSize(text, "max_window_layers", int.MaxValue) ?? (family == PolicyFamily.Qwen2 ? 28 : 80);
        if (Flag(text, "use_sliding_window") == true && full < Size(text, "num_hidden_layers", MostLayers))
            throw Wrong("use_sliding_window", "false", "true");
        if (text["layer_types"] is JsonArray types && types.FirstOrDefault(IsWindowed) is { } windowed)
            throw Wrong("layer_types", "full_attention", windowed.ToJsonString());
    }

    private static bool IsWindowed(JsonNode? type) => type is null || Shown(type) != "full_attention";

    /// <summary>A text as it is, any other value as JSON on one line.</summary>
    private static string Shown(JsonNode node) =>
        node is JsonValue v && v.TryGetValue(out string? text) ? text : node.ToJsonString();

    /// <summary>The tower; what a file leaves out is the default of transformers' class, as in files that hold differences alone.</summary>
    private TowerConfig ReadTower(PolicyFamily family, DecoderConfig decoder)
    {
        var vision = root["vision_config"] as JsonObject ?? throw Wrong("vision_config", "an object", "nothing");
        var newer = family == PolicyFamily.Qwen25VL;
        var (widthKey, outKey) = newer ? ("hidden_size", "out_hidden_size") : ("embed_dim", "hidden_size");
        var width = OptionalSize(vision, widthKey) ?? (newer ? 3584 : 1280);
        var outWidth = OptionalSize(vision, outKey) ?? 3584;
        var heads = OptionalSize(vision, "num_heads") ?? 16;
        if (width % heads != 0 || width / heads % 4 != 0)
            throw Wrong(
                "vision_config.num_heads",
                $"a divisor of {widthKey} {width} with a head width divisible by 4",
                Show(heads)
            );
        if (outWidth != decoder.HiddenSize)
            throw Wrong($"vision_config.{outKey}", $"the decoder's hidden_size {decoder.HiddenSize}", Show(outWidth));
        var act = newer ? "silu" : "quick_gelu";
        if (vision["hidden_act"] is { } found && Shown(found) != act)
            throw Wrong("vision_config.hidden_act", act, Shown(found));

        var tower = new TowerConfig
        {
            Depth = OptionalSize(vision, "depth", MostLayers) ?? 32,
            Width = width,
            Heads = heads,
            OutWidth = outWidth,
            MlpWidth = newer
                ? OptionalSize(vision, "intermediate_size") ?? 3420
                : MlpWidth(width, Positive(vision, "mlp_ratio") ?? 4),
            PatchSize =
                OptionalSize(vision, "patch_size", LargestSide)
                ?? OptionalSize(vision, "spatial_patch_size", LargestSide)
                ?? 14,
            MergeSize = OptionalSize(vision, "spatial_merge_size", LargestSide) ?? 2,
            TemporalPatchSize = OptionalSize(vision, "temporal_patch_size", 64) ?? 2,
            Channels = OptionalSize(vision, "in_channels", 16) ?? OptionalSize(vision, "in_chans", 16) ?? 3,
        };
        return newer ? WithWindows(tower, vision) : tower;
    }

    private int MlpWidth(int width, double ratio) =>
        width * ratio is >= 1 and <= LargestSize and var product
            ? (int)product
            : throw Wrong("vision_config.mlp_ratio", $"at most {Show(LargestSize)} / {Show(width)}", $"{ratio}");

    private TowerConfig WithWindows(TowerConfig tower, JsonObject vision)
    {
        var window = OptionalSize(vision, "window_size", int.MaxValue) ?? 112;
        var cell = (long)tower.PatchSize * tower.MergeSize;
        if (window < cell)
            throw Wrong("vision_config.window_size", $"at least one image token, {cell} pixels", Show(window));
        // Blocks beyond the depth are in files of small models that kept the default; they mean nothing.
        var full = vision["fullatt_block_indexes"] switch
        {
            null => [7, 15, 23, 31],
            JsonArray blocks => blocks.Select(b => Integer(b, "fullatt_block_indexes")).ToArray(),
            var other => throw Wrong("vision_config.fullatt_block_indexes", "a list", other.ToJsonString()),
        };
        return tower with
        {
            Gated = true,
            WindowSize = window,
            FullAttentionBlocks = full,
            TokensPerSecond = Positive(vision, "tokens_per_second") ?? 4,
        };
    }

    private int[] ReadEndTokens(JsonObject text, DecoderConfig decoder) =>
        (text["eos_token_id"] ?? root["eos_token_id"]) switch
        {
            null => [],
            JsonArray several =>
            [
                .. several.Select(id => InVocabulary(Integer(id, "eos_token_id"), "eos_token_id", decoder)),
            ],
            var one => [InVocabulary(Integer(one, "eos_token_id"), "eos_token_id", decoder)],
        };

    /// <summary>A token's id; for one that is missing the library's default where the vocabulary has it, else -1.</summary>
    private int Token(string key, JsonObject text, DecoderConfig decoder, int missing = -1) =>
        (root[key] ?? text[key]) switch
        {
            null => missing < decoder.VocabularySize ? missing : -1,
            var id => InVocabulary(Integer(id, key), key, decoder),
        };

    private int RequiredToken(string key, JsonObject text, DecoderConfig decoder, int missing) =>
        Token(key, text, decoder, missing) is >= 0 and var id ? id : throw Wrong(key, "a token id", "nothing");

    private int InVocabulary(int id, string key, DecoderConfig decoder) =>
        id >= 0 && id < decoder.VocabularySize
            ? id
            : throw Wrong(key, $"an id below vocab_size {decoder.VocabularySize}", Show(id));

    private int Size(JsonObject json, string key, int most = LargestSize) =>
        OptionalSize(json, key, most) ?? throw Wrong(key, "a positive integer", "nothing");

    private int? OptionalSize(JsonObject json, string key, int most = LargestSize)
    {
        if (json[key] is not { } node)
            return null;
        var value = Integer(node, key);
        return value > 0 && value <= most ? value : throw Wrong(key, $"an integer from 1 to {Show(most)}", Show(value));
    }

    private int Integer(JsonNode? node, string key) =>
        node is JsonValue v && v.TryGetValue(out int i)
            ? i
            : throw Wrong(key, "an integer", node?.ToJsonString() ?? "null");

    private double? Positive(JsonObject json, string key)
    {
        if (json[key] is not { } node)
            return null;
        return node is JsonValue v && v.TryGetValue(out double d) && d > 0 && double.IsFinite(d)
            ? d
            : throw Wrong(key, "a positive number", node.ToJsonString());
    }

    private bool? Flag(JsonObject json, string key)
    {
        if (json[key] is not { } node)
            return null;
        return node is JsonValue v && v.TryGetValue(out bool b)
            ? b
            : throw Wrong(key, "true or false", node.ToJsonString());
    }

    private string RequiredText(JsonObject json, string key) =>
        json[key] is JsonValue v && v.TryGetValue(out string? s)
            ? s
            : throw Wrong(key, "a text", json[key]?.ToJsonString() ?? "nothing");

    private InputException Wrong(string field, string wanted, string found) => new(file, field, wanted, found);

    private static string Show(int value) => value.ToString(CultureInfo.InvariantCulture);
}
