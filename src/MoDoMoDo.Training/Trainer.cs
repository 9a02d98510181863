using System.Diagnostics;
using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>What a run works on, all of it ready to use.</summary>
/// <param name="Domains">The training domains.</param>
/// <param name="Sampler">Decides which prompts come next; fresh.</param>
/// <param name="Benchmarks">Sets that are scored and never trained on, nor used to choose anything.</param>
/// <param name="Images">Where pixels come from.</param>
/// <param name="Start">Makes the policy that the run starts from: always the same one. Called again for the reference policy.</param>
public sealed record TrainingInputs(
    IReadOnlyList<TrainingDomain> Domains,
    IPromptSampler Sampler,
    IReadOnlyList<Benchmark> Benchmarks,
    IImageSource Images,
    Func<Policy> Start
)
{
    /// <summary>Quantities added to rewards; usually none.</summary>
    public IReadOnlyList<WeightedShaping> Shapings { get; init; } = [];

    /// <summary>Makes a PNG file of pixels, for images/; null: none are written.</summary>
    public Func<RgbImage, byte[]>? EncodeImage { get; init; }

    /// <summary>Whether the starting policy has an adapter that changes nothing yet: then its base is the reference policy.</summary>
    public bool StartsAtBase { get; init; }

    /// <summary>Reads a policy from a checkpoint's folder.</summary>
    public Func<string, Policy> Load { get; init; } = folder => Policy.Load(folder);
}

/// <summary>What came of a run.</summary>
/// <param name="State">Where it stands.</param>
/// <param name="Finished">False when it was interrupted; it can be resumed.</param>
/// <param name="HeldBack">Scores of the last policy on held-back items.</param>
/// <param name="Benchmarks">Scores of the last policy on the benchmarks.</param>
public sealed record TrainingOutcome(
    TrainingState State,
    bool Finished,
    IReadOnlyList<Evaluation> HeldBack,
    IReadOnlyList<Evaluation> Benchmarks
);

/// <summary>
/// One GRPO run: rollouts in groups, verdicts, advantages, updates. How it differs from TRL 1.16's trainer:
/// 1. groups stay together; 2. the loss is divided by the tokens of the real optimiser step; 3. unscorable answers have no
/// advantage and move no sibling, as there, and are counted by domain; 4. a step that is not finite is not taken;
/// 5. a run that is resumed equals one that was never interrupted, bit for bit.
/// </summary>
public sealed class Trainer : IDisposable
{
    private const int MostSkippedInARow = 3;

    private readonly TrainingOptions options;
    private readonly TrainingInputs inputs;
    private readonly string folder;
    private readonly ITrainingProgress progress;
    private readonly Policy policy;
    private readonly FeatureCache features;
    private readonly ReferenceModel? reference;
    private readonly Optimiser optimiser;
    private readonly PolicyUpdate update;
    private readonly Collector collector;
    private readonly Scoring scoring;
    private readonly RunLog log;
    private readonly StageClock clock = new();
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly double secondsBefore;
    private TrainingState state;

    private Trainer(TrainingOptions options, TrainingInputs inputs, string folder, ITrainingProgress progress)
    {
        (this.options, this.inputs, this.folder, this.progress) = (options, inputs, folder, progress);
        var training = options.Training;
        var checkpoint = Checkpoint.Recover(folder, progress.Noticed);
        policy = checkpoint is null ? inputs.Start() : Checkpoint.ReadPolicy(checkpoint, inputs.Start, inputs.Load);
        policy.Train(
            policy.Adapter is null ? name => !training.FreezeTower || !Policy.IsTower(name) : LoraAdapter.Owns
        );
        optimiser = Optimiser.Create(training.Optimiser, policy);
        state = checkpoint is null ? TrainingState.Start(inputs.Sampler.Save()) : Checkpoint.ReadState(checkpoint);
        secondsBefore = state.Seconds;
        if (checkpoint is not null)
        {
            inputs.Sampler.Restore(state.Sampler);
            Checkpoint.Restore(checkpoint, state, optimiser);
        }
        features = new FeatureCache(policy, !policy.TrainsTower, training.FeatureCacheMiB);
        reference =
            training.Loss.Beta == 0 ? null
            : inputs.StartsAtBase ? ReferenceModel.BaseOf(policy, training.FeatureCacheMiB)
            : new ReferenceModel(inputs.Start(), training.FeatureCacheMiB);
        update = new PolicyUpdate(policy, optimiser, training, options.Rollout.Temperature, features);
        collector = new Collector(
            new PromptBatch(
                inputs.Domains,
                inputs.Sampler,
                prompt => policy.Encode(prompt, inputs.Images),
                options.Rollout.GraderThreads
            ),
            new RolloutEngine(policy, features, options.Rollout, options.Seed),
            new Grader(options.Rollout, training, inputs.Shapings, options.Seed),
            options.Rollout,
            clock
        );
        scoring = new Scoring(options, inputs, policy, features, progress);
        log = new RunLog(folder, options.Log, state.Step, inputs.Images, inputs.EncodeImage);
    }

    /// <summary>
    /// Trains from the newest checkpoint in the folder, or from the start when there is none, and writes there what CLI.md
    /// says: metrics.jsonl, evaluations.jsonl, completions.jsonl, images/, checkpoints/, best/, final/, event files.
    /// </summary>
    /// <param name="options">All settings of the run.</param>
    /// <param name="inputs">Its data, sampler and starting policy.</param>
    /// <param name="folder">The run folder; made when it is not there.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="stop">Cancelled: the batch at hand is finished, a checkpoint is written, and the run ends.</param>
    /// <exception cref="InputException">A setting, a sample or a checkpoint cannot be used.</exception>
    /// <exception cref="WorkException">Three steps in a row were not finite.</exception>
    public static TrainingOutcome Run(
        TrainingOptions options,
        TrainingInputs inputs,
        string folder,
        ITrainingProgress progress,
        CancellationToken stop = default
    )
    {
        using var trainer = new Trainer(options.Checked(), inputs, folder, progress);
        return trainer.Run(stop);
    }

    private TrainingOutcome Run(CancellationToken stop)
    {
        var steps = options.Training.Steps;
        progress.Started(state.Step, steps);
        while (state.Step < steps && TrainOnBatch())
            if (stop.IsCancellationRequested)
            {
                Save();
                return new TrainingOutcome(state, Finished: false, [], []);
            }
        return Finish(stop);
    }

    /// <summary>
    /// One batch: prompts of the mixture, groups of completions, verdicts, advantages, and then the optimiser steps of all
    /// passes over it. False when no prompt is left.
    /// </summary>
    private bool TrainOnBatch()
    {
        var before = state.Step;
        var collected = collector.Next(state.Batch, state.Step);
        if (collected.Groups.Length == 0)
        {
            progress.Noticed($"no prompt is left after {state.Step} of {options.Training.Steps} steps");
            return false;
        }
        var groups = clock.Time("log_probs", () => WithLogProbs(collected.Groups));
        for (var pass = 0; pass < options.Training.Iterations; pass++)
            foreach (var part in Parts(groups))
                if (state.Step < options.Training.Steps)
                    TakeStep(part, collected.Attempts);
        log.Completions(before + 1, groups);
        if (inputs.Sampler is IAdaptiveSampler adaptive)
            adaptive.Observe(Signals(groups, adaptive.Domains));
        state = state with { Batch = state.Batch + 1, Sampler = inputs.Sampler.Save() };
        ScoreAndSave(before);
        return true;
    }

    /// <summary>What a batch says of each of its domains.</summary>
    private static DomainSignal[] Signals(RolledGroup[] groups, IReadOnlyList<string> domains) =>
        [
            .. domains.SelectMany(
                (name, number) =>
                {
                    var own = groups.Where(group => group.Entry.Domain == name).ToArray();
                    var advantages = own.SelectMany(group => group.Advantages).ToArray();
                    return own.Length == 0
                        ? Array.Empty<DomainSignal>()
                        : [new DomainSignal(number, own.Length, advantages.Average(Math.Abs))];
                }
            ),
        ];

    private void TakeStep(RolledGroup[] groups, IReadOnlyDictionary<string, double> attempts)
    {
        var training = options.Training;
        var batch = new StepBatch(groups, training, options.Rollout, inputs.Sampler.Weights);
        var rate = training.Schedule.Rate(state.Step, training.Steps);
        var norms = IsDue(state.Step, state.Step + 1, training.DomainGradientsEvery)
            ? clock.Time("domain_gradients", () => update.DomainNorms(batch))
            : new Dictionary<string, double>();
        var outcome = clock.Time("update", () => update.Step(batch, rate));
        state = state with
        {
            Step = state.Step + 1,
            OptimiserSteps = optimiser.Steps,
            Skipped = state.Skipped + (outcome.Taken ? 0 : 1),
            SkippedInARow = outcome.Taken ? 0 : state.SkippedInARow + 1,
        };
        var figures = StepReport.Of(state.Step, batch, attempts, outcome, rate, norms, clock.Take());
        clock.Time("log", () => log.Step(figures));
        progress.Stepped(figures, training.Steps);
        if (!outcome.Taken)
            RefuseStep(batch, outcome);
    }

    /// <summary>A step that is not finite was not taken: its batch is written beside the run; three in a row end it.</summary>
    private void RefuseStep(StepBatch batch, UpdateOutcome outcome)
    {
        var file = NonFiniteBatch.Write(folder, state.Step, batch, outcome);
        progress.Noticed(
            $"step {state.Step} was not taken: its loss, gradient or samples are not finite; its batch is in {file}"
        );
        if (state.SkippedInARow >= MostSkippedInARow)
            throw new WorkException(
                $"{MostSkippedInARow} steps in a row were not finite (the last is step {state.Step}); batches are in {folder}"
            );
    }

    /// <summary>Old log-probabilities where ratios can differ from 1, reference ones where there is a KL term.</summary>
    private RolledGroup[] WithLogProbs(RolledGroup[] groups)
    {
        var training = options.Training;
        var size = training.MicroBatchPrompts > 0 ? training.MicroBatchPrompts : groups.Length;
        if (training.Iterations * training.StepsPerIteration > 1)
        {
            var old = update.LogProbs(policy, features, groups.Chunk(size));
            groups = [.. groups.Select((group, i) => group with { OldLogProbs = old[i] })];
        }
        if (reference is not null)
        {
            using var paused = reference.Use();
            var known = update.LogProbs(reference.Policy, reference.Features, groups.Chunk(size));
            groups = [.. groups.Select((group, i) => group with { ReferenceLogProbs = known[i] })];
        }
        return groups;
    }

    /// <summary>The groups of each optimiser step of one pass.</summary>
    private IEnumerable<RolledGroup[]> Parts(RolledGroup[] groups) =>
        groups.Chunk((groups.Length + options.Training.StepsPerIteration - 1) / options.Training.StepsPerIteration);

    private void ScoreAndSave(int before)
    {
        if (IsDue(before, state.Step, options.Evaluation.Every) && state.Step < options.Training.Steps)
            Score(options.Evaluation.BenchmarksToo, CancellationToken.None);
        if (IsDue(before, state.Step, options.Checkpoint.Every) && state.Step < options.Training.Steps)
            Save();
    }

    /// <summary>The last scores, and the last policy; a finished run that is resumed comes here again and changes nothing.</summary>
    private TrainingOutcome Finish(CancellationToken stop)
    {
        Save();
        log.CutScores(state.Step - 1);
        try
        {
            var (heldBack, benchmarks) = Score(true, stop);
            policy.Save(Path.Combine(folder, "final"));
            Save();
            return new TrainingOutcome(state, Finished: true, heldBack, benchmarks);
        }
        catch (OperationCanceledException)
        {
            return new TrainingOutcome(state, Finished: false, [], []);
        }
    }

    /// <summary>Scores the policy; the best one so far, by held-back items alone, is kept in best/.</summary>
    private (IReadOnlyList<Evaluation> HeldBack, IReadOnlyList<Evaluation> Benchmarks) Score(
        bool all,
        CancellationToken stop
    )
    {
        var heldBack = scoring.HeldBack(stop);
        var benchmarks = all ? scoring.Benchmarks(stop) : [];
        log.Scores(state.Step, heldBack, benchmarks);
        progress.Evaluated(state.Step, [.. heldBack, .. benchmarks]);
        var known = heldBack.Where(score => double.IsFinite(score.Mean)).ToArray();
        if (known.Length > 0 && (state.BestStep < 0 || known.Average(score => score.Mean) > state.BestScore))
        {
            state = state with { BestStep = state.Step, BestScore = known.Average(score => score.Mean) };
            policy.Save(Path.Combine(folder, "best"));
        }
        return (heldBack, benchmarks);
    }

    private void Save()
    {
        state = state with { Seconds = secondsBefore + Stopwatch.GetElapsedTime(started).TotalSeconds };
        Checkpoint.Save(folder, options.Checkpoint.Keep, policy, optimiser, state);
    }

    /// <summary>Whether a multiple of <paramref name="every"/> lies in (before, now]; never when it is 0.</summary>
    private static bool IsDue(int before, int now, int every) => every > 0 && now / every > before / every;

    /// <inheritdoc/>
    public void Dispose()
    {
        log.Dispose();
        reference?.Dispose();
        features.Dispose();
        optimiser.Dispose();
        policy.Dispose();
    }
}
