/// Prints the bars of reference/mixtures.md section 7 beside baselines: `bars [accuracy|search|seeds] [predictor ...]`.
module MoDoMoDo.Mixtures.Bars.Program

open System
open System.Diagnostics
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures
open MoDoMoDo.Mixtures.Bars.Protocol

type Bar = { Name: string; Target: string; Runs: int; Subsets: int; Spearman: float; Rmse: float }

let private pileCc = "pile_cc_val_loss"

let private bars = [
    { Name = "G1"; Target = pileCc; Runs = 16; Subsets = 12; Spearman = 88.0; Rmse = 0.165 }
    { Name = "G2"; Target = pileCc; Runs = 32; Subsets = 12; Spearman = 95.5; Rmse = 0.103 }
    { Name = "G3"; Target = pileCc; Runs = 64; Subsets = 8; Spearman = 97.5; Rmse = 0.076 }
    { Name = "G4"; Target = pileCc; Runs = 128; Subsets = 4; Spearman = 98.5; Rmse = 0.057 }
    { Name = "G5"; Target = "composite:mean"; Runs = 16; Subsets = 6; Spearman = 88.5; Rmse = 0.175 }
    { Name = "G6"; Target = "composite:mean"; Runs = 32; Subsets = 6; Spearman = 94.5; Rmse = 0.122 }
    { Name = "G7"; Target = "composite:mean"; Runs = 64; Subsets = 6; Spearman = 97.3; Rmse = 0.086 }
    { Name = "G8"; Target = "composite:mean"; Runs = 128; Subsets = 4; Spearman = 98.0; Rmse = 0.071 }
]

type Result = { Rho: float; Error: float; Coverage: float; Score: float }

let private accuracy (method': Method) (bar: Bar) =
    let ledger, target = regmix.Value, Target.parse bar.Target
    let clock = Stopwatch.StartNew()

    let results =
        Array.init bar.Subsets (fun s ->
            let train, test = subset bar.Runs s

            let surrogate =
                Surrogate.fit method' target { ledger with Rows = train |> Array.map (fun i -> ledger.Rows[i]) }

            let held = test |> Array.map (fun i -> ledger.Rows[i])
            let measured = held |> Array.map (fun r -> (Ledger.value target ledger r).Value)
            let predicted = held |> Array.map (Ledger.weights ledger) |> Surrogate.predict surrogate
            let means = predicted |> Array.map _.Mean
            let coverage, score = intervals predicted measured
            { Rho = spearman means measured; Error = rmse means measured; Coverage = coverage; Score = score })

    let mean (f: Result -> float) = Array.averageBy f results
    let rho, error = mean _.Rho, mean _.Error
    let coverage, score = mean _.Coverage, mean _.Score
    let ok condition = if condition then "ok  " else "MISS"

    printfn
        "%s %-15s n=%-3d %-16s Spearman %5.1f (>= %.1f %s) RMSE %.4f (<= %.3f %s) coverage %.3f score %.3f (%s) %.2f s a fit"
        bar.Name
        bar.Target
        bar.Runs
        method'.Name
        rho
        bar.Spearman
        (ok (rho >= bar.Spearman))
        error
        bar.Rmse
        (ok (error <= bar.Rmse))
        coverage
        score
        (ok (coverage >= 0.82 && coverage <= 0.98 && score <= 1.05))
        (clock.Elapsed.TotalSeconds / float bar.Subsets)

/// G10-G12: runs until the goal, from starts that do not hold it.
let private search (method': Method) acquisition name (text: string) goalRank bound =
    let ledger, target = regmix.Value, Target.parse text
    let score i = (Ledger.value target ledger ledger.Rows[i]).Value

    let wanted =
        [| 0..511 |]
        |> Array.sortBy score
        |> Array.truncate goalRank
        |> Array.map (fun i -> ledger.Rows[i].Run)

    let starts =
        Seq.init 32 (fun s -> [| s..32..511 |] |> Array.map (fun i -> ledger.Rows[i].Run))
        |> Seq.filter (fun start -> not (Array.exists (fun r -> Array.contains r wanted) start))
        |> Seq.truncate 12
        |> Array.ofSeq

    let clock = Stopwatch.StartNew()

    let needed =
        starts
        |> Array.map (fun start ->
            let choices = Search.replay method' acquisition 0UL Goal.Min target start 24 ledger

            match choices |> Array.tryFindIndex (fun c -> Array.contains c.Run wanted) with
            | Some k -> k + 1
            | None -> 25)

    let found = needed |> Array.filter (fun k -> k <= 24) |> Array.length

    printfn
        "%s %-18s best %d: %s found %d/12 (>= 11), mean %.1f (<= %.0f) %s  %.1f s a search"
        name
        text
        goalRank
        method'.Name
        found
        (Array.averageBy float needed)
        bound
        (if found >= 11 && Array.averageBy float needed <= bound then "ok" else "MISS")
        (clock.Elapsed.TotalSeconds / 12.0)

let private report (method': Method) target ledger =
    Validation.report 0UL ledger (Surrogate.fit method' (Target.parse target) ledger)

let private seedRuns (method': Method) =
    for target in [ "Out"; "ScienceQA"; "In"; "ChartQA"; "MathVista" ] do
        let r = report method' target seeds.Value

        let inside =
            r.LeftOut
            |> Array.filter (fun l -> abs (l.Measured - l.Prediction.Mean) <= MixtureCommands.halfWidth l.Prediction)
            |> Array.length

        printfn
            "G13 %-10s %-12s nRMSE %.3f skill %.3f [%.3f, %.3f] rank %d of %d: %s; intervals hold %.2f"
            target
            method'.Name
            (r.LeftOutRmse / r.ConstantRmse)
            r.Skill
            r.SkillLower
            r.SkillUpper
            r.Design.Rank
            r.Design.Columns
            (Validation.words r.Verdict)
            (float inside / float r.Count)

    let every8 = { regmix.Value with Rows = [| for i in 0..8..511 -> regmix.Value.Rows[i] |] }
    let r = report method' pileCc every8

    printfn
        "G13 control %s Pile-CC nRMSE %.3f: %s"
        method'.Name
        (r.LeftOutRmse / r.ConstantRmse)
        (Validation.words r.Verdict)

    for s in 1UL .. 4UL do
        let scores = RandomStream(Rng.OfSeed s).Shuffle(every8.Rows |> Array.map _.Scores)

        let r =
            report method' pileCc {
                every8 with
                    Rows = Array.map2 (fun row s -> { row with Scores = s }) every8.Rows scores
            }

        printfn
            "G13 shuffled %s nRMSE %.3f [%.3f, %.3f]: %s"
            method'.Name
            (r.LeftOutRmse / r.ConstantRmse)
            r.SkillLower
            r.SkillUpper
            (Validation.words r.Verdict)

[<EntryPoint>]
let main arguments =
    let what = if arguments.Length > 0 then arguments[0] else "all"

    let methods =
        if arguments.Length > 1 then
            arguments[1..] |> Array.map PredictorCatalogue.find
        else
            [| PredictorCatalogue.standard |]

    let only = Environment.GetEnvironmentVariable "BARS" |> Option.ofObj

    if what = "all" || what = "accuracy" then
        for bar in bars do
            if only |> Option.forall _.Contains(bar.Name) then
                for m in methods do
                    accuracy m bar

    if what = "all" || what = "seeds" then
        seedRuns (PredictorCatalogue.find "quadratic")
        Array.iter seedRuns methods

    if what = "all" || what = "search" then
        for m in methods do
            search m Acquisition.ExpectedImprovement "G10" "composite:mean" 1 8.0
            search m Acquisition.ExpectedImprovement "G11" pileCc 3 10.0
            search m Acquisition.ExpectedImprovement "G12" "hackernews_val_loss" 3 6.0

    0
