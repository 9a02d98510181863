namespace MoDoMoDo.Experiments

open System
open System.IO
open System.Text
open MoDoMoDo.Domain
open MoDoMoDo.Experiments.Html

/// The page from whatever is in a folder: one run, or a sweep.
module Report =

    /// A part of the page with the charts that it needs, by name.
    type private Part = { Html: string; Charts: (string * Json) list }

    let private part (charts: (string * Plotly.NET.GenericChart) list) (html: string list) = {
        Html = String.concat "\n" html
        Charts = charts |> List.map (fun (name, chart) -> name, Charts.json chart)
    }

    /// Completions of a run that the table holds at most; more would make the page slow to load.
    let private completionsPerRun = 160

    /// Pictures that the table holds at most.
    let private picturesInTable = 400

    let private domainsOf (run: RunFolder) = Json.at "data.domains" run.Settings |> Json.fields |> List.map fst

    let private duration (seconds: float) =
        if not (Double.IsFinite seconds) then ""
        elif seconds < 120.0 then number 0 seconds + " s"
        else number 1 (seconds / 60.0) + " min"

    // ---- what was run

    let private whatWasRun (folder: string) (runs: RunFolder list) (sweep: Json) : Part =
        let first = (List.head runs).Settings
        let names path = Json.at path first |> Json.fields |> List.map fst |> String.concat ", "
        let figure path = Json.line (Json.at path first)
        let finished = runs |> List.filter (fun run -> run.Result.IsSome) |> List.length
        let provenance = runs |> List.tryPick (fun run -> run.Result |> Option.map (fun r -> Json.field "provenance" r.Json))
        let known name = provenance |> Option.map (fun p -> Json.text (Json.field name p)) |> Option.defaultValue ""

        let seconds =
            match Json.field "seconds" sweep with
            | Json.Number s -> s
            | _ -> runs |> List.sumBy (fun run -> run.Result |> Option.map _.Seconds |> Option.defaultValue 0.0)

        part [] [
            heading "What was run"
            facts [
                "Folder", Path.GetFullPath folder
                "Training runs", (if runs.Length = finished then string finished else $"{finished} finished of {runs.Length}")
                "Time", duration seconds
                "Policy", Json.text (Json.at "model.path" first)
                "Training domains", names "data.domains"
                "Unseen benchmarks", names "data.benchmarks"
                "Each run",
                $"""{figure "training.steps"} optimiser steps, {figure "rollout.prompts"} prompts x {figure "rollout.generations"} completions, loss {Json.text (Json.at "training.loss" first)}, {Json.text (Json.at "training.optimiser" first)} with learning rate {figure "training.learningRate"}"""
                "Scoring",
                $"""{Json.text (Json.at "evaluation.decoding" first)}, {figure "evaluation.samples"} answers an item at temperature {figure "evaluation.temperature"}"""
                "Tool", known "tool"
                "Commit", known "commit"
                "Machine", known "machine"
            ]
        ]

    // ---- the outer loop

    let private scoreOf (sweep: Json) (name: string) : (float * float * float) option =
        match Json.at ("scores." + name) sweep with
        | Json.Object _ as score ->
            Some(Json.number (Json.field "mean" score), Json.number (Json.field "sd" score), Json.number (Json.field "n" score))
        | _ -> None

    let private contestants = [ "base", "base"; "uniform", "uniform"; "best_seed", "best seed"; "proposal", "proposal" ]

    /// Mean with a 95 % t interval over seeds; without seeds no interval.
    let private interval label (mean, sd, n) : Interval =
        let half = if Double.IsFinite sd && n > 1.0 then Statistics.studentQuantile 0.975 (n - 1.0) * sd / sqrt n else 0.0

        {
            Label = label
            Mean = mean
            Lower = mean - half
            Upper = mean + half
        }

    let private verdict (sweep: Json) : Part =
        let difference name = Json.number (Json.at ("difference.proposal_minus_uniform." + name) sweep)
        let mean, lower, upper, pairs = difference "mean", difference "lower", difference "upper", difference "pairs"

        let kind, words =
            if Double.IsNaN mean then
                "", "The proposal has not been compared with uniform yet."
            else
                let figures =
                    $"{signedPoints mean} points, 95 %% interval {signedPoints lower} to {signedPoints upper}, {number 0 pairs} paired seeds"

                if lower > 0.0 then "good", $"The proposed mixture is better than uniform: {figures}."
                elif upper < 0.0 then "bad", $"The proposed mixture is not better than uniform; it is worse: {figures}."
                elif Double.IsNaN lower then "", $"One pair only, no verdict: proposal minus uniform is {signedPoints mean} points."
                else "bad", $"The proposed mixture is not better than uniform: the two cannot be told apart ({figures})."

        part [] [ element "div" $"class=\"verdict {kind}\"" (escape words) ]

    let private confirmation (sweep: Json) : Part =
        let found = contestants |> List.choose (fun (key, label) -> scoreOf sweep key |> Option.map (fun s -> key, label, s))

        let benchmarks =
            found
            |> List.collect (fun (key, _, _) -> Json.at $"scores.{key}.per_benchmark" sweep |> Json.fields |> List.map fst)
            |> List.distinct

        let bars =
            found
            |> List.map (fun (key, label, overall) ->
                let single benchmark =
                    match Json.at $"scores.{key}.per_benchmark" sweep |> Json.field benchmark with
                    | Json.Number mean -> interval benchmark (mean, nan, 1.0)
                    | score -> interval benchmark (Json.number (Json.field "mean" score), Json.number (Json.field "sd" score), Json.number (Json.field "n" score))

                label, interval "all" overall :: List.map single benchmarks)

        let pairs =
            Json.items (Json.field "pairs" sweep)
            |> List.map (fun pair ->
                "seed " + Json.line (Json.field "seed" pair), Json.number (Json.field "proposal" pair) - Json.number (Json.field "uniform" pair))

        let mean = {
            Label = "mean"
            Mean = Json.number (Json.at "difference.proposal_minus_uniform.mean" sweep)
            Lower = Json.number (Json.at "difference.proposal_minus_uniform.lower" sweep)
            Upper = Json.number (Json.at "difference.proposal_minus_uniform.upper" sweep)
        }

        if found.IsEmpty then
            part [] []
        else
            part
                [
                    "comparison", Charts.comparison bars
                    if not pairs.IsEmpty then
                        "differences", Charts.differences pairs mean
                ]
                [
                    heading "Confirmation: base, uniform, best seed and proposal"
                    soft
                        "Scores on the half of the benchmark items that the predictor never saw. Bars are means over fresh seeds, the same seeds for all; lines are 95 % intervals over seeds. The best seed mixture was run again, since its first result was chosen for being high."
                    chart "comparison"
                    if not pairs.IsEmpty then
                        subheading "Paired difference, seed by seed"
                        chart "differences"
                ]

    let private proposal (sweep: Json) : Part =
        match Json.at "proposal.weights" sweep |> Json.fields with
        | [] -> part [] []
        | weights ->
            let domains = weights |> List.map fst
            let proposed = Weights.Normalised(Array.ofList domains, weights |> List.map (snd >> Json.number) |> Array.ofList)
            let mean, sd = Json.number (Json.at "proposal.predicted.mean" sweep), Json.number (Json.at "proposal.predicted.sd" sweep)

            part
                [ "proposal", Charts.weights [ "proposal", proposed; "uniform", Weights.Uniform(Array.ofList domains) ] ]
                [
                    heading "The proposed mixture"
                    paragraph $"Predicted score {points mean} (standard deviation {points sd}). The top of a fitted surface is chosen for being high: expect the measured score to be lower."
                    chart "proposal"
                ]

    let private predictor (folder: string) : Part =
        let file = Path.Combine(folder, "fit.json")

        if not (File.Exists file) then
            part [] []
        else
            let json = Files.readJson file
            let figure name = Json.number (Json.field name json)
            let identifiable = Json.field "identifiable" json = Json.Bool true
            let better = figure "loo_rmse" < figure "constant_rmse"

            let loo =
                Json.items (Json.field "loo" json)
                |> List.map (fun row ->
                    let mean, sd = Json.number (Json.field "mean" row), Json.number (Json.field "sd" row)

                    {
                        Label = Json.text (Json.field "run" row)
                        Mean = mean
                        Lower = mean - 1.645 * sd
                        Upper = mean + 1.645 * sd
                    },
                    Json.number (Json.field "measured" row))
                |> List.filter (fun (p, m) -> Double.IsFinite p.Mean && Double.IsFinite m)

            let identified =
                if identifiable then "All its coefficients are determined by the runs."
                else "The runs do not determine all its coefficients: single weights of the proposal mean little."

            let against =
                if better then "It predicts left-out runs better than the constant does"
                else "It predicts left-out runs no better than the constant, so the proposal rests on little"

            part
                [ if not loo.IsEmpty then "predicted", Charts.predictedAgainstMeasured loo ]
                [
                    heading "The predictor"
                    paragraph
                        $"""{Json.text (Json.field "predictor" json)} on {Json.text (Json.field "target" json)}, its own verdict: {Json.text (Json.field "verdict" json)}. {identified} {against}: leave-one-out error {points (figure "loo_rmse")} points against {points (figure "constant_rmse")}."""
                    if not loo.IsEmpty then
                        soft "Each run predicted from all others, against what it measured. Runs on the dashed line are predicted exactly."
                        chart "predicted"
                ]

    // ---- runs

    let private heatMap (runs: RunFolder list) : Part =
        let measured = runs |> List.choose (fun run -> run.Result |> Option.map (fun r -> run.Name, if r.Fit.IsEmpty then r.Scores else r.Fit))

        match measured with
        | [] -> part [] []
        | _ ->
            let benchmarks = measured |> List.collect (snd >> List.map _.Name) |> List.distinct
            let score name (scores: FileScore list) = scores |> List.tryFind (fun s -> s.Name = name) |> Option.map _.Mean |> Option.defaultValue nan

            let rows =
                measured
                |> List.map (fun (run, scores) ->
                    let values = benchmarks |> List.map (fun b -> score b scores)
                    run, values @ [ List.average values ])
                |> List.sortByDescending (fun (_, values) -> List.last values)

            part
                [ "heat", Charts.heatMap (List.map fst rows) (benchmarks @ [ "mean" ]) (List.map snd rows) ]
                [
                    heading "Every run on every unseen benchmark"
                    soft "Score in points of 100, best run on top. In a sweep these are the fitting half of the benchmark items."
                    tallChart "heat" (90 + 22 * rows.Length)
                ]

    /// Training curves of each run, for the chooser of the page.
    let private curves (runs: RunFolder list) : Json * Part =
        let trained = runs |> List.filter (fun run -> not run.Metrics.IsEmpty)

        let of' figure (run: RunFolder) =
            domainsOf run
            |> List.map (fun domain -> domain, RunFolder.series (figure + "." + domain) run |> Charts.smooth 5)
            |> List.filter (fun (_, points) -> not points.IsEmpty)

        let figures run =
            Json.Object [
                for name, title in [ "reward", "mean reward"; "accuracy", "accuracy or IoU"; "zero_variance", "groups without signal" ] do
                    name, Charts.json (Charts.curves title (of' name run))
                "grad_share", Charts.json (Charts.curves "share of the gradient" (of' "grad_share" run))
            ]

        match trained with
        | [] -> Json.Object [], part [] []
        | _ ->
            let options = trained |> List.map (fun run -> element "option" "" (escape run.Name)) |> String.concat ""

            let place name title =
                subheading title + $"<div class=\"chart\" data-curve=\"{name}\"></div>"

            Json.Object [ for run in trained -> run.Name, figures run ],
            part [] [
                heading "Training curves by domain"
                element "div" "class=\"controls\"" ("Run " + element "select" "id=\"curves-run\"" options + element "span" "class=\"soft\"" "means over five steps")
                side (place "reward" "Reward") (place "accuracy" "Accuracy")
                side (place "zero_variance" "Groups whose rewards do not differ") (place "grad_share" "Share of the gradient")
            ]

    let private completions (runs: RunFolder list) : Json * Json * Part =
        let logged = runs |> List.map (fun run -> run, RunFolder.completions run.Folder) |> List.filter (fun (_, all) -> not all.IsEmpty)

        match logged with
        | [] -> Json.Object [], Json.Object [], part [] []
        | _ ->
            // Latest first: what the trained policy answers is what people want to see.
            let shown = logged |> List.map (fun (run, all) -> run, all |> List.rev |> List.truncate completionsPerRun)
            let pictures = Collections.Generic.Dictionary<string, string>()

            let imageOf (run: RunFolder) (c: LoggedCompletion) =
                match c.Images with
                | image :: _ when pictures.ContainsKey image -> image
                | image :: _ when pictures.Count < picturesInTable ->
                    match Gallery.picture run.Folder c with
                    | "" -> ""
                    | address ->
                        pictures[image] <- address
                        image
                | _ -> ""

            let rows = Json.Object [ for run, all in shown -> run.Name, Json.List [ for c in all -> Gallery.row (imageOf run c) c ] ]
            let images = Json.Object [ for KeyValue(name, address) in pictures -> name, Json.Text address ]

            let shownRun, shownCompletions =
                logged |> List.tryFind (fun (run, _) -> run.Name.Contains("proposal", StringComparison.Ordinal)) |> Option.defaultValue (List.last logged)

            let sortable =
                [ "step", "step"; "domain", "domain"; "", "picture"; "prompt", "prompt"; "completion", "completion"; "expected", "expected"; "reward", "reward"; "advantage", "advantage"; "outcome", "outcome"; "", "why" ]
                |> List.map (fun (key, title) -> element "th" (if key = "" then "" else $"data-sort=\"{key}\"") title)
                |> String.concat ""

            rows,
            images,
            part [] [
                heading "What the policy answers"
                soft $"Groups of completions from the last logged steps of {shownRun.Name}, with their rewards. Boxes: what was expected, and the best answer of the group."
                "<p class=\"soft\"><span class=\"key\" style=\"color:#1a9c5b\"></span>expected<span class=\"key\" style=\"color:#e8590c;border-top-style:dashed\"></span>answer</p>"
                Gallery.cards 5 shownRun.Folder shownCompletions
                heading "All logged completions"
                element
                    "div"
                    "class=\"controls\""
                    ("Run <select id=\"table-run\"></select> <select id=\"table-domain\"></select> <select id=\"table-outcome\"></select>"
                     + "<button id=\"table-back\">Back</button> <span id=\"table-page\"></span> <button id=\"table-next\">Next</button>")
                $"<table id=\"completions\"><thead><tr>{sortable}</tr></thead><tbody></tbody></table>"
            ]

    let private assemble (title: string) (parts: Part list) (curves: Json) (completions: Json) (images: Json) : string =
        let data =
            Json.Object [
                "charts", Json.Object(parts |> List.collect _.Charts)
                "curves", curves
                "completions", completions
                "images", images
            ]

        let text = StringBuilder()
        let add (line: string) = text.Append(line).Append('\n') |> ignore
        add "<!DOCTYPE html>"
        add "<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
        add (element "title" "" (escape title))
        add (element "style" "" (resource "page.css"))
        add ("<script>" + Plotly.script () + "</script>")
        add "</head><body><main>"
        add (element "h1" "" (escape title))
        parts |> List.iter (fun part -> add part.Html)
        add "</main>"
        add ("<script type=\"application/json\" id=\"page-data\">" + scriptJson data + "</script>")
        add ("<script>" + resource "page.js" + "</script>")
        add "</body></html>"
        text.ToString()

    /// The page of a run folder or a sweep folder. Raises InputException when the folder holds neither.
    let page (folder: string) : string =
        let runs = if RunFolder.isRun folder then [ RunFolder.read folder ] else RunFolder.ofSweep folder

        if runs.IsEmpty then
            raise (InputException(folder, "", "a run folder or a sweep folder with runs", if Directory.Exists folder then "another folder" else "none"))

        let resultFile = RunFolder.resultFile folder
        let sweep = if not (RunFolder.isRun folder) && File.Exists resultFile then Files.readJson resultFile else Json.Null
        let curves, curvesPart = curves runs
        let rows, images, completionsPart = completions runs

        let parts = [
            if sweep <> Json.Null then
                verdict sweep
                whatWasRun folder runs sweep
                confirmation sweep
                proposal sweep
            else
                whatWasRun folder runs sweep
            predictor folder
            heatMap runs
            curvesPart
            completionsPart
        ]

        let name = Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar))
        assemble ("MoDoMoDo: " + string name) parts curves rows images

    /// The page of a fit alone, from the fit.json in a folder.
    let fitPage (folder: string) : string =
        assemble "MoDoMoDo: predictor" [ predictor folder ] (Json.Object []) (Json.Object []) (Json.Object [])

    /// Writes the page; `out` is report.html in the folder unless given.
    let write (folder: string) (out: string) : unit = Files.write out (page folder)
