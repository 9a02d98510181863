using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>16-bit weights in the cached path; layouts and deviations of the uncached one are compared in tests/Goldens.</summary>
public class LayoutGoldenTests
{
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
