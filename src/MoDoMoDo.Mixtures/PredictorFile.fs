namespace MoDoMoDo.Mixtures

open System
open System.Collections.Generic
open System.IO
open System.Text.Json
open MoDoMoDo.Domain

/// One part of a saved surrogate.
type SavedPart = { Target: string; Hyper: Hyperparameters }

/// A surrogate as a file: the ledger rows that it was fitted on travel with what was learned from them, so that loading makes
/// the same predictor again.
type SavedSurrogate = {
    Predictor: string
    Target: string
    /// The level that it predicts; null where all rows were taken as alike.
    Level: FidelityLevel option
    Domains: string[]
    Rows: SavedRow[]
    Parts: SavedPart[]
}

/// A run in a saved surrogate.
and SavedRow = {
    Run: string
    Scale: string
    Step: int option
    Weights: float[]
    Scores: Dictionary<string, float>
    /// Known variances of the scores.
    Noise: Dictionary<string, float>
}

/// Surrogates and their checks as JSON files.
module PredictorFile =

    let private options =
        JsonSerializerOptions(PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true)

    let private writeText (file: string) (text: string) =
        let full = FileInfo file
        full.Directory |> Option.ofObj |> Option.iter _.Create()
        let temporary = $"{full.FullName}.{Guid.NewGuid():N}.tmp"

        try
            File.WriteAllText(temporary, text + "\n")
            File.Move(temporary, full.FullName, true)
        finally
            File.Delete temporary

    /// Writes a surrogate that was fitted by a predictor of the catalogue.
    let save (file: string) (ledger: Ledger) (s: Surrogate) : unit =
        let measured (row: LedgerRow) =
            s.Parts
            |> Array.choose (fun p -> Ledger.measurement p.Target row |> Option.map (fun m -> p.Target, m))

        let table pairs = Dictionary<string, float>(dict pairs)

        let saved = {
            Predictor = s.Parts[0].Method.Name
            Target = Target.name s.Target
            Level = s.Level
            Domains = s.Domains
            Rows = [|
                for row in ledger.Rows do
                    let scores = measured row

                    if scores.Length > 0 then
                        {
                            Run = row.Run
                            Scale = row.Scale
                            Step = row.Step
                            Weights = Ledger.weights ledger row
                            Scores = table [ for t, m in scores -> t, m.Score ]
                            Noise = table [ for t, m in scores -> t, m.Variance ]
                        }
            |]
            Parts = s.Parts |> Array.map (fun p -> { Target = p.Target; Hyper = p.Hyper })
        }

        writeText file (JsonSerializer.Serialize(saved, options))

    /// The surrogate in a file that `save` wrote: it predicts what the saved one did. Raises InputException when the file is none.
    let load (file: string) : Surrogate =
        let refuse wanted found = raise (InputException(file, "", wanted, found))

        let row (domains: string[]) (r: SavedRow) =
            let score (t: string) (y: float) = { Score = y; Items = None; Deviation = Some(sqrt r.Noise[t]) }

            let own, tests =
                r.Scores
                |> Seq.toList
                |> List.partition (fun kv -> not (kv.Key.StartsWith("test:", StringComparison.Ordinal)))

            {
                LedgerRow.Create(r.Run, Weights.Create(domains, r.Weights), []) with
                    Scale = r.Scale
                    Step = r.Step
                    Scores = Map.ofList [ for kv in own -> kv.Key, score kv.Key kv.Value ]
                    Tests = Map.ofList [ for kv in tests -> kv.Key.Substring 5, score kv.Key kv.Value ]
            }

        try
            match JsonSerializer.Deserialize<SavedSurrogate>(File.ReadAllText file, options) with
            | null -> refuse "a saved predictor" "null"
            | saved ->
                let ledger = {
                    Domains = saved.Domains
                    Targets =
                        saved.Parts
                        |> Array.map _.Target
                        |> Array.filter (fun t -> not (t.StartsWith("test:", StringComparison.Ordinal)))
                    Rows = saved.Rows |> Array.map (row saved.Domains)
                }

                let given = saved.Parts |> Array.map (fun p -> p.Target, p.Hyper) |> Map.ofArray
                let method' = PredictorCatalogue.find saved.Predictor
                let target = Target.parse saved.Target

                match saved.Level with
                | Some level -> Fidelity.fitter method' target level ledger given ledger
                | None -> Surrogate.fitWith method' given target ledger
        with
        | :? JsonException as e -> refuse "a saved predictor" e.Message
        | :? NullReferenceException
        | :? KeyNotFoundException
        | :? ArgumentException -> refuse "a saved predictor" "one with parts missing"
        | :? IOException -> refuse "a readable file" "none"

    /// Writes a report in the form of CLI.md's fit.json.
    let writeReport (file: string) (report: PredictorReport) : unit =
        let loo =
            report.LeftOut
            |> Array.map (fun l -> {|
                run = l.Run
                mean = l.Prediction.Mean
                sd = l.Prediction.Deviation
                measured = l.Measured
            |})

        let json = {|
            predictor = report.Predictor
            target = report.Target
            n = report.Count
            loo_rmse = report.LeftOutRmse
            constant_rmse = report.ConstantRmse
            skill = report.Skill
            skill_lower = report.SkillLower
            skill_upper = report.SkillUpper
            rank = report.Design.Rank
            columns = report.Design.Columns
            identifiable = report.Design.Identifiable
            verdict = Validation.words report.Verdict
            loo = loo
        |}

        writeText file (JsonSerializer.Serialize(json, JsonSerializerOptions(WriteIndented = true)))
