namespace MoDoMoDo.Experiments

open System
open MoDoMoDo.Domain
open MoDoMoDo.Model
open MoDoMoDo.Training

/// From settings to the option records of training.
module Binding =

    /// The enum value whose name a text spells in lower case with underscores: "dr_grpo" is DrGrpo.
    let private choice<'T when 'T: struct and 'T :> Enum and 'T: (new: unit -> 'T)>
        (settings: Settings)
        (path: string)
        : 'T =
        Enum.Parse<'T>((settings.Text path).Replace("_", ""), ignoreCase = true)

    let private maybe (settings: Settings) (path: string) : Nullable<float> =
        match settings.At path with
        | Json.Number x -> Nullable x
        | _ -> Nullable()

    let private rollout (s: Settings) =
        RolloutOptions(
            Prompts = s.Whole "rollout.prompts",
            Generations = s.Whole "rollout.generations",
            Temperature = s.Number "rollout.temperature",
            TopP = s.Number "rollout.topP",
            TopK = s.Whole "rollout.topK",
            MinP = s.Number "rollout.minP",
            RepetitionPenalty = s.Number "rollout.repetitionPenalty",
            MaxNewTokens = s.Whole "rollout.maxNewTokens",
            PromptsAtOnce = s.Whole "rollout.promptsAtOnce",
            MaskTruncated = s.Switch "rollout.maskTruncated",
            RewardScale = s.Number "rollout.rewardScale",
            ShuffleRewards = s.Switch "rollout.shuffleRewards",
            Refills = s.Whole "rollout.refills",
            GraderThreads = s.Whole "rollout.graderThreads"
        )

    let private loss (s: Settings) =
        GrpoOptions(
            Loss = choice<LossType> s "training.loss",
            ImportanceLevel = choice<ImportanceLevel> s "training.importanceLevel",
            Beta = s.Number "training.beta",
            BiasCorrectedKl = s.Switch "training.biasCorrectedKl",
            EpsilonLow = s.Number "training.epsilonLow",
            EpsilonHigh = s.Number "training.epsilonHigh",
            Delta = maybe s "training.delta",
            LossLength = s.Whole "training.lossLength",
            TopEntropyQuantile = s.Number "training.topEntropyQuantile",
            EntropyCoefficient = s.Number "training.entropyCoefficient",
            OffPolicyThreshold = maybe s "training.offPolicyThreshold",
            SapoTemperaturePositive = s.Number "training.sapoTemperaturePositive",
            SapoTemperatureNegative = s.Number "training.sapoTemperatureNegative",
            VespoPowerPositive = s.Number "training.vespoPowerPositive",
            VespoDecayPositive = s.Number "training.vespoDecayPositive",
            VespoPowerNegative = s.Number "training.vespoPowerNegative",
            VespoDecayNegative = s.Number "training.vespoDecayNegative"
        )

    let private schedule (s: Settings) =
        Schedule(
            Peak = s.Number "training.learningRate",
            WarmUp = s.Whole "training.warmupSteps",
            FromZero = s.Switch "training.warmupFromZero",
            Shape = choice<DecayShape> s "training.schedule",
            Floor = s.Number "training.finalShare",
            DecaySteps = s.Whole "training.decaySteps"
        )

    let private optimiser (s: Settings) =
        OptimiserOptions(
            Kind = choice<OptimiserKind> s "training.optimiser",
            Beta1 = s.Number "training.beta1",
            Beta2 = s.Number "training.beta2",
            Epsilon = s.Number "training.epsilon",
            Momentum = s.Number "training.momentum",
            WeightDecay = s.Number "training.weightDecay"
        )

    let private update (s: Settings) =
        UpdateOptions(
            Steps = s.Whole "training.steps",
            Loss = loss s,
            AdvantageScale = choice<AdvantageScale> s "training.advantageScale",
            Aggregation = choice<RewardAggregation> s "training.aggregation",
            Iterations = s.Whole "training.iterations",
            StepsPerIteration = s.Whole "training.stepsPerIteration",
            MicroBatchPrompts = s.Whole "training.microBatchPrompts",
            Saving =
                MemorySaving(
                    Positions = s.Whole "training.logProbPositions",
                    RecomputeLayers = s.Switch "training.activationCheckpointing"
                ),
            BalanceDomains = s.Switch "training.balanceDomains",
            SkipZeroVariance = s.Switch "training.skipZeroVariance",
            DomainGradientsEvery = s.Whole "training.domainGradientsEvery",
            Schedule = schedule s,
            Optimiser = optimiser s,
            MaxGradientNorm = s.Number "training.maxGradientNorm",
            FreezeTower = (s.Text "model.trainable" <> "all"),
            FeatureCacheMiB = s.Whole "training.featureCacheMiB"
        )

    /// How policies are scored, with answers drawn as given.
    let evaluationBy (decoding: Decoding) (s: Settings) : EvaluationOptions =
        EvaluationOptions(
            Every = s.Whole "evaluation.every",
            BenchmarksToo = s.Switch "evaluation.benchmarksToo",
            Decoding = decoding,
            Samples = s.Whole "evaluation.samples",
            Temperature = s.Number "evaluation.temperature",
            MaxNewTokens =
                (match s.Whole "evaluation.maxNewTokens" with
                 | 0 -> s.Whole "rollout.maxNewTokens"
                 | n -> n),
            Limit = s.Whole "evaluation.limit",
            ItemsAtOnce = s.Whole "evaluation.itemsAtOnce",
            Seed = uint64 (s.Whole "evaluation.seed")
        )

    /// How policies are scored.
    let evaluation (s: Settings) : EvaluationOptions = evaluationBy (choice<Decoding> s "evaluation.decoding") s

    /// Everything that a run is a function of, its data and starting policy apart.
    let training (s: Settings) : TrainingOptions =
        TrainingOptions(
            Seed = uint64 (s.Whole "seed"),
            Rollout = rollout s,
            Training = update s,
            Evaluation = evaluation s,
            Checkpoint = CheckpointOptions(Every = s.Whole "checkpoint.every", Keep = s.Whole "checkpoint.keep"),
            Log =
                LogOptions(
                    CompletionsEvery = s.Whole "log.completionsEvery",
                    CompletionGroups = s.Whole "log.completionGroups",
                    ImagesMiB = s.Whole "log.imagesMiB",
                    TensorBoard = s.Switch "log.tensorBoard"
                )
        )
