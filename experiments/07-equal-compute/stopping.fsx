// How often would hopeless pilots have been ended wrongly? The pilots of results/quickstart, scored halfway and trained to their end, are replayed
// in random orders: the first eight are finished, each later one is judged halfway by the rule of `sweep --rounds`.
//   dotnet fsi experiments/07-equal-compute/run.fsx evaluation.every=40 evaluation.benchmarksToo=true
//   dotnet fsi experiments/07-equal-compute/stopping.fsx
#load "../load.fsx"

open System
open System.IO
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

let half, whole, finishedFirst, orders, hopeless = 40, 80, 8, 30, 0.05
let target = Target.Mean

let pilots =
    RunFolder.ofSweep (Path.Combine(__SOURCE_DIRECTORY__, "results", "quickstart"))
    |> List.filter (fun run -> run.Name.StartsWith("pilot-", StringComparison.Ordinal) && run.Result.IsSome)

let ledger = RunFolder.ledgerOfSteps pilots

let score step name =
    ledger.Rows
    |> Array.find (fun row -> row.Run = name && row.Step = Some step)
    |> Ledger.value target ledger
    |> Option.get

type Tally = { Judged: int; Stopped: int; StoppedBetter: int; BestJudged: int; BestStopped: int }

/// One order: what is known grows with every run, ended ones with their halfway score alone.
let replay (seed: uint64) =
    let order = RandomStream(seed).Shuffle(pilots |> List.map _.Name |> Array.ofList)
    let best = order |> Array.maxBy (score whole)
    let first, later = Array.splitAt finishedFirst order

    let judge (tally, finished: Set<string>, ended: Set<string>) name =
        let known (row: LedgerRow) =
            finished.Contains row.Run || (ended.Contains row.Run || row.Run = name) && row.Step = Some half

        let chance =
            Stopping.chance
                PredictorCatalogue.smooth
                Goal.Max
                target
                { ledger with Rows = Array.filter known ledger.Rows }
                name

        let stops = chance |> Option.exists (fun p -> p < hopeless)
        let better = score whole name > (finished |> Seq.map (score whole) |> Seq.max)
        let one condition = if condition then 1 else 0

        {
            Judged = tally.Judged + 1
            Stopped = tally.Stopped + one stops
            StoppedBetter = tally.StoppedBetter + one (stops && better)
            BestJudged = tally.BestJudged + one (name = best)
            BestStopped = tally.BestStopped + one (stops && name = best)
        },
        (if stops then finished else finished.Add name),
        (if stops then ended.Add name else ended)

    let nothing = { Judged = 0; Stopped = 0; StoppedBetter = 0; BestJudged = 0; BestStopped = 0 }
    let tally, _, _ = Array.fold judge (nothing, Set.ofArray first, Set.empty) later
    tally

let tallies = [ for seed in 1..orders -> replay (uint64 seed) ]
let sum f = List.sumBy f tallies

printfn "%d pilots, %d orders: %d judged after %d of %d steps" pilots.Length orders (sum _.Judged) half whole
printfn "ended: %d; of these better at their end than the best finished: %d" (sum _.Stopped) (sum _.StoppedBetter)
printfn "the best pilot was judged %d times and ended %d times" (sum _.BestJudged) (sum _.BestStopped)
