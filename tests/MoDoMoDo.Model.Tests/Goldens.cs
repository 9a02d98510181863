using System.Text.Json.Nodes;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>
/// Numbers recorded from transformers 5.23.0 (goldens/models/README.md): a core beside the tests, all of them beside the
/// project. Tests that need more than the core are skipped by name where that folder is missing.
/// </summary>
internal static class Goldens
{
    internal static string Root { get; } = FindRoot();

    internal static string Core => Path.Combine(Root, "tests", "Goldens", "core", "models");

    /// <summary>A folder of models/ or processors/, in full.</summary>
    internal static string Shared(string folder)
    {
        var path = Path.Combine(Root, "..", "shared", folder);
        Assert.SkipUnless(Directory.Exists(path), $"../shared/{folder} is not there");
        return path;
    }

    /// <summary>The folder of a recorded model: the core's where it has one.</summary>
    internal static string ModelFolder(string model)
    {
        var core = Path.Combine(Core, model);
        return Directory.Exists(core) ? core : Path.Combine(Shared("goldens/models"), model);
    }

    internal static JsonObject Json(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();

    /// <summary>The recorded random images: int8 / 32.</summary>
    internal static EncodedImage Image(string name)
    {
        using var scope = NewDisposeScope();
        using var reader = new SafeTensorsReader(Path.Combine(Core, "images.safetensors"));
        var grid = Json(Path.Combine(Core, "images.json"))[name]!.AsArray().Select(n => (int)n!).ToArray();
        var patches = (reader.Read(name, ScalarType.Float32) / 32).data<float>().ToArray();
        return new EncodedImage(patches, grid[0], grid[1], grid[2]);
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MoDoMoDo.sln")))
            folder =
                Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no MoDoMoDo.sln above the tests");
        return folder;
    }
}

/// <summary>One recorded case of a model: inputs and expected outputs.</summary>
internal sealed class GoldenCase : IDisposable
{
    private readonly SafeTensorsReader reader;

    internal GoldenCase(string model, string name)
    {
        var folder = Goldens.ModelFolder(model);
        reader = new SafeTensorsReader(Path.Combine(folder, "cases", name + ".safetensors"));
        var about = Goldens.Json(Path.Combine(folder, "cases.json"));
        Names = [.. about["parameter_names"]!.AsArray().Select(n => (string)n!)];
        About = about["cases"]!.AsArray().First(c => (string)c!["name"]! == name)!.AsObject();
        var ids = Read("input_ids");
        Batch = new TokenBatch
        {
            Rows = (int)ids.shape[0],
            Columns = (int)ids.shape[1],
            Ids = Integers("input_ids"),
            Mask = [.. Integers("attention_mask").Select(m => m == 1)],
            Images = [.. About["images"]!.AsArray().Select(n => Goldens.Image((string)n!))],
        };
    }

    internal JsonObject About { get; }

    internal string[] Names { get; }

    internal TokenBatch Batch { get; }

    /// <summary>The real tokens of each row with the row's images.</summary>
    internal EncodedPrompt[] Prompts(int imageToken)
    {
        var taken = 0;
        return
        [
            .. Enumerable
                .Range(0, Batch.Rows)
                .Select(row =>
                {
                    var (first, count) = Batch.RealTokens(row);
                    var ids = Batch.Ids.AsSpan(row * Batch.Columns + first, count).ToArray();
                    var runs = ids.Where((id, i) => id == imageToken && ids[i - 1] != imageToken).Count();
                    taken += runs;
                    return new EncodedPrompt(ids, [.. Batch.Images.Skip(taken - runs).Take(runs)]);
                }),
        ];
    }

    internal bool Has(string name) => reader.Contains(name);

    internal Tensor Read(string name) => reader.Read(name);

    internal int[] Integers(string name)
    {
        using var tensor = reader.Read(name, ScalarType.Int32);
        return tensor.data<int>().ToArray();
    }

    /// <summary>The case's loss from its logits: - sum of weight * logp over completion tokens, over their number.</summary>
    internal Tensor Loss(Tensor logits)
    {
        var logps = LogProbs(logits, 1);
        var counted = Read("completion_mask").narrow(1, 1, Batch.Columns - 1);
        return -(logps * counted * Read("row_weights").unsqueeze(1)).sum() / counted.sum();
    }

    /// <summary>Log-probability of the next token [B, L-1].</summary>
    internal Tensor LogProbs(Tensor logits, double temperature)
    {
        var next = Read("input_ids").narrow(1, 1, Batch.Columns - 1).unsqueeze(2);
        return (logits.narrow(1, 0, Batch.Columns - 1) / temperature).log_softmax(-1).gather(2, next).squeeze(2);
    }

    /// <summary>1 where the batch has a real token [B, L]; for columns t that need t + 1 too [B, L-1].</summary>
    internal Tensor Real(bool withNext)
    {
        var mask = Read("attention_mask");
        return withNext ? mask.narrow(1, 0, Batch.Columns - 1) * mask.narrow(1, 1, Batch.Columns - 1) : mask;
    }

    public void Dispose() => reader.Dispose();
}
