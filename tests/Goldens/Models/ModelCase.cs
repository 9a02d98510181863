using System.Text.Json;
using MoDoMoDo.Model;
using TorchSharp;
using static TorchSharp.torch;

// B rows, L columns, V vocabulary.
namespace MoDoMoDo.Goldens.Models;

/// <summary>One recorded case of a model: a batch, and what the reference made of it.</summary>
internal sealed class ModelCase
{
    public ModelCase(Recording recording, string folder, string name, string file, IEnumerable<string> images)
    {
        Name = name;
        Tensors = recording.Tensors($"{folder}/{file}");
        var ids = Tensors["input_ids"]; // [B, L]
        Batch = new TokenBatch
        {
            Rows = (int)ids.shape[0],
            Columns = (int)ids.shape[1],
            Ids = ids.ToIntegers(),
            Mask = [.. Tensors["attention_mask"].ToIntegers().Select(m => m == 1)],
            Images = [.. images.Select(image => Images.Read(recording, image))],
        };
    }

    public string Name { get; }

    public TensorFile Tensors { get; }

    public TokenBatch Batch { get; }

    /// <summary>The cases of a model's cases.json, in order.</summary>
    public static IEnumerable<(ModelCase Case, JsonElement About)> All(Recording recording, string folder)
    {
        foreach (var about in recording.Json($"{folder}/cases.json").GetProperty("cases").EnumerateArray())
            yield return (Of(recording, folder, about), about);
    }

    /// <summary>The case of one name.</summary>
    public static ModelCase Named(Recording recording, string folder, string name) =>
        Of(
            recording,
            folder,
            recording
                .Json($"{folder}/cases.json")
                .GetProperty("cases")
                .EnumerateArray()
                .First(about => about.GetProperty("name").GetString() == name)
        );

    private static ModelCase Of(Recording recording, string folder, JsonElement about) =>
        new(
            recording,
            folder,
            about.GetProperty("name").GetString()!,
            about.GetProperty("file").GetString()!,
            about.GetProperty("images").EnumerateArray().Select(image => image.GetString()!)
        );

    /// <summary>Log-probability of each next token, [B, L - 1].</summary>
    public Tensor LogProbs(Tensor logits, double temperature)
    {
        var next = Tensors["input_ids"].narrow(1, 1, Batch.Columns - 1).unsqueeze(2);
        return (logits.narrow(1, 0, Batch.Columns - 1) / temperature).log_softmax(-1).gather(2, next).squeeze(2);
    }

    /// <summary>Entropy of each next token's distribution, nats, [B, L - 1].</summary>
    public Tensor Entropies(Tensor logits)
    {
        var distribution = logits.narrow(1, 0, Batch.Columns - 1).log_softmax(-1);
        return -(distribution.exp() * distribution).sum(-1);
    }

    /// <summary>- sum of row weight times log-probability over the completion tokens, by their number.</summary>
    public Tensor Loss(Tensor logits, Tensor rowWeights)
    {
        var counted = Tensors["completion_mask"].narrow(1, 1, Batch.Columns - 1);
        return -(LogProbs(logits, 1) * counted * rowWeights.unsqueeze(1)).sum() / counted.sum();
    }

    /// <summary>1 at real tokens, [B, L].</summary>
    public Tensor Real => Tensors["attention_mask"];

    /// <summary>1 where a token and the next one are real, [B, L - 1].</summary>
    public Tensor RealPairs => Real.narrow(1, 0, Batch.Columns - 1) * Real.narrow(1, 1, Batch.Columns - 1);
}

/// <summary>The recorded random images: int8 / 32.</summary>
internal static class Images
{
    /// <summary>models/images: every image fills its grid.</summary>
    public static void Run(Recording recording, Tally tally)
    {
        foreach (var image in recording.Json("models/images.json").EnumerateObject())
        {
            var patches = recording.Tensors("models/images.safetensors")[image.Name].shape[0];
            tally.Of("patches of the grid", 0).Add(image.Value.Integers().Aggregate((a, b) => a * b), patches);
        }
    }

    public static EncodedImage Read(Recording recording, string name)
    {
        using var scope = NewDisposeScope();
        var grid = recording.Json("models/images.json").GetProperty(name).Integers();
        var patches = recording.Tensors("models/images.safetensors")[name].to(ScalarType.Float32) / 32;
        return new EncodedImage(patches.data<float>().ToArray(), grid[0], grid[1], grid[2]);
    }
}

/// <summary>Whole numbers and numbers of tensors.</summary>
internal static class TensorValues
{
    public static int[] ToIntegers(this Tensor tensor)
    {
        using var whole = tensor.to(ScalarType.Int32);
        return whole.contiguous().data<int>().ToArray();
    }

    public static double[] ToNumbers(this Tensor tensor)
    {
        using var wide = tensor.detach().to(ScalarType.Float64);
        return wide.contiguous().data<double>().ToArray();
    }
}
