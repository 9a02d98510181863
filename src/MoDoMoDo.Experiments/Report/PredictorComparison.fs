namespace MoDoMoDo.Experiments

open System.IO
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

/// Several predictors on the same runs, by their errors on runs that were left out.
module PredictorComparison =

    /// The predictors that a page compares: quick ones, of every kind.
    let methods: string list = [
        "constant"
        "linear"
        "ridge"
        "quadratic"
        "quadratic-ridge"
        "additive-log"
        "trees"
        "gp-power"
        "gp-log"
        "gp"
    ]

    /// Beyond this many runs the comparison would take longer than the fit: a page leaves it out.
    let mostRuns = 128

    let private fileName = "comparison.json"

    /// Root mean square error of left-out runs, by predictor; predictors that cannot be fitted are left out.
    let errors (names: string list) (target: Target) (ledger: Ledger) : (string * float) list =
        names
        |> List.choose (fun name ->
            try
                let s = Surrogate.fit (PredictorCatalogue.find name) target ledger
                let square (l: LeftOutRun) = (l.Measured - l.Prediction.Mean) ** 2.0
                let error = sqrt (Array.averageBy square s.LeftOut)
                if System.Double.IsFinite error then Some(name, error) else None
            with
            | :? InputException
            | :? System.ArithmeticException -> None)

    /// The errors of all these predictors on the longest runs of a ledger; none where it has several scales or too many runs.
    let ofLedger (target: Target) (ledger: Ledger) : (string * float) list =
        if (ledger.Rows |> Array.distinctBy _.Scale).Length > 1 then
            []
        else
            match MixtureCommands.longest "" ledger with
            | few when few.Rows.Length <= mostRuns -> errors methods target few
            | _ -> []

    /// Writes comparison.json into the folder of a fit.
    let write (folder: string) (target: Target) (ledger: Ledger) : unit =
        Json.Object [ for name, error in ofLedger target ledger -> name, Json.Number error ]
        |> Json.indented
        |> Files.write (Path.Combine(folder, fileName))

    /// The errors in the folder of a fit; none where they were not compared.
    let read (folder: string) : (string * float) list =
        match Files.tryReadJson (Path.Combine(folder, fileName)) with
        | Some json -> [ for name, error in Json.fields json -> name, Json.number error ]
        | None -> []
