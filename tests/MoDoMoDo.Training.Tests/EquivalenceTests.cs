using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using Xunit;

namespace MoDoMoDo.Training.Tests;

/// <summary>Settings and batches that must give the same update (grpo.md 6.4; DESIGN.md 7).</summary>
public sealed class EquivalenceTests : IDisposable
{
    private const double Rounding = 2e-6;

    private readonly Policy policy = Toy.Start();

    public void Dispose() => policy.Dispose();

    private static readonly GrpoOptions[] Losses =
    [
        new() { Loss = LossType.Dapo },
        new() { Loss = LossType.Grpo, ImportanceLevel = ImportanceLevel.Sequence },
        new() { Loss = LossType.DrGrpo, LossLength = 3 },
        new() { Loss = LossType.Cispo, EpsilonHigh = 5 },
        new() { Loss = LossType.Sapo },
        new() { Loss = LossType.Luspo },
        new() { Loss = LossType.Vespo },
    ];

    [Fact]
    public void MicroBatches_OfOneTwoOrEightPrompts_GiveTheSameUpdate()
    {
        var groups = Toy.Groups(policy, 8);
        foreach (var loss in Losses)
        {
            var whole = Update(groups, Toy.Options.Training with { Loss = loss });
            foreach (var prompts in new[] { 1, 3 })
                AssertClose(
                    whole,
                    Update(groups, Toy.Options.Training with { Loss = loss, MicroBatchPrompts = prompts })
                );
        }
    }

    [Fact]
    public void WhatIsComputedAgain_GivesTheSameUpdate_WithAnAdapterToo()
    {
        var groups = Toy.Groups(policy, 4);
        foreach (var start in new[] { Toy.Start, Toy.StartAdapted })
        {
            var plain = Update(groups, Toy.Options.Training, start);
            foreach (var recompute in new[] { false, true })
            {
                var saving = new MemorySaving { Positions = 5, RecomputeLayers = recompute };
                AssertClose(plain, Update(groups, Toy.Options.Training with { Saving = saving }, start));
                AssertClose(
                    plain,
                    Update(groups, Toy.Options.Training with { Saving = saving, MicroBatchPrompts = 1 }, start)
                );
            }
        }
    }

    [Fact]
    public void GroupsInAnotherOrder_GiveTheSameUpdate()
    {
        var groups = Toy.Groups(policy, 6);
        var update = Toy.Options.Training with { MicroBatchPrompts = 2 };
        AssertClose(Update(groups, update), Update([.. groups.Reverse()], update));
    }

    [Fact]
    public void GroupsWithoutSignal_LeftOutOfThePass_StillCount()
    {
        var groups = Toy.Groups(policy, 5);
        groups[2] = groups[2] with { Advantages = new double[4] };
        var update = Toy.Options.Training with { Loss = new GrpoOptions() };
        var skipped = Update(groups, update);
        AssertClose(skipped, Update(groups, update with { SkipZeroVariance = false }));
        // Without the group the others are divided by fewer tokens.
        Assert.True(Distance(skipped, Update([.. groups.Where((_, i) => i != 2)], update)) > 1e-4);
    }

    [Fact]
    public void UnscorableAnswer_HasNoAdvantageAndMovesNoSibling()
    {
        var groups = Toy.Groups(policy, 2);
        var grader = new Grader(Toy.Options.Rollout, Toy.Options.Training, [], 0);
        double[][] unscorable = [.. groups[0].Rewards[..3], [double.NaN]];
        var three = grader.WithAdvantages([groups[0] with { Rewards = unscorable }, groups[1]]);
        var alone = Advantage.Compute(
            AdvantageScale.Group,
            RewardAggregation.SumThenNormalise,
            3,
            [1],
            unscorable[..3]
        );
        Assert.Equal(alone, three[0].Advantages[..3]);
        Assert.Equal(0, three[0].Advantages[3]);
        Assert.Equal(groups[1].Advantages, three[1].Advantages);
    }

    [Fact]
    public void OneDomainsRewardsTimesTen_LeaveTheOtherDomainsAdvantages()
    {
        var groups = Toy.Groups(policy, 4);
        var grader = new Grader(Toy.Options.Rollout, Toy.Options.Training, [], 0);
        var scaled = grader.WithAdvantages([
            .. groups.Select(group =>
                group.Entry.Domain == "colours"
                    ? group with
                    {
                        Rewards = [.. group.Rewards.Select(row => row.Select(r => 10 * r).ToArray())],
                    }
                    : group
            ),
        ]);
        for (var i = 0; i < 4; i++)
            if (groups[i].Entry.Domain == "numbers")
                Assert.Equal(groups[i].Advantages, scaled[i].Advantages);
    }

    [Fact]
    public void OnPolicy_EveryRatioIsExactlyOne()
    {
        var groups = Toy.Groups(policy, 4);
        using var features = new FeatureCache(policy, true, 16);
        using var optimiser = Optimiser.Create(Toy.Options.Training.Optimiser, policy.NamedParameters);
        var update = new PolicyUpdate(policy, optimiser, Toy.Options.Training, 1, features);
        var old = update.LogProbs(policy, features, [groups]);
        RolledGroup[] recorded = [.. groups.Select((group, i) => group with { OldLogProbs = old[i] })];
        Assert.Equal(Update(groups, Toy.Options.Training), Update(recorded, Toy.Options.Training));
    }

    [Fact]
    public void SampledLogProbs_AreThoseOfTheTrainingPass()
    {
        var groups = Toy.Groups(policy, 4);
        using var features = new FeatureCache(policy, true, 16);
        using var optimiser = Optimiser.Create(Toy.Options.Training.Optimiser, policy.NamedParameters);
        var scored = new PolicyUpdate(policy, optimiser, Toy.Options.Training, 1, features).LogProbs(
            policy,
            features,
            [groups]
        );
        for (var i = 0; i < groups.Length; i++)
        for (var row = 0; row < 4; row++)
        {
            var sampled = groups[i].Completions[row].LogProbs;
            Assert.Equal(sampled.Length, scored[i][row].Length);
            Assert.All(sampled.Zip(scored[i][row]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
    }

    [Fact]
    public void BalancedDomains_WeighTheirMixtureWeights_WhateverTheLengths()
    {
        var groups = Toy.Groups(policy, 6);
        groups =
        [
            .. groups.Select(group =>
                group.Entry.Domain == "colours"
                    ? group with
                    {
                        Completions =
                        [
                            .. group.Completions.Select(c => new Completion(c.Ids[..2], "", c.LogProbs[..2], c.End)),
                        ],
                    }
                    : group
            ),
        ];
        var mixture = Weights.Create(["colours", "numbers"], [0.75, 0.25]);
        var update = Toy.Options.Training with { Loss = new GrpoOptions(), BalanceDomains = true };
        var batch = new StepBatch(groups, update, Toy.Options.Rollout, mixture);
        var units = batch.ByDomain(group => group.Completions.Sum(batch.ActiveTokens) * batch.RowWeight(group));
        Assert.Equal(0.75, units["colours"] / units.Values.Sum(), 12);
        Assert.Equal(groups.Sum(g => g.Completions.Sum(c => c.Ids.Length)), units.Values.Sum(), 9);
    }

    [Fact]
    public void DomainGradients_AddUpToTheStepsGradient()
    {
        var groups = Toy.Groups(policy, 4);
        using var features = new FeatureCache(policy, true, 16);
        using var optimiser = Optimiser.Create(Toy.Options.Training.Optimiser, policy.NamedParameters);
        var update = new PolicyUpdate(policy, optimiser, Toy.Options.Training, 1, features);
        RolledGroup[] silenced =
        [
            .. groups.Select(g => g.Entry.Domain == "numbers" ? g with { Advantages = new double[4] } : g),
        ];
        var norms = update.DomainNorms(Batch(groups, Toy.Options.Training));
        Assert.Equal(["colours", "numbers"], norms.Keys.Order());
        var alone = update.Step(Batch(silenced, Toy.Options.Training), 0);
        Assert.Equal(alone.GradientNorm, norms["colours"], 1e-5 * norms["colours"]);
    }

    private static StepBatch Batch(RolledGroup[] groups, UpdateOptions options) =>
        new(groups, options, Toy.Options.Rollout, Weights.Uniform(["colours", "numbers"]));

    /// <summary>All trained weights of a fresh toy policy after one step over the groups.</summary>
    private static double[] Update(RolledGroup[] groups, UpdateOptions options, Func<Policy>? start = null)
    {
        using var fresh = (start ?? Toy.Start)();
        if (fresh.Adapter is null)
            fresh.Train(name => !Policy.IsTower(name));
        using var features = new FeatureCache(fresh, true, 16);
        using var optimiser = Optimiser.Create(options.Optimiser, fresh);
        var outcome = new PolicyUpdate(fresh, optimiser, options, 1, features).Step(Batch(groups, options), 1);
        Assert.True(outcome.Taken);
        Assert.True(outcome.GradientNorm > 1e-2);
        return [.. fresh.Trainable.SelectMany(entry => entry.Value.ToDoubles())];
    }

    private static double Distance(double[] one, double[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Max();

    private static void AssertClose(double[] one, double[] other) => Assert.InRange(Distance(one, other), 0, Rounding);
}
