/// Verifiers that check the form of a response against a list of instructions.
module MoDoMoDo.Verifiers.Instructions

open System
open MoDoMoDo.Domain

/// How the checks of a list make a score.
type Mode =
    /// 1 when all hold, else 0.
    | All
    /// The share that holds.
    | Share

let private field (name: string) (record: (string * Literal) list) =
    record |> List.tryFind (fun (key, _) -> key = name) |> Option.map snd

let private whole name record : Result<int option, string> =
    match field name record with
    | None
    | Some Literal.Null -> Ok None
    | Some(Literal.Number n) when Double.IsInteger n && n >= 0.0 && n <= 1e9 -> Ok(Some(int n))
    | Some _ -> Error $"wanted a whole number as {name}"

let private bounds record : Result<Bounds, string> =
    match whole "min" record, whole "max" record with
    | Error why, _
    | _, Error why -> Error why
    | Ok None, Ok None -> Ok(Bounds.AtLeast 1)
    | Ok least, Ok most ->
        let found = { Least = defaultArg least 0; Most = defaultArg most Int32.MaxValue }
        if found.Least <= found.Most then Ok found else Error "min is above max"

let private text name record : Result<string, string> =
    match field name record with
    | Some(Literal.Text t) when not (String.IsNullOrWhiteSpace t) -> Ok t
    | _ -> Error $"wanted a text as {name}"

let private texts name record : Result<string list, string> =
    match field name record with
    | Some(Literal.List items) when not items.IsEmpty && items |> List.forall _.IsText ->
        Ok(
            items
            |> List.choose (function
                | Literal.Text t -> Some t
                | _ -> None)
        )
    | _ -> Error $"wanted a list of texts as {name}"

let private both (f: 'a -> 'b -> 'c) (a: Result<'a, string>) (b: Result<'b, string>) =
    a |> Result.bind (fun a -> b |> Result.map (f a))

let private none = Bounds.AtMost 0
let private some = Bounds.AtLeast 1
let private keywords limits words = [ for word in words -> Instruction.Keyword(word, limits) ]

/// The checks of the short form, and the fields that each takes beside its name.
let fieldsOf: (string * string list) list = [
    for name in [ "words"; "sentences"; "paragraphs"; "bullets"; "placeholders"; "highlights"; "capital_words" ] do
        name, [ "min"; "max" ]
    for name in [ "keyword"; "contains"; "sections" ] do
        name, [ "text"; "min"; "max" ]
    for name in [ "keywords"; "forbidden" ] do
        name, [ "texts" ]
    for name in [ "starts"; "ends" ] do
        name, [ "text" ]
    for name in [ "upper_case"; "lower_case"; "json"; "quoted"; "title" ] do
        name, []
]

/// A misspelt bound must not make a check easier.
let private known (name: string) (record: (string * Literal) list) : Result<unit, string> =
    match fieldsOf |> List.tryFind (fun (check, _) -> check = name) with
    | None ->
        let names = fieldsOf |> List.map fst |> String.concat ", "
        Error $"unknown check '{name}'; known are {names}"
    | Some(_, fields) ->
        match record |> List.tryFind (fun (key, _) -> key <> "check" && not (List.contains key fields)) with
        | Some(key, _) ->
            let takes = if fields.IsEmpty then "no fields" else String.concat ", " fields
            Error $"unknown field '{key}' of check '{name}', which takes {takes}"
        | None -> Ok()

/// A check in the short form: { "check": "words", "min": 10, "max": 50 }.
let private ofShort (name: string) record : Result<Instruction list, string> =
    let one (make: Bounds -> Instruction) = bounds record |> Result.map (make >> List.singleton)
    let worded (make: string -> Instruction) = text "text" record |> Result.map (make >> List.singleton)

    match name with
    | "words" -> one Instruction.Words
    | "sentences" -> one Instruction.Sentences
    | "paragraphs" -> one Instruction.Paragraphs
    | "bullets" -> one Instruction.Bullets
    | "placeholders" -> one Instruction.Placeholders
    | "highlights" -> one Instruction.Highlights
    | "capital_words" -> one Instruction.CapitalWords
    | "keyword" -> both (fun word limits -> [ Instruction.Keyword(word, limits) ]) (text "text" record) (bounds record)
    | "contains" ->
        both (fun part limits -> [ Instruction.Contains(part, limits) ]) (text "text" record) (bounds record)
    | "sections" ->
        both (fun word limits -> [ Instruction.Sections(word, limits) ]) (text "text" record) (bounds record)
    | "keywords" -> texts "texts" record |> Result.map (keywords some)
    | "forbidden" -> texts "texts" record |> Result.map (keywords none)
    | "starts" -> worded Instruction.StartsWith
    | "ends" -> worded Instruction.EndsWith
    | "upper_case" -> Ok [ Instruction.UpperCase ]
    | "lower_case" -> Ok [ Instruction.LowerCase ]
    | "json" -> Ok [ Instruction.Json ]
    | "quoted" -> Ok [ Instruction.Quoted ]
    | "title" -> Ok [ Instruction.Title ]
    | _ -> Error $"unknown check '{name}'"

/// An instruction of IFEval's data set: its id and its kwargs.
let private ofIfEval (id: string) record : Result<Instruction list, string> =
    let limited number relation (make: Bounds -> Instruction) =
        match whole number record, field relation record with
        | Ok(Some n), Some(Literal.Text "less than") -> Ok [ make (Bounds.AtMost(n - 1)) ]
        | Ok(Some n), _ -> Ok [ make (Bounds.AtLeast n) ]
        | _ -> Error $"wanted a whole number as {number}"

    let exactly number (make: Bounds -> Instruction) =
        match whole number record with
        | Ok(Some n) -> Ok [ make { Least = n; Most = n } ]
        | _ -> Error $"wanted a whole number as {number}"

    let worded name (make: string -> Instruction) = text name record |> Result.map (make >> List.singleton)

    match id with
    | "length_constraints:number_words" -> limited "num_words" "relation" Instruction.Words
    | "length_constraints:number_sentences" -> limited "num_sentences" "relation" Instruction.Sentences
    | "length_constraints:number_paragraphs" -> exactly "num_paragraphs" Instruction.Paragraphs
    | "keywords:existence" -> texts "keywords" record |> Result.map (keywords some)
    | "keywords:forbidden_words" -> texts "forbidden_words" record |> Result.map (keywords none)
    | "keywords:frequency" ->
        text "keyword" record
        |> Result.bind (fun word -> limited "frequency" "relation" (fun b -> Instruction.Keyword(word, b)))
    | "keywords:letter_frequency" ->
        text "letter" record
        |> Result.bind (fun letter -> limited "let_frequency" "let_relation" (fun b -> Instruction.Contains(letter, b)))
    | "detectable_content:number_placeholders" -> limited "num_placeholders" "" Instruction.Placeholders
    | "detectable_content:postscript" -> worded "postscript_marker" (fun mark -> Instruction.Contains(mark, some))
    | "detectable_format:number_bullet_lists" -> exactly "num_bullets" Instruction.Bullets
    | "detectable_format:number_highlighted_sections" -> limited "num_highlights" "" Instruction.Highlights
    | "detectable_format:multiple_sections" ->
        text "section_spliter" record
        |> Result.bind (fun mark -> limited "num_sections" "" (fun b -> Instruction.Sections(mark, b)))
    | "detectable_format:json_format" -> Ok [ Instruction.Json ]
    | "detectable_format:title" -> Ok [ Instruction.Title ]
    | "startend:end_checker" -> worded "end_phrase" Instruction.EndsWith
    | "startend:quotation" -> Ok [ Instruction.Quoted ]
    | "combination:repeat_prompt" -> worded "prompt_to_repeat" Instruction.StartsWith
    | "change_case:english_capital" -> Ok [ Instruction.UpperCase ]
    | "change_case:english_lowercase" -> Ok [ Instruction.LowerCase ]
    | "change_case:capital_word_frequency" -> limited "capital_frequency" "capital_relation" Instruction.CapitalWords
    | "punctuation:no_comma" -> Ok [ Instruction.Contains(",", none) ]
    | _ -> Error $"unknown instruction '{id}'"

let private concat (checks: Result<Instruction list, string> list) : Result<Instruction list, string> =
    List.foldBack (both (@)) checks (Ok [])

let private ofItem literal =
    match literal with
    | Literal.Record record ->
        text "check" record
        |> Result.bind (fun name -> known name record |> Result.bind (fun () -> ofShort name record))
    | Literal.Text name -> known name [] |> Result.bind (fun () -> ofShort name [])
    | _ -> Error "wanted a check as an object or a name"

/// The instructions of a JSON text: a list of checks, one check, or IFEval's { "instruction_id_list", "kwargs" }.
let ofJson (json: string) : Result<Instruction list, string> =
    match Literal.read json with
    | Error _ -> Error "wanted a JSON list of checks"
    | Ok(Literal.List(_ :: _ as items)) -> items |> List.map ofItem |> concat
    | Ok(Literal.Record record as whole) ->
        match field "instruction_id_list" record, field "kwargs" record with
        | Some(Literal.List ids), Some(Literal.List arguments) when ids.Length = arguments.Length ->
            List.map2
                (fun id argument ->
                    match id, argument with
                    | Literal.Text id, Literal.Record record -> ofIfEval id record
                    | _ -> Error "wanted an id and its kwargs")
                ids
                arguments
            |> concat
        | _ -> ofItem whole
    | Ok _ -> Error "wanted a JSON list of checks"

/// What is checked: the one <answer> behind the last </think>, else all that stands there, trimmed.
let private response: Extractor<string> =
    let behindThought = Reading.atMost Limits.completion >> Result.map (Scan.afterLast "</think>")
    let (<|>), (>=>) = Reading.(<|>), Reading.(>=>)

    behindThought
    >=> (Scan.onlyElement "answer" <|> Ok)
    >=> (fun text -> Reading.notBlank (text.Trim()))

let private judged (mode: Mode) (instructions: Instruction list) (answer: string) : Verdict =
    let outcomes = [ for i in instructions -> Instruction.name i, Instruction.check i answer ]
    let weight = 1.0 / float instructions.Length

    let parts = [|
        for name, (holds, _) in outcomes -> { Name = name; Value = (if holds then 1.0 else 0.0); Weight = weight }
    |]

    let held = outcomes |> List.filter (snd >> fst) |> List.length
    let wanted = instructions |> List.map Instruction.name |> String.concat ", "
    let why = outcomes |> List.map (snd >> snd) |> String.concat "; "

    let value =
        match mode with
        | All -> if held = outcomes.Length then 1.0 else 0.0
        | Share -> float held / float outcomes.Length

    let start = answer.Substring(0, min 80 answer.Length)
    Verdict.Scored(value, { Judge.evidence start wanted why with Parts = parts })

/// Checks responses against fixed instructions.
let fixedList (mode: Mode) (instructions: Instruction list) : Reward<Attempt> =
    fun attempt ->
        match response attempt.Completion.Text with
        | _ when instructions.IsEmpty -> Judge.unscorable "no instruction to check"
        | Ok answer -> judged mode instructions answer
        | Error refusal -> Judge.unread "" "" refusal

/// Checks responses against the instructions that the gold holds as JSON.
let ofGold (mode: Mode) : Reward<Attempt> =
    fun attempt ->
        let gold = Golds.texts attempt.Sample |> Result.bind (fun texts -> ofJson texts[0])

        Judge.withGold gold (fun instructions -> fixedList mode instructions attempt)
