using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>Packing is exact: log-probabilities, entropies and gradients are those of one padded row for each completion.</summary>
public class LogProbTests
{
    private static readonly SmallPolicy.PixelSource Pixels = new();
    private const double Tolerance = 1e-5;

    private static CompletionGroup[] Groups(Policy policy, bool images = true) =>
        [
            new(
                policy.Encode(SmallPolicy.Ask(" red 3"), Pixels),
                [
                    [263, 264, 257],
                    [265],
                    [263, 263, 263, 266, 267, 257],
                ]
            ),
            new(
                policy.Encode(SmallPolicy.Ask("Which colour?", images ? [SmallPolicy.Picture(64, 64, 1)] : []), Pixels),
                [
                    [264, 257],
                    [],
                    [268, 257, 257, 263],
                ]
            ),
            new(
                policy.Encode(
                    SmallPolicy.Ask(
                        "Two?",
                        images ? [SmallPolicy.Picture(32, 64, 2), SmallPolicy.Picture(32, 32, 3)] : []
                    ),
                    Pixels
                ),
                [
                    [65, 66, 67, 257],
                ]
            ),
        ];

    /// <summary>The slow truth: each completion behind its own copy of the prompt, alone in its batch.</summary>
    private static (Tensor LogProbs, Tensor Entropies) Unpacked(
        Policy policy,
        CompletionGroup[] groups,
        double temperature
    )
    {
        var longest = groups.Max(g => g.Completions.Max(c => c.Length));
        var (logProbs, entropies) = (new List<Tensor>(), new List<Tensor>());
        foreach (var group in groups)
        foreach (var completion in group.Completions)
        {
            var (count, start) = (completion.Length, group.Prompt.Ids.Length - 1);
            var row = new EncodedPrompt([.. group.Prompt.Ids, .. completion], group.Prompt.Images);
            var logits = policy.Forward(TokenBatch.LeftPadded([row], 0))[0].narrow(0, start, count) / temperature;
            var distribution = logits.log_softmax(-1);
            var ids = tensor(Array.ConvertAll(completion, id => (long)id), count, 1);
            Tensor Padded(Tensor values) => nn.functional.pad(values, [0, longest - count]);
            logProbs.Add(Padded(distribution.gather(1, ids).squeeze(1)));
            entropies.Add(Padded(-(distribution.exp() * distribution).sum(-1)));
        }
        return (stack(logProbs), stack(entropies));
    }

    private static Dictionary<string, Tensor> Gradients(Policy policy, Tensor loss)
    {
        loss.backward();
        var result = policy
            .NamedParameters.Where(p => p.Value.grad is not null)
            .ToDictionary(p => p.Key, p => p.Value.grad!.clone());
        foreach (var (_, parameter) in policy.NamedParameters)
            parameter.grad?.zero_();
        return result;
    }

    private static void Close(Tensor a, Tensor b) => Assert.InRange((a - b).abs().max().item<float>(), 0, Tolerance);

    [Theory]
    [InlineData(PolicyFamily.Qwen2VL, 1.0)]
    [InlineData(PolicyFamily.Qwen2VL, 0.7)]
    [InlineData(PolicyFamily.Qwen25VL, 0.7)]
    public void SharedPrefix_EqualsRepeatedPrefix(PolicyFamily family, double temperature)
    {
        using var scope = NewDisposeScope();
        using var policy = SmallPolicy.Create(family: family);
        var groups = Groups(policy);
        var packed = policy.LogProbs(groups, temperature, EntropyMode.Gradient);
        var unpacked = Unpacked(policy, groups, temperature);
        Close(packed.LogProbs, unpacked.LogProbs);
        Close(packed.Entropies!, unpacked.Entropies);

        var weights = arange(packed.LogProbs.numel(), dtype: ScalarType.Float32).view(packed.LogProbs.shape).sin();
        Tensor Loss(Tensor logProbs, Tensor entropies) =>
            ((logProbs * weights).sum() + 0.3 * (entropies * weights).sum()) / 22;
        var a = Gradients(policy, Loss(packed.LogProbs, packed.Entropies!));
        var b = Gradients(policy, Loss(unpacked.LogProbs, unpacked.Entropies));
        Assert.Equal(policy.NamedParameters.Count, a.Count);
        Assert.All(a, p => Close(p.Value, b[p.Key]));
    }

    [Theory]
    [InlineData(PolicyFamily.Qwen2VL)]
    [InlineData(PolicyFamily.Qwen25VL)]
    public void GroupsTogether_EqualGroupsOneByOne(PolicyFamily family)
    {
        using var scope = NewDisposeScope();
        using var policy = SmallPolicy.Create(family: family);
        var groups = Groups(policy);
        var together = policy.LogProbs(groups).LogProbs;
        var row = 0;
        foreach (var group in groups)
        {
            var alone = policy.LogProbs([group]).LogProbs;
            Close(alone, together.narrow(0, row, alone.shape[0]).narrow(1, 0, alone.shape[1]));
            row += group.Completions.Count;
        }
    }

    [Fact]
    public void GivenFeatures_EqualRecomputedOnesAndFreezeTheTower()
    {
        using var scope = NewDisposeScope();
        using var policy = SmallPolicy.Create();
        policy.Train(name => !Policy.IsTower(name));
        var groups = Groups(policy);
        var features = policy.ImageFeatures([.. groups.SelectMany(g => g.Prompt.Images)]);
        Assert.False(features.requires_grad);
        var given = policy.LogProbs(groups, features: features).LogProbs;
        Close(policy.LogProbs(groups).LogProbs, given);
        var gradients = Gradients(policy, given.sum());
        Assert.DoesNotContain(gradients.Keys, Policy.IsTower);
        Assert.NotEmpty(gradients);
    }

    [Fact]
    public void Entropies_HaveNoGradientUnlessAskedFor()
    {
        using var scope = NewDisposeScope();
        using var policy = SmallPolicy.Create();
        Assert.False(policy.LogProbs(Groups(policy), entropy: EntropyMode.Value).Entropies!.requires_grad);
        Assert.True(policy.LogProbs(Groups(policy), entropy: EntropyMode.Gradient).Entropies!.requires_grad);
    }

    [Fact]
    public void GeneratedLogProbs_AreThoseOfTheTrainingPass()
    {
        using var scope = NewDisposeScope();
        using var policy = SmallPolicy.Create();
        var prompts = Groups(policy).Select(g => g.Prompt).ToArray();
        var sampling = new SamplingOptions { Temperature = 0.8, TopK = 40 };
        var completions = policy.Generate(
            prompts,
            4,
            new GenerationOptions
            {
                MaxNewTokens = 7,
                Sampling = sampling,
                Seed = 4,
            }
        );
        CompletionGroup[] groups =
        [
            .. prompts.Zip(completions, (p, cs) => new CompletionGroup(p, [.. cs.Select(c => c.Ids)])),
        ];
        var logProbs = policy.LogProbs(groups, temperature: 0.8).LogProbs;
        var row = 0;
        foreach (var completion in completions.SelectMany(c => c))
        {
            var found = logProbs[row++].narrow(0, 0, completion.Ids.Length).data<float>().ToArray();
            Assert.All(found.Zip(completion.LogProbs), p => Assert.Equal(p.First, p.Second, Tolerance));
        }
    }

    [Fact]
    public void TextAlone_EqualsTheLanguageModelAlone()
    {
        using var scope = NewDisposeScope();
        using var policy = SmallPolicy.Create();
        var groups = Groups(policy, images: false);
        var text = policy.Config with { Family = PolicyFamily.Qwen2, Tower = null, ImageToken = -1 };
        var weights = policy.NamedParameters.ToDictionary(
            p => p.Key.Replace("language_model.", "", StringComparison.Ordinal),
            p => (Tensor)p.Value
        );
        using var alone = Policy.Create(text, policy.Tokenizer, 1);
        using (no_grad())
            foreach (var (name, parameter) in alone.NamedParameters)
                parameter.copy_(weights[name]);
        Close(policy.LogProbs(groups).LogProbs, alone.LogProbs(groups).LogProbs);
    }

    [Fact]
    public void APass_LeavesNoTensorBehind()
    {
        using var policy = SmallPolicy.Create();
        var groups = Groups(policy);
        Step();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Step()
        {
            using var scope = NewDisposeScope();
            policy.LogProbs(groups, entropy: EntropyMode.Value).LogProbs.sum().backward();
        }
    }
}
