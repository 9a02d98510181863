/// Rows of Math-Verify's suite and of other projects' own unit tests.
module internal MoDoMoDo.Verifiers.PublicCases

open System
open System.Text.Json

let private score condition = CaseJson.score (if condition then 1.0 else 0.0)

let private config (row: CaseRow) (name: string) = CaseRow.Field "config" row.Root |> Option.bind (CaseRow.Field name)

let private options (row: CaseRow) : MathVerifyText.Options =
    let types = config row "match_types" |> Option.map (CaseRow.Items >> Array.map CaseRow.Text)

    {
        Latex = types |> Option.forall (Array.contains "latex")
        Plain = types |> Option.forall (Array.contains "expr")
        Precision = config row "precision" |> Option.map (CaseRow.Number >> int) |> Option.defaultValue 6
        RelationsForSets =
            config row "allow_set_relation_comp" |> Option.exists (fun v -> v.ValueKind = JsonValueKind.True)
    }

/// The strings of a string extraction's configuration, which the row gives as the call that makes it.
let private strings (row: CaseRow) =
    let call =
        config row "config"
        |> Option.bind (CaseRow.Field "call")
        |> Option.map CaseRow.Text
        |> Option.defaultValue ""

    let list = call.IndexOf '['

    let names =
        if list < 0 then
            [| "A"; "B"; "C"; "D" |]
        else
            match Literal.read (call.Substring list) with
            | Ok(Literal.List items) ->
                items
                |> List.choose (function
                    | Literal.Text t -> Some t
                    | _ -> None)
                |> List.toArray
            | _ -> [| "A"; "B"; "C"; "D" |]

    names, not (call.Replace(" ", "").Contains "lowercase=False")

let private mathVerify (row: CaseRow) : Computed =
    if (config row "config").IsSome || (config row "call").IsSome then
        let names, lowercase = strings row

        match MathVerifyText.extractString names lowercase row.Pred with
        | Some(normal, written) -> CaseJson.value (CaseJson.list [ CaseJson.text normal; CaseJson.text written ])
        | None -> CaseJson.value (CaseJson.list [])
    else
        {
            Verdict = "score"
            Fields = [ "computed", CaseJson.truth (MathVerify.verify (options row) row.Gold row.Pred) ]
        }

/// TRL's accuracy reward: null where the gold cannot be read. A gold is a formula as it stands.
let private accuracy (prediction: CaseRow -> string option) (row: CaseRow) : Computed =
    let gold =
        if row.Gold.Contains '$' || row.Gold.Contains "\\boxed" then
            row.Gold
        else
            $"${row.Gold}$"

    if
        not (MathVerify.isReadable gold)
        || (Answer.read row.Gold
            |> function
                | Ok(Answer.Words _) -> true
                | _ -> false)
    then
        { Verdict = "unscorable"; Fields = [ "computed", null ] }
    else
        match prediction row with
        | Some text -> score (MathVerify.verify MathVerifyText.defaults gold text)
        | None -> score false

let private behindThink (row: CaseRow) =
    if Python.contains "</think>" row.Pred then
        Some(Scan.afterLast "</think>" row.Pred)
    else
        None

let private thinkParse (row: CaseRow) =
    CaseJson.value (
        CaseJson.text (
            match behindThink row with
            | Some rest -> Python.strip rest
            | None -> ""
        )
    )

/// Points in 0..1000 to pixels, rounded half to even.
let private points (row: CaseRow) : Computed =
    let width, height = row.NumberParam "width" 0.0, row.NumberParam "height" 0.0

    let pixel (side: float) (v: float) = Math.Round(v / 1000.0 * side, MidpointRounding.ToEven)

    let point literal =
        match literal with
        | Literal.Record fields ->
            match fields |> List.tryFind (fun (name, _) -> name = "point_2d" || name = "point") with
            | Some(_, Literal.List [ Literal.Number x; Literal.Number y ]) ->
                Some(CaseJson.numbers [ pixel width x; pixel height y ])
            | _ -> None
        | _ -> None

    let text = Scan.lastFenced row.Pred |> Result.defaultValue row.Pred

    match Literal.read text with
    | Ok(Literal.List items) -> CaseJson.value (items |> List.choose point |> CaseJson.list)
    | Ok one -> CaseJson.value (point one |> Option.toList |> CaseJson.list)
    | Error _ -> CaseJson.value (CaseJson.list [])

let private format (name: string) (row: CaseRow) = CaseJson.score (Formats.byName name row.Pred)

/// The scorer of a metric.
let byMetric: Map<string, CaseRow -> Computed> =
    Map [
        "math_verify", mathVerify
        "is_equiv", (fun row -> score (MathStrings.hendrycks row.Gold row.Pred))
        "accuracy_reward", accuracy (fun row -> Some row.Pred)
        "reasoning_accuracy_reward", accuracy behindThink
        "math_rubric",
        accuracy (fun row -> Extractors.lastBox row.Pred |> Option.map (fun content -> $"\\boxed{{{content}}}"))
        "think_format_reward", format "trl_think"
        "format_reward", format "open_r1_strict_newlines"
        "tag_count_reward", format "open_r1_tag_count"
        "reasoning_steps_reward", format "open_r1_reasoning_steps"
        "think_parser.parse", thinkParse
        "think_parser.format", format "prime_think_parser"
        "parse_point2d", points
    ]
