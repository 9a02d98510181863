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
            elif Directory.EnumerateFileSystemEntries folder |> Seq.isEmpty |> not then
                refuse "" "a folder with a run to resume" "another folder"
        elif RunFolder.isRun folder then
            refuse "" "an empty or new folder, or --resume" "a run"
        elif Directory.Exists folder && Directory.EnumerateFileSystemEntries folder |> Seq.isEmpty |> not then
            refuse "" "an empty or new folder" "files"

        Files.write (settingsFile folder) (s.ToText())

    /// The sets that a run scores at its end, with a prefix that tells halves and the domains' own tests apart.
    let private scored (notice: string -> unit) (s: Settings) (domains: (TrainingDomain * Benchmark)[]) : Benchmark[] =
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

    let private withPrefix (prefix: string) (scores: Evaluation seq) : FileScore list = [
        for e in scores do
            if e.Name.StartsWith(prefix, StringComparison.Ordinal) then
                ofEvaluation (e.Name.Substring prefix.Length) e
    ]

    /// Both halves as one set: items are independent.
    let private pooled (a: FileScore) (b: FileScore) : FileScore =
        let n, m = float a.Count, float b.Count

        {
            Name = a.Name
            Mean = (n * a.Mean + m * b.Mean) / (n + m)
            StandardError = sqrt ((n * a.StandardError) ** 2.0 + (m * b.StandardError) ** 2.0) / (n + m)
            Count = a.Count + b.Count
        }

    /// One score of several sets: their plain mean, or weighted by items as in the paper. NaN without a set.
    let aggregate (how: string) (scores: FileScore list) : float =
        match scores with
        | [] -> nan
        | _ when how = "weighted" ->
            (scores |> List.sumBy (fun s -> float s.Count * s.Mean))
            / (scores |> List.sumBy (fun s -> float s.Count))
        | _ -> scores |> List.averageBy _.Mean

    let private result (s: Settings) (outcome: TrainingOutcome) : Json =
        let fit, confirm = withPrefix "fit:" outcome.Benchmarks, withPrefix "confirm:" outcome.Benchmarks
        let tests = withPrefix "test:" outcome.Benchmarks

        let scores =
            match fit, confirm with
            | [], [] -> [
                for e in outcome.Benchmarks do
                    if not (e.Name.StartsWith("test:", StringComparison.Ordinal)) then
                        ofEvaluation e.Name e
              ]
            | one, []
            | [], one -> one
            | both -> both ||> List.map2 pooled

        let how = s.Text "evaluation.aggregate"
        let weights = s.Weights

        let start =
            match s.Text "model.path" with
            | "world" -> WorldStart.folder ignore CancellationToken.None s
            | path -> path

        Json.Object [
            "scores", RunFolder.ofScores scores
            if not fit.IsEmpty || not confirm.IsEmpty then
                "halves", Json.Object [ "fit", RunFolder.ofScores fit; "confirm", RunFolder.ofScores confirm ]
            "tests", RunFolder.ofScores tests
            "in", Json.Number(aggregate how tests)
            "out", Json.Number(aggregate how scores)
            "seconds", Json.Number outcome.State.Seconds
            "steps", Json.Number(float outcome.State.Step)
            "seed", Json.Number(float (s.Whole "seed"))
            "weights", Json.Object [ for domain, w in Seq.zip weights.Domains weights.Values -> domain, Json.Number w ]
            "skipped_steps", Json.Number(float outcome.State.Skipped)
            "best_step", Json.Number(float outcome.State.BestStep)
            "provenance", Provenance.ofSettings s start
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
        ComputeDevice.Threads <- s.Whole "threads"
        Sources.checkVerifiers (domains |> Seq.map fst)
        let shapings = Sources.shapings s (Array.map fst domains)
        let images = ImageSource()
        let start = StartingPolicy.forTraining progress.Noticed stop s
        let training = domains |> Array.map fst |> withinLimit progress.Noticed images s

        let inputs =
            TrainingInputs(
                training,
                Sources.sampler s training,
                scored progress.Noticed s domains,
                images,
                start,
                Shapings = shapings,
                EncodeImage = Func<_, _> ImageEncoding.ToPng,
                StartsAtBase = StartingPolicy.startsAtBase s,
                Load = Func<_, _>(StartingPolicy.load s)
            )

        let outcome = Trainer.Run(Binding.training s, inputs, folder, progress, stop)

        if not outcome.Finished then
            raise (OperationCanceledException stop)

        Files.write (RunFolder.resultFile folder) (Json.indented (result s outcome))

    /// As runOn, with the domains of the settings. A run whose input is refused before its first step leaves no settings behind,
    /// so that the command can be repeated once the input is mended.
    let run (s: Settings) (folder: string) (progress: ITrainingProgress) (stop: CancellationToken) : unit =
        try
            runOn (Sources.domains progress.Noticed s) s folder progress stop
        with :? InputException ->
            let started name = Path.Exists(Path.Combine(folder, name))

            if not (started "checkpoints" || started "metrics.jsonl") then
                File.Delete(settingsFile folder)

            reraise ()
