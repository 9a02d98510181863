/// Rows with a category: scored as a training reward scores.
module internal MoDoMoDo.Verifiers.StrictCases

open System.Text.Json
open MoDoMoDo.Domain

let private sample (row: CaseRow) : Sample = {
    Sample.Create("", "", "", [||], Gold.Text row.Golds) with
        Options = row.Options
}

/// A verdict as a number: 0 where the gold is at fault, too.
let private ofVerdict (verdict: Verdict) : Computed =
    let value = if verdict.IsUnscorable then 0.0 else verdict.Value
    { Verdict = verdict.Outcome; Fields = [ "computed", CaseJson.number value ] }

let private graded (grade: Grader) (row: CaseRow) = ofVerdict (grade (sample row) row.Pred)

let private answered (grade: Grader) (row: CaseRow) =
    ofVerdict (Judge.completion Scan.taggedAnswer grade (Attempt.Create(sample row, row.Pred)))

let private rewarded (reward: Reward<Attempt>) (row: CaseRow) =
    ofVerdict (reward (Attempt.Create(sample row, row.Pred)))

let private plain box = { Box = box; Label = ""; Confidence = 1.0 }

let private boxGold (row: CaseRow) (system: CoordinateSystem) : Sample =
    let size (name: string) = row.Param name |> Option.map (fun v -> name, string (int (CaseRow.Number v)))

    {
        Sample.Create("", "", "", [||], Gold.Boxes([| plain (CaseRow.Box(row.Get "gold")) |], system)) with
            Fields = dict (List.choose size [ "width"; "height" ]) |> System.Collections.Generic.Dictionary
    }

let private systemOf (row: CaseRow) =
    match row.Param "coords" |> Option.map CaseRow.Text with
    | Some "thousand" -> CoordinateSystem.Thousand
    | Some "unit" -> CoordinateSystem.Unit
    | Some "resized" -> CoordinateSystem.Resized
    | _ -> CoordinateSystem.Pixel

let private boxText (row: CaseRow) =
    let options = { Grade.defaultBoxes with System = Some(systemOf row) }
    let gold = boxGold row CoordinateSystem.Pixel
    ofVerdict (Judge.completion Scan.taggedAnswer (Grade.iou options) (Attempt.Create(gold, row.Pred)))

/// Boxes of a row: a grid, a text, a list of boxes, or an object that holds them.
let rec private boxes (element: JsonElement) : Reading<LabelledBox[]> =
    let number name fallback grid = CaseRow.Field name grid |> Option.map CaseRow.Number |> Option.defaultValue fallback

    match element.ValueKind, CaseRow.Field "grid" element, CaseRow.Field "boxes" element with
    | _, Some grid, _ ->
        let pitch, side = number "pitch" 1.0 grid, number "size" 1.0 grid

        Ok [|
            for r in 0 .. int (number "rows" 1.0 grid) - 1 do
                for c in 0 .. int (number "cols" 1.0 grid) - 1 do
                    let x, y = number "dx" 0.0 grid + pitch * float c, number "dy" 0.0 grid + pitch * float r
                    plain (Box.Create(x, y, x + side, y + side))
        |]
    | _, _, Some inside -> boxes inside
    | JsonValueKind.String, _, _ ->
        let text = CaseRow.Text element
        Scan.lastElement "answer" text |> Result.defaultValue text |> BoxReader.any
    | _ -> Ok(CaseRow.Items element |> Array.map (CaseRow.Box >> plain))

let private detectionSet (row: CaseRow) =
    let predicted = if row.Has "pred_spec" then BoxReader.any row.Pred else boxes (row.Get "pred")

    match boxes (row.Get "gold"), predicted with
    | Ok golds, Ok found when int64 golds.Length * int64 found.Length <= int64 Limits.pairs ->
        CaseJson.score (Matching.setScore Matching.Greedy 0.0 golds found)
    | Error _, _ -> { CaseJson.score 0.0 with Verdict = "unscorable" }
    | _, Ok _ -> { CaseJson.score 0.0 with Verdict = "refused" }
    | _, Error _ -> { CaseJson.score 0.0 with Verdict = "no_answer" }

/// A count: exactly one whole number, perhaps with a word behind it.
let private count: Grader =
    fun sample answer ->
        match Number.read answer with
        | Ok quantity when not quantity.Value.IsInteger -> Judge.wrong answer "" "counts are whole numbers"
        | _ -> Grade.number sample answer

/// Strict think and answer blocks with one JSON list of one box in the answer.
let private formatBoxJson: Reward<Attempt> =
    let oneBox (attempt: Attempt) =
        match Scan.onlyElement "answer" attempt.Completion.Text |> Result.bind BoxReader.literal with
        | Ok [| box |] when box.Box.IsValid -> Judge.right "" "" "one box"
        | Ok _ -> Judge.wrong "" "" "not one valid box"
        | Error refusal -> Judge.unread "" "" refusal

    Combine.all [ Format.thinkAnswer; oneBox ]

/// The strict scorer of a metric.
let byMetric: Map<string, CaseRow -> Computed> =
    Map [
        "math_equiv", graded Grade.math
        "answer_then_math", answered Grade.math
        "format_think_answer", rewarded Format.thinkAnswer
        "format_bbox_json", rewarded formatBoxJson
        "mcq", answered Grade.choice
        "relaxed", graded Grade.relaxed
        "relaxed_accuracy", graded Grade.relaxed
        "anls", graded Grade.anls
        "exact_ci", graded Grade.caseless
        "count", answered count
        "bbox_iou",
        (fun row -> CaseJson.score (Overlap.iou (CaseRow.Box(row.Get "gold")) (CaseRow.Box(row.Get "pred"))))
        "iou", (fun row -> CaseJson.score (Overlap.iou (CaseRow.Box(row.Get "gold")) (CaseRow.Box(row.Get "pred"))))
        "bbox_text", boxText
        "detection_set", detectionSet
    ]
