using System.Text.Json.Nodes;
using MoDoMoDo.Domain;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

public sealed partial class Policy
{
    /// <summary>
    /// The policy in a folder in Hugging Face layout: config.json and model.safetensors or its shards; tokenizer,
    /// preprocessor_config.json and generation_config.json where they are there. Raises InputException when a file is
    /// missing or corrupt, or when tensors are missing, surplus or of another shape. The bounds on an image's area in pixels
    /// take the place of the checkpoint's own where they are given.
    /// </summary>
    public static Policy Load(
        string folder,
        ComputeDevice? device = null,
        int? minPixels = null,
        int? maxPixels = null
    ) => Load(folder, device ?? ComputeDevice.Cpu, minPixels, maxPixels, outline: false);

    /// <summary>
    /// As <see cref="Load(string, ComputeDevice, int?, int?)"/>, and raises the same errors, but reads no weight: prompts can
    /// be encoded and parameters counted, nothing computed. Costs next to no memory.
    /// </summary>
    public static Policy Outline(
        string folder,
        ComputeDevice? device = null,
        int? minPixels = null,
        int? maxPixels = null
    ) => Load(folder, device ?? ComputeDevice.Cpu, minPixels, maxPixels, outline: true);

    private static Policy Load(string folder, ComputeDevice where, int? minPixels, int? maxPixels, bool outline)
    {
        var config = WithGenerationTokens(PolicyConfig.Read(folder), folder);
        var tokenizer = Tokenizer.IsIn(folder) ? Tokenizer.Load(folder) : null;
        var images = ImageProcessor.IsIn(folder) ? ImageProcessor.Load(folder) : DefaultProcessor(config.Tower);
        CheckAgreement(folder, config.Tower, images);
        images = images.Within(minPixels, maxPixels);
        using var checkpoint = new Checkpoint(folder, config.Family);
        checkpoint.Check(ParameterList.Of(config), config.TiedEmbeddings);
        return new Policy(
            config,
            tokenizer,
            images,
            where,
            spec =>
                outline
                    ? ComputeDevice.Hollow(spec.Shape, where.Dtype)
                    : checkpoint.Read(spec.Name, where.Dtype).to(where.Device)
        );
    }

    /// <summary>
    /// A new policy: biases 0, norms 1, matrices uniform within 1 / sqrt(fan in), embedding normal with deviation
    /// 1 / sqrt(H), products into the residual stream scaled by 1 / sqrt(2 layers). The same seed gives the same weights.
    /// </summary>
    public static Policy Create(
        PolicyConfig config,
        Tokenizer? tokenizer,
        ulong seed,
        ImageProcessor? images = null,
        ComputeDevice? device = null
    )
    {
        var where = device ?? ComputeDevice.Cpu;
        return new Policy(
            config,
            tokenizer,
            images,
            where,
            spec => Parameters.Draw(spec, seed).to(where.Dtype).to(where.Device)
        );
    }

    /// <summary>Largest file of weights that is written when nothing else is said: that of the published checkpoints.</summary>
    public const long ShardBytes = 4_000_000_000;

    /// <summary>
    /// Writes a folder that transformers loads without a missing key: config.json, generation_config.json, the weights in
    /// files of at most `shardBytes` bytes, tokenizer and preprocessor_config.json; with an adapter its products are added to
    /// the weights, and it stands beside them in adapter/. The folder appears whole or not at all; a checkpoint of that name
    /// is replaced when the new one is whole. Raises InputException when the folder holds anything else, WorkException when
    /// the disk is too small.
    /// </summary>
    public void Save(string folder, long shardBytes = ShardBytes)
    {
        var replaceable =
            !Directory.Exists(folder)
            || File.Exists(Path.Combine(folder, "config.json"))
            || !Directory.EnumerateFileSystemEntries(folder).Any();
        if (!replaceable)
            throw new InputException(folder, "", "a new folder, an empty one or a checkpoint", "other files");
        AtomicFolder.Write(folder, temporary => Write(temporary, shardBytes), SavedBytes);
    }

    /// <summary>About how many bytes <see cref="Save"/> writes.</summary>
    public long SavedBytes =>
        NamedParameters.Concat(Adapter?.NamedParameters ?? []).Sum(p => p.Value.numel() * p.Value.element_size())
        + (16 << 20);

    /// <summary>Writes the files of <see cref="Save"/> into a folder that is there, one after the other.</summary>
    public void Write(string folder, long shardBytes = ShardBytes)
    {
        JsonFile.Write(Path.Combine(folder, "config.json"), Config.ToJson(DtypeName(Device.Dtype)));
        var generation = new JsonObject { ["_from_model_config"] = true };
        if (Config.EndTokens.Count > 0)
            generation["eos_token_id"] = new JsonArray([.. Config.EndTokens.Select(id => JsonValue.Create(id))]);
        if (Config.PadToken >= 0)
            generation["pad_token_id"] = Config.PadToken;
        JsonFile.Write(Path.Combine(folder, "generation_config.json"), generation);
        tokenizer?.Save(folder);
        if (Config.Tower is not null)
            Images.Save(folder);
        SafeTensorsWriter.WriteSharded(folder, [.. NamedParameters.Select(p => Source(p.Key, p.Value))], shardBytes);
        if (Adapter is not null)
            SaveAdapter(Path.Combine(folder, AdapterFolder));
    }

    /// <summary>The processor must cut what the tower reads.</summary>
    private static void CheckAgreement(string folder, TowerConfig? tower, ImageProcessor images)
    {
        if (tower is null)
            return;
        foreach (
            var (key, wanted, found) in new[]
            {
                ("patch_size", tower.PatchSize, images.PatchSize),
                ("merge_size", tower.MergeSize, images.MergeSize),
                ("temporal_patch_size", tower.TemporalPatchSize, images.TemporalPatchSize),
            }
        )
            if (wanted != found)
                throw new InputException(folder, key, $"{wanted}, as in config.json", $"{found} for the processor");
    }

    /// <summary>Folder of the adapter beside the merged weights.</summary>
    public const string AdapterFolder = "adapter";

    private TensorSource Source(string name, Tensor parameter) =>
        new(
            NameMap.ToDisk(name, Config.Family),
            parameter.dtype,
            parameter.shape,
            () =>
            {
                using var still = no_grad();
                return parameters.Adapted(name).alias();
            }
        );

    /// <summary>Published checkpoints name all their end tokens in generation_config.json alone.</summary>
    private static PolicyConfig WithGenerationTokens(PolicyConfig config, string folder)
    {
        var file = Path.Combine(folder, "generation_config.json");
        if (!File.Exists(file))
            return config;
        var json = JsonFile.ReadObject(file);
        int[] Ids(string key) =>
            (
                json[key] switch
                {
                    null => [],
                    JsonArray several => several.AsEnumerable(),
                    var one => [one],
                }
            )
                .Select(node =>
                    node is JsonValue v && v.TryGetValue(out int id) && id >= 0 && id < config.Decoder.VocabularySize
                        ? id
                        : throw new InputException(file, key, "ids of the vocabulary", node?.ToJsonString() ?? "null")
                )
                .ToArray();
        return config with
        {
            EndTokens = [.. config.EndTokens.Union(Ids("eos_token_id"))],
            PadToken = Ids("pad_token_id") is [var pad] ? pad : config.PadToken,
        };
    }

    private static string DtypeName(ScalarType type) =>
        type switch
        {
            ScalarType.BFloat16 => "bfloat16",
            ScalarType.Float64 => "float64",
            _ => "float32",
        };
}
