/// Whether a completion has the form that was asked for. Strict scanners: each tag exactly once, nothing empty.
module MoDoMoDo.Verifiers.Format

open System
open MoDoMoDo.Domain

let private words (text: string) = text.Split([| ' '; '\t'; '\r'; '\n' |], StringSplitOptions.RemoveEmptyEntries).Length

/// Why the text is not <a>...</a><b>...</b>... with each tag once, every block non-blank, and only white space between
/// and around the blocks; None when it is.
let blocksFault (names: string list) (text: string) : string option =
    let tags = names |> List.collect (fun name -> [ $"<{name}>"; $"</{name}>" ])

    match tags |> List.tryFind (fun tag -> Scan.count tag text <> 1) with
    | Some tag -> Some $"{Scan.count tag text} times {tag}"
    | None ->
        let positions = tags |> List.map (fun tag -> text.IndexOf(tag, StringComparison.Ordinal))
        let ends = List.map2 (fun (tag: string) at -> at + tag.Length) tags positions

        let gaps =
            List.zip (0 :: ends) (positions @ [ text.Length ])
            |> List.map (fun (from, until) -> if from <= until then Some(text.Substring(from, until - from)) else None)

        if List.exists Option.isNone gaps then
            Some "the tags are out of order"
        else
            // Gaps outside and inside the blocks alternate.
            gaps
            |> List.choose id
            |> List.indexed
            |> List.tryPick (fun (i, gap) ->
                match i % 2 = 0, (if i % 2 = 0 then String.IsNullOrWhiteSpace gap else Reading.isBlank gap) with
                | true, false -> Some "text outside the tags"
                | false, true -> Some $"<{names[i / 2]}> is empty"
                | _ -> None)

let private judged (text: string) (fault: string option) =
    match fault with
    | None -> Judge.right "" "" "well formed"
    | Some why ->
        Judge.wrong "" "" why
        |> fun v ->
            if text.Length > Limits.completion then
                Judge.unread "" "" (Refusal.Limit "longer than the limit")
            else
                v

/// 1 when the completion consists of these blocks in this order, each once and non-blank.
let blocks (names: string list) : Reward<Attempt> =
    fun attempt ->
        let text = attempt.Completion.Text

        judged
            text
            (if text.Length > Limits.completion then
                 Some "too long"
             else
                 blocksFault names text)

/// <think>...</think><answer>...</answer>: the paper's format, without the holes of its regular expression.
let thinkAnswer: Reward<Attempt> = blocks [ "think"; "answer" ]

/// Why the text is not an optional thought of at most `longest` words followed by one <answer>...</answer>.
let thoughtFault (longest: int) (text: string) : string option =
    let start = text.IndexOf("<answer>", StringComparison.Ordinal)

    if start < 0 then
        Some "no <answer>"
    elif words (text.Substring(0, start)) > longest then
        Some $"a thought of more than {longest} words"
    else
        blocksFault [ "answer" ] (text.Substring start)

/// 1 when the completion is a thought of at most `longest` words and one non-blank <answer> element.
let thoughtThenAnswer (longest: int) : Reward<Attempt> =
    fun attempt -> judged attempt.Completion.Text (thoughtFault longest attempt.Completion.Text)
