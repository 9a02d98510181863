/// Prints the bars of the mixture predictors beside baselines in the same process:
/// `bars [accuracy|search|seeds|calibration|times|all] [PREDICTOR]`; BARS="G5 G9" limits it to some; `all` writes docs/mixtures-bars.md.
module MoDoMoDo.Mixtures.Bars.Program

open System
open System.IO
open MoDoMoDo.Mixtures
open MoDoMoDo.Mixtures.Bars.Protocol
open MoDoMoDo.Mixtures.Bars.Row

let private baselines =
    [| "constant"; "linear"; "quadratic"; "trees" |] |> Array.map PredictorCatalogue.find

let private page (rows: Row list) =
    let date = DateTime.UtcNow.ToString("yyyy-MM-dd", Globalization.CultureInfo.InvariantCulture)

    String.concat "\n" [
        "# Bars of the mixture predictors"
        ""
        "Written by `dotnet run -c Release --project benchmarks/MoDoMoDo.Mixtures.Bars -- all`: the tables of runs in experiments/data (RegMix's 512"
        "runs of a 1M model, the paper's 11 seed runs), subsets s, s + 512/n, ... for fitting and all other rows for testing, averaged over the"
        "subsets. Rows without a bar are baselines, measured in the same process. Times are the least of up to three runs, one thread."
        ""
        $"{date}, {Environment.ProcessorCount} cores."
        ""
        markdown rows
        ""
    ]

[<EntryPoint>]
let main arguments =
    let what = if arguments.Length > 0 then arguments[0] else "all"
    let only = Environment.GetEnvironmentVariable "BARS" |> Option.ofObj
    let wanted (name: string) = only |> Option.forall (fun names -> Array.contains name (names.Split ' '))

    let method' =
        if arguments.Length > 1 then
            PredictorCatalogue.find arguments[1]
        else
            PredictorCatalogue.standard

    let part name (measure: unit -> Row list) = if what = "all" || what = name then measure () else []

    let rows = [
        yield! part "accuracy" (fun () -> Accuracy.rows wanted method' baselines)
        yield! part "search" (fun () -> Searches.rows wanted baselines)
        yield! part "seeds" (fun () -> Seeds.rows method')
        yield! part "calibration" Calibration.rows
        yield! part "times" Times.rows
    ]

    if what = "all" && only.IsNone && arguments.Length < 2 then
        File.WriteAllText(Path.Combine(projectFolder, "docs", "mixtures-bars.md"), page rows)

    if rows |> List.exists (fun r -> r.Holds = Some false) then 1 else 0
