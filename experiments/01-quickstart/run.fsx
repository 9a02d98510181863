// The whole loop from a script, and its results as frames:
//   dotnet fsi experiments/01-quickstart/run.fsx [FOLDER] [path.to.field=value ...]
// The folder (default: results beside this script) is a sweep folder; repeated, the script continues.
#load "../load.fsx"

open System
open System.IO
open System.Threading
open Deedle
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

let arguments = fsi.CommandLineArgs |> Array.skip 1 |> List.ofArray
let assignments, folders = arguments |> List.partition _.Contains('=')

let folder =
    folders |> List.tryHead |> Option.defaultValue (Path.Combine(__SOURCE_DIRECTORY__, "results"))

let settings = Settings.ofPreset "small" assignments

Files.write (Path.Combine(folder, "plan", "settings.json")) (settings.ToText())
Loop.run settings folder Environment.ProcessorCount Load.sweepProgress CancellationToken.None

// The ledger: a row a run.
let ledger = (LedgerFile.read LedgerFormat.Default (Path.Combine(folder, "ledger.csv"))).Ledger

let scores: Frame<string, string> =
    ledger.Rows
    |> Seq.collect (fun row -> [ for KeyValue(benchmark, m) in row.Scores -> row.Run, benchmark, m.Score ])
    |> Frame.ofValues

scores.Print()

// The rewards of the proposal's first run, over its last steps.
let proposal = RunFolder.ofSweep folder |> List.find _.Name.Contains("proposal")
let figures = RunFolder.frame proposal

figures.Columns[figures.ColumnKeys |> Seq.filter _.StartsWith("reward.")]
|> Frame.takeLast (min 5 figures.RowCount)
|> _.Print()

let result = Files.readJson (RunFolder.resultFile folder)
let points name = 100.0 * Json.number (Json.at ("difference.proposal_minus_uniform." + name) result)

printfn
    "proposal minus uniform: %+.1f points, 95 %% interval %+.1f to %+.1f"
    (points "mean")
    (points "lower")
    (points "upper")

printfn "%s" (Path.Combine(folder, "report.html"))
