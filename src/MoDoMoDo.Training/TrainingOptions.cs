using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>How prompts are rolled out (settings section <c>rollout</c>).</summary>
public sealed record RolloutOptions
{
    /// <summary>Prompts a batch, at least 1; 32.</summary>
    public int Prompts { get; init; } = 32;

    /// <summary>Completions a prompt (G), at least 2; 8.</summary>
    public int Generations { get; init; } = 8;

    /// <summary>Sampling temperature, above 0; 1. Log-probabilities are taken at the same temperature.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Draws come from the most likely tokens that hold this share, in (0, 1]; 1.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Draws come from this many most likely tokens; 0 = all.</summary>
    public int TopK { get; init; }

    /// <summary>Draws come from tokens at least this likely relative to the likeliest, in [0, 1); 0.</summary>
    public double MinP { get; init; }

    /// <summary>Factor against tokens that are there already, above 0; 1.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Limit of new tokens, at least 1; 256.</summary>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>Prompts that are rolled out at a time, at least 1; 0 = all of the batch.</summary>
    public int PromptsAtOnce { get; init; }

    /// <summary>Whether completions that the limit cut are left out of the loss (their reward still counts); false.</summary>
    public bool MaskTruncated { get; init; }

    /// <summary>Factor on verdicts; 1.</summary>
    public double RewardScale { get; init; } = 1;

    /// <summary>Control experiment: rewards are shuffled within each group, so that they say nothing about answers; false.</summary>
    public bool ShuffleRewards { get; init; }

    /// <summary>
    /// Dynamic sampling (arXiv 2503.14476): how often a domain's groups without signal may be replaced by further prompts;
    /// 0 = never.
    /// </summary>
    public int Refills { get; init; }

    /// <summary>Threads that read prompts and grade completions, at least 1; 0 = one for each processor.</summary>
    public int GraderThreads { get; init; }
}

/// <summary>How the policy is updated (settings section <c>training</c>).</summary>
public sealed record UpdateOptions
{
    /// <summary>Optimiser steps, at least 0; 80.</summary>
    public int Steps { get; init; } = 80;

    /// <summary>The loss and its constants.</summary>
    public GrpoOptions Loss { get; init; } = new();

    /// <summary>What centred rewards are divided by; the deviation of the group.</summary>
    public AdvantageScale AdvantageScale { get; init; } = AdvantageScale.Group;

    /// <summary>How verdict and shapings become one advantage; summed, then normalised.</summary>
    public RewardAggregation Aggregation { get; init; } = RewardAggregation.SumThenNormalise;

    /// <summary>Passes over a batch (mu), at least 1; 1.</summary>
    public int Iterations { get; init; } = 1;

    /// <summary>Optimiser steps a pass: the batch's groups are dealt to so many; at least 1; 1.</summary>
    public int StepsPerIteration { get; init; } = 1;

    /// <summary>Prompts whose groups go through the policy at a time; 0 = all of the step. Does not change the update.</summary>
    public int MicroBatchPrompts { get; init; }

    /// <summary>What the backward pass computes again instead of keeping it; nothing but large logits. Does not change the update.</summary>
    public MemorySaving Saving { get; init; } = new();

    /// <summary>
    /// Whether each domain's weight in the loss is its mixture weight, whatever the number and the lengths of its answers;
    /// false: every token (or row) weighs the same, so that domains with long answers pull harder.
    /// </summary>
    public bool BalanceDomains { get; init; }

    /// <summary>Whether groups without advantage are left out of the pass (they stay in the count); true.</summary>
    public bool SkipZeroVariance { get; init; } = true;

    /// <summary>
    /// Every how many steps the gradient's norm is measured domain by domain, with one more backward pass each; 0 = never.
    /// </summary>
    public int DomainGradientsEvery { get; init; }

    /// <summary>Learning rate by step.</summary>
    public Schedule Schedule { get; init; } = new();

    /// <summary>The optimiser.</summary>
    public OptimiserOptions Optimiser { get; init; } = new();

    /// <summary>Largest length of the gradient; 0 = no limit; 1.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Whether the vision tower stays as it is; image features are then computed once for each image; true.</summary>
    public bool FreezeTower { get; init; } = true;

    /// <summary>Memory for features of images, in MiB, while the tower is frozen; 512.</summary>
    public int FeatureCacheMiB { get; init; } = 512;
}

/// <summary>How answers are drawn for a score.</summary>
public enum Decoding
{
    /// <summary>Several samples an item at a temperature.</summary>
    Sampled,

    /// <summary>The likeliest token each time, one answer an item.</summary>
    Greedy,
}

/// <summary>When and how the policy is scored (settings section <c>evaluation</c>).</summary>
public sealed record EvaluationOptions
{
    /// <summary>Every how many steps held-back items and benchmarks are scored; 0 = at the end alone.</summary>
    public int Every { get; init; }

    /// <summary>Whether the benchmarks are scored then too, not the held-back items alone; false.</summary>
    public bool BenchmarksToo { get; init; }

    /// <summary>How answers are drawn; sampled.</summary>
    public Decoding Decoding { get; init; } = Decoding.Sampled;

    /// <summary>Samples an item when sampled, at least 1; 4.</summary>
    public int Samples { get; init; } = 4;

    /// <summary>Temperature when sampled, above 0; 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Limit of new tokens; 0 = the rollout's.</summary>
    public int MaxNewTokens { get; init; }

    /// <summary>Items a benchmark, from its start; 0 = all.</summary>
    public int Limit { get; init; }

    /// <summary>Items that go through the policy at a time, at least 1; 64. Does not change the scores.</summary>
    public int ItemsAtOnce { get; init; } = 64;

    /// <summary>Seed of the samples; the same for every policy that is compared; 0.</summary>
    public ulong Seed { get; init; }
}

/// <summary>When the run is saved (settings section <c>checkpoint</c>).</summary>
public sealed record CheckpointOptions
{
    /// <summary>Every how many steps a checkpoint is written; 0 = at the end and when interrupted; 20.</summary>
    public int Every { get; init; } = 20;

    /// <summary>How many are kept, at least 1; 2.</summary>
    public int Keep { get; init; } = 2;
}

/// <summary>What is written down (settings section <c>log</c>).</summary>
public sealed record LogOptions
{
    /// <summary>Every how many steps completions are written; 0 = never; 1.</summary>
    public int CompletionsEvery { get; init; } = 1;

    /// <summary>Groups whose completions are written then; 0 = all; 2.</summary>
    public int CompletionGroups { get; init; } = 2;

    /// <summary>Memory for the images of written completions, in MiB; 0 = none; 16.</summary>
    public int ImagesMiB { get; init; } = 16;

    /// <summary>Whether event files for TensorBoard are written; true.</summary>
    public bool TensorBoard { get; init; } = true;
}

/// <summary>Everything that a run is a function of, its data, sampler and starting policy apart.</summary>
public sealed record TrainingOptions
{
    /// <summary>Seed of all that is drawn at random; 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Section <c>rollout</c>.</summary>
    public RolloutOptions Rollout { get; init; } = new();

    /// <summary>Section <c>training</c>.</summary>
    public UpdateOptions Training { get; init; } = new();

    /// <summary>Section <c>evaluation</c>.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Section <c>checkpoint</c>.</summary>
    public CheckpointOptions Checkpoint { get; init; } = new();

    /// <summary>Section <c>log</c>.</summary>
    public LogOptions Log { get; init; } = new();

    /// <summary>These options, checked.</summary>
    /// <exception cref="InputException">A value is outside its range; the field is named by its path in the settings.</exception>
    public TrainingOptions Checked()
    {
        AtLeast(Rollout.Prompts, 1, "rollout.prompts");
        AtLeast(Rollout.Generations, 2, "rollout.generations");
        Range(
            Rollout.Temperature is > 0 and < double.PositiveInfinity,
            "rollout.temperature",
            "a number above 0",
            Rollout.Temperature
        );
        Range(Rollout.TopP is > 0 and <= 1, "rollout.topP", "a number in (0, 1]", Rollout.TopP);
        AtLeast(Rollout.TopK, 0, "rollout.topK");
        Range(Rollout.MinP is >= 0 and < 1, "rollout.minP", "a number in [0, 1)", Rollout.MinP);
        Range(
            Rollout.RepetitionPenalty > 0,
            "rollout.repetitionPenalty",
            "a number above 0",
            Rollout.RepetitionPenalty
        );
        AtLeast(Rollout.MaxNewTokens, 1, "rollout.maxNewTokens");
        AtLeast(Rollout.PromptsAtOnce, 0, "rollout.promptsAtOnce");
        Range(double.IsFinite(Rollout.RewardScale), "rollout.rewardScale", "a finite number", Rollout.RewardScale);
        AtLeast(Rollout.Refills, 0, "rollout.refills");
        AtLeast(Rollout.GraderThreads, 0, "rollout.graderThreads");
        AtLeast(Training.Steps, 0, "training.steps");
        Training.Loss.Checked("training.loss");
        AtLeast(Training.Iterations, 1, "training.iterations");
        AtLeast(Training.StepsPerIteration, 1, "training.stepsPerIteration");
        Range(
            Training.StepsPerIteration <= Rollout.Prompts,
            "training.stepsPerIteration",
            $"at most rollout.prompts ({Rollout.Prompts})",
            Training.StepsPerIteration
        );
        AtLeast(Training.MicroBatchPrompts, 0, "training.microBatchPrompts");
        AtLeast(Training.Saving.Positions, 0, "training.logProbPositions");
        AtLeast(Training.DomainGradientsEvery, 0, "training.domainGradientsEvery");
        AtLeast(Training.FeatureCacheMiB, 0, "training.featureCacheMiB");
        Range(
            Training.MaxGradientNorm >= 0,
            "training.maxGradientNorm",
            "a number of at least 0",
            Training.MaxGradientNorm
        );
        CheckUpdateRule(Training.Schedule, Training.Optimiser);
        AtLeast(Evaluation.Every, 0, "evaluation.every");
        AtLeast(Evaluation.Samples, 1, "evaluation.samples");
        Range(Evaluation.Temperature > 0, "evaluation.temperature", "a number above 0", Evaluation.Temperature);
        AtLeast(Evaluation.MaxNewTokens, 0, "evaluation.maxNewTokens");
        AtLeast(Evaluation.Limit, 0, "evaluation.limit");
        AtLeast(Evaluation.ItemsAtOnce, 1, "evaluation.itemsAtOnce");
        AtLeast(Checkpoint.Every, 0, "checkpoint.every");
        AtLeast(Checkpoint.Keep, 1, "checkpoint.keep");
        AtLeast(Log.CompletionsEvery, 0, "log.completionsEvery");
        AtLeast(Log.CompletionGroups, 0, "log.completionGroups");
        AtLeast(Log.ImagesMiB, 0, "log.imagesMiB");
        return this;
    }

    private static void CheckUpdateRule(Schedule schedule, OptimiserOptions optimiser)
    {
        Range(
            schedule.Peak is > 0 and < double.PositiveInfinity,
            "training.schedule.peak",
            "a learning rate above 0",
            schedule.Peak
        );
        AtLeast(schedule.WarmUp, 0, "training.schedule.warmUp");
        AtLeast(schedule.DecaySteps, 0, "training.schedule.decaySteps");
        Range(schedule.Floor is >= 0 and <= 1, "training.schedule.floor", "a number in [0, 1]", schedule.Floor);
        Range(optimiser.Beta1 is >= 0 and < 1, "training.optimiser.beta1", "a number in [0, 1)", optimiser.Beta1);
        Range(optimiser.Beta2 is >= 0 and < 1, "training.optimiser.beta2", "a number in [0, 1)", optimiser.Beta2);
        Range(optimiser.Epsilon > 0, "training.optimiser.epsilon", "a number above 0", optimiser.Epsilon);
        Range(
            optimiser.Momentum is >= 0 and < 1,
            "training.optimiser.momentum",
            "a number in [0, 1)",
            optimiser.Momentum
        );
        Range(
            optimiser.WeightDecay >= 0,
            "training.optimiser.weightDecay",
            "a number of at least 0",
            optimiser.WeightDecay
        );
    }

    private static void AtLeast(int value, int least, string field) =>
        Range(value >= least, field, $"an integer of at least {least}", value);

    private static void Range(bool holds, string field, string wanted, double found)
    {
        if (!holds)
            throw new InputException("", field, wanted, Figures.Text(found));
    }
}
