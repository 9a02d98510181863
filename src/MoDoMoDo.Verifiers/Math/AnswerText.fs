/// Cutting answers into their parts, and what is said about them in words.
module internal MoDoMoDo.Verifiers.AnswerText

open System

/// What stands in quotes or backticks as a whole, without them.
let unquoted (text: string) =
    let isQuote (c: char) = "`*\"\u201C".Contains c

    if text.Length > 2 && isQuote text[0] && "`*\"\u201D".Contains text[text.Length - 1] then
        text.Trim('`', '*', '"', '\u201C', '\u201D').Trim()
    else
        text

let isOpener (c: char) = c = '(' || c = '[' || c = '{' || c = Markup.setOpen
let isCloser (c: char) = c = ')' || c = ']' || c = '}' || c = Markup.setClose

/// Cuts a text outside all brackets, where `separator` gives the width of a separator that starts at a position, 0 for
/// none. Returns the pieces and the separators between them.
let cut (separator: string -> int -> int) (text: string) : (string list * string list) =
    let pieces, marks = Collections.Generic.List<string>(), Collections.Generic.List<string>()
    let mutable depth, start, i = 0, 0, 0

    while i < text.Length do
        let width = if depth = 0 then separator text i else 0

        if width > 0 then
            pieces.Add(text.Substring(start, i - start).Trim())
            marks.Add(text.Substring(i, width).Trim())
            i <- i + width
            start <- i
        else
            if isOpener text[i] then
                depth <- depth + 1
            elif isCloser text[i] then
                depth <- max 0 (depth - 1)
            elif text[i] = '\\' && i + 1 < text.Length then
                i <- i + 1

            i <- i + 1

    pieces.Add(text.Substring(start).Trim())
    List.ofSeq pieces, List.ofSeq marks

let startsAt (part: string) (text: string) (i: int) = String.CompareOrdinal(text, i, part, 0, part.Length) = 0

let letterAt (text: string) i = i >= 0 && i < text.Length && Char.IsAsciiLetter text[i]

let digitAt (text: string) i = i >= 0 && i < text.Length && Char.IsAsciiDigit text[i]

/// True for a comma between digit groups: "6,975,183".
let groupsDigits (text: string) (i: int) =
    let three =
        digitAt text (i + 1) && digitAt text (i + 2) && digitAt text (i + 3) && not (digitAt text (i + 4))

    let mutable before = 0

    while digitAt text (i - 1 - before) do
        before <- before + 1

    three && before >= 1 && before <= 3

let listSeparator (text: string) (i: int) =
    match text[i] with
    | ',' when not (groupsDigits text i) -> 1
    | ';' -> 1
    | ' ' when startsAt " or " text i -> 4
    | ' ' when startsAt " and " text i -> 5
    | _ -> 0

/// A union sign, an intersection sign or a difference sign; a U between brackets is a union sign.
let setSeparator (text: string) (i: int) =
    let isClosed = i > 0 && isCloser text[i - 1]

    if startsAt "\\cup" text i || startsAt "\\cap" text i then
        4
    elif startsAt "\\setminus" text i then
        9
    elif isClosed && text[i] = '-' && i + 1 < text.Length && text[i + 1] = Markup.setOpen then
        1
    elif isClosed && startsAt " U " text i && i + 3 < text.Length && isOpener text[i + 3] then
        3
    elif isClosed && text[i] = 'U' && i + 1 < text.Length && isOpener text[i + 1] then
        1
    else
        0

/// The content of brackets that open at the start and close at the very end, with both brackets.
let enclosed (text: string) : (char * string * char) option =
    if text.Length < 2 || not (isOpener text[0] && isCloser text[text.Length - 1]) then
        None
    else
        let mutable depth = 0

        let closesEarly =
            text
            |> Seq.take (text.Length - 1)
            |> Seq.exists (fun c ->
                if isOpener c then
                    depth <- depth + 1
                elif isCloser c then
                    depth <- depth - 1

                depth = 0)

        if closesEarly then
            None
        else
            Some(text[0], text.Substring(1, text.Length - 2).Trim(), text[text.Length - 1])

let conjunctions (text: string) =
    [ "\\text{ or }"; "\\text{or}"; "\\text{ or}"; "\\text{or }"; "\\mbox{ or }"; "\\mathrm{or}" ]
    |> List.fold (fun (t: string) word -> t.Replace(word, " or ")) text
    |> fun t ->
        [ "\\text{ and }"; "\\text{and}"; "\\text{ and}"; "\\text{and }"; "\\mbox{ and }"; "\\mathrm{and}" ]
        |> List.fold (fun (t: string) word -> t.Replace(word, " and ")) t

/// Without one command around the whole: \boxed{...}, \text{...}.
let rec unboxed (text: string) budget =
    let inside = Text.untex text
    if inside <> text && budget > 0 then unboxed inside (budget - 1) else text

/// LaTeX that is no mathematics, in one spelling: spaces mean nothing, braces around one character neither.
let unspaced (text: string) =
    let bare = text.Replace(" ", "")
    let out = Text.StringBuilder bare.Length
    let mutable i = 0

    while i < bare.Length do
        if bare[i] = '{' && i + 2 < bare.Length && bare[i + 2] = '}' && i > 0 && "_^".Contains bare[i - 1] then
            out.Append bare[i + 1] |> ignore
            i <- i + 3
        else
            out.Append bare[i] |> ignore
            i <- i + 1

    out.ToString()

/// A colon, which makes ratios.
let colon (text: string) (i: int) = if text[i] = ':' then 1 else 0

let private halves = [ "am", "am"; "pm", "pm"; "a.m", "am"; "p.m", "pm" ]

/// The time of day that a text is: "12:00", "3:30 PM". Minutes have two digits; "7:32" in lowest terms may be a ratio as well
/// and is none, unless half of the day stands behind it.
let timeOfDay (text: string) : TimeOfDay option =
    let plain = (text.Replace("\\text{", " ").Replace("\\mathrm{", " ").Replace("}", " ") |> Text.answer)

    let half = halves |> List.tryFind (fun (name, _) -> plain.EndsWith(name, StringComparison.Ordinal))

    let digits =
        match half with
        | Some(name, _) -> plain.Substring(0, plain.Length - name.Length).TrimEnd()
        | None -> plain

    let isNumber (part: string) = part.Length >= 1 && part.Length <= 2 && Seq.forall Char.IsAsciiDigit part

    match digits.Split ':' with
    | [| hours; minutes |] when isNumber hours && isNumber minutes && minutes.Length = 2 ->
        let hours, minutes = int hours, int minutes

        let isLowest =
            hours > 0 && minutes >= 10 && Numerics.BigInteger.GreatestCommonDivisor(hours, minutes).IsOne

        if hours < 24 && minutes < 60 && not (isLowest && half.IsNone) then
            Some { Hours = hours; Minutes = minutes; Half = half |> Option.map snd |> Option.defaultValue "" }
        else
            None
    | _ -> None

/// The condition of a set that is described: "x : x > 2" and "x \in \mathbb{R} | x > 2"; the bars of |x| are none.
let condition (inside: string) : string option =
    match inside.IndexOfAny [| '|'; ':' |] with
    | at when at > 0 ->
        let head = inside.Substring(0, at).Trim()
        let name = head.Split("\\in", 2)[0]

        if name.Trim().Length = 1 && Char.IsAsciiLetter(name.Trim()[0]) then
            Some(inside.Substring(at + 1).Trim())
        else
            None
    | _ -> None

let isWord (c: char) = Char.IsLetter c || " -'_".Contains c

/// Words rather than mathematics: letters only, with a run of three or more that names no function or symbol.
let isWords (text: string) =
    let text = text.Trim('-', ' ')

    Seq.forall isWord text
    && text.Split([| ' '; '-'; '\''; '_' |], StringSplitOptions.RemoveEmptyEntries)
       |> Array.exists (fun word ->
           word.Length >= 3 && (Functions.find word).IsNone && not (Units.isUnit word && text.Contains ' '))
    && (text.Length < 2
        || not (
            Array.contains text [|
                "inf"
                "infinity"
                "theta"
                "alpha"
                "beta"
                "gamma"
                "lambda"
                "phi"
                "omega"
                "sigma"
            |]
        ))

/// "5 million" as 5 * 10^6.
let multiplied (text: string) =
    let words = text.Split ' '

    let power i =
        let before = if i > 0 then words[i - 1] else ""

        if before <> "" && Char.IsDigit before[before.Length - 1] then
            Units.multiplier words[i]
        else
            None

    if words.Length < 2 then
        text
    else
        words
        |> Array.mapi (fun i word ->
            match power i with
            | Some power -> $"\\cdot 10^{{{power}}}"
            | None -> word)
        |> String.concat " "

/// A sign that stands behind a whole number or fraction and belongs to all of it: 12\frac{1}{2}\%.
let behindAll (mark: string) (text: string) : string option =
    let value = text.Substring(0, max 0 (text.Length - mark.Length)).TrimEnd()
    let unsigned = value.TrimStart('-', ' ')

    if
        text.EndsWith(mark, StringComparison.Ordinal)
        && not (value.Contains(mark, StringComparison.Ordinal))
        && unsigned <> ""
        && Char.IsAsciiDigit unsigned[0]
        && (value.LastIndexOf('+') <= 0 && value.LastIndexOf('-') <= 0)
    then
        Some value
    else
        None

/// "P(2, 3)" with a capital letter for a name: the bracket.
let unnamed (text: string) =
    match text.IndexOf '(' with
    | at when at > 0 && at <= 2 && Char.IsAsciiLetterUpper text[0] && (at = 1 || text[1] = '\'' || text[1] = ' ') ->
        text.Substring at
    | _ -> text

/// Without final punctuation; the ellipsis of 0.333... stays.
let unpunctuated (text: string) =
    if text.EndsWith("...", StringComparison.Ordinal) && digitAt text (text.Length - 4) then
        text
    else
        text.TrimEnd('.', ',', ';', ' ').Trim()

/// Without a sign or word of approximation in front of all.
let approximated (text: string) =
    [ "\\approx"; "\\sim"; "approximately "; "about "; "roughly "; "around " ]
    |> List.tryFind (fun mark -> text.StartsWith(mark, StringComparison.OrdinalIgnoreCase))
    |> Option.map (fun mark -> text.Substring(mark.Length).TrimStart())
    |> Option.defaultValue text

/// An open end written with a bracket turned outward, ]1, 2[, as a round one.
let outward (text: string) =
    let inside = text.Trim(']', '[', '(', ')')

    if
        text.Length > 2
        && (text[0] = ']' || text[text.Length - 1] = '[')
        && inside.Length = text.Length - 2
        && not (inside |> Seq.exists (fun c -> isOpener c || isCloser c))
    then
        let first = if text[0] = ']' then '(' else text[0]
        let last = if text[text.Length - 1] = '[' then ')' else text[text.Length - 1]
        $"{first}{inside}{last}"
    else
        text
