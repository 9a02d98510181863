using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>What is computed again gives the values and gradients of what is kept, with an adapter and without.</summary>
public class MemorySavingTests
{
    private const double Tolerance = 1e-5;
    private static readonly SmallPolicy.PixelSource Pixels = new();

    private static CompletionGroup[] Groups(Policy policy) =>
        [
            new(
                policy.Encode(SmallPolicy.Ask("Which colour?", SmallPolicy.Picture(64, 64, 1)), Pixels),
                [
                    [264, 257],
                    [],
                    [268, 257, 257, 263],
                ]
            ),
            new(
                policy.Encode(SmallPolicy.Ask(" red 3"), Pixels),
                [
                    [263, 264, 257],
                    [265],
                    [263, 263, 263, 266, 267, 257],
                ]
            ),
        ];

    private static Policy Create(bool lora) =>
        lora ? LoraTests.Adapted(new LoraConfig { Rank = 3 }) : SmallPolicy.Create();

    /// <summary>A loss that weighs every token and every entropy differently.</summary>
    private static Tensor Loss(TokenLogProbs scores)
    {
        var weights = arange(scores.LogProbs.numel(), dtype: ScalarType.Float32).view(scores.LogProbs.shape).sin();
        return ((scores.LogProbs * weights).sum() + 0.3 * (scores.Entropies! * weights).sum()) / 22;
    }

    private static Dictionary<string, Tensor> Gradients(Policy policy) =>
        policy.Trainable.Where(p => p.Value.grad is not null).ToDictionary(p => p.Key, p => p.Value.grad!.clone());

    public static TheoryData<int, bool, bool> Savings()
    {
        var data = new TheoryData<int, bool, bool>();
        foreach (var positions in new[] { 1, 4, 1000 })
        foreach (var recompute in new[] { false, true })
        foreach (var lora in new[] { false, true })
            data.Add(positions, recompute, lora);
        return data;
    }

    [Theory]
    [MemberData(nameof(Savings))]
    public void RecomputedPass_EqualsThePlainOne(int positions, bool recompute, bool lora)
    {
        using var scope = NewDisposeScope();
        using var plain = Create(lora);
        var kept = plain.LogProbs(Groups(plain), 0.7, EntropyMode.Gradient);
        Loss(kept).backward();

        using var saving = Create(lora);
        var pass = saving.BeginPass(
            Groups(saving),
            0.7,
            EntropyMode.Gradient,
            null,
            new MemorySaving { Positions = positions, RecomputeLayers = recompute }
        );
        Loss(pass.Result).backward();
        pass.Backward();

        Close(kept.LogProbs, pass.Result.LogProbs);
        Close(kept.Entropies!, pass.Result.Entropies!);
        var (wanted, found) = (Gradients(plain), Gradients(saving));
        Assert.Equal(plain.Trainable.Count, wanted.Count);
        Assert.Equal(wanted.Keys, found.Keys);
        Assert.All(wanted, p => Close(p.Value, found[p.Key]));
    }

    [Fact]
    public void SharedPrefix_EqualsRepeatedPrefix_WithAdapterAndRecomputing()
    {
        using var scope = NewDisposeScope();
        using var policy = Create(lora: true);
        var saving = new MemorySaving { Positions = 3, RecomputeLayers = true };
        var groups = Groups(policy);
        var tokens = groups.Sum(g => g.Completions.Sum(c => c.Length));
        var shared = policy.BeginPass(groups, 1, EntropyMode.None, null, saving);
        (shared.Result.LogProbs.sum() / tokens).backward();
        shared.Backward();
        var together = Gradients(policy);
        foreach (var (_, parameter) in policy.Trainable)
            parameter.grad!.zero_();

        var row = 0;
        foreach (var group in groups)
        foreach (var completion in group.Completions)
        {
            if (completion.Length > 0)
            {
                var alone = policy.LogProbs([group with { Completions = [completion] }]).LogProbs;
                Close(shared.Result.LogProbs[row].narrow(0, 0, completion.Length), alone[0]);
                (alone.sum() / tokens).backward();
            }
            row++;
        }
        Assert.All(Gradients(policy), p => Close(p.Value, together[p.Key]));
    }

    [Fact]
    public void WithoutGradients_LogitsInParts_GiveTheSameValues()
    {
        using var scope = NewDisposeScope();
        using var policy = Create(lora: false);
        var groups = Groups(policy);
        var all = policy.LogProbs(groups, 0.7, EntropyMode.Value);
        using var still = no_grad();
        var pass = policy.BeginPass(groups, 0.7, EntropyMode.Value, null, new MemorySaving { Positions = 2 });
        Close(all.LogProbs, pass.Result.LogProbs);
        Close(all.Entropies!, pass.Result.Entropies!);
    }

    [Fact]
    public void APass_LeavesNoTensorBehind()
    {
        using var policy = Create(lora: true);
        var groups = Groups(policy);
        Step();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Step()
        {
            using var scope = NewDisposeScope();
            var saving = new MemorySaving { Positions = 2, RecomputeLayers = true };
            var pass = policy.BeginPass(groups, 1, EntropyMode.Gradient, null, saving);
            Loss(pass.Result).backward();
            pass.Backward();
        }
    }

    private static void Close(Tensor a, Tensor b) => Assert.InRange((a - b).abs().max().item<float>(), 0, Tolerance);
}
