namespace MoDoMoDo.Experiments

open System
open System.Diagnostics
open System.IO
open System.Threading
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

/// The outer loop: pilot runs on seed and space-filling mixtures, a predictor fitted on them, a proposal, and the proposal
/// confirmed against the best seed and uniform on fresh seeds that all of them share.
module Loop =

    /// Seeds of confirmation runs: none of them is a pilot's.
    let private firstConfirmationSeed = 1000

    let private pilotWord, confirmWord = "pilot-", "confirm-"

    type private Context = {
        Settings: Settings
        Folder: string
        Jobs: int
        Progress: ISweepProgress
        Stop: CancellationToken
    }

    /// Carries out one part of the loop's runs, with so many before it and so many expected after it in what is shown.
    let private carryOut (c: Context) (before: int) (after: int) (runs: PlannedRun list) : unit =
        let overall = {
            new ISweepProgress with
                member _.Runs(finished, total, busy) = c.Progress.Runs(before + finished, before + total + after, busy)
                member _.Notice message = c.Progress.Notice message
        }

        Sweep.run c.Folder c.Jobs overall c.Stop runs

    /// The runs of mixtures, each with the settings' seed and the next ones.
    let private pilots (c: Context) (mixtures: NamedMixture seq) : PlannedRun list = [
        for mixture in mixtures do
            for i in 0 .. c.Settings.Whole "sweep.pilotSeeds" - 1 do
                let suffix = if i = 0 then "" else "-" + string i

                {
                    Name = pilotWord + mixture.Run + suffix
                    Settings =
                        Sweep.settingsOf c.Settings mixture.Weights (c.Settings.Whole "seed" + i) [
                            "evaluation.half=fit"
                        ]
                }
    ]

    /// The score of the policy that all runs start from, on the confirmation half.
    let private scoreBase (c: Context) : FileScore list =
        let file = Path.Combine(c.Folder, "base.json")

        if not (File.Exists file) then
            c.Progress.Notice "scoring the policy that all runs start from"
            let settings = Path.Combine(c.Folder, "plan", "base.json")
            Files.write settings ((Settings.withSet [ "evaluation.half=confirm" ] c.Settings).ToText())
            let words = [ "evaluate"; "--settings"; settings; "--out"; file ]

            match Backend.run words (Path.Combine(c.Folder, "plan", "base.log")) c.Progress.Notice c.Stop with
            | 0, _ -> ()
            | code, said ->
                c.Stop.ThrowIfCancellationRequested()
                raise (WorkException $"scoring the starting policy failed (exit code {code}): {said}")

        let benchmarks = c.Settings.Names "data.benchmarks"

        RunFolder.scoresOf (Json.field "scores" (Files.readJson file))
        |> List.filter (fun s -> Array.contains s.Name benchmarks)

    let private seedDesign (c: Context) : NamedMixture[] = Design.paper (c.Settings.Names "data.domains")

    let private spaceFilling (c: Context) (there: NamedMixture[]) : NamedMixture[] =
        MixtureSpace.simplex (c.Settings.Names "data.domains")
        |> Design.spaceFilling
            (uint64 (c.Settings.Whole "seed"))
            (c.Settings.Whole "sweep.spaceFilling")
            (there |> Array.map _.Weights)

    /// The paper's heuristic mixtures, from the scores of the seed runs.
    let private heuristics (c: Context) (seeds: NamedMixture[]) : NamedMixture[] =
        let ledger = Sweep.ledger c.Folder [ for seed in seeds -> pilotWord + seed.Run ]
        let tests = [| for domain in ledger.Domains -> "test:" + domain |]
        Heuristics.all (MixtureCommands.seedScores tests ledger.Targets ledger)

    /// The mixture that the surrogate expects to be best, less one deviation of its own doubt; kept in proposal.csv, so that a
    /// repeated command confirms the same one.
    let private propose (c: Context) (surrogate: Surrogate) : NamedMixture * Prediction =
        let file = Path.Combine(c.Folder, "proposal.csv")

        if not (File.Exists file) then
            let space = MixtureSpace.simplex surrogate.Domains
            let struct (weights, _) = Optimise.best 0UL 1.0 Goal.Max space surrogate
            MixtureFile.write file [| { Run = "proposal"; Weights = Weights.Normalised(surrogate.Domains, weights) } |]

        let proposal = (MixtureFile.read file)[0]
        proposal, (MixtureCommands.predict surrogate [| proposal |])[0]

    /// The seed mixture with the best mean target over its pilot runs.
    let private bestSeed (c: Context) (ledger: Ledger) (seeds: NamedMixture[]) : NamedMixture =
        let target = Target.parse (c.Settings.Text "sweep.target")

        let mean (seed: NamedMixture) =
            ledger.Rows
            |> Array.filter (fun row -> row.Weights = seed.Weights)
            |> Array.choose (Ledger.value target ledger)
            |> fun values -> if values.Length = 0 then -infinity else Array.average values

        seeds |> Array.maxBy mean

    let private confirmationRuns (c: Context) (contestants: NamedMixture list) : PlannedRun list = [
        for i in 0 .. c.Settings.Whole "sweep.confirmationSeeds" - 1 do
            let seed = firstConfirmationSeed + c.Settings.Whole "seed" + i

            for mixture in contestants do
                {
                    Name = confirmWord + mixture.Run + "-" + string seed
                    Settings = Sweep.settingsOf c.Settings mixture.Weights seed [ "evaluation.half=both" ]
                }
    ]

    /// Confirmation scores of a contestant by seed.
    let private confirmed (c: Context) (name: string) : (int * FileScore list) list =
        RunFolder.ofSweep c.Folder
        |> List.filter (fun run -> run.Name.StartsWith(confirmWord + name + "-", StringComparison.Ordinal))
        |> List.choose (fun run -> run.Result |> Option.map (fun r -> r.Seed, r.Confirm))
        |> List.sortBy fst

    /// Names of the base policy and of the confirmation runs, each with the folder of the policy (none: the one of the settings).
    let private confirmedPolicies (c: Context) : (string * string option) list = [
        "base", None
        for run in RunFolder.ofSweep c.Folder do
            if run.Name.StartsWith(confirmWord, StringComparison.Ordinal) && run.Result.IsSome then
                run.Name, Some(Path.Combine(run.Folder, "final"))
    ]

    /// Greedy scores of a contestant, a list for each seed.
    let private greedy (c: Context) (name: string) : FileScore list list =
        confirmedPolicies c
        |> List.map fst
        |> List.filter (fun run -> run = name || run.StartsWith(confirmWord + name + "-", StringComparison.Ordinal))
        |> List.map (GreedyScores.read c.Folder)
        |> List.filter (not << List.isEmpty)

    /// The target's value of some benchmark scores.
    let private targetOf (c: Context) (scores: FileScore list) : float =
        let row = LedgerRow.Create("", Weights.Uniform [| "all" |], [ for s in scores -> s.Name, s.Mean ])
        let ledger = { Domains = [| "all" |]; Targets = [| for s in scores -> s.Name |]; Rows = [| row |] }
        Ledger.value (Target.parse (c.Settings.Text "sweep.target")) ledger row |> Option.defaultValue nan

    let private summary (values: float list) : (string * Json) list = [
        "mean", Json.Number(if values.IsEmpty then nan else List.average values)
        "sd", Json.Number(Statistics.deviation values)
        "n", Json.Number(float values.Length)
    ]

    let private scoreEntry (c: Context) (name: string) (runs: (int * FileScore list) list) : Json =
        let benchmarks = runs |> List.collect (snd >> List.map _.Name) |> List.distinct

        Json.Object [
            yield! summary (runs |> List.map (snd >> targetOf c))
            "greedy", Json.Object(summary (greedy c name |> List.map (targetOf c)))
            "per_benchmark",
            Json.Object [
                for benchmark in benchmarks ->
                    benchmark,
                    Json.Object(
                        summary [
                            for _, scores in runs do
                                for s in scores do
                                    if s.Name = benchmark then
                                        s.Mean
                        ]
                    )
            ]
        ]

    let private pairs (c: Context) (names: string list) : (int * float list) list =
        let byName =
            names
            |> List.map (confirmed c >> List.map (fun (seed, scores) -> seed, targetOf c scores) >> Map.ofList)

        match byName with
        | [] -> []
        | first :: _ -> [
            for KeyValue(seed, _) in first do
                if byName |> List.forall (Map.containsKey seed) then
                    seed, byName |> List.map (Map.find seed)
          ]

    /// Uniform is a seed mixture as well: where it is the best one, it is its own contestant once.
    let private nameOfBest (best: NamedMixture) = if best.Run = "uniform" then "uniform" else "best_seed"

    let private result
        (c: Context)
        (seconds: float)
        (basis: FileScore list)
        (proposal: NamedMixture, prediction: Prediction)
        (best: NamedMixture)
        (report: PredictorReport)
        : Json =
        let bestName = nameOfBest best
        let paired = pairs c [ "proposal"; "uniform"; bestName ]
        let difference = paired |> List.map (fun (_, values) -> values[0] - values[1]) |> Statistics.paired

        Json.Object [
            "runs",
            RunFolder.ofSweep c.Folder
            |> List.filter (fun run -> run.Result.IsSome && not (RunFolder.isMerged run))
            |> List.length
            |> float
            |> Json.Number
            "seconds", Json.Number seconds
            "proposal",
            Json.Object [
                "weights",
                Json.Object [
                    for domain, w in Seq.zip proposal.Weights.Domains proposal.Weights.Values -> domain, Json.Number w
                ]
                "predicted", Json.Object [ "mean", Json.Number prediction.Mean; "sd", Json.Number prediction.Deviation ]
            ]
            "scores",
            Json.Object [
                "base", scoreEntry c "base" [ 0, basis ]
                "uniform", scoreEntry c "uniform" (confirmed c "uniform")
                "proposal", scoreEntry c "proposal" (confirmed c "proposal")
                "best_seed", scoreEntry c bestName (confirmed c bestName)
            ]
            "best_seed", Json.Text best.Run
            "difference",
            Json.Object [
                "proposal_minus_uniform",
                Json.Object [
                    "mean", Json.Number difference.Mean
                    "lower", Json.Number difference.Lower
                    "upper", Json.Number difference.Upper
                    "pairs", Json.Number(float difference.Pairs)
                ]
            ]
            "pairs",
            Json.List [
                for seed, values in paired ->
                    Json.Object [
                        "seed", Json.Number(float seed)
                        "proposal", Json.Number values[0]
                        "uniform", Json.Number values[1]
                        "best_seed", Json.Number values[2]
                    ]
            ]
            "predictor", Sweep.predictorJson report
        ]

    /// Seconds that earlier, interrupted calls took: the loop's time is the sum over calls.
    let private spentBefore (folder: string) : float =
        match Files.tryReadJson (Path.Combine(folder, "plan", "time.json")) with
        | Some json -> Json.number (Json.field "seconds" json)
        | None -> 0.0

    /// Says what is to come, before anything takes time.
    let private announce (c: Context) (first: int) (confirming: int) : unit =
        let heuristics =
            if c.Settings.Switch "sweep.heuristics" then
                "then those on heuristic mixtures, "
            else
                ""

        c.Progress.Notice
            $"{c.Folder}: {first} runs on seed mixtures and others that fill the space, {heuristics}then {confirming} that confirm the proposal; {c.Jobs} at a time"

    /// The whole loop in a folder; repeated, it continues where it was. Writes ledger.csv, predictor.json, result.json and
    /// report.html. Raises WorkException when a run failed and OperationCanceledException when stopped.
    let run (s: Settings) (folder: string) (jobs: int) (progress: ISweepProgress) (stop: CancellationToken) : unit =
        let c = { Settings = s; Folder = folder; Jobs = jobs; Progress = progress; Stop = stop }
        let before, started = spentBefore folder, Stopwatch.GetTimestamp()
        let spent () = before + Stopwatch.GetElapsedTime(started).TotalSeconds

        try
            let seeds = seedDesign c
            let first = pilots c (Array.append seeds (spaceFilling c seeds))
            let confirming = 3 * s.Whole "sweep.confirmationSeeds"
            announce c first.Length confirming
            let basis = scoreBase c
            carryOut c 0 confirming first

            let further = if s.Switch "sweep.heuristics" then pilots c (heuristics c seeds) else []
            carryOut c first.Length confirming further

            let ledger = Sweep.ledger folder [ pilotWord ]
            Sweep.writeLedger folder ledger
            let surrogate, report = Sweep.fit folder (s.Text "sweep.target") ledger
            let proposal, prediction = propose c surrogate
            let best = bestSeed c ledger seeds
            let uniform = Design.uniform (s.Names "data.domains")

            List.distinct [ proposal; uniform; { best with Run = nameOfBest best } ]
            |> confirmationRuns c
            |> carryOut c (first.Length + further.Length) 0

            Sweep.writeLedger folder (RunFolder.ledger (RunFolder.ofSweep folder))

            GreedyScores.measure
                (Settings.withSet [ "evaluation.half=confirm" ] s)
                folder
                jobs
                progress.Notice
                stop
                (confirmedPolicies c)

            Files.write
                (RunFolder.resultFile folder)
                (Json.indented (result c (spent ()) basis (proposal, prediction) best report))

            Report.write folder (Path.Combine(folder, "report.html"))
        finally
            if Directory.Exists folder then
                Files.write
                    (Path.Combine(folder, "plan", "time.json"))
                    (Json.indented (Json.Object [ "seconds", Json.Number(spent ()) ]))
