using System.Text.Json.Nodes;
using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>An adapter on, off, merged, saved and read; peft's own numbers are compared in tests/Goldens.</summary>
public sealed class LoraTests : IDisposable
{
    private static readonly SmallPolicy.PixelSource Pixels = new();
    private readonly string folder = Directory.CreateTempSubdirectory("lora-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> Patterns() =>
        new(
            @".*language_model.*\.(q_proj|v_proj)",
            @".*\.(k_proj|up_proj)",
            @".*\.(o_proj|down_proj)",
            @".*visual.*\.(qkv|fc1)",
            "all-linear"
        );

    /// <summary>The small policy with an adapter whose B is not zero.</summary>
    internal static Policy Adapted(LoraConfig config, Policy? policy = null)
    {
        policy ??= SmallPolicy.Create();
        policy.AddAdapter(config, 5);
        using var still = no_grad();
        foreach (var (name, parameter) in policy.Adapter!.NamedParameters)
            if (name.EndsWith("lora_B.weight", StringComparison.Ordinal))
                parameter.copy_(
                    arange(parameter.numel(), dtype: ScalarType.Float32).sin().view(parameter.shape) * 0.05
                );
        return policy;
    }

    private static Tensor Logits(Policy policy)
    {
        using var still = no_grad();
        var encoded = policy.Encode(SmallPolicy.Ask("Is it red 3", SmallPolicy.Picture(64, 64, 3)), Pixels);
        return policy.Forward(TokenBatch.LeftPadded([encoded], policy.Config.PadToken));
    }

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().to(ScalarType.Float64).item<double>();

    [Fact]
    public void NewAdapter_ChangesNothing_AndIsAllThatTrains()
    {
        using var scope = NewDisposeScope();
        using var policy = SmallPolicy.Create();
        var before = Logits(policy);
        policy.AddAdapter(new LoraConfig { Rank = 2 }, 1);
        Assert.True(policy.Adapter!.IsZero);
        Assert.Equal(0, Distance(before, Logits(policy)));
        Assert.All(policy.Trainable, p => Assert.True(LoraAdapter.Owns(p.Key)));
        Assert.Equal(policy.Adapter.NamedParameters.Count, policy.Trainable.Count);
        Assert.All(policy.Trainable, p => Assert.True(policy.Decays(p.Key)));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void On_EqualsMerged_EqualsSavedAndRead_AndOffEqualsTheBase(string pattern)
    {
        using var scope = NewDisposeScope();
        using var plain = SmallPolicy.Create();
        var config = new LoraConfig { Rank = 3, Pattern = pattern };
        using var policy = Adapted(config);
        var (off, on) = (Logits(plain), Logits(policy));
        Assert.True(Distance(off, on) > 1e-2);
        using (policy.WithoutAdapter())
            Assert.Equal(0, Distance(off, Logits(policy)));

        policy.SaveAdapter(Path.Combine(folder, "adapter"));
        plain.LoadAdapter(Path.Combine(folder, "adapter"));
        Assert.Equal(0, Distance(on, Logits(plain)));
        policy.Save(Path.Combine(folder, "merged"));
        using var merged = Policy.Load(Path.Combine(folder, "merged"));
        Assert.InRange(Distance(on, Logits(merged)), 0, 1e-4);
        Assert.Equal(0, Distance(on, Logits(policy)));
        policy.MergeAdapter();
        Assert.Null(policy.Adapter);
        Assert.Equal(0, Distance(Logits(merged), Logits(policy)));
    }

    [Fact]
    public void In16Bits_WeightsAsTheyLie_GiveTheLogitsOfFusedOnes()
    {
        using var scope = NewDisposeScope();
        var bf16 = ComputeDevice.Cpu.With(ScalarType.BFloat16);
        using var exact = Adapted(new LoraConfig { Rank = 3 });
        exact.Save(Path.Combine(folder, "merged"));
        exact.SaveAdapter(Path.Combine(folder, "adapter"));
        using var start = SmallPolicy.Create();
        start.Save(Path.Combine(folder, "base"));
        using var policy = Policy.Load(Path.Combine(folder, "base"), bf16);
        policy.LoadAdapter(Path.Combine(folder, "adapter"));
        var asTheyLie = Logits(policy);
        Assert.Equal(ScalarType.BFloat16, asTheyLie.dtype);
        Assert.All(policy.Trainable, p => Assert.Equal(ScalarType.Float32, p.Value.dtype));
        policy.Train(_ => true); // with gradients, weights that train are copied
        var encoded = policy.Encode(SmallPolicy.Ask("Is it red 3", SmallPolicy.Picture(64, 64, 3)), Pixels);
        var fused = policy.Forward(TokenBatch.LeftPadded([encoded], policy.Config.PadToken)).detach();
        var scale = Logits(exact).std().item<float>();
        Assert.InRange(Distance(asTheyLie, fused), 0, 0.05 * scale);
        Assert.InRange(Distance(asTheyLie, Logits(exact)), 0, 0.2 * scale);
    }

    [Theory]
    [InlineData("use_dora", "true")]
    [InlineData("modules_to_save", "[\"lm_head\"]")]
    [InlineData("rank_pattern", "{\"q_proj\": 8}")]
    [InlineData("peft_type", "\"IA3\"")]
    [InlineData("r", "0")]
    [InlineData("target_modules", "[\"q_proy\"]")]
    [InlineData("target_modules", "\"(\"")]
    public void AdapterThatIsNotComputedHere_IsRefusedByName(string key, string value)
    {
        using var policy = Adapted(new LoraConfig { Rank = 2, Targets = ["q_proj"] });
        policy.SaveAdapter(folder + "/adapter");
        var file = Path.Combine(folder, "adapter", LoraConfig.FileName);
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        json[key] = JsonNode.Parse(value);
        File.WriteAllText(file, json.ToJsonString());
        var error = Assert.Throws<InputException>(() => policy.LoadAdapter(folder + "/adapter"));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AdapterOfAnotherRankOrLayers_IsRefusedByTensor()
    {
        using var policy = Adapted(new LoraConfig { Rank = 2, Targets = ["q_proj"] });
        policy.SaveAdapter(folder + "/adapter");
        new LoraConfig { Rank = 3, Targets = ["q_proj"] }.Write(folder + "/adapter");
        var rank = Assert.Throws<InputException>(() => policy.LoadAdapter(folder + "/adapter"));
        Assert.Contains("lora_A.weight [2, ", rank.Message, StringComparison.Ordinal);
        new LoraConfig { Rank = 2, Targets = ["q_proj", "v_proj"] }.Write(folder + "/adapter");
        var missing = Assert.Throws<InputException>(() => policy.LoadAdapter(folder + "/adapter"));
        Assert.Contains("v_proj", missing.Message, StringComparison.Ordinal);
    }
}
