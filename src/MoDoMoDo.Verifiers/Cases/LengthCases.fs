/// Rows of length and repetition rewards: the same in both modes.
module internal MoDoMoDo.Verifiers.LengthCases

open System.Text.Json

/// The completion's length: in params or in pred.
let private length (row: CaseRow) : int =
    let inPred = CaseRow.Field "pred" row.Root |> Option.bind (CaseRow.Field "length")

    [ row.Param "length"; row.Param "length_tokens"; inPred ]
    |> List.tryPick id
    |> Option.map (CaseRow.Number >> int)
    |> Option.defaultWith (fun () -> raise (BadRow "no length"))

let private correct (row: CaseRow) : bool =
    [ row.Param "correct"; CaseRow.Field "pred" row.Root |> Option.bind (CaseRow.Field "correct") ]
    |> List.tryPick id
    |> Option.exists (fun v -> CaseRow.Number v <> 0.0)

let private range (row: CaseRow) : Length.CosineRange = {
    MinWrong = row.NumberParam "min_value_wrong" Length.defaultCosine.MinWrong
    MaxWrong = row.NumberParam "max_value_wrong" Length.defaultCosine.MaxWrong
    MinCorrect = row.NumberParam "min_value_correct" Length.defaultCosine.MinCorrect
    MaxCorrect = row.NumberParam "max_value_correct" Length.defaultCosine.MaxCorrect
}

let private cosine (row: CaseRow) : Computed =
    let longest = int (row.NumberParam "max_len" 1000.0)

    {
        Verdict = "value"
        Fields = [
            "computed", CaseJson.number (Length.cosine (range row) longest (correct row) (length row))
            "computed_open_r1_unclamped",
            CaseJson.number (Length.cosineUnclamped (range row) longest (correct row) (length row))
        ]
    }

let private overlong (row: CaseRow) =
    let whole name = int (row.NumberParam name 0.0)

    CaseJson.value (
        CaseJson.number (Length.softOverlong (whole "max_completion_len") (whole "soft_punish_cache") (length row))
    )

let private repetition (items: CaseRow -> 'a[]) (row: CaseRow) =
    let n, worst = int (row.NumberParam "ngram_size" 1.0), row.NumberParam "max_penalty" 0.0
    CaseJson.value (CaseJson.number (Length.repetition n worst (items row)))

let private words (row: CaseRow) = Python.words (Text.lower row.Pred)

let private ids (row: CaseRow) =
    row.Param "ids"
    |> Option.map (CaseRow.Items >> Array.map CaseRow.Number)
    |> Option.defaultValue [||]

let private kimi (row: CaseRow) =
    let source (name: string) =
        [ row.Param name; CaseRow.Field "pred" row.Root |> Option.bind (CaseRow.Field name) ]
        |> List.tryPick id
        |> Option.map (CaseRow.Items >> Array.map CaseRow.Number)
        |> Option.defaultValue [||]

    Length.kimi (source "lengths" |> Array.map int) (source "correct" |> Array.map (fun v -> v <> 0.0))
    |> CaseJson.numbers
    |> CaseJson.value

/// The scorer of a metric.
let byMetric: Map<string, CaseRow -> Computed> =
    Map [
        "cosine_length", cosine
        "cosine_scaled_reward", cosine
        "soft_overlong", overlong
        "repetition_ngram", repetition words
        "repetition_penalty_words", repetition words
        "repetition_penalty_tokens", repetition ids
        "kimi_len_group", kimi
    ]
