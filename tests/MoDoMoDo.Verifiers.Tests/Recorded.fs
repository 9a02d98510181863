/// Recorded cases beside the project, what passing them means, and the share that must pass.
module MoDoMoDo.Verifiers.Tests.Recorded

open System
open System.IO
open System.Text.Json

/// The folder of recorded cases beside the project, when it is there.
let folder =
    let rec search (directory: DirectoryInfo | null) =
        match directory with
        | null -> None
        | here ->
            let cases = Path.Combine(here.FullName, "shared", "data", "verifiers")
            if Directory.Exists cases then Some cases else search here.Parent

    search (DirectoryInfo AppContext.BaseDirectory)

/// A field of an object, when it is there and not null.
let field (name: string) (e: JsonElement) =
    if e.ValueKind = JsonValueKind.Object then
        match e.TryGetProperty name with
        | true, v when v.ValueKind <> JsonValueKind.Null -> Some v
        | _ -> None
    else
        None

let private asNumber (e: JsonElement) =
    match e.ValueKind with
    | JsonValueKind.Number -> Some(e.GetDouble())
    | JsonValueKind.True -> Some 1.0
    | JsonValueKind.False -> Some 0.0
    | _ -> None

/// Equal as the README of the cases says: numbers within the tolerance, objects on the wanted keys.
let rec private same (tolerance: float) (wanted: JsonElement) (found: JsonElement) : bool =
    match asNumber wanted, asNumber found with
    | Some a, Some b -> a = b || abs (a - b) <= tolerance * max 1.0 (max (abs a) (abs b))
    | _ ->
        wanted.ValueKind = found.ValueKind
        && match wanted.ValueKind with
           | JsonValueKind.Array ->
               wanted.GetArrayLength() = found.GetArrayLength()
               && Seq.forall2 (same tolerance) (wanted.EnumerateArray()) (found.EnumerateArray())
           | JsonValueKind.Object ->
               wanted.EnumerateObject()
               |> Seq.forall (fun p ->
                   p.Name = "assign"
                   || (match found.TryGetProperty p.Name with
                       | true, other -> same tolerance p.Value other
                       | _ -> false))
           | JsonValueKind.String -> wanted.GetString() = found.GetString()
           | _ -> true

/// False for a row that does not count: an ambiguous pair, an upstream peculiarity, calculus.
let isGated (set: string) (row: JsonElement) =
    match set with
    | "domain_math" -> (field "expected" row).IsSome
    | "math_verify" -> (field "quirk" row).IsNone
    | "latex_eval" -> not ((row.GetProperty "advanced").GetBoolean())
    | _ -> true

/// True when an answer line is what its row expects.
let passes (set: string) (row: JsonElement) (answer: JsonElement) : bool =
    let tolerance =
        match field "tolerance" row with
        | Some t -> t.GetDouble()
        | None -> if set = "coco_ap" then 1e-6 else 1e-9

    let computed (name: string) = answer.GetProperty(name)
    let expected = row.GetProperty "expected"

    (field "error" answer).IsNone
    && if set = "adversarial" then
           match field "score" expected, field "score_range" expected with
           | Some score, _ -> same tolerance score (computed "computed")
           | None, Some range ->
               let value = (computed "computed").GetDouble()
               range[0].GetDouble() <= value && value <= range[1].GetDouble()
           | None, None -> true
       else
           same tolerance expected (computed "computed")
           && row.EnumerateObject()
              |> Seq.filter (fun p -> p.Name.StartsWith("expected_", StringComparison.Ordinal))
              |> Seq.forall (fun p -> same tolerance p.Value (computed ("computed_" + p.Name.Substring 9)))
           && (set <> "mask_iou"
               || [ "string"; "area"; "bbox" ]
                  |> List.forall (fun name ->
                      [ "pred"; "gold" ]
                      |> List.mapi (fun i side ->
                          same 1e-9 ((row.GetProperty side).GetProperty name) ((computed ("computed_" + name))[i]))
                      |> List.forall id))

/// Sets and the share of their gated rows that must pass (verifiers.md 7).
let bars: (string * float) list = [
    "math_verify", 0.97
    "domain_math", 0.98
    "latex_eval", 0.97
    "anls", 1.0
    "relaxed_accuracy", 1.0
    "mmmu_mcq", 1.0
    "mmmu_open", 1.0
    "mathvista", 1.0
    "mcq", 1.0
    "yes_no", 1.0
    "extraction", 1.0
    "format", 1.0
    "length", 1.0
    "dapo_normalise", 1.0
    "refcoco_text", 1.0
    "public_tests", 0.95
    "iou", 1.0
    "detection_set", 1.0
    "coords", 1.0
    "mask_iou", 1.0
    "coco_ap", 1.0
    "adversarial", 0.95
]

/// The rows of a set, when they are there.
let rows (set: string) : string[] option =
    match folder with
    | Some cases when File.Exists(Path.Combine(cases, $"{set}_given.jsonl")) ->
        Some(File.ReadAllLines(Path.Combine(cases, $"{set}_given.jsonl")))
    | _ -> None
