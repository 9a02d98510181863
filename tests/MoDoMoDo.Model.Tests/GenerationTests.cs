using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

public class GenerationTests
{
    private static readonly SmallPolicy.PixelSource Pixels = new();

    private static EncodedPrompt[] Prompts(Policy policy) =>
        [
            policy.Encode(SmallPolicy.Ask(" red"), Pixels),
            policy.Encode(SmallPolicy.Ask("Which colour?", SmallPolicy.Picture(64, 64, 1)), Pixels),
            policy.Encode(
                SmallPolicy.Ask("How many are there?", SmallPolicy.Picture(32, 64, 2), SmallPolicy.Picture(32, 32, 3)),
                Pixels
            ),
        ];

    /// <summary>Logits [V] after a row of tokens, by a forward pass over all of it.</summary>
    private static Tensor Uncached(Policy policy, EncodedPrompt prompt, IEnumerable<int> continuation)
    {
        var whole = new EncodedPrompt([.. prompt.Ids, .. continuation], prompt.Images);
        return policy.Forward(TokenBatch.LeftPadded([whole], 0))[0, -1];
    }

    [Theory]
    [InlineData(PolicyFamily.Qwen2VL)]
    [InlineData(PolicyFamily.Qwen25VL)]
    public void Cached_EqualsUncached(PolicyFamily family)
    {
        using var scope = NewDisposeScope();
        using var policy = SmallPolicy.Create(family: family);
        var prompts = Prompts(policy);
        var steps = new List<Tensor>();
        var options = new GenerationOptions
        {
            MaxNewTokens = 6,
            EndTokens = [],
            Seed = 3,
        };
        var completions = policy.Generate(
            prompts,
            2,
            options,
            trace: logits => steps.Add(logits.clone().DetachFromDisposeScope())
        );
        for (var row = 0; row < 6; row++)
        for (var t = 0; t < 6; t++)
        {
            var completion = completions[row / 2][row % 2];
            var expected = Uncached(policy, prompts[row / 2], completion.Ids.Take(t));
            Assert.InRange((steps[t][row] - expected).abs().max().item<float>(), 0, 1e-5);
            var logProb = expected.log_softmax(-1)[completion.Ids[t]].item<float>();
            Assert.Equal(logProb, completion.LogProbs[t], 1e-5);
        }
        steps.ForEach(s => s.Dispose());
    }

    [Theory]
    [InlineData(PolicyFamily.Qwen2VL)]
    [InlineData(PolicyFamily.Qwen25VL)]
    public void ABatch_EqualsItsPromptsOneByOne(PolicyFamily family)
    {
        using var policy = SmallPolicy.Create(family: family);
        var prompts = Prompts(policy);
        var options = new GenerationOptions
        {
            MaxNewTokens = 8,
            Seed = 5,
            Step = 2,
        };
        var together = policy.Generate(prompts, 4, options);
        for (var p = 0; p < prompts.Length; p++)
        {
            var alone = policy.Generate([prompts[p]], 4, options, promptNumbers: [p]);
            Assert.Equal(together[p].Select(c => c.Ids), alone[0].Select(c => c.Ids));
        }
    }

    [Fact]
    public void FinishedRows_ChangeNothingForTheOthers()
    {
        using var policy = SmallPolicy.Create();
        var prompts = Prompts(policy);
        var all = new GenerationOptions
        {
            MaxNewTokens = 12,
            Seed = 9,
            EndTokens = [],
        };
        var whole = policy.Generate(prompts, 8, all).SelectMany(c => c).ToArray();
        var end = whole[0].Ids[2];
        var cut = policy.Generate(prompts, 8, all with { EndTokens = [end] }).SelectMany(c => c).ToArray();
        for (var row = 0; row < whole.Length; row++)
        {
            var stop = Array.IndexOf(whole[row].Ids, end);
            Assert.Equal(stop < 0 ? whole[row].Ids : whole[row].Ids[..(stop + 1)], cut[row].Ids);
        }
        Assert.InRange(cut[0].Ids.Length, 1, 3);
        Assert.Contains(cut, c => c.Ids.Length == 12);
    }

    [Fact]
    public void ControlTokens_AreNeverDrawn()
    {
        using var policy = SmallPolicy.Create();
        var hot = new SamplingOptions { Temperature = 100 };
        var options = new GenerationOptions
        {
            MaxNewTokens = 40,
            Sampling = hot,
            EndTokens = [],
        };
        var drawn = policy.Generate(Prompts(policy), 16, options).SelectMany(c => c).SelectMany(c => c.Ids).ToHashSet();
        Assert.True(drawn.Count > 200);
        Assert.DoesNotContain(drawn, policy.Config.ControlTokens.Contains);
    }

    [Fact]
    public void Draw_FollowsTheWeightsAndNeverTakesAZero()
    {
        using var scope = NewDisposeScope();
        const int n = 4000;
        var weights = tensor(new float[] { 0, 0.5f, 0, 0.25f, 0.25f, 0 }).unsqueeze(0).expand(n, 6);
        var uniforms = Enumerable
            .Range(0, n)
            .Select(i => i == 0 ? 1 - 1e-16 : Rng.TokenUniform(1, 0, 0, i, 0))
            .ToArray();
        var counts = TokenSampler.Draw(weights, uniforms).data<long>().ToArray().CountBy(id => id).ToDictionary();
        Assert.Equal([1, 3, 4], counts.Keys.Order());
        Assert.InRange(counts[1], n * 0.46, n * 0.54);
        Assert.InRange(counts[3], n * 0.21, n * 0.29);
    }

    [Fact]
    public void Generate_LeavesNoTensorBehind()
    {
        using var policy = SmallPolicy.Create();
        var prompts = Prompts(policy);
        var options = new GenerationOptions
        {
            MaxNewTokens = 6,
            Sampling = new SamplingOptions { TopK = 9, RepetitionPenalty = 1.1 },
        };
        policy.Generate(prompts, 3, options);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        policy.Generate(prompts, 3, options);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
