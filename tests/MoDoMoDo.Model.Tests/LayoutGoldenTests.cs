using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>
/// The three layouts of a checkpoint (goldens/models/README.md "Layouts of a checkpoint") and 16-bit weights, whose
/// deviation from the 32-bit model has the bounds of section "bf16".
/// </summary>
public class LayoutGoldenTests
{
    [Fact]
    public void ShardsAndModuleNames_HoldTheSameModel()
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase("qwen2_vl_tied", "one_image");
        using var hub = Policy.Load(Goldens.ModelFolder("qwen2_vl_tied_hub"));
        using var modules = Policy.Load(Goldens.ModelFolder("qwen2_vl_tied_bf16"));
        Assert.True(hub.Forward(golden.Batch).equal(modules.Forward(golden.Batch)).all().item<bool>());
    }

    [Fact]
    public void SixteenBits_StayCloseToThirtyTwo()
    {
        using var scope = NewDisposeScope();
        var device = ComputeDevice.Parse("cpu", "bf16");
        using var policy = Policy.Load(Goldens.ModelFolder("qwen2_vl_tied_bf16"), device);
        var deviations = new List<Tensor>();
        foreach (var name in new[] { "text_only", "one_image", "two_images", "batch_left" })
        {
            using var golden = new GoldenCase("qwen2_vl_tied", name);
            using var gradients = no_grad();
            var difference = (policy.Forward(golden.Batch).to(ScalarType.Float32) - golden.Read("logits")).abs();
            deviations.Add(difference.masked_select(golden.Real(false).to(ScalarType.Bool).unsqueeze(-1)));
        }
        var all = cat(deviations).sort().Values.data<float>().ToArray();
        Assert.InRange(all.Average(), 0, 0.05);
        Assert.InRange(all[(int)(0.99 * all.Length)], 0, 0.5);
        Assert.InRange(all[^1], 0, 1);
    }

    [Fact]
    public void SixteenBits_GenerateWithACache()
    {
        using var golden = new GoldenCase("qwen2_vl_tied", "batch_left");
        using var policy = Policy.Load(Goldens.ModelFolder("qwen2_vl_tied_bf16"), ComputeDevice.Parse("cpu", "bf16"));
        var options = new GenerationOptions { MaxNewTokens = 5, EndTokens = [] };
        var completions = policy.Generate(golden.Prompts(policy.Config.ImageToken), 2, options);
        Assert.All(completions.SelectMany(c => c), c => Assert.All(c.LogProbs, p => Assert.InRange(p, -40, 0)));
    }
}
