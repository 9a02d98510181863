// Which predictor, on real runs: the RegMix table of 512 runs (17 weights, 13 losses), by the protocol of subsets. Writes table.md
// beside this script, and a page with plots to its folder `results`.
//   dotnet fsi experiments/03-regmix/run.fsx [SUBSETS]
// Subset s of n runs has rows s, s + 512/n, ...; the other rows are the test. SUBSETS (default 2; the full protocol has 4 to 12)
// is the number of subsets of each size.
#load "../load.fsx"

open System
open System.Diagnostics
open System.Globalization
open System.IO
open MathNet.Numerics.Statistics
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

let subsets = fsi.CommandLineArgs |> Array.tryItem 1 |> Option.map int |> Option.defaultValue 2
let data (name: string) = Path.Combine(__SOURCE_DIRECTORY__, "..", "data", "regmix", name)

let ledger =
    (LedgerFile.readWithScores
        {
            LedgerFormat.Default with
                WeightsPrefix = "train_the_pile_"
                ScorePrefix = "metric/the_pile_"
                Key = "index"
        }
        (data "train_mixture_1m.csv")
        (data "train_pile_loss_1m.csv"))
        .Ledger

let total = ledger.Rows.Length
let parts rows = { ledger with Rows = rows }

/// Training and test rows of a subset.
let split n s =
    let step = total / n
    let chosen = Set.ofSeq (seq { for k in 0 .. n - 1 -> s + k * step })
    let train, test = ledger.Rows |> Array.indexed |> Array.partition (fst >> chosen.Contains)
    Array.map snd train, Array.map snd test

/// What one predictor does on one subset.
type Outcome = { Rank: float; Error: float; Inside: float; Seconds: float }

let run (name: string) (target: Target) n s : Outcome =
    let train, test = split n s
    let started = Stopwatch.GetTimestamp()
    let surrogate = Surrogate.fit (PredictorCatalogue.find name) target (parts train)
    let predictions = Surrogate.predict surrogate (test |> Array.map (Ledger.weights ledger))
    let seconds = Stopwatch.GetElapsedTime(started).TotalSeconds
    let measured = test |> Array.map (Ledger.value target ledger >> Option.get)
    let means = predictions |> Array.map _.Mean

    {
        Rank = Correlation.Spearman(means, measured)
        Error = sqrt (Array.map2 (fun m y -> (m - y) ** 2.0) means measured |> Array.average)
        Inside =
            Array.map2
                (fun (p: Prediction) y -> if abs (y - p.Mean) <= MixtureCommands.halfWidth p then 1.0 else 0.0)
                predictions
                measured
            |> Array.average
        Seconds = seconds
    }

let targets = [ "Pile-CC", Target.Single "pile_cc_val_loss"; "mean of 13", Target.Mean ]
let sizes = [ 16; 32; 64; 128 ]

/// The stack's HMC is for up to 64 runs; beyond, the average of both Gaussian processes is what it comes down to.
let names = [
    "stack"
    "gp"
    "trees"
    "additive-log"
    "power-law"
    "exponential-law"
    "quadratic-ridge"
    "quadratic"
    "linear"
    "constant"
]

let known = PredictorCatalogue.all |> Array.map (fun (m, _) -> m.Name)

let outcomes =
    dict [
        for target, value in targets do
            for name in names |> List.filter (fun n -> Array.contains n known) do
                for n in sizes do
                    eprintfn "%s, %s, %d runs" target name n
                    (target, name, n), [ for s in 0 .. subsets - 1 -> run name value n s ]
    ]

let number (format: string) (x: float) =
    if Double.IsFinite x then
        x.ToString(format, CultureInfo.InvariantCulture)
    else
        "–"

let cells (texts: string list) = "| " + String.concat " | " texts + " |"

/// One size of a row: error and rank correlation.
let cell target name n =
    let all = outcomes[(target, name, n)]
    let error, rank = all |> List.averageBy _.Error, all |> List.averageBy _.Rank
    number (if error < 10.0 then "0.000" else "0") error + " (" + number "0.0" (100.0 * rank) + ")"

let tableOf (target: string) =
    let most = List.last sizes
    let inside name = sizes |> List.averageBy (fun n -> outcomes[(target, name, n)] |> List.averageBy _.Inside)
    let seconds name = outcomes[(target, name, most)] |> List.averageBy _.Seconds

    let row name =
        [ name ]
        @ List.map (cell target name) sizes
        @ [ number "0.00" (inside name); number "0.0" (seconds name) ]

    let head =
        [ "predictor" ] @ [ for n in sizes -> string n + " runs" ] @ [ "inside 90 %"; $"s at {most}" ]

    let named = names |> List.filter (fun name -> outcomes.ContainsKey((target, name, most)))
    cells head :: cells [ for _ in head -> "---" ] :: List.map (row >> cells) named

let page = [
    "# Predictors on 512 real runs (RegMix)"
    ""
    $"Written by `dotnet fsi experiments/03-regmix/run.fsx {subsets}`, commit {Provenance.commit ()}. Error on the runs that were left out, in nats"
    $"(rank correlation, in hundredths), means over {subsets} subsets of each size; share of scores inside the 90 %% interval over all sizes;"
    "seconds of a fit with its cross-validation and all predictions. Seconds were taken on a busy machine and say little."
    ""
    for target, _ in targets do
        $"## {target}"
        ""
        yield! tableOf target
        ""
    "`quadratic` is least squares on weights and their products, as in the MoDoMoDo paper: with 17 domains it has 153 columns and"
    "its error peaks where the number of runs comes near. `trees` are boosted trees, RegMix's predictor. The mean of 13 losses is"
    "predicted loss by loss and added up. These are losses of a small language model, smooth and nearly without noise: scores of RL"
    "runs are neither."
]

Files.write (Path.Combine(__SOURCE_DIRECTORY__, "table.md")) (String.concat "\n" page + "\n")
page |> List.iter (printfn "%s")

// The page: a fit on 64 runs with its checks, and what it would run next.
let train = parts (fst (split 64 0))
let target = snd targets[0]
let struct (surrogate, report) = MixtureCommands.fit None 0UL target train
let space = MixtureSpace.simplex train.Domains

let proposals =
    MixtureCommands.propose None Acquisition.ExpectedImprovement 0UL Goal.Min space 4 target train
    |> Array.mapi (fun i p -> {
        NamedMixture.Run = $"proposal {i + 1}"
        Weights = Weights.Normalised(train.Domains, p.Weights)
    })
    |> List.ofArray

Files.write
    (Path.Combine(__SOURCE_DIRECTORY__, "results", "page.html"))
    (Report.fitPage (FitView.create train surrogate report proposals))
