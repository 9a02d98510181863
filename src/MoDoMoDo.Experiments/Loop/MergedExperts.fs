namespace MoDoMoDo.Experiments

open System
open System.Diagnostics
open System.IO
open System.Threading
open MathNet.Numerics.Statistics
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures
open MoDoMoDo.Model
open MoDoMoDo.Training

/// A policy that was trained on one domain alone.
type Expert = {
    Domain: string
    /// The folder of its run.
    Folder: string
}

/// Cheap proxies for trained mixtures: the parameters of single-domain policies averaged by the weights of a mixture, and scored.
/// They stand in a ledger under a scale of their own, "merged".
module MergedExperts =

    /// What the names of merged runs begin with.
    let word = "merged-"

    /// The scale of merged policies in a ledger.
    let scale = RunFolder.mergedScale

    /// The finished single-domain runs of a sweep, one a domain, the first of each by name. Raises InputException where a domain has
    /// none.
    let ofSweep (folder: string) (domains: string[]) : Expert list =
        let runs = RunFolder.ofSweep folder

        [
            for domain in domains ->
                runs
                |> List.tryFind (fun run ->
                    run.Result |> Option.exists (fun r -> r.Scale = "" && r.Stopped = "" && r.Weights[domain] = 1.0))
                |> Option.map (fun run -> { Domain = domain; Folder = run.Folder })
                |> Option.defaultWith (fun () ->
                    raise (InputException(folder, domain, "a finished run on this domain alone", "none")))
        ]

    let private final (expert: Expert) = Path.Combine(expert.Folder, "final")

    let private result (s: Settings) (weights: Weights) (scores: Evaluation list) (steps: int) (seconds: float) : Json =
        TrainRun.resultOf s weights (TrainRun.scoredSets scores) [
            "scale", Json.Text scale
            "seconds", Json.Number seconds
            "steps", Json.Number(float steps)
        ]

    /// Makes and scores the merges that are not there yet, each in a run folder of its own in a sweep folder, under `merged-` and
    /// its name, on the benchmarks that the settings say. Raises OperationCanceledException when stopped; what is done is kept.
    let run
        (s: Settings)
        (experts: Expert list)
        (folder: string)
        (progress: ITrainingProgress)
        (stop: CancellationToken)
        (mixtures: NamedMixture list)
        : unit =
        let place (mixture: NamedMixture) = Sweep.runFolder folder (word + mixture.Run)
        let missing = mixtures |> List.filter (place >> RunFolder.isFinished >> not)

        if not missing.IsEmpty then
            ComputeDevice.Threads <- s.Whole "threads"
            let policies = experts |> List.map (final >> StartingPolicy.load s) |> Array.ofList
            let steps = (RunFolder.read experts.Head.Folder).Result |> Option.map _.Steps |> Option.defaultValue 0

            try
                use merged = StartingPolicy.load s (final experts.Head)
                // Experts share their frozen tower, and so do their averages: pictures are read once.
                use features = new FeatureCache(merged, true, s.Whole "training.featureCacheMiB")
                let images, threads = ImageSource(), s.Whole "rollout.graderThreads"
                let evaluator = Evaluator(merged, images, features, Binding.evaluation s, threads)
                let benchmarks = TrainRun.scored progress.Noticed s [||]

                for mixture in missing do
                    let started = Stopwatch.GetTimestamp()
                    MergedPolicy.Average(merged, policies, [| for e in experts -> mixture.Weights[e.Domain] |])
                    let scores = [ for b in benchmarks -> evaluator.Score(b, progress, stop).Evaluation ]
                    let own = Sweep.settingsOf s mixture.Weights (s.Whole "seed") []
                    let seconds = Stopwatch.GetElapsedTime(started).TotalSeconds
                    Files.write (Path.Combine(place mixture, "settings.json")) (own.ToText())

                    result own mixture.Weights scores steps seconds
                    |> Json.indented
                    |> Files.write (RunFolder.resultFile (place mixture))
            finally
                policies |> Array.iter _.Dispose()

    /// Mixtures that a sweep has both trained and merged (weights equal to 1e-6), with the target's value for each.
    let pairs (folder: string) (target: Target) : (string * float * float) list =
        let runs = RunFolder.ofSweep folder
        let ledger = RunFolder.ledger runs
        let value (row: LedgerRow) = Ledger.value target ledger row |> Option.defaultValue nan
        let merged, others = ledger.Rows |> Array.partition (fun row -> row.Scale = scale)

        let same (a: Weights) (b: Weights) = ledger.Domains |> Array.forall (fun d -> abs (a[d] - b[d]) < 1e-6)

        [
            for row in merged do
                match others |> Array.filter (fun o -> o.Scale <> "online" && same o.Weights row.Weights) with
                | [||] -> ()
                | trained -> row.Run, trained |> Array.averageBy value, value row
        ]

    /// Rank correlation (Spearman) of trained and merged mixtures of a sweep; NaN for fewer than three.
    let rankCorrelation (pairs: (string * float * float) list) : float =
        if pairs.Length < 3 then
            nan
        else
            Correlation.Spearman(pairs |> List.map (fun (_, t, _) -> t), pairs |> List.map (fun (_, _, m) -> m))
