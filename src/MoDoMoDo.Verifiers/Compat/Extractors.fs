/// The answer extractors of public projects under their names, quirks included (verifiers.md 2). Each returns a text, None
/// where the reference finds nothing, or Error with the exception it raises.
module MoDoMoDo.Verifiers.Extractors

open System
open Python

/// What a reference extractor does.
type Extracted = Result<string option, string>

/// Position of the brace that closes the first one at or behind `from`; braces are counted as they stand.
let private closing (text: string) (from: int) : int option =
    let rec walk i depth =
        if i >= text.Length then
            None
        else
            match text[i] with
            | '{' -> walk (i + 1) (depth + 1)
            | '}' when depth = 1 -> Some i
            | '}' -> walk (i + 1) (depth - 1)
            | _ -> walk (i + 1) depth

    walk from 0

/// Hendrycks' last_boxed_only_string and remove_boxed.
let private hendrycks (text: string) : Extracted =
    if contains "\\boxed " text then
        let rest = text.Substring(findLast "\\boxed " text + 7)
        Ok(Some((rest.Split '$')[0]))
    else
        let start = max (findLast "\\boxed" text) -1
        let start = if start >= 0 then start else findLast "\\fbox" text

        if start < 0 then
            Ok None
        else
            match closing text start with
            | None -> Ok None
            | Some stop ->
                let boxed = text.Substring(start, stop + 1 - start)

                if boxed.StartsWith("\\boxed{", StringComparison.Ordinal) then
                    Ok(Some(boxed.Substring(7, boxed.Length - 8)))
                else
                    Error "AssertionError"

/// The content of the rightmost \boxed{, None when it is unclosed.
let private rightmost (text: string) : string option =
    match findLast "\\boxed{" text with
    | -1 -> None
    | start -> closing text start |> Option.map (fun stop -> text.Substring(start + 7, stop - start - 7))

/// The last of all boxes that close; of nested ones the innermost. Brackets are paired once, so that time stays linear.
let private lastClosable (text: string) : string =
    let partner = Array.create text.Length -1
    let opened = Collections.Generic.Stack<int>()

    for i in 0 .. text.Length - 1 do
        match text[i] with
        | '{' -> opened.Push i
        | '}' when opened.Count > 0 -> partner[opened.Pop()] <- i
        | _ -> ()

    Scan.occurrences "\\boxed{" text
    |> List.rev
    |> List.tryPick (fun start ->
        if partner[start + 6] >= 0 then
            Some(text.Substring(start + 7, partner[start + 6] - start - 7))
        else
            None)
    |> Option.defaultValue ""

let private element (name: string) (last: bool) (text: string) : string option =
    let opening, closing = $"<{name}>", $"</{name}>"

    // Matches follow one another without overlap, as re.findall finds them.
    let rec go from found =
        match find opening from text with
        | -1 -> found
        | start ->
            match find closing (start + opening.Length) text with
            | -1 -> found
            | stop ->
                let content = text.Substring(start + opening.Length, stop - start - opening.Length)
                if last then go (stop + closing.Length) (Some content) else Some content

    go 0 None

/// A number at the end of a line: digits with decimals, a word boundary before, then white space around one full stop.
let private numberAtEnd (line: string) : string option =
    let bare = line |> strip
    let bare = if bare.EndsWith '.' then strip (bare.Substring(0, bare.Length - 1)) else bare
    let isDigit i = i >= 0 && i < bare.Length && Char.IsDigit bare[i]
    let boundary i = i = 0 || not (isWord bare[i - 1])

    let rec first i = if isDigit (i - 1) then first (i - 1) else i

    if not (isDigit (bare.Length - 1)) then
        None
    else
        let tail = first (bare.Length - 1)

        let whole =
            if tail >= 2 && bare[tail - 1] = '.' && isDigit (tail - 2) then
                Some(first (tail - 2))
            else
                None

        match whole with
        | Some start when boundary start -> Some(bare.Substring start)
        | _ when boundary tail -> Some(bare.Substring tail)
        | _ -> None

let private answerLmms (text: string) : string =
    match element "answer" false text with
    | Some content -> content
    | None ->
        match lastClosable text with
        | "" -> (strip text).Split '\n' |> Array.rev |> Array.tryPick numberAtEnd |> Option.defaultValue ""
        | boxed -> boxed

/// VLM-R1's clean_text. A line break behind white space vanishes, any other becomes a space; \n first, then \r.
let private cleanText (text: string) : string =
    let content = element "answer" true text |> Option.defaultValue text

    let joined (mark: char) (t: string) =
        let out = Text.StringBuilder t.Length
        let mutable before = '\000'

        for c in t do
            if c = mark then
                if not (isSpace before) then
                    out.Append ' ' |> ignore
            else
                out.Append c |> ignore

            before <- c

        out.ToString()

    content |> joined '\n' |> joined '\r' |> strip |> stripEnd '.' |> Text.lower

let private lastCharacters (n: int) (text: string) =
    let points = Text.length text

    if points <= n then
        text
    else
        // Characters are code points in Python.
        let mutable start, left = text.Length, n

        while left > 0 do
            start <-
                start
                - (if start > 1 && Char.IsLowSurrogate text[start - 1] && Char.IsHighSurrogate text[start - 2] then
                       2
                   else
                       1)

            left <- left - 1

        text.Substring start

let private isNumberPart (c: char) = Char.IsAsciiDigit c || c = '.' || c = ','

/// All matches of -?[0-9.,]+ from left to right.
let private numberTokens (text: string) : string list =
    let found = Collections.Generic.List<string>()
    let mutable i = 0

    while i < text.Length do
        let start = if text[i] = '-' then i + 1 else i
        let mutable stop = start

        while stop < text.Length && isNumberPart text[stop] do
            stop <- stop + 1

        if stop > start then
            found.Add(text.Substring(i, stop - i))
            i <- stop
        else
            i <- i + 1

    List.ofSeq found

let private gsm8kStrict (text: string) : string option =
    let tail = lastCharacters 300 text

    Scan.occurrences "#### " tail
    |> List.choose (fun at ->
        let rest = tail.Substring(at + 5)

        match numberTokens (rest.Substring(0, min rest.Length 400)) with
        | token :: _ when rest.StartsWith(token, StringComparison.Ordinal) ->
            Some(token.Replace(",", "").Replace("$", ""))
        | _ -> None)
    |> List.tryLast

let private gsm8kFlexible (text: string) : string option =
    match numberTokens (lastCharacters 300 text) with
    | [] -> None
    | tokens ->
        match tokens |> List.filter (fun t -> t <> "" && t <> ".") with
        | [] -> Some tokens.Head
        | useful -> Some(List.last useful)

/// The last match of -?\d+(?:,\d{3})*(?:\.\d+)? with commas removed.
let private lastNumberLmms (text: string) : string option =
    let isDigit i = i >= 0 && i < text.Length && Char.IsDigit text[i]
    let mutable last = None
    let mutable i = 0

    while i < text.Length do
        let start = if text[i] = '-' && isDigit (i + 1) then i + 1 else i

        if isDigit start then
            let mutable stop = start

            while isDigit stop do
                stop <- stop + 1

            while stop < text.Length
                  && text[stop] = ','
                  && isDigit (stop + 1)
                  && isDigit (stop + 2)
                  && isDigit (stop + 3) do
                stop <- stop + 4

            if stop < text.Length && text[stop] = '.' && isDigit (stop + 1) then
                stop <- stop + 1

                while isDigit stop do
                    stop <- stop + 1

            last <- Some(text.Substring(i, stop - i).Replace(",", ""))
            i <- stop
        else
            i <- i + 1

    last

let private afterThink (text: string) = if contains "</think>" text then strip (Scan.afterLast "</think>" text) else ""

/// The extractors by name, in the order of verifiers.md.
let all: (string * (string -> Extracted)) list = [
    "boxed_hendrycks", hendrycks
    "boxed_dapo", rightmost >> Ok
    "boxed_mathruler", (fun text -> Ok(Some(rightmost text |> Option.map strip |> Option.defaultValue "None")))
    "boxed_prime_strict", (fun text -> Ok(Some(rightmost text |> Option.defaultValue "")))
    "boxed_lmms", lastClosable >> Some >> Ok
    "answer_tag_first", element "answer" false >> Option.map strip >> Ok
    "answer_tag_last", element "answer" true >> Option.map strip >> Ok
    "answer_lmms", answerLmms >> Some >> Ok
    "vlm_r1_clean_text", cleanText >> Some >> Ok
    "gsm8k_strict", gsm8kStrict >> Ok
    "gsm8k_flexible", gsm8kFlexible >> Ok
    "last_number_lmms", lastNumberLmms >> Ok
    "after_think_prime", afterThink >> Some >> Ok
]

/// lmms-eval's boxed answer, "" without one.
let boxedLmms: string -> string = lastClosable
/// lmms-eval's extract_anwser_tag.
let answerOfLmms: string -> string = answerLmms
/// The first <answer> element as it stands.
let firstAnswer: string -> string option = element "answer" false
/// The last <answer> element as it stands, of elements that do not overlap.
let lastAnswer: string -> string option = element "answer" true
/// The content of the last closed \boxed{...}, braces counted as they stand.
let lastBox: string -> string option = rightmost
