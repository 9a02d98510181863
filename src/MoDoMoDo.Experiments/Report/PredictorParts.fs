namespace MoDoMoDo.Experiments

open System
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures
open MoDoMoDo.Experiments.Html

/// What a page says of a fitted predictor: verdict, errors, coverage, rivals, the surface, and what to run next.
module internal PredictorParts =

    /// Whether scores are shares of 1, which are shown as points of 100.
    let private areShares (view: FitView) =
        view.LeftOut |> Array.forall (fun l -> l.Measured >= 0.0 && l.Measured <= 1.0)

    let private shown (view: FitView) (x: float) = if areShares view then points x + " points" else number 4 x

    let private intervals (view: FitView) = [
        for l in view.LeftOut ->
            {
                Label = l.Run
                Mean = l.Prediction.Mean
                Lower = l.Prediction.Mean - 1.645 * l.Prediction.Deviation
                Upper = l.Prediction.Mean + 1.645 * l.Prediction.Deviation
            },
            l.Measured
    ]

    let private verdict (view: FitView) : Part =
        let identified =
            if view.Identifiable then
                "All its coefficients are determined by the runs."
            else
                "The runs do not determine all its coefficients: single weights of the proposal mean little."

        let against =
            if view.Error < view.ConstantError then
                "It predicts left-out runs better than the constant does"
            else
                "It predicts left-out runs no better than the constant, so the proposal rests on little"

        Part.create [
            if view.LeftOut.Length > 0 then
                "predicted", Charts.predictedAgainstMeasured (areShares view) (intervals view)
                "coverage", PredictorCharts.coverage view.LeftOut
        ] [
            heading "The predictor"
            paragraph
                $"{view.Predictor} on {view.Target}, its own verdict: {view.Verdict}. {identified} {against}: leave-one-out error {shown view view.Error} against {shown view view.ConstantError}."
            if view.LeftOut.Length > 0 then
                soft
                    "Each run predicted from all others, against what it measured: runs on the dashed line are predicted exactly. Beside it, how many of these runs lie in intervals of each probability: above the diagonal the intervals are too wide, below it too narrow."

                side (chart "predicted") (chart "coverage")
        ]

    let private rivals (view: FitView) : Part =
        if view.Comparison.IsEmpty then
            Part.empty
        else
            Part.create [ "rivals", PredictorCharts.leftOutErrors view.Comparison ] [
                subheading "Other predictors on the same runs"
                soft
                    "By their errors on runs that were left out, the parameters of each learned from all runs. A predictor that is no better than the constant knows nothing of these scores."
                tallChart "rivals" (90 + 26 * view.Comparison.Length)
            ]

    /// The mixture that slices go through: the last proposal, else uniform.
    let private through (view: FitView) (s: Surrogate) =
        match List.tryLast view.Proposals with
        | Some m -> "the last proposal", s.Domains |> Array.map (fun d -> m.Weights[d])
        | None -> "equal weights", Array.create s.Domains.Length (1.0 / float s.Domains.Length)

    let private surface (view: FitView) : Part =
        match view.Surrogate with
        | None -> Part.empty
        | Some s ->
            let name, mixture = through view s
            let slices = PredictorCharts.slices s mixture
            let range = PredictorCharts.rangeOf slices

            Part.create [
                for slice in slices do
                    "slice-" + slice.Domain, PredictorCharts.slice range slice
                if s.Domains.Length = 3 then
                    "ternary", PredictorCharts.ternary s (s.Domains[0], s.Domains[1], s.Domains[2])
            ] [
                subheading "Slices of the surface"
                soft
                    $"The expected score when one domain's weight goes from 0 to 1 and the others keep their proportions, through {name} (dotted). The band is the 90 %% interval of the expected score: where it is wide, runs are missing."

                slices
                |> Array.map (fun slice -> element "div" "class=\"slice\"" (chart ("slice-" + escape slice.Domain)))
                |> String.concat "\n"
                |> element "div" "class=\"slices\""
                if s.Domains.Length = 3 then
                    subheading "All mixtures of the three domains"
                    soft "Colour is the expected score; circles are the runs, in the colour of what they measured."
                    tallChart "ternary" 560
            ]

    let private proposals (view: FitView) : Part =
        match view.Proposals with
        | [] -> Part.empty
        | proposals ->
            Part.create [ "proposals", PredictorCharts.mixtures [ for p in proposals -> p.Run, p.Weights ] ] [
                subheading "Proposals"
                soft "The weights of the mixtures that were proposed, in order."
                tallChart "proposals" (110 + 30 * proposals.Length)
            ]

    /// Everything about a predictor.
    let all (view: FitView) : Part list = [ verdict view; rivals view; proposals view; surface view ]

    /// The same for whatever a folder holds.
    let ofFolder (folder: string) : Part list = FitView.ofFolder folder |> Option.map all |> Option.defaultValue []
