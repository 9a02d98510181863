using System.Text.Json;
using System.Text.Json.Nodes;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>The architectures that config.json's model_type can name.</summary>
public enum PolicyFamily
{
    /// <summary>Text alone (model_type "qwen2").</summary>
    Qwen2,

    /// <summary>Full attention and LayerNorm in the tower (model_type "qwen2_vl").</summary>
    Qwen2VL,

    /// <summary>Window attention, RMSNorm and SwiGLU in the tower (model_type "qwen2_5_vl").</summary>
    Qwen25VL,
}

/// <summary>Sizes of the language model.</summary>
public sealed record DecoderConfig
{
    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Number of query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Number of key and value heads; divides Heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Inner width of the SwiGLU block.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Rows of the embedding.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Longest sequence that the model is made for.</summary>
    public int MaxPositions { get; init; } = 32768;

    /// <summary>Epsilon of the RMS norms.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Base of the rotary frequencies.</summary>
    public double RotaryBase { get; init; } = 10000;

    /// <summary>How many rotary frequencies follow the temporal, the height and the width position; the sum is half of HeadWidth.</summary>
    public required IReadOnlyList<int> RotarySections { get; init; }

    /// <summary>Width of one head.</summary>
    public int HeadWidth => HiddenSize / Heads;
}

/// <summary>Sizes of the vision tower.</summary>
public sealed record TowerConfig
{
    /// <summary>Number of blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Width of a patch's state.</summary>
    public required int Width { get; init; }

    /// <summary>Number of attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Inner width of the blocks' MLP.</summary>
    public required int MlpWidth { get; init; }

    /// <summary>Width of an image feature: the decoder's hidden size.</summary>
    public required int OutWidth { get; init; }

    /// <summary>Side of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary>Side, in patches, of the square that becomes one image token.</summary>
    public int MergeSize { get; init; } = 2;

    /// <summary>Frames in one patch; a still image is repeated.</summary>
    public int TemporalPatchSize { get; init; } = 2;

    /// <summary>Colour channels.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>RMS norms and gated MLPs in the blocks (Qwen2.5-VL); else layer norms and plain MLPs (Qwen2-VL).</summary>
    public bool Gated { get; init; }

    /// <summary>Side of an attention window in pixels; 0 = every block attends over the whole frame (Qwen2-VL).</summary>
    public int WindowSize { get; init; }

    /// <summary>Blocks that attend over the whole frame although there are windows.</summary>
    public IReadOnlyList<int> FullAttentionBlocks { get; init; } = [];

    /// <summary>Positions in a second of a video (Qwen2.5-VL). Still images do not depend on it; it is kept for others who read the config.</summary>
    public double TokensPerSecond { get; init; } = 4;

    /// <summary>Numbers in one patch.</summary>
    public int PatchLength => Channels * TemporalPatchSize * PatchSize * PatchSize;

    /// <summary>Width of one head.</summary>
    public int HeadWidth => Width / Heads;
}

/// <summary>
/// Everything that config.json says about a policy. Read from the nested form that transformers 5 writes, the flat form
/// of the published checkpoints, and the mixed form of late 4.x versions; written nested.
/// </summary>
public sealed partial record PolicyConfig
{
    /// <summary>The architecture.</summary>
    public required PolicyFamily Family { get; init; }

    /// <summary>The language model.</summary>
    public required DecoderConfig Decoder { get; init; }

    /// <summary>The vision tower; null for a text model.</summary>
    public TowerConfig? Tower { get; init; }

    /// <summary>True when the embedding is the output matrix too.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>Id of the image placeholder; -1 for a text model.</summary>
    public int ImageToken { get; init; } = -1;

    /// <summary>Id of the video placeholder; -1 for none.</summary>
    public int VideoToken { get; init; } = -1;

    /// <summary>Id written before an image; -1 for none.</summary>
    public int VisionStartToken { get; init; } = -1;

    /// <summary>Id written after an image; -1 for none.</summary>
    public int VisionEndToken { get; init; } = -1;

    /// <summary>Ids that end a completion.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>Id of padding; -1 for none.</summary>
    public int PadToken { get; init; } = -1;

    /// <summary>Id that begins a text; -1 for none.</summary>
    public int BeginToken { get; init; } = -1;

    /// <summary>Ids that generation never draws (unless they end a completion): image, video, vision start and end, padding and begin.</summary>
    public IReadOnlyList<int> ControlTokens =>
        [
            .. new[] { ImageToken, VideoToken, VisionStartToken, VisionEndToken, PadToken, BeginToken }
                .Where(id => id >= 0 && id < Decoder.VocabularySize && !EndTokens.Contains(id))
                .Distinct(),
        ];

    /// <summary>
    /// The config in a file, or in the config.json of a folder. Raises InputException when a value is missing, of the
    /// wrong type, impossible, or contradicts another.
    /// </summary>
    public static PolicyConfig Read(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, "config.json") : path;
        return new ConfigReader(file, JsonFile.ReadObject(file)).Read();
    }

    /// <summary>The config in a parsed JSON object; `source` names it in errors.</summary>
    public static PolicyConfig Parse(JsonObject json, string source) => new ConfigReader(source, json).Read();

    /// <summary>
    /// The small policy of the embedded world: about 0.4 million parameters and its words, patches of 8 pixels, one tower block.
    /// Rotary base 100 because positions stay below 100.
    /// </summary>
    public static PolicyConfig Small(Tokenizer tokenizer) =>
        new()
        {
            Family = PolicyFamily.Qwen2VL,
            Decoder = new DecoderConfig
            {
                HiddenSize = 96,
                Layers = 3,
                Heads = 4,
                KeyValueHeads = 2,
                IntermediateSize = 192,
                VocabularySize = tokenizer.VocabularySize,
                MaxPositions = 4096,
                RotaryBase = 100,
                RotarySections = [4, 4, 4],
            },
            Tower = new TowerConfig
            {
                Depth = 1,
                Width = 64,
                Heads = 2,
                MlpWidth = 128,
                OutWidth = 96,
                PatchSize = 8,
            },
            TiedEmbeddings = true,
            ImageToken = tokenizer.IdOf("<|image_pad|>"),
            VideoToken = tokenizer.IdOf("<|video_pad|>"),
            VisionStartToken = tokenizer.IdOf("<|vision_start|>"),
            VisionEndToken = tokenizer.IdOf("<|vision_end|>"),
            EndTokens = [.. new[] { "</answer>", "<|im_end|>" }.Select(tokenizer.IdOf).Where(id => id >= 0)],
            PadToken = tokenizer.IdOf("<|endoftext|>"),
        };

    /// <summary>The config as transformers 5 writes it: nested, with rope_parameters. `dtype` is float32 or bfloat16.</summary>
    public JsonObject ToJson(string dtype)
    {
        var text = new JsonObject
        {
            ["hidden_act"] = "silu",
            ["hidden_size"] = Decoder.HiddenSize,
            ["intermediate_size"] = Decoder.IntermediateSize,
            ["max_position_embeddings"] = Decoder.MaxPositions,
            ["num_attention_heads"] = Decoder.Heads,
            ["num_hidden_layers"] = Decoder.Layers,
            ["num_key_value_heads"] = Decoder.KeyValueHeads,
            ["rms_norm_eps"] = Decoder.NormEpsilon,
            ["rope_parameters"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = Decoder.RotaryBase },
            ["vocab_size"] = Decoder.VocabularySize,
            ["use_sliding_window"] = false,
        };
        AddToken(text, "bos_token_id", BeginToken);
        AddToken(text, "pad_token_id", PadToken);
        if (EndTokens.Count == 1)
            text["eos_token_id"] = EndTokens[0];
        else if (EndTokens.Count > 1)
            text["eos_token_id"] = new JsonArray([.. EndTokens.Select(id => JsonValue.Create(id))]);

        if (Tower is not { } tower)
        {
            text["architectures"] = new JsonArray("Qwen2ForCausalLM");
            text["model_type"] = "qwen2";
            text["dtype"] = dtype;
            text["tie_word_embeddings"] = TiedEmbeddings;
            return text;
        }

        var newer = Family == PolicyFamily.Qwen25VL;
        var type = newer ? "qwen2_5_vl" : "qwen2_vl";
        text["model_type"] = type + "_text";
        text["rope_parameters"]!["mrope_section"] = ToArray(Decoder.RotarySections);
        var vision = new JsonObject
        {
            ["model_type"] = type + "_vision",
            ["depth"] = tower.Depth,
            ["in_channels"] = tower.Channels,
            ["num_heads"] = tower.Heads,
            ["patch_size"] = tower.PatchSize,
            ["spatial_merge_size"] = tower.MergeSize,
            ["temporal_patch_size"] = tower.TemporalPatchSize,
        };
        if (newer)
        {
            vision["hidden_act"] = "silu";
            vision["hidden_size"] = tower.Width;
            vision["out_hidden_size"] = tower.OutWidth;
            vision["intermediate_size"] = tower.MlpWidth;
            vision["window_size"] = tower.WindowSize;
            vision["fullatt_block_indexes"] = ToArray(tower.FullAttentionBlocks);
            vision["tokens_per_second"] = tower.TokensPerSecond;
        }
        else
        {
            vision["hidden_act"] = "quick_gelu";
            vision["embed_dim"] = tower.Width;
            vision["hidden_size"] = tower.OutWidth;
            vision["mlp_ratio"] = (double)tower.MlpWidth / tower.Width;
        }

        var root = new JsonObject
        {
            ["architectures"] = new JsonArray(
                newer ? "Qwen2_5_VLForConditionalGeneration" : "Qwen2VLForConditionalGeneration"
            ),
            ["dtype"] = dtype,
            ["model_type"] = type,
            ["text_config"] = text,
            ["tie_word_embeddings"] = TiedEmbeddings,
            ["vision_config"] = vision,
        };
        AddToken(root, "image_token_id", ImageToken);
        AddToken(root, "video_token_id", VideoToken);
        AddToken(root, "vision_start_token_id", VisionStartToken);
        AddToken(root, "vision_end_token_id", VisionEndToken);
        return root;
    }

    private static void AddToken(JsonObject json, string key, int id)
    {
        if (id >= 0)
            json[key] = id;
    }

    private static JsonArray ToArray(IEnumerable<int> values) => new([.. values.Select(v => JsonValue.Create(v))]);
}
