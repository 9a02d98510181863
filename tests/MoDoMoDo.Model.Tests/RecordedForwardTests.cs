using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>What `modomodo forward` writes is what was recorded from transformers, under the same names.</summary>
public sealed class RecordedForwardTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("modomodo-forward");

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>The inputs of a recorded case in one file, some tensors changed or left out (null).</summary>
    private string Inputs(GoldenCase golden, params (string Name, Tensor? Value)[] changes)
    {
        var tensors = new Dictionary<string, Tensor>
        {
            ["input_ids"] = golden.Read("input_ids"),
            ["attention_mask"] = golden.Read("attention_mask"),
            ["something_else"] = ones(3),
        };
        if (golden.Batch.Images.Count > 0)
        {
            var patches = golden.Batch.Images.SelectMany(image => image.Patches).ToArray();
            tensors["pixel_values"] = tensor(patches).view(-1, 1176);
            tensors["image_grid_thw"] = golden.Read("image_grid_thw");
        }
        foreach (var (name, value) in changes)
            if (value is null)
                tensors.Remove(name);
            else
                tensors[name] = value;
        var file = Path.Combine(folder.FullName, $"{Guid.NewGuid()}.safetensors");
        SafeTensorsWriter.Write(file, [.. tensors]);
        return file;
    }

    [Theory]
    [InlineData("text_only")]
    [InlineData("one_image")]
    [InlineData("two_images")]
    [InlineData("batch_left")]
    [InlineData("batch_right")]
    public void EveryOutput_IsTheRecordedOne(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase("qwen2_vl_tied", name);
        using var policy = Policy.Load(Goldens.ModelFolder("qwen2_vl_tied"));
        var batch = RecordedInputs.Read(Inputs(golden), policy.Config);
        var wanted = RecordedForward.Names(policy.Config).Where(golden.Has).ToList();
        Assert.Contains("position_ids", wanted);
        foreach (var (output, found) in RecordedForward.Run(policy, batch, wanted))
        {
            var recorded = golden.Read(output);
            Assert.Equal(recorded.shape, found.shape);
            Assert.Equal(recorded.dtype, found.dtype);
            Assert.InRange((recorded - found).abs().max().to(ScalarType.Float32).item<float>(), 0, 5e-4);
        }
    }

    [Fact]
    public void SixteenBits_AreWrittenAsSuch_AndLogProbabilitiesInThirtyTwo()
    {
        using var golden = new GoldenCase("qwen2_vl_tied", "one_image");
        using var policy = Policy.Load(Goldens.ModelFolder("qwen2_vl_tied"), ComputeDevice.Parse("cpu", "bf16"));
        var file = Path.Combine(folder.FullName, "out.safetensors");
        RecordedForward.Write(policy, RecordedInputs.Read(Inputs(golden), policy.Config), ["logits", "logps"], file);
        using var reader = new SafeTensorsReader(file);
        Assert.Equal([ScalarType.BFloat16, ScalarType.Float32], reader.Entries.Select(e => e.Dtype));
    }

    [Fact]
    public void InputsThatDoNotFit_AreNamed()
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase("qwen2_vl_tied", "one_image");
        var config = PolicyConfig.Read(Goldens.ModelFolder("qwen2_vl_tied"));
        var ids = golden.Read("input_ids");
        foreach (
            var (field, change) in new (string, (string, Tensor?))[]
            {
                ("input_ids", ("input_ids", null)),
                ("input_ids", ("input_ids", ids.to(ScalarType.Float32))),
                ("input_ids", ("input_ids", ids[0])),
                ("input_ids", ("input_ids", ids + 100_000)),
                ("input_ids", ("input_ids", zeros_like(ids))),
                ("attention_mask", ("attention_mask", ids)),
                ("attention_mask", ("attention_mask", ones(1, 2, dtype: ScalarType.Int64))),
                ("pixel_values", ("pixel_values", null)),
                ("pixel_values", ("pixel_values", ones(3, 1176))),
                ("pixel_values", ("pixel_values", ones(4, 1175))),
                ("image_grid_thw", ("image_grid_thw", null)),
                ("image_grid_thw", ("image_grid_thw", tensor(new long[] { 1, 3, 4 }).view(1, 3))),
                ("image_grid_thw", ("image_grid_thw", tensor(new long[] { 1, -2, 4 }).view(1, 3))),
                ("pixel_values", ("image_grid_thw", tensor(new[] { 1L, 1L << 40, 1L << 40 }).view(1, 3))),
            }
        )
        {
            var file = Inputs(golden, change);
            var error = Assert.Throws<InputException>(() => RecordedInputs.Read(file, config));
            Assert.StartsWith($"{file}: {field}: wanted ", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A token that the mask hides, wherever it stands, changes nothing but the shape.</summary>
    [Fact]
    public void HiddenTokensInTheMiddle_ChangeNothing()
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase("qwen2_vl_tied", "two_images");
        using var policy = Policy.Load(Goldens.ModelFolder("qwen2_vl_tied"));
        var (ids, ones) = (golden.Read("input_ids"), golden.Read("attention_mask"));
        Tensor With(Tensor row, long value) =>
            cat([row.narrow(1, 0, 2), full(1, 3, value, ScalarType.Int64), row.narrow(1, 2, row.shape[1] - 2)], 1);
        var file = Inputs(golden, ("input_ids", With(ids, 7)), ("attention_mask", With(ones, 0)));
        var found = RecordedForward.Run(policy, RecordedInputs.Read(file, policy.Config), ["logits"])[0].Value;
        var without = cat([found.narrow(1, 0, 2), found.narrow(1, 5, ids.shape[1] - 2)], 1);
        Assert.InRange((without - golden.Read("logits")).abs().max().item<float>(), 0, 5e-4);
    }

    [Fact]
    public void OutputsThatThereAreNot_AreNamed()
    {
        using var golden = new GoldenCase("qwen2_vl_tied", "text_only");
        using var policy = Policy.Load(Goldens.ModelFolder("qwen2_vl_tied"));
        var batch = RecordedInputs.Read(Inputs(golden), policy.Config);
        foreach (var name in new[] { "logit", "hidden_layer_2", "image_features" })
        {
            var error = Assert.Throws<InputException>(() => RecordedForward.Run(policy, batch, [name]));
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        }
    }
}
