namespace MoDoMoDo.Experiments

open System.IO
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

/// What a page shows of a fitted predictor.
type FitView = {
    Predictor: string
    Target: string
    /// Its own verdict, in the words of fit.json.
    Verdict: string
    Identifiable: bool
    /// Root mean square error of left-out runs.
    Error: float
    /// The same of the mean of the other runs.
    ConstantError: float
    LeftOut: LeftOutRun[]
    /// Left-out errors of other predictors on the same runs, by name.
    Comparison: (string * float) list
    /// The surface itself; None where it was not kept.
    Surrogate: Surrogate option
    /// Mixtures to show: proposals, in order.
    Proposals: NamedMixture list
}

module FitView =

    let private left (json: Json) : LeftOutRun list = [
        for row in Json.items (Json.field "loo" json) do
            let number name = Json.number (Json.field name row)
            let sd = number "sd"

            if System.Double.IsFinite(number "mean" + sd + number "measured") then
                {
                    Run = Json.text (Json.field "run" row)
                    Weights = [||]
                    Prediction = { Mean = number "mean"; Variance = 0.0; Noise = sd * sd }
                    Measured = number "measured"
                    Variance = 0.0
                }
    ]

    let private surrogate (folder: string) : Surrogate option =
        let file = Path.Combine(folder, "predictor.json")
        if File.Exists file then Some(PredictorFile.load file) else None

    /// Proposals of the rounds of a sweep and its final one, in the order in which they were made.
    let private proposals (folder: string) : NamedMixture list =
        let rounds =
            Seq.initInfinite (fun i -> Path.Combine(folder, "plan", $"round-{i + 1}.csv"))
            |> Seq.takeWhile File.Exists

        Seq.append rounds ([ Path.Combine(folder, "proposal.csv") ] |> Seq.filter File.Exists)
        |> Seq.collect MixtureFile.read
        |> List.ofSeq

    /// What lies in the folder of a fit or of a sweep; None where nothing was fitted.
    let ofFolder (folder: string) : FitView option =
        Files.tryReadJson (Path.Combine(folder, "fit.json"))
        |> Option.map (fun json ->
            let figure name = Json.number (Json.field name json)

            {
                Predictor = Json.text (Json.field "predictor" json)
                Target = Json.text (Json.field "target" json)
                Verdict = Json.text (Json.field "verdict" json)
                Identifiable = Json.field "identifiable" json = Json.Bool true
                Error = figure "loo_rmse"
                ConstantError = figure "constant_rmse"
                LeftOut = Array.ofList (left json)
                Comparison = PredictorComparison.read folder
                Surrogate = surrogate folder
                Proposals = proposals folder
            })

    /// A fit on a ledger, the comparison with other predictors included where there are not too many runs.
    let create (ledger: Ledger) (s: Surrogate) (report: PredictorReport) (proposals: NamedMixture list) : FitView = {
        Predictor = report.Predictor
        Target = report.Target
        Verdict = Validation.words report.Verdict
        Identifiable = report.Design.Identifiable
        Error = report.LeftOutRmse
        ConstantError = report.ConstantRmse
        LeftOut = report.LeftOut
        Comparison = PredictorComparison.ofLedger s.Target ledger
        Surrogate = Some s
        Proposals = proposals
    }
