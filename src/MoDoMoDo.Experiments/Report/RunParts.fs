namespace MoDoMoDo.Experiments

open System
open System.IO
open MoDoMoDo.Domain
open MoDoMoDo.Experiments.Html

/// What the runs did: settings, scores, training curves, completions.
module internal RunParts =

    /// Completions of a run that the table holds at most; more would make the page slow to load.
    let private completionsPerRun = 160

    /// Pictures that the table holds at most.
    let private picturesInTable = 250

    let private domainsOf (run: RunFolder) = Json.at "data.domains" run.Settings |> Json.fields |> List.map fst

    let private duration (seconds: float) =
        if not (Double.IsFinite seconds) then ""
        elif seconds < 120.0 then number 0 seconds + " s"
        else number 1 (seconds / 60.0) + " min"

    /// What was run, as a table of facts.
    let whatWasRun (folder: string) (runs: RunFolder list) (sweep: Json) : Part =
        let first = (List.head runs).Settings
        let names path = Json.at path first |> Json.fields |> List.map fst |> String.concat ", "
        let figure path = Json.line (Json.at path first)
        // Merged policies were scored, not trained.
        let merged, trained = runs |> List.partition RunFolder.isMerged
        let finished = trained |> List.filter (fun run -> run.Result.IsSome) |> List.length

        let provenance =
            runs |> List.tryPick (fun run -> run.Result |> Option.map (fun r -> Json.field "provenance" r.Json))

        let known name = provenance |> Option.map (fun p -> Json.text (Json.field name p)) |> Option.defaultValue ""

        let seconds =
            match Json.field "seconds" sweep with
            | Json.Number s -> s
            | _ -> runs |> List.sumBy (fun run -> run.Result |> Option.map _.Seconds |> Option.defaultValue 0.0)

        Part.create [] [
            heading "What was run"
            facts [
                "Folder", Path.GetFullPath folder
                "Training runs",
                (if trained.Length = finished then
                     string finished
                 else
                     $"{finished} finished of {trained.Length}")
                if not merged.IsEmpty then
                    "Merged policies", string merged.Length
                "Time", duration seconds
                match runs with
                | [ run ] ->
                    "Mixture", StateParts.mixture run
                    "Seed", figure "seed"
                | _ -> ()
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

    /// Score by run and benchmark; a single run has nothing to be compared with.
    let heatMap (runs: RunFolder list) : Part =
        let measured =
            runs
            |> List.choose (fun run ->
                run.Result |> Option.map (fun r -> run.Name, if r.Fit.IsEmpty then r.Scores else r.Fit))

        match measured with
        | []
        | [ _ ] -> Part.empty
        | _ ->
            let benchmarks = measured |> List.collect (snd >> List.map _.Name) |> List.distinct

            let score name (scores: FileScore list) =
                scores |> List.tryFind (fun s -> s.Name = name) |> Option.map _.Mean |> Option.defaultValue nan

            let rows =
                measured
                |> List.map (fun (run, scores) ->
                    let values = benchmarks |> List.map (fun b -> score b scores)
                    run, values @ [ List.average values ])
                |> List.sortByDescending (fun (_, values) -> List.last values)

            Part.create [ "heat", Charts.heatMap (List.map fst rows) (benchmarks @ [ "mean" ]) (List.map snd rows) ] [
                heading "Every run on every unseen benchmark"
                soft
                    "Score in points of 100, best run on top. In a sweep these are the fitting half of the benchmark items."
                tallChart "heat" (90 + 22 * rows.Length)
            ]

    /// Training curves of each run, for the chooser of the page.
    let curves (runs: RunFolder list) : Json * Part =
        let trained = runs |> List.filter (fun run -> not run.Metrics.IsEmpty)

        let of' figure (run: RunFolder) =
            domainsOf run
            |> List.map (fun domain -> domain, RunFolder.series (figure + "." + domain) run |> Charts.smooth 5)
            |> List.filter (fun (_, points) -> not points.IsEmpty)

        let figures run =
            Json.Object [
                for name, title in
                    [ "reward", "mean reward"; "accuracy", "accuracy or IoU"; "zero_variance", "groups without signal" ] do
                    name, Charts.json (Charts.curves title (name <> "reward") (of' name run))
                "grad_share", Charts.json (Charts.curves "share of the gradient" true (of' "grad_share" run))
            ]

        match trained with
        | [] -> Json.Object [], Part.empty
        | _ ->
            let options = trained |> List.map (fun run -> element "option" "" (escape run.Name)) |> String.concat ""

            let place name title = subheading title + $"<div class=\"chart\" data-curve=\"{name}\"></div>"

            Json.Object [ for run in trained -> run.Name, figures run ],
            Part.create [] [
                heading "Training curves by domain"
                element
                    "div"
                    "class=\"controls\""
                    ("Run "
                     + element "select" "id=\"curves-run\"" options
                     + element "span" "class=\"soft\"" "means over five steps")
                side (place "reward" "Reward") (place "accuracy" "Accuracy")
                side
                    (place "zero_variance" "Groups whose rewards do not differ")
                    (place "grad_share" "Share of the gradient")
            ]

    /// Rows of the table of completions, their pictures, and the part with gallery and table.
    let completions (runs: RunFolder list) : Json * Json * Part =
        let logged =
            runs
            |> List.map (fun run -> run, RunFolder.completions run.Folder)
            |> List.filter (fun (_, all) -> not all.IsEmpty)

        match logged with
        | [] -> Json.Object [], Json.Object [], Part.empty
        | _ ->
            // Latest first: what the trained policy answers is what people want to see.
            let shown =
                logged |> List.map (fun (run, all) -> run, all |> List.rev |> List.truncate completionsPerRun)

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

            let rows =
                Json.Object [
                    for run, all in shown -> run.Name, Json.List [ for c in all -> Gallery.row (imageOf run c) c ]
                ]

            let images = Json.Object [ for KeyValue(name, address) in pictures -> name, Json.Text address ]

            let shownRun, shownCompletions =
                logged
                |> List.tryFind (fun (run, _) -> run.Name.Contains("proposal", StringComparison.Ordinal))
                |> Option.defaultValue (List.last logged)

            let sortable =
                [
                    "step", "step"
                    "domain", "domain"
                    "", "picture"
                    "prompt", "prompt"
                    "completion", "completion"
                    "expected", "expected"
                    "reward", "reward"
                    "advantage", "advantage"
                    "outcome", "outcome"
                    "", "why"
                ]
                |> List.map (fun (key, title) -> element "th" (if key = "" then "" else $"data-sort=\"{key}\"") title)
                |> String.concat ""

            rows,
            images,
            Part.create [] [
                heading "What the policy answers"
                soft
                    $"Groups of completions from the last logged steps of {shownRun.Name}, with their rewards. Boxes: what was expected, and the best answer of the group."
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
