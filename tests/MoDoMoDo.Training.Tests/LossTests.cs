using MoDoMoDo.Domain;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Training.Tests;

/// <summary>Laws of the loss; its values stand against TRL's recorded ones in tests/Goldens.</summary>
public sealed class LossTests
{
    private const int Rows = 8;
    private const int Columns = 6;

    public static TheoryData<LossType, ImportanceLevel> InvariantLosses() =>
        [
            .. from loss in Enum.GetValues<LossType>()
            from level in Enum.GetValues<ImportanceLevel>()
            where loss != LossType.Bnpo // a mean over the micro-batch by definition
            select (loss, level),
        ];

    [Theory]
    [MemberData(nameof(InvariantLosses))]
    public void ExactNormaliser_GivesTheStepInOnePiece_HoweverItIsSplit(LossType loss, ImportanceLevel level)
    {
        using var scope = NewDisposeScope();
        var options = new GrpoOptions
        {
            Loss = loss,
            ImportanceLevel = level,
            Beta = 0.1,
        };
        var batch = Batch();
        var exact = new LossNormaliser(batch.Mask.sum().ToDouble(), Rows, 4, Columns);
        var whole = Gradient(options, batch, exact with { MicroBatches = 1 });
        Tensor[] parts = [.. Enumerable.Range(0, 4).Select(part => Gradient(options, Part(batch, 2 * part, 2), exact))];

        Assert.True(whole.abs().max().ToDouble() > 1e-4, "the batch carries no gradient");
        Assert.True((whole - cat(parts)).abs().max().ToDouble() <= 1e-9);
    }

    [Fact]
    public void AdvantagesOfEqualRewards_AreExactlyZero_WhateverTheirRounding()
    {
        double[] values = [0.1, 0.4, 0.7, 1 / 3.0];
        double[][] rewards = [.. values.SelectMany(value => Enumerable.Repeat(new[] { value }, 7))];
        Assert.All(
            Advantage.Compute(AdvantageScale.Group, RewardAggregation.SumThenNormalise, 7, [1.0], rewards),
            advantage => Assert.Equal(0, advantage)
        );
    }

    private static LossInputs Batch()
    {
        var random = new RandomStream(Rng.OfSeed(5));
        Tensor Draw(double low, double high) =>
            tensor(
                Enumerable.Range(0, Rows * Columns).Select(_ => random.NextDouble(low, high)).ToArray(),
                [Rows, Columns]
            );
        // Rows of 1 to 6 tokens, so that no two micro-batches have equally many.
        var mask = tensor(
            Enumerable.Range(0, Rows * Columns).Select(i => i % Columns <= i / Columns % 6 ? 1.0 : 0.0).ToArray(),
            [Rows, Columns]
        );
        var logps = Draw(-3, -0.1);
        return new LossInputs(logps, mask, tensor(new[] { 1.5, -0.75, 0.2, -1, 0.6, -0.4, 2, -1.7 }))
        {
            OldLogProbs = logps + Draw(-0.4, 0.4),
            ReferenceLogProbs = logps + Draw(-0.2, 0.2),
        };
    }

    private static LossInputs Part(LossInputs x, int start, int count) =>
        new(x.LogProbs.narrow(0, start, count), x.Mask.narrow(0, start, count), x.Advantages.narrow(0, start, count))
        {
            OldLogProbs = x.OldLogProbs!.narrow(0, start, count),
            ReferenceLogProbs = x.ReferenceLogProbs!.narrow(0, start, count),
        };

    private static Tensor Gradient(GrpoOptions options, LossInputs x, LossNormaliser normaliser)
    {
        var logps = x.LogProbs.detach().clone().requires_grad_(true);
        new GrpoLoss(options).Compute(x with { LogProbs = logps }, normaliser).Loss.backward();
        return logps.grad!;
    }
}
