/// Linear scanners for what completions are made of: tags, boxes, fences, answer phrases, numbers. No regular
/// expression is involved, every scanner visits a character a bounded number of times.
module MoDoMoDo.Verifiers.Scan

open System
open Reading

/// Positions of every occurrence of `part`, ordinal, not overlapping.
let occurrences (part: string) (text: string) : int list =
    let rec collect (from: int) found =
        match text.IndexOf(part, from, StringComparison.Ordinal) with
        | -1 -> List.rev found
        | at -> collect (at + part.Length) (at :: found)

    collect 0 []

/// The number of occurrences of `part`, ordinal, not overlapping.
let count (part: string) (text: string) = List.length (occurrences part text)

let private between (start: int) (stop: int) (text: string) = text.Substring(start, stop - start)

/// The content of the first <name>...</name>, up to the next closing tag. Missing without one.
let firstElement (name: string) : Extractor<string> =
    fun text ->
        let opening, closing = $"<{name}>", $"</{name}>"
        let start = text.IndexOf(opening, StringComparison.Ordinal)

        if start < 0 then
            missing $"no {opening}"
        else
            match text.IndexOf(closing, start + opening.Length, StringComparison.Ordinal) with
            | -1 -> missing $"no {closing}"
            | stop -> Ok(between (start + opening.Length) stop text)

/// The content of the last complete <name>...</name>: from the last opening tag that a closing tag follows to the next
/// closing tag. Missing without one.
let lastElement (name: string) : Extractor<string> =
    fun text ->
        let opening, closing = $"<{name}>", $"</{name}>"
        let lastClosing = text.LastIndexOf(closing, StringComparison.Ordinal)

        if lastClosing < 0 then
            missing $"no {closing}"
        else
            match text.LastIndexOf(opening, lastClosing, StringComparison.Ordinal) with
            | -1 -> missing $"no {opening}"
            | start ->
                let stop = text.IndexOf(closing, start + opening.Length, StringComparison.Ordinal)
                Ok(between (start + opening.Length) stop text)

/// The content of <name>...</name> when each tag occurs exactly once, in this order.
let onlyElement (name: string) : Extractor<string> =
    fun text ->
        match occurrences $"<{name}>" text, occurrences $"</{name}>" text with
        | [ start ], [ stop ] when start < stop -> Ok(between (start + name.Length + 2) stop text)
        | opened, closed -> missing $"{opened.Length} opening and {closed.Length} closing {name} tags"

/// What follows the last occurrence of `mark`; the whole text without one.
let afterLast (mark: string) (text: string) : string =
    match text.LastIndexOf(mark, StringComparison.Ordinal) with
    | -1 -> text
    | at -> text.Substring(at + mark.Length)

/// The position just behind the brace that closes the one at `start`, or None; an escaped brace does not count.
let closingBrace (text: string) (start: int) : int option =
    let rec walk at depth =
        if at >= text.Length then
            None
        else
            match text[at] with
            | '\\' -> walk (at + 2) depth
            | '{' -> walk (at + 1) (depth + 1)
            | '}' when depth = 1 -> Some(at + 1)
            | '}' -> walk (at + 1) (depth - 1)
            | _ -> walk (at + 1) depth

    walk start 0

/// Pairs each opening brace with its closing one in a single pass: the index behind the closing brace, 0 if unclosed.
let private bracePairs (text: string) : int[] =
    let partner = Array.zeroCreate text.Length
    let opened = Collections.Generic.Stack<int>()
    let mutable at = 0

    while at < text.Length do
        match text[at] with
        | '\\' -> at <- at + 1
        | '{' -> opened.Push at
        | '}' when opened.Count > 0 -> partner[opened.Pop()] <- at + 1
        | _ -> ()

        at <- at + 1

    partner

/// The content of the last closed \boxed{...} or \fbox{...}; of nested ones the innermost.
let lastBoxed: Extractor<string> =
    fun text ->
        if
            not (
                text.Contains("boxed{", StringComparison.Ordinal)
                || text.Contains("\\fbox{", StringComparison.Ordinal)
            )
        then
            missing "no box"
        else
            let partner = bracePairs text

            let closed (command: string) =
                occurrences command text
                |> List.rev
                |> List.tryPick (fun at ->
                    let brace = at + command.Length - 1

                    if partner[brace] > 0 then
                        Some(between (brace + 1) (partner[brace] - 1) text, at)
                    else
                        None)

            [ closed "\\boxed{"; closed "\\fbox{" ]
            |> List.choose id
            |> List.sortBy snd
            |> List.tryLast
            |> Option.map fst
            |> ofOption "no closed box"

/// The contents of the outermost closed boxes, from left to right.
let private outerBoxes (text: string) : string list =
    let partner = bracePairs text

    let opened =
        [ "\\boxed{"; "\\fbox{" ]
        |> List.collect (fun command -> occurrences command text |> List.map (fun at -> at + command.Length - 1))
        |> List.filter (fun brace -> partner[brace] > 0)
        |> List.sort

    (([], 0), opened)
    ||> List.fold (fun (found, stop) brace ->
        if brace < stop then
            found, stop
        else
            between (brace + 1) (partner[brace] - 1) text :: found, partner[brace])
    |> fst
    |> List.rev

/// The content of the boxes of an answer: the last one's, or all of them as a list where they differ. Several boxes are
/// several answers.
let allBoxed: Extractor<string> =
    fun text ->
        match outerBoxes text |> List.map _.Trim() |> List.distinct with
        | []
        | [ _ ] -> lastBoxed text
        | several -> Ok(String.concat ", " several)

/// The content of the last fenced block ```...```, a language word on the first line left out.
let lastFenced: Extractor<string> =
    fun text ->
        let fences = occurrences "```" text |> List.toArray

        if fences.Length < 2 then
            missing "no fenced block"
        else
            let last = fences.Length / 2 * 2 - 1
            let block = between (fences[last - 1] + 3) fences[last] text
            let line = block.IndexOf '\n'

            if line >= 0 && block.Substring(0, line) |> Seq.forall Char.IsAsciiLetterOrDigit then
                Ok(block.Substring(line + 1))
            else
                Ok block

/// Phrases that announce an answer, in lower case.
let answerPhrases = [ "final answer is"; "correct answer is"; "answer is"; "final answer:"; "answer:" ]

/// The rest of the line behind the last answer phrase ("the answer is", "answer:"), without a final full stop.
let afterAnswerPhrase: Extractor<string> =
    fun text ->
        let behind (phrase: string) =
            match text.LastIndexOf(phrase, StringComparison.OrdinalIgnoreCase) with
            | -1 -> None
            | at -> Some(at + phrase.Length)

        match List.choose behind answerPhrases with
        | [] -> missing "no answer phrase"
        | ends ->
            let rest = text.Substring(List.max ends)
            let line = rest.IndexOfAny [| '\n'; '\r' |]

            let answer =
                (if line < 0 then rest else rest.Substring(0, line)).Trim().TrimStart(':').TrimEnd('.').Trim()

            if answer = "" then missing "nothing behind the answer phrase" else Ok answer

/// The last number as it is written: digits with comma groups, a decimal part, a minus that no letter or digit precedes.
let lastNumber: Extractor<string> =
    fun text ->
        let isDigit i = i >= 0 && i < text.Length && Char.IsAsciiDigit text[i]

        let isPart i =
            isDigit i
            || (i > 0 && i < text.Length && (text[i] = '.' || text[i] = ',') && isDigit (i - 1) && isDigit (i + 1))

        let rec lastDigit i = if i < 0 || isDigit i then i else lastDigit (i - 1)
        let rec first i = if isPart (i - 1) then first (i - 1) else i

        match lastDigit (text.Length - 1) with
        | -1 -> missing "no number"
        | stop ->
            let start = first stop

            let minus =
                start > 0 && text[start - 1] = '-' && not (start > 1 && Char.IsLetterOrDigit text[start - 2])

            Ok(between (if minus then start - 1 else start) (stop + 1) text)

/// The answer of a completion for rewards: the last complete <answer> element behind the last </think>; inside it, a
/// box, if any, is the answer, and several different boxes are a list. A completion without the tags has no answer.
let taggedAnswer: Extractor<string> =
    atMost Limits.completion
    >=> (afterLast "</think>" >> Ok)
    >=> lastElement "answer"
    >=> (allBoxed <|> Ok)

/// The answer of a completion for evaluation: a tagged answer, else the last box, else what an answer phrase announces,
/// else the whole text behind the last </think>.
let lenientAnswer: Extractor<string> =
    taggedAnswer
    <|> (atMost Limits.completion
         >=> (afterLast "</think>" >> Ok)
         >=> (lastBoxed <|> afterAnswerPhrase <|> Ok))
