using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;

namespace MoDoMoDo.Training.Tests;

public sealed class TrainerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("trainer-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static TrainingOptions Quiet =>
        Toy.Options with
        {
            Evaluation = Toy.Options.Evaluation with { Every = 0, Samples = 1, Limit = 1 },
            Checkpoint = new CheckpointOptions { Every = 0 },
            Log = new LogOptions { TensorBoard = false, CompletionsEvery = 0 },
        };

    [Fact]
    public void Run_WritesWhatItPromises()
    {
        var outcome = Runs.Train(folder);
        var metrics = Runs.Metrics(folder);
        Assert.Equal(Enumerable.Range(1, 6), metrics.Select(line => line["step"]!.GetValue<int>()));
        string[] keys =
        [
            .. "step loss reward accuracy advantage zero_variance kl entropy clip_low clip_high grad_norm lr tokens length".Split(),
            .. "truncated drawn grad_share".Split(),
        ];
        Assert.All(metrics, line => Assert.Subset(line.Select(entry => entry.Key).ToHashSet(), keys.ToHashSet()));
        Assert.Equal(
            ["step-5", "step-6"],
            Directory.GetDirectories(Path.Combine(folder, "checkpoints")).Select(Path.GetFileName).Order()
        );
        Assert.Equal(6 * 6 * 4, Runs.Lines(folder, "completions.jsonl").Length);
        Assert.Equal(
            [2, 4, 6],
            Runs.Lines(folder, "evaluations.jsonl")
                .Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!["step"]!.GetValue<int>())
        );
        Assert.True(File.Exists(Path.Combine(folder, "best", "model.safetensors")));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(folder, "images"), "*.png"));
        Assert.Equal(["unseen"], outcome.Benchmarks.Select(score => score.Name));
        Assert.Equal(["colours", "numbers"], outcome.HeldBack.Select(score => score.Name));
    }

    [Fact]
    public void Run_RaisesTheRewardThatItIsTrainedOn_AndShuffledRewardsDoNot()
    {
        var options = Quiet with
        {
            Rollout = Quiet.Rollout with { Prompts = 8, Generations = 8 },
            Training = Quiet.Training with
            {
                Steps = 25,
                Schedule = new Schedule { Peak = 0.3, Shape = DecayShape.Constant },
            },
        };
        Assert.True(Gain("real", options) > 0.15);
        Assert.True(Gain("shuffled", options with { Rollout = options.Rollout with { ShuffleRewards = true } }) < 0.1);

        double Gain(string name, TrainingOptions run)
        {
            Runs.Train(Path.Combine(folder, name), run);
            var rewards = Runs.Metrics(Path.Combine(folder, name))
                .Select(line => line["reward"]!["numbers"]!.GetValue<double>());
            return rewards.TakeLast(5).Average() - rewards.Take(5).Average();
        }
    }

    [Fact]
    public void TensorsThatLive_AreAsManyAfterEachStep()
    {
        var counts = new List<long>();
        var options = Quiet with
        {
            Training = Quiet.Training with
            {
                Loss = new GrpoOptions { Beta = 0.1 },
                Iterations = 2,
                FeatureCacheMiB = 0,
            },
        };
        Runs.Train(
            folder,
            options,
            progress: new Runs.Hook(_ =>
                counts.Add(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount)
            )
        );
        Assert.Equal([counts[2]], counts.Skip(2).Distinct());
    }

    [Fact]
    public void StepsThatAreNotFinite_AreNotTaken_AndThreeInARowEndTheRun()
    {
        var options = Quiet with
        {
            Rollout = Quiet.Rollout with { RewardScale = 1e300 },
            Training = Quiet.Training with { AdvantageScale = AdvantageScale.None },
        };
        var hook = new Runs.Hook(_ => { });
        var error = Assert.Throws<WorkException>(() => Runs.Train(folder, options, progress: hook));
        Assert.Contains("3 steps in a row were not finite", error.Message);
        Assert.Equal(3, hook.Notices.Count);
        Assert.Equal(3, Directory.GetFiles(Path.Combine(folder, "not-finite"), "*.json").Length);
        var metrics = Runs.Metrics(folder);
        Assert.Equal(3, metrics.Length);
        Assert.All(metrics, line => Assert.True(line["skipped"]!.GetValue<bool>()));
        Assert.All(metrics, line => Assert.False(line.ContainsKey("loss") && line.ContainsKey("grad_norm")));
    }

    [Fact]
    public void RunWhosePolicyIsRuined_EndsAfterThreeSteps_WhateverItsGradient()
    {
        var options = Quiet with
        {
            Training = Quiet.Training with
            {
                Steps = 12,
                MaxGradientNorm = 0,
                Schedule = new Schedule { Peak = 1e38, WarmUp = 0 },
                Optimiser = new OptimiserOptions { Kind = OptimiserKind.Sgd },
            },
        };
        var error = Assert.Throws<WorkException>(() => Runs.Train(folder, options));
        Assert.Contains("3 steps in a row were not finite", error.Message);
    }

    [Fact]
    public void VerifierThatRaises_MakesAnswersUnscorable_AndNamesTheException()
    {
        Runs.Train(
            folder,
            Quiet with
            {
                Log = new LogOptions { TensorBoard = false, CompletionGroups = 0 },
            },
            Toy.Inputs(new Broken())
        );
        Assert.All(Runs.Metrics(folder), line => Assert.Equal(1, line["unscorable"]!["numbers"]!.GetValue<double>()));
        Assert.Contains("raised TimeZoneNotFoundException", Runs.Lines(folder, "completions.jsonl")[0]);
    }

    [Fact]
    public void DynamicSampling_FillsEachDomainsQuota_AndReportsItsAttempts()
    {
        var options = Quiet with { Rollout = Quiet.Rollout with { Refills = 20, MaxNewTokens = 1 } };
        Runs.Train(folder, options, Toy.Inputs(new RarelyRight()));
        foreach (var line in Runs.Metrics(folder))
        {
            Assert.Equal(3, line["drawn"]!["colours"]!.GetValue<double>());
            Assert.Equal(3, line["drawn"]!["numbers"]!.GetValue<double>());
            Assert.Equal(0, line["zero_variance"]!["numbers"]!.GetValue<double>());
        }
        Assert.Contains(Runs.Metrics(folder), line => line["attempts"]!["numbers"]!.GetValue<double>() > 3);
    }

    [Theory]
    [InlineData("rollout.generations")]
    [InlineData("training.loss.epsilonLow")]
    [InlineData("checkpoint.keep")]
    public void SettingOutsideItsRange_IsNamed(string field)
    {
        var options = field switch
        {
            "rollout.generations" => Quiet with { Rollout = Quiet.Rollout with { Generations = 1 } },
            "checkpoint.keep" => Quiet with { Checkpoint = new CheckpointOptions { Keep = 0 } },
            _ => Quiet with { Training = Quiet.Training with { Loss = new GrpoOptions { EpsilonLow = 1 } } },
        };
        Assert.Equal(field, Assert.Throws<InputException>(() => Runs.Train(folder, options)).Field);
    }

    private sealed class Broken : IVerifier
    {
        public string Name => "broken";

        public Verdict Verify(Attempt attempt) => throw new TimeZoneNotFoundException("a bug");
    }

    private sealed class RarelyRight : IVerifier
    {
        public string Name => "rarely right";

        public Verdict Verify(Attempt attempt) =>
            Verdict.Scored(attempt.Completion.Ids[0] % 12 == 0 ? 1 : 0, Evidence.Because("divisible by twelve"));
    }
}
