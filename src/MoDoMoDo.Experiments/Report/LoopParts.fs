namespace MoDoMoDo.Experiments

open System
open MoDoMoDo.Domain
open MoDoMoDo.Experiments.Html

/// What the outer loop found: verdict, confirmation, proposal.
module internal LoopParts =

    let private scoreOf (sweep: Json) (name: string) : (float * float * float) option =
        match Json.at ("scores." + name) sweep with
        | Json.Object _ as score ->
            Some(
                Json.number (Json.field "mean" score),
                Json.number (Json.field "sd" score),
                Json.number (Json.field "n" score)
            )
        | _ -> None

    let private contestants = [ "base", "base"; "uniform", "uniform"; "best_seed", "best seed"; "proposal", "proposal" ]

    /// Mean with a 95 % t interval over seeds; without seeds no interval.
    let private interval label (mean, sd, n) : Interval =
        let half =
            if Double.IsFinite sd && n > 1.0 then
                Statistics.studentQuantile 0.975 (n - 1.0) * sd / sqrt n
            else
                0.0

        { Label = label; Mean = mean; Lower = mean - half; Upper = mean + half }

    /// How the proposal compares with uniform, in one sentence.
    let private compared (sweep: Json) : Part =
        let difference name = Json.number (Json.at ("difference.proposal_minus_uniform." + name) sweep)

        let mean, lower, upper, pairs =
            difference "mean", difference "lower", difference "upper", difference "pairs"

        let kind, words =
            if Double.IsNaN mean then
                "", "The proposal has not been compared with uniform yet."
            else
                let figures =
                    $"{signedPoints mean} points, 95 %% interval {signedPoints lower} to {signedPoints upper}, {number 0 pairs} paired seeds"

                if lower > 0.0 then
                    "good", $"The proposed mixture is better than uniform: {figures}."
                elif upper < 0.0 then
                    "bad", $"The proposed mixture is not better than uniform; it is worse: {figures}."
                elif Double.IsNaN lower then
                    "", $"One pair only, no verdict: proposal minus uniform is {signedPoints mean} points."
                else
                    "bad", $"The proposed mixture is not better than uniform: the two cannot be told apart ({figures})."

        Part.create [] [ element "div" $"class=\"verdict {kind}\"" (escape words) ]

    /// How the proposal compares with uniform; a sweep over given mixtures has no such question.
    let verdict (sweep: Json) : Part = if Json.field "difference" sweep = Json.Null then Part.empty else compared sweep

    /// Sampled and greedy scores beside each other, with what they rose over the base.
    let private sampledAndGreedy (sweep: Json) : string list =
        let mean key = Json.number (Json.at key sweep)

        let rise key way =
            if key = "base" then
                ""
            else
                signedPoints (mean $"scores.{key}{way}.mean" - mean $"scores.base{way}.mean")

        let row (key, label) =
            let sampled, greedy = mean $"scores.{key}.mean", mean $"scores.{key}.greedy.mean"
            [ label; points sampled; rise key ""; points greedy; rise key ".greedy" ]

        match Json.at "scores.base.greedy" sweep with
        | Json.Object _ -> [
            subheading "Sampled and greedy"
            soft
                "Sampled scores (temperature 1) rise already when the policy becomes reliable at what it can do, greedy ones only when its likeliest answer gets better."
            grid
                [ ""; "sampled"; "over base"; "greedy"; "over base" ]
                (contestants |> List.filter (fun (key, _) -> (scoreOf sweep key).IsSome) |> List.map row)
          ]
        | _ -> []

    /// Base, uniform, best seed and proposal side by side, and the paired difference.
    let confirmation (sweep: Json) : Part =
        let found =
            contestants
            |> List.choose (fun (key, label) -> scoreOf sweep key |> Option.map (fun s -> key, label, s))

        let benchmarks =
            found
            |> List.collect (fun (key, _, _) ->
                Json.at $"scores.{key}.per_benchmark" sweep |> Json.fields |> List.map fst)
            |> List.distinct

        let bars =
            found
            |> List.map (fun (key, label, overall) ->
                let single benchmark =
                    match Json.at $"scores.{key}.per_benchmark" sweep |> Json.field benchmark with
                    | Json.Number mean -> interval benchmark (mean, nan, 1.0)
                    | score ->
                        interval
                            benchmark
                            (Json.number (Json.field "mean" score),
                             Json.number (Json.field "sd" score),
                             Json.number (Json.field "n" score))

                label, interval "all" overall :: List.map single benchmarks)

        let pairs =
            Json.items (Json.field "pairs" sweep)
            |> List.map (fun pair ->
                "seed " + Json.line (Json.field "seed" pair),
                Json.number (Json.field "proposal" pair) - Json.number (Json.field "uniform" pair))

        let mean = {
            Label = "mean"
            Mean = Json.number (Json.at "difference.proposal_minus_uniform.mean" sweep)
            Lower = Json.number (Json.at "difference.proposal_minus_uniform.lower" sweep)
            Upper = Json.number (Json.at "difference.proposal_minus_uniform.upper" sweep)
        }

        if found.IsEmpty then
            Part.empty
        else
            Part.create [
                "comparison", Charts.comparison bars
                if not pairs.IsEmpty then
                    "differences", Charts.differences pairs mean
            ] [
                heading "Confirmation: base, uniform, best seed and proposal"
                soft
                    "Scores on the half of the benchmark items that the predictor never saw. Bars are means over fresh seeds, the same seeds for all; lines are 95 % intervals over seeds. The best seed mixture was run again, since its first result was chosen for being high."
                chart "comparison"
                if not pairs.IsEmpty then
                    subheading "Paired difference, seed by seed"
                    chart "differences"
                yield! sampledAndGreedy sweep
            ]

    /// The proposed mixture as bars.
    let proposal (sweep: Json) : Part =
        match Json.at "proposal.weights" sweep |> Json.fields with
        | [] -> Part.empty
        | weights ->
            let domains = weights |> List.map fst

            let proposed =
                Weights.Normalised(Array.ofList domains, weights |> List.map (snd >> Json.number) |> Array.ofList)

            let mean, sd =
                Json.number (Json.at "proposal.predicted.mean" sweep),
                Json.number (Json.at "proposal.predicted.sd" sweep)

            Part.create [
                "proposal", Charts.weights [ "proposal", proposed; "uniform", Weights.Uniform(Array.ofList domains) ]
            ] [
                heading "The proposed mixture"
                paragraph
                    $"Predicted score {points mean} (standard deviation {points sd}). The top of a fitted surface is chosen for being high: expect the measured score to be lower."
                chart "proposal"
            ]
