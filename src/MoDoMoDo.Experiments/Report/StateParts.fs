namespace MoDoMoDo.Experiments

open System
open System.IO
open MoDoMoDo.Domain
open MoDoMoDo.Experiments.Html

/// How far a folder is, and what a single run came to.
module internal StateParts =

    let private banner (words: string) : Part = Part.create [] [ element "div" "class=\"verdict\"" (escape words) ]

    let private stepsOf (run: RunFolder) =
        let steps = Json.line (Json.at "training.steps" run.Settings)
        $"step {run.Metrics.Length} of {steps}"

    /// What the page of an unfinished run lacks.
    let unfinishedRun (run: RunFolder) : Part =
        match run.Result with
        | Some _ -> Part.empty
        | None ->
            banner
                $"This run has not finished: it stands at {stepsOf run}. Its scores come at the end; 'modomodo train' with --resume goes on."

    /// What the page of an unfinished sweep lacks. Only the whole loop, whose settings stand in the folder's plan, proposes and confirms.
    let unfinishedSweep (folder: string) (runs: RunFolder list) : Part =
        let there (names: string list) = File.Exists(Path.Combine(folder :: names |> Array.ofList))
        let isLoop = there [ "plan"; "settings.json" ]
        let proposed = there [ "proposal.csv" ]
        let under = runs |> List.filter _.Result.IsNone

        let busy =
            match under with
            | [] -> ""
            | some ->
                let words = some |> List.map (fun run -> run.Name + " at " + stepsOf run)
                " (not finished: " + String.Join(", ", words) + ")"

        let toCome =
            String.Join(
                ", ",
                [
                    if not proposed then
                        "the other runs"
                    if not (there [ "fit.json" ]) then
                        "the predictor"
                    if isLoop && not proposed then
                        "the proposal"
                    if isLoop then
                        "its confirmation on fresh seeds"
                        "the verdict"
                ]
            )

        banner
            $"This sweep has not finished: {runs.Length - under.Length} of the {runs.Length} runs begun so far are done{busy}. Still to come: {toCome}. The same command goes on where it stopped."

    /// The scores of a single run: unseen benchmarks, then the training domains' own tests.
    let scores (run: RunFolder) : Part =
        let row kind (score: FileScore) = [
            kind
            score.Name
            points score.Mean
            points score.StandardError
            string score.Count
        ]

        match run.Result with
        | None -> Part.empty
        | Some result ->
            let overall kind name =
                match Json.field name result.Json with
                | Json.Number mean -> [ [ kind; "all"; points mean; ""; "" ] ]
                | _ -> []

            let rows =
                List.map (row "unseen benchmark") result.Scores
                @ overall "unseen benchmark" "out"
                @ List.map (row "test of a training domain") result.Tests
                @ overall "test of a training domain" "in"

            Part.create [] [
                heading "Scores"
                soft "In points of 100. The error is over items, not over seeds: one run says nothing about those."
                grid [ ""; "set"; "score"; "standard error"; "items" ] rows
            ]

    /// The mixture of a single run, the largest weight first.
    let mixture (run: RunFolder) : string =
        let weights =
            run.Result
            |> Option.map (fun r -> List.zip (List.ofSeq r.Weights.Domains) (List.ofSeq r.Weights.Values))

        weights
        |> Option.defaultWith (fun () ->
            Json.fields (Json.at "mixture.weights" run.Settings) |> List.map (fun (d, w) -> d, Json.number w))
        |> List.sortByDescending snd
        |> List.map (fun (domain, w) -> domain + " " + number 3 w)
        |> String.concat ", "
