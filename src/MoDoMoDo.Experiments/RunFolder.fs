namespace MoDoMoDo.Experiments

open System
open System.IO
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures
open Deedle

/// A score as files hold it.
type FileScore = {
    Name: string
    /// In [0, 1].
    Mean: float
    /// Standard error over items.
    StandardError: float
    /// Items behind it.
    Count: int
}

/// Scores of the sets that a run is scored on.
type ScoredSets = {
    /// Benchmarks, all items that were scored.
    All: FileScore list
    /// One half of their items; empty where it was not scored.
    Fit: FileScore list
    /// The other half; empty where it was not scored.
    Confirm: FileScore list
    /// The training domains' own tests.
    Tests: FileScore list
}

module ScoredSets =

    let private withPrefix (prefix: string) (scores: FileScore list) =
        scores
        |> List.filter _.Name.StartsWith(prefix, StringComparison.Ordinal)
        |> List.map (fun s -> { s with Name = s.Name.Substring prefix.Length })

    /// Both halves as one set: items are independent.
    let private pooled (a: FileScore) (b: FileScore) : FileScore =
        let n, m = float a.Count, float b.Count

        {
            Name = a.Name
            Mean = (n * a.Mean + m * b.Mean) / (n + m)
            StandardError = sqrt ((n * a.StandardError) ** 2.0 + (m * b.StandardError) ** 2.0) / (n + m)
            Count = a.Count + b.Count
        }

    /// From scores whose names tell halves (`fit:`, `confirm:`) and the domains' own tests (`test:`) apart.
    let ofPrefixed (scores: FileScore list) : ScoredSets =
        let fit, confirm, tests =
            withPrefix "fit:" scores, withPrefix "confirm:" scores, withPrefix "test:" scores

        {
            Fit = fit
            Confirm = confirm
            Tests = tests
            All =
                match fit, confirm with
                | [], [] -> scores |> List.filter (fun s -> not (s.Name.Contains ':'))
                | one, []
                | [], one -> one
                | both -> both ||> List.map2 pooled
        }

/// What a finished run came to: its result.json.
type RunResult = {
    /// Benchmarks, all items that were scored.
    Scores: FileScore list
    /// The half of the benchmark items that predictors are fitted on; empty where it was not scored.
    Fit: FileScore list
    /// The half that confirms; empty where it was not scored.
    Confirm: FileScore list
    /// The training domains' own tests.
    Tests: FileScore list
    Weights: Weights
    Seed: int
    Steps: int
    Seconds: float
    /// Why the run ended before its last step; empty when it did not.
    Stopped: string
    /// How the policy was made, where not by training on the mixture (MergedExperts); else empty.
    Scale: string
    Json: Json
}

/// One answer of a run, as completions.jsonl or a scoring keeps it.
type LoggedCompletion = {
    Step: int
    Id: string
    Domain: string
    /// Paths of images, relative to the run folder; an image that was not kept is no path.
    Images: string list
    Prompt: string
    Completion: string
    Outcome: string
    /// NaN where unscorable.
    Reward: float
    /// NaN where there was no group.
    Advantage: float
    Extracted: string
    /// Texts of the options of a choice; empty for other questions.
    Options: string list
    Expected: string
    Why: string
}

/// A run folder as values (CLI.md, "Run folder"). What is not there yet is empty.
type RunFolder = {
    Name: string
    Folder: string
    /// settings.json; Null where there is none.
    Settings: Json
    Result: RunResult option
    /// metrics.jsonl, a line a step.
    Metrics: Json list
    /// evaluations.jsonl.
    Evaluations: Json list
}

module RunFolder =

    let private scores (value: Json) : FileScore list = [
        for name, score in Json.fields value ->
            {
                Name = name
                Mean = Json.number (Json.field "mean" score)
                StandardError = Json.number (Json.field "se" score)
                Count =
                    match Json.field "n" score with
                    | Json.Number n -> int n
                    | _ -> 0
            }
    ]

    let private jsonOfScores (scores: FileScore list) : Json =
        Json.Object [
            for score in scores ->
                score.Name,
                Json.Object [
                    "mean", Json.Number score.Mean
                    "se", Json.Number score.StandardError
                    "n", Json.Number(float score.Count)
                ]
        ]

    /// The scores of a table of scores, such as the field "scores" of result.json.
    let scoresOf (value: Json) : FileScore list = scores value

    /// The inverse of scoresOf.
    let ofScores (values: FileScore list) : Json = jsonOfScores values

    let private weightsOf (file: string) (value: Json) : Weights =
        match Weights.TryCreate(Json.fields value |> List.map (fun (domain, w) -> domain, Json.number w)) with
        | Result.Ok weights -> weights
        | Result.Error why -> raise (InputException(file, "weights", "weights of a mixture", why))

    let private resultOf (file: string) : RunResult =
        let json = Files.readJson file

        {
            Scores = scores (Json.field "scores" json)
            Fit = scores (Json.at "halves.fit" json)
            Confirm = scores (Json.at "halves.confirm" json)
            Tests = scores (Json.field "tests" json)
            Weights = weightsOf file (Json.field "weights" json)
            Seed = int (Json.number (Json.field "seed" json))
            Steps = int (Json.number (Json.field "steps" json))
            Seconds = Json.number (Json.field "seconds" json)
            Stopped = Json.text (Json.field "stopped" json)
            Scale = Json.text (Json.field "scale" json)
            Json = json
        }

    /// The file in which a finished run's result stands.
    let resultFile (folder: string) : string = Path.Combine(folder, "result.json")

    /// True when the run in a folder has finished.
    let isFinished (folder: string) : bool = File.Exists(resultFile folder)

    /// True when a folder holds a run, finished or not.
    let isRun (folder: string) : bool = File.Exists(Path.Combine(folder, "settings.json"))

    /// Reads a run folder; a last line that was cut off is left out. Raises InputException when it is none.
    let read (folder: string) : RunFolder =
        if not (isRun folder) then
            raise (
                InputException(
                    folder,
                    "",
                    "a run folder (with settings.json)",
                    if Directory.Exists folder then "another folder" else "none"
                )
            )

        let file name = Path.Combine(folder, name)

        {
            Name =
                match Path.GetFileName(Path.GetFullPath folder) with
                | null -> ""
                | name -> name
            Folder = folder
            Settings = Files.readJson (file "settings.json")
            Result = if isFinished folder then Some(resultOf (resultFile folder)) else None
            Metrics = Files.readJsonLines (file "metrics.jsonl")
            Evaluations = Files.readJsonLines (file "evaluations.jsonl")
        }

    let private completionOf (json: Json) : LoggedCompletion =
        let verdict = Json.field "verdict" json
        let text name = Json.text (Json.field name json)

        {
            Step = int (Json.number (Json.field "step" json))
            Id = text "id"
            Domain = text "domain"
            Images = Json.items (Json.field "images" json) |> List.map Json.text
            Prompt = text "prompt"
            Completion = text "completion"
            Outcome = Json.text (Json.field "outcome" verdict)
            Reward =
                match Json.field "reward" json with
                | Json.Number x -> x
                | _ -> Json.number (Json.field "value" verdict)
            Advantage = Json.number (Json.field "advantage" json)
            Extracted = Json.text (Json.field "extracted" verdict)
            Options = Json.items (Json.field "options" json) |> List.map Json.text
            Expected = Json.text (Json.field "expected" verdict)
            Why = Json.text (Json.field "why" verdict)
        }

    /// The logged completions of a run folder, in the order of the file.
    let completions (folder: string) : LoggedCompletion list =
        Files.readJsonLines (Path.Combine(folder, "completions.jsonl")) |> List.map completionOf

    /// A figure of metrics.jsonl by step, such as "loss" or "reward.world-sat"; steps without it are left out.
    let series (figure: string) (run: RunFolder) : (int * float) list =
        let at (json: Json) =
            match figure.IndexOf '.' with
            | -1 -> Json.field figure json
            | i -> Json.field (figure.Substring(i + 1)) (Json.field (figure.Substring(0, i)) json)

        run.Metrics
        |> List.choose (fun line ->
            match Json.field "step" line, at line with
            | Json.Number step, Json.Number x -> Some(int step, x)
            | _ -> None)

    /// The figures of a run as a frame: a row a step, a column a figure ("loss", "reward.world-sat", "timing.rollout").
    let frame (run: RunFolder) : Frame<int, string> =
        let rec flat prefix (json: Json) : (string * float) list =
            Json.fields json
            |> List.collect (fun (name, value) ->
                match value with
                | Json.Number x -> [ prefix + name, x ]
                | Json.Object _ -> flat (prefix + name + ".") value
                | _ -> [])

        run.Metrics
        |> List.collect (fun line ->
            let step = int (Json.number (Json.field "step" line))

            flat "" line
            |> List.filter (fun (name, _) -> name <> "step")
            |> List.map (fun (name, x) -> step, name, x))
        |> Frame.ofValues

    let private measured (scores: FileScore list) : Map<string, Measurement> =
        scores
        |> List.map (fun s -> s.Name, { Score = s.Mean; Items = Some(float s.Count); Deviation = None })
        |> Map.ofList

    /// The run's row in a ledger: the fitting half of the benchmarks where halves were scored, else all of them.
    let ledgerRow (run: RunFolder) : LedgerRow option =
        run.Result
        |> Option.map (fun result -> {
            LedgerRow.Create(run.Name, result.Weights, []) with
                Scores = measured (if result.Fit.IsEmpty then result.Scores else result.Fit)
                Tests = measured result.Tests
                Seed = Some result.Seed
                Step = Some result.Steps
                Scale = result.Scale
                Cost = Some result.Seconds
        })

    /// The scores of the benchmarks while the run was under way, by step; none where they were not asked for.
    let scoresUnderWay (run: RunFolder) : (int * ScoredSets) list =
        run.Evaluations
        |> List.map (fun line ->
            int (Json.number (Json.field "step" line)), ScoredSets.ofPrefixed (scores (Json.field "scores" line)))
        |> List.filter (fun (_, sets) -> not sets.All.IsEmpty)

    /// The run's rows in a ledger of several steps: its scores while it was under way, and its last ones once it is finished.
    let ledgerRows (run: RunFolder) : LedgerRow list =
        let last = ledgerRow run

        let row =
            last
            |> Option.defaultWith (fun () ->
                let weights = weightsOf run.Folder (Json.at "mixture.weights" run.Settings)

                {
                    LedgerRow.Create(run.Name, weights, []) with
                        Seed = Some(int (Json.number (Json.field "seed" run.Settings)))
                })

        [
            for step, sets in scoresUnderWay run do
                if last.IsNone || Some step < row.Step then
                    {
                        row with
                            Scores = measured (if sets.Fit.IsEmpty then sets.All else sets.Fit)
                            Tests = measured sets.Tests
                            Step = Some step
                            Cost = None
                    }
            yield! Option.toList last
        ]

    /// The scale of policies that were merged, not trained.
    let mergedScale = "merged"

    /// True for a policy that was merged: it was scored, but is no training run.
    let isMerged (run: RunFolder) : bool = run.Result |> Option.exists (fun r -> r.Scale = mergedScale)

    /// The run folders in a sweep folder (runs/*), by name; none where there is no such folder.
    let ofSweep (folder: string) : RunFolder list =
        let runs = Path.Combine(folder, "runs")

        if Directory.Exists runs then
            Directory.EnumerateDirectories runs
            |> Seq.filter isRun
            |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b))
            |> Seq.map read
            |> List.ofSeq
        else
            []

    /// Where some policies were made in another way, a scale tells them apart from those that were trained.
    let private scaled (rows: LedgerRow list) : LedgerRow list =
        if rows |> List.forall (fun row -> row.Scale = "") then
            rows
        else
            rows |> List.map (fun row -> if row.Scale = "" then { row with Scale = "trained" } else row)

    let private ledgerOf (rowsOf: RunFolder -> LedgerRow list) (runs: RunFolder list) : Ledger =
        let rows = runs |> List.collect rowsOf |> scaled

        let targets =
            runs
            |> List.collect (fun run ->
                run.Result |> Option.map (fun r -> r.Scores |> List.map _.Name) |> Option.defaultValue [])

        {
            Domains = rows |> Seq.collect _.Weights.Domains |> Seq.distinct |> Array.ofSeq
            Targets = targets |> List.distinct |> Array.ofList
            Rows = Array.ofList rows
        }

    /// The ledger of finished runs, rebuilt from their folders. Domains and targets in order of appearance.
    let ledger (runs: RunFolder list) : Ledger = ledgerOf (ledgerRow >> Option.toList) runs

    /// As `ledger`, with the scores that runs had while they were under way as rows of their own.
    let ledgerOfSteps (runs: RunFolder list) : Ledger = ledgerOf ledgerRows runs
