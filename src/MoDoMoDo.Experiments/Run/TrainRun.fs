namespace MoDoMoDo.Experiments

open System
open System.IO
open System.Threading
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Model
open MoDoMoDo.Training

/// One training run in a folder of its own (CLI.md, "Run folder").
module TrainRun =

    let private settingsFile (folder: string) = Path.Combine(folder, "settings.json")

    /// Fields that a resumed run may change: what is written and scored, never what is trained.
    let private mayChange (before: Settings) (now: Settings) (path: string) =
        path.StartsWith("log.", StringComparison.Ordinal)
        || path.StartsWith("evaluation.", StringComparison.Ordinal)
        || path = "checkpoint.keep"
        || (path = "training.steps" && now.Whole path > before.Whole path)

    let private lockFile = ".lock"

    let private isEmpty (folder: string) =
        Directory.EnumerateFileSystemEntries folder
        |> Seq.forall (fun entry -> Path.GetFileName entry = lockFile)

    /// Does the work while no other process trains in the folder: the runs of a sweep that was killed go on for a while, and a
    /// repeated sweep must not write between their lines. Raises OperationCanceledException when stopped while it waits.
    let alone (folder: string) (progress: ITrainingProgress) (stop: CancellationToken) (work: unit -> 'a) : 'a =
        Directory.CreateDirectory folder |> ignore
        let waiting () = progress.Noticed(folder + ": waiting for another process that trains here")
        Files.locked (Path.Combine(folder, lockFile)) waiting stop work

    /// Makes sure that a run may be written into the folder, and writes its settings there first. Raises InputException when the
    /// folder holds a run and `resume` is false, when there is nothing to resume, or when a resumed run's settings differ.
    let prepare (s: Settings) (folder: string) (resume: bool) : unit =
        let refuse path wanted found = raise (InputException(folder, path, wanted, found))

        if File.Exists folder then
            refuse "" "a folder" "a file"

        if resume then
            if not (Directory.Exists folder) then
                refuse "" "a folder with a run to resume" "none"

            if RunFolder.isRun folder then
                let before = Settings.ofFile (settingsFile folder) []

                for path in Settings.differences before s do
                    if not (mayChange before s path) then
                        refuse path ("the run's own value, " + Schema.shown (before.At path)) (Schema.shown (s.At path))

                if before.Whole "training.steps" < s.Whole "training.steps" then
                    File.Delete(RunFolder.resultFile folder)
            elif not (isEmpty folder) then
                refuse "" "a folder with a run to resume" "another folder"
        elif RunFolder.isRun folder then
            refuse "" "an empty or new folder, or --resume" "a run"
        elif Directory.Exists folder && not (isEmpty folder) then
            refuse "" "an empty or new folder" "files"

        Files.write (settingsFile folder) (s.ToText())

    /// The sets that a run scores at its end, with a prefix that tells halves and the domains' own tests apart.
    let scored (notice: string -> unit) (s: Settings) (domains: (TrainingDomain * Benchmark)[]) : Benchmark[] =
        let prefixed prefix (benchmark: Benchmark) = { benchmark with Name = prefix + benchmark.Name }

        let halves =
            match s.Text "evaluation.half" with
            | "fit" -> [ "fit:", Fit ]
            | "confirm" -> [ "confirm:", Confirm ]
            | "both" -> [ "fit:", Fit; "confirm:", Confirm ]
            | _ -> [ "", All ]

        [|
            for prefix, half in halves do
                yield! Sources.benchmarks notice s half |> Array.map (prefixed prefix)
            yield!
                domains
                |> Array.map snd
                |> Array.filter (fun test -> test.Source.Count > 0)
                |> Array.map (prefixed "test:")
        |]

    let private ofEvaluation (name: string) (e: Evaluation) : FileScore = {
        Name = name
        Mean = e.Mean
        StandardError = e.StandardError
        Count = e.Count
    }

    /// One score of several sets: their plain mean, or weighted by items as in the paper. NaN without a set.
    let aggregate (how: string) (scores: FileScore list) : float =
        match scores with
        | [] -> nan
        | _ when how = "weighted" ->
            (scores |> List.sumBy (fun s -> float s.Count * s.Mean))
            / (scores |> List.sumBy (fun s -> float s.Count))
        | _ -> scores |> List.averageBy _.Mean

    /// What result.json says of a policy that was scored: `weights` is its mixture, `further` are fields of its kind.
    let resultOf (s: Settings) (weights: Weights) (sets: ScoredSets) (further: (string * Json) list) : Json =
        let how = s.Text "evaluation.aggregate"

        let start =
            match s.Text "model.path" with
            | "world" -> WorldStart.folder ignore CancellationToken.None s
            | path -> path

        Json.Object [
            "scores", RunFolder.ofScores sets.All
            if not sets.Fit.IsEmpty || not sets.Confirm.IsEmpty then
                "halves", Json.Object [ "fit", RunFolder.ofScores sets.Fit; "confirm", RunFolder.ofScores sets.Confirm ]
            "tests", RunFolder.ofScores sets.Tests
            "in", Json.Number(aggregate how sets.Tests)
            "out", Json.Number(aggregate how sets.All)
            "seed", Json.Number(float (s.Whole "seed"))
            "weights", Json.Object [ for domain, w in Seq.zip weights.Domains weights.Values -> domain, Json.Number w ]
            yield! further
            "provenance", Provenance.ofSettings s start
        ]

    /// Scores by set from what an evaluator gave, names with their prefixes.
    let scoredSets (evaluations: Evaluation seq) : ScoredSets =
        ScoredSets.ofPrefixed [ for e in evaluations -> ofEvaluation e.Name e ]

    /// The result of a run. An online mixture is what was drawn in the end, and a scale of its own tells it from a fixed one.
    let private result (s: Settings) (sampler: IPromptSampler) (outcome: TrainingOutcome) : Json =
        let online = s.Text "mixture.online" <> "none"

        let weights =
            if online then
                Weights.Normalised(sampler.Domains, sampler.Drawn |> Seq.map float |> Array.ofSeq)
            else
                s.Weights

        resultOf s weights (scoredSets outcome.Benchmarks) [
            if online then
                "scale", Json.Text "online"
            "seconds", Json.Number outcome.State.Seconds
            "steps", Json.Number(float outcome.State.Step)
            "skipped_steps", Json.Number(float outcome.State.Skipped)
            "best_step", Json.Number(float outcome.State.BestStep)
        ]

    /// The domains without the rows whose prompts are longer than allowed; each domain says how many it lost.
    let private withinLimit
        (notice: string -> unit)
        (images: IImageSource)
        (s: Settings)
        (domains: TrainingDomain[])
        : TrainingDomain[] =
        match s.Whole "rollout.maxPromptTokens" with
        | 0 -> domains
        | most ->
            use policy = StartingPolicy.outline notice s

            let kept (domain: TrainingDomain) (source: ISampleSource) =
                PromptLimit.Apply(source, domain.Template, policy, images, most, s.Whole "rollout.graderThreads")

            domains
            |> Array.map (fun domain ->
                let source, heldBack = kept domain domain.Source, kept domain domain.HeldBack

                if source.Count = 0 then
                    raise (
                        InputException(
                            s.Source,
                            "rollout.maxPromptTokens",
                            $"a limit that some prompt of {domain.Name} keeps",
                            string most
                        )
                    )

                if source.LeftOut + heldBack.LeftOut > 0 then
                    notice
                        $"{domain.Name}: {source.LeftOut + heldBack.LeftOut} rows left out, their prompts have more than {most} tokens"

                { domain with Source = source; HeldBack = heldBack })

    /// Passes everything on, and asks for an end once so many steps are done.
    let private endingAfter (step: int) (ending: CancellationTokenSource) (inner: ITrainingProgress) = {
        new ITrainingProgress with
            member _.Started(step, steps) = inner.Started(step, steps)

            member _.Stepped(figures, steps) =
                inner.Stepped(figures, steps)

                if figures.Step >= step then
                    ending.Cancel()

            member _.Evaluating(name, done', items) = inner.Evaluating(name, done', items)
            member _.Evaluated(step, scores) = inner.Evaluated(step, scores)
            member _.Noticed message = inner.Noticed message
    }

    let private train
        (domains: (TrainingDomain * Benchmark)[])
        (s: Settings)
        (folder: string)
        (progress: ITrainingProgress)
        (stop: CancellationToken)
        : TrainingOutcome =
        ComputeDevice.Threads <- s.Whole "threads"
        Sources.checkVerifiers (domains |> Seq.map fst)
        let shapings = Sources.shapings s (Array.map fst domains)
        let images = ImageSource()
        let start = StartingPolicy.forTraining progress.Noticed stop s
        let training = domains |> Array.map fst |> withinLimit progress.Noticed images s

        let sampler = Sources.sampler s training

        let inputs =
            TrainingInputs(
                training,
                sampler,
                scored progress.Noticed s domains,
                images,
                start,
                Shapings = shapings,
                EncodeImage = Func<_, _> ImageEncoding.ToPng,
                StartsAtBase = StartingPolicy.startsAtBase s,
                Load = Func<_, _>(StartingPolicy.load s)
            )

        let outcome = Trainer.Run(Binding.training s, inputs, folder, progress, stop)

        if outcome.Finished then
            Files.write (RunFolder.resultFile folder) (Json.indented (result s sampler outcome))

        outcome

    /// Trains on these domains in a prepared folder, from its newest checkpoint or from the start, to the end, and writes
    /// result.json. For code that brings verifiers or sources of its own; `run` takes the domains of the settings. Raises
    /// OperationCanceledException when stopped (resumable), InputException and WorkException as the trainer does.
    let runOn
        (domains: (TrainingDomain * Benchmark)[])
        (s: Settings)
        (folder: string)
        (progress: ITrainingProgress)
        (stop: CancellationToken)
        : unit =
        if not (train domains s folder progress stop).Finished then
            raise (OperationCanceledException stop)

    /// Does the work; input that is refused before the first step leaves no settings behind, so that the command can be repeated
    /// once the input is mended.
    let private mendable (folder: string) (work: unit -> 'a) : 'a =
        try
            work ()
        with :? InputException ->
            let started name = Path.Exists(Path.Combine(folder, name))

            if not (started "checkpoints" || started "metrics.jsonl") then
                File.Delete(settingsFile folder)

            reraise ()

    /// As runOn, with the domains of the settings. A run whose input is refused before its first step leaves no settings behind.
    let run (s: Settings) (folder: string) (progress: ITrainingProgress) (stop: CancellationToken) : unit =
        mendable folder (fun () -> runOn (Sources.domains progress.Noticed s) s folder progress stop)

    /// As run, but only until so many steps are done; what is due at that step is scored, and the run can be resumed. True when
    /// the run has finished, false when more steps are left.
    let runUntil
        (step: int)
        (s: Settings)
        (folder: string)
        (progress: ITrainingProgress)
        (stop: CancellationToken)
        : bool =
        if step >= s.Whole "training.steps" then
            run s folder progress stop
            true
        else
            use ending = CancellationTokenSource.CreateLinkedTokenSource stop
            let progress' = endingAfter step ending progress

            mendable folder (fun () -> train (Sources.domains progress.Noticed s) s folder progress' ending.Token)
            |> ignore

            stop.ThrowIfCancellationRequested()
            false
