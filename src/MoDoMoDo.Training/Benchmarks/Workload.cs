using System.Text.Json;
using System.Text.Json.Nodes;
using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>A workload for speed and memory: an architecture with random weights, and the shape of a batch.</summary>
/// <param name="Name">Name of the file, without its extension.</param>
/// <param name="Config">The architecture.</param>
/// <param name="Prompts">Number of prompts.</param>
/// <param name="Generations">Completions a prompt.</param>
/// <param name="TextTokens">Random text tokens of a prompt.</param>
/// <param name="Grid">Patches (rows, columns) of a prompt's one image; null for none.</param>
/// <param name="NewTokens">Tokens of every completion.</param>
/// <param name="Dtype">fp32 or bf16.</param>
public sealed record Workload(
    string Name,
    PolicyConfig Config,
    int Prompts,
    int Generations,
    int TextTokens,
    ImageSize? Grid,
    int NewTokens,
    string Dtype
)
{
    /// <summary>Tokens that are sampled.</summary>
    public int SampledTokens => Prompts * Generations * NewTokens;

    /// <summary>The same workload with so many layers in the decoder, and as large a share of the tower's blocks.</summary>
    /// <param name="layers">1 to the decoder's own number.</param>
    public Workload OfLayers(int layers) =>
        this with
        {
            Config = Config with
            {
                Decoder = Config.Decoder with { Layers = layers },
                Tower = Config.Tower is { } tower
                    ? tower with
                    {
                        Depth = Math.Max(1, tower.Depth * layers / Config.Decoder.Layers),
                    }
                    : null,
            },
        };

    /// <summary>The workload in a file.</summary>
    /// <exception cref="InputException">The file is missing, is no JSON, or lacks a field.</exception>
    public static Workload Read(string file)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw Wrong("", "an object", null);
            return new Workload(
                Path.GetFileNameWithoutExtension(file),
                PolicyConfig.Parse(
                    json["config"] as JsonObject ?? throw Wrong("config", "an object", json["config"]),
                    file
                ),
                Number(json["prompts"], "prompts"),
                Number(json["generations"], "generations"),
                Number(json["prompt_text_tokens"], "prompt_text_tokens"),
                json["grid"] switch
                {
                    null => null,
                    JsonArray { Count: 3 } grid => new ImageSize(Number(grid[1], "grid"), Number(grid[2], "grid")),
                    var other => throw Wrong("grid", "[1, rows, columns] or null", other),
                },
                Number(json["new_tokens"], "new_tokens"),
                json["dtype"]?.ToString() switch
                {
                    "float32" => "fp32",
                    "bfloat16" => "bf16",
                    _ => throw Wrong("dtype", "float32 or bfloat16", json["dtype"]),
                }
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InputException(file, "", "a workload", error.Message.Split('\n')[0]);
        }

        InputException Wrong(string field, string wanted, JsonNode? found) =>
            new(file, field, wanted, found?.ToJsonString() ?? "nothing");

        int Number(JsonNode? node, string field) =>
            node is JsonValue value && value.TryGetValue<int>(out var number) && number > 0
                ? number
                : throw Wrong(field, "an integer of at least 1", node);
    }

    /// <summary>The policy with random weights.</summary>
    /// <param name="device">Where it lives; its precision is the workload's.</param>
    public Policy CreatePolicy(string device) =>
        Policy.Create(Config, null, 0, device: ComputeDevice.Parse(device, Dtype));

    /// <summary>Prompts of random tokens and random pixels, which are made into patches here, as a trainer does.</summary>
    /// <param name="policy">The workload's policy.</param>
    /// <param name="round">Number of the round: each has prompts of its own.</param>
    public EncodedPrompt[] Draw(Policy policy, int round)
    {
        var control = Config.ControlTokens.Concat(Config.EndTokens).ToHashSet();
        return Parallelism.Map(
            Enumerable.Range(0, Prompts).ToArray(),
            0,
            (prompt, _) =>
            {
                var stream = new RandomStream(Rng.OfSeed((ulong)round).Split((ulong)prompt));
                var text = new List<int>();
                while (text.Count < TextTokens)
                    if (stream.NextInt(Config.Decoder.VocabularySize) is var id && !control.Contains(id))
                        text.Add(id);
                if (Grid is not { } grid)
                    return new EncodedPrompt([.. text], []);
                var side = Config.Tower!.PatchSize;
                var pixels = new byte[3 * grid.Height * side * grid.Width * side];
                for (var i = 0; i < pixels.Length; i++)
                    pixels[i] = (byte)stream.NextInt(256);
                var image = policy.Images.Process(RgbImage.Create(grid.Width * side, grid.Height * side, pixels));
                int[] ids = [Config.VisionStartToken, Config.ImageToken, Config.VisionEndToken, .. text];
                return new EncodedPrompt(policy.Expand(ids, [image]), [image]);
            }
        );
    }
}
