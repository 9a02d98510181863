/// G10-G12: searches over the pool of finished runs.
module MoDoMoDo.Mixtures.Bars.Searches

open MoDoMoDo.Mixtures
open MoDoMoDo.Mixtures.Bars.Protocol
open MoDoMoDo.Mixtures.Bars.Row

/// Runs until one of the best `goalRank` is found, from the first twelve starts that do not hold one; 25 where 24 did not suffice.
let private needed (method': Method) acquisition (target: Target) goalRank : float[] =
    let ledger = regmix.Value
    let score (r: LedgerRow) = (Ledger.value target ledger r).Value

    let wanted = ledger.Rows |> Array.sortBy score |> Array.truncate goalRank |> Array.map _.Run

    Seq.init 32 (fun s -> [| s..32..511 |] |> Array.map (fun i -> ledger.Rows[i].Run))
    |> Seq.filter (Array.exists (fun r -> Array.contains r wanted) >> not)
    |> Seq.truncate 12
    |> Array.ofSeq
    |> Array.map (fun start ->
        let choices =
            Search.replay { Scale = ""; Step = None } method' acquisition 0UL Goal.Min target start 24 ledger

        match choices |> Array.tryFindIndex (fun c -> Array.contains c.Run wanted) with
        | Some k -> float (k + 1)
        | None -> 25.0)

/// The rows of the checks that are wanted, for the default search and for what other systems do with their predictors.
let rows (wanted: string -> bool) (baselines: Method[]) : Row list = [
    for check, target, goalRank, bound in
        [
            "G10", "composite:mean", 1, 8.0
            "G11", "pile_cc_val_loss", 3, 10.0
            "G12", "hackernews_val_loss", 3, 6.0
        ] do
        if wanted check then
            let judged = PredictorCatalogue.smooth, Acquisition.ExpectedImprovement, "ei"
            // Refits of 13 quadratics or forests for each choice take an hour.
            let others = [
                for m in baselines do
                    if m.Name = "linear" || m.Name <> "constant" && target <> "composite:mean" then
                        m, Acquisition.Mean, "mean"
            ]

            for m, acquisition, name in judged :: others do
                let runs = needed m acquisition (Target.parse target) goalRank
                let found, mean = runs |> Array.filter (fun k -> k <= 24.0) |> Array.length, Array.average runs
                let own = name = "ei"

                print {
                    Check = check
                    On = $"{target}, one of the best {goalRank}"
                    Predictor = $"{m.Name}, {name}"
                    Measured = text $"found {found} of 12, {mean:F1} runs"
                    Bar = if own then text $">= 11, <= {bound:F0}" else ""
                    Holds = if own then Some(found >= 11 && mean <= bound) else None
                }
]
