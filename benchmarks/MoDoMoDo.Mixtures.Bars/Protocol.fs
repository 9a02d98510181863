/// The measurements of reference/mixtures.md section 7, "Protocol P".
module MoDoMoDo.Mixtures.Bars.Protocol

open System
open System.IO
open MoDoMoDo.Mixtures

let rec private root (folder: string) =
    if File.Exists(Path.Combine(folder, "MoDoMoDo.sln")) then
        folder
    else
        match Path.GetDirectoryName folder with
        | null -> failwith "wanted to run below the folder of MoDoMoDo.sln"
        | parent -> root parent

/// The folder of MoDoMoDo.sln.
let projectFolder: string = root AppContext.BaseDirectory

let private data = Path.Combine(projectFolder, "experiments", "data")

/// The built command line, where there is one.
let modomodo: string option =
    let folder = Path.Combine(projectFolder, "src", "MoDoMoDo.Cli", "bin", "Release", "net10.0")
    let name = if OperatingSystem.IsWindows() then "modomodo.exe" else "modomodo"
    Some(Path.Combine(folder, name)) |> Option.filter File.Exists

/// Temporary files, gone after use.
[<Sealed>]
type Files() =
    let folder = Directory.CreateTempSubdirectory "modomodo-bars"
    member _.Named(name: string) : string = Path.Combine(folder.FullName, name)

    interface IDisposable with
        member _.Dispose() = folder.Delete true

/// RegMix's 512 training runs.
let regmix =
    lazy
        (let format = {
            WeightsPrefix = "train_the_pile_"
            ScorePrefix = "metric/the_pile_"
            Key = "index"
            Exact = false
         }

         let file name = Path.Combine(data, "regmix", name)
         (LedgerFile.readWithScores format (file "train_mixture_1m.csv") (file "train_pile_loss_1m.csv")).Ledger)

/// The paper's 11 seed runs.
let seeds =
    lazy
        (let format = { WeightsPrefix = "w_"; ScorePrefix = ""; Key = "experiment"; Exact = false }
         (LedgerFile.read format (Path.Combine(data, "modomodo_table2.csv"))).Ledger)

/// Rows s, s + 512 / n, ... and the others.
let subset n s =
    let step = 512 / n
    let chosen = [| s..step..511 |]
    chosen, Array.except chosen [| 0..511 |]

/// Average ranks, ties sharing theirs.
let private ranks (xs: float[]) =
    let order = xs |> Array.indexed |> Array.sortBy snd
    let ranks = Array.zeroCreate xs.Length

    for _, ties in order |> Array.indexed |> Array.groupBy (fun (_, (_, x)) -> x) do
        let mean = ties |> Array.averageBy (fst >> float)

        for _, (i, _) in ties do
            ranks[i] <- mean

    ranks

let private correlation (a: float[]) (b: float[]) =
    let ma, mb = Array.average a, Array.average b
    let cov = Array.map2 (fun x y -> (x - ma) * (y - mb)) a b |> Array.sum
    let va, vb = a |> Array.sumBy (fun x -> (x - ma) ** 2.0), b |> Array.sumBy (fun x -> (x - mb) ** 2.0)
    if va = 0.0 || vb = 0.0 then 0.0 else cov / sqrt (va * vb)

/// Spearman's rank correlation, times 100.
let spearman a b = 100.0 * correlation (ranks a) (ranks b)

let rmse (a: float[]) (b: float[]) = Array.map2 (fun x y -> (x - y) ** 2.0) a b |> Array.average |> sqrt

/// Coverage of 90 % intervals, and their interval score over that of the constant width around the same means which covers as
/// many of the same test rows (1 = no sharper than a constant width).
let intervals (predictions: Prediction[]) (measured: float[]) =
    let z = 1.6448536269514722
    let errors = Array.map2 (fun (p: Prediction) y -> abs (y - p.Mean)) predictions measured
    let half = predictions |> Array.map (fun p -> z * p.Deviation)
    let covered = Array.map2 (<=) errors half |> Array.sumBy (fun c -> if c then 1 else 0)

    let score halves =
        Array.map2 (fun e h -> 2.0 * h + (if e > h then 20.0 * (e - h) else 0.0)) errors halves
        |> Array.average

    let width = if covered = 0 then 0.0 else (Array.sort errors)[covered - 1]
    float covered / float errors.Length, score half / score (errors |> Array.map (fun _ -> width))
