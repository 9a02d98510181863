/// The format rewards of public projects under their names, as linear scanners in place of their regular expressions.
module MoDoMoDo.Verifiers.Formats

open System
open Python

let private score condition = if condition then 1.0 else 0.0

/// Positions at which `</think>`, white space and `<answer>` stand, with the position behind `<answer>`.
let private turns (text: string) (from: int) : seq<int * int> = seq {
    let mutable at = find "</think>" from text

    while at >= 0 do
        let next = skipSpace text (at + 8)

        if String.CompareOrdinal(text, next, "<answer>", 0, 8) = 0 then
            yield at, next + 8

        at <- find "</think>" (at + 8) text
}

let private starts (part: string) (text: string) = text.StartsWith(part, StringComparison.Ordinal)

/// fullmatch of <think>.*?</think>\s*<answer>.*?</answer> over all lines.
let private fullMatch (text: string) =
    starts "<think>" text
    && text.EndsWith("</answer>", StringComparison.Ordinal)
    && turns text 7 |> Seq.exists (fun (_, behind) -> behind <= text.Length - 9)

/// match of the same expression where a dot stops at a line break.
let private matchOnLine (text: string) =
    let lineEnd from =
        match find "\n" from text with
        | -1 -> text.Length
        | at -> at

    starts "<think>" text
    && (let stop = lineEnd 7

        turns text 7
        |> Seq.takeWhile (fun (at, _) -> at <= stop)
        |> Seq.exists (fun (_, behind) ->
            let closing = find "</answer>" behind text
            closing >= 0 && closing <= lineEnd behind))

/// open-r1: each tag on a line of its own; the closing tag may be followed by a line break.
let private strictNewlines (text: string) =
    starts "<think>\n" text
    && (match find "\n</think>\n<answer>\n" 8 text with
        | -1 -> false
        | at ->
            let mutable closing = find "\n</answer>" (at + 19) text
            let ends i = i + 10 = text.Length || text[i + 10] = '\n'

            while closing >= 0 && not (ends closing) do
                closing <- find "\n</answer>" (closing + 1) text

            closing >= 0)

let private tagCount (text: string) =
    [ "<think>\n"; "\n</think>\n"; "\n<answer>\n"; "\n</answer>" ]
    |> List.sumBy (fun tag -> if Scan.count tag text = 1 then 0.25 else 0.0)

/// The position behind the first [n, n, n, n] of whole numbers at or behind `from`; -1 without one.
let private behindBox (text: string) (from: int) : int =
    let digits at =
        let mutable stop = at

        while stop < text.Length && Char.IsDigit text[stop] do
            stop <- stop + 1

        stop

    let rec numbers at count =
        let stop = digits at

        if stop = at then
            -1
        elif count = 4 then
            (if stop < text.Length && text[stop] = ']' then stop + 1 else -1)
        elif stop < text.Length && text[stop] = ',' then
            numbers (skipSpace text (stop + 1)) (count + 1)
        else
            -1

    let rec go from =
        match find "[" from text with
        | -1 -> -1
        | at ->
            match numbers (at + 1) 1 with
            | -1 -> go (at + 1)
            | behind -> behind

    go from

/// VLM-R1's format_reward_rec: think and answer, and in the answer braces around a box.
let private recJson (text: string) =
    let behind (part: string) from =
        if from < 0 then
            -1
        else
            match find part from text with
            | -1 -> -1
            | at -> at + part.Length

    let think = behind "<think>" 0

    let answer =
        if think < 0 then
            -1
        else
            match turns text think |> Seq.tryHead with
            | Some(_, at) -> at
            | None -> -1

    let brace = behind "{" answer
    let box = if brace < 0 then -1 else behindBox text brace
    behind "</answer>" (behind "}" box) >= 0

let private geo3k (text: string) =
    starts "<think>" text
    && (let think = find "</think>" 7 text
        let boxed = if think < 0 then -1 else find "\\boxed{" (think + 8) text
        boxed >= 0 && find "}" (boxed + 7) text >= 0)

let private trlThink (text: string) = starts "<think>" text && find "<think>" 7 text < 0 && find "</think>" 7 text >= 0

let private lmmsReasoning (text: string) =
    let tagged (first: string) =
        starts $"<{first}>" text
        && text.EndsWith("</answer>", StringComparison.Ordinal)
        && (let close = find $"</{first}>" (first.Length + 2) text
            let answer = if close < 0 then -1 else find "<answer>" (close + first.Length + 3) text
            answer >= 0 && answer + 8 <= text.Length - 9)

    if tagged "think" || tagged "analysis" || Extractors.boxedLmms text <> "" then
        1.0
    elif
        Text.length (strip text) > 50
        && text.AsSpan().IndexOfAny("=+-*/()[]\\") >= 0
        && Extractors.answerOfLmms text <> ""
    then
        0.8
    else
        0.0

let private primeThink (text: string) =
    starts "<think>" (strip text)
    && Scan.count "<think>" text = 1
    && Scan.count "</think>" text = 1
    && Scan.afterLast "</think>" text <> ""

/// open-r1's reasoning_steps_reward: a third for each sign of a step, at most 1.
let reasoningSteps (text: string) : float =
    let digitsBehind at =
        let mutable stop = at

        while stop < text.Length && Char.IsDigit text[stop] do
            stop <- stop + 1

        stop

    let isStep at =
        let stop = digitsBehind (at + 5)
        stop > at + 5 && stop < text.Length && text[stop] = ':'

    let numbered =
        let stop = digitsBehind 0
        if stop > 0 && stop < text.Length && text[stop] = '.' then 1 else 0

    let steps = Scan.occurrences "Step " text |> List.filter isStep |> List.length

    let marks =
        [ "\n-"; "\n*"; "First,"; "Second,"; "Next,"; "Finally," ]
        |> List.sumBy (fun mark -> Scan.count mark text)

    min 1.0 (float (numbered + steps + marks) / 3.0)

/// The format rewards by name, in the order of verifiers.md.
let all: (string * (string -> float)) list = [
    "open_r1_strict_newlines", strictNewlines >> score
    "open_r1_tag_count", tagCount
    "vlm_r1_fullmatch", fullMatch >> score
    "vlm_r1_rec_json", recJson >> score
    "mm_open_r1_match_no_dotall", matchOnLine >> score
    "verl_geo3k_boxed", geo3k >> score
    "easyr1_r1v", fullMatch >> score
    "trl_think", trlThink >> score
    "lmms_reasoning", lmmsReasoning
    "prime_think_parser", primeThink >> score
    "open_r1_reasoning_steps", reasoningSteps
]

/// A format reward by its name. Raises KeyNotFoundException on an unknown one.
let byName (name: string) : string -> float = all |> List.find (fun (n, _) -> n = name) |> snd
