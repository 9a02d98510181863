namespace MoDoMoDo.Verifiers

open System

/// How often something must occur, both ends included.
[<Struct>]
type Bounds = {
    Least: int
    Most: int
} with

    /// At least so often.
    static member AtLeast(least: int) : Bounds = { Least = least; Most = Int32.MaxValue }
    /// At most so often.
    static member AtMost(most: int) : Bounds = { Least = 0; Most = most }
    /// True when the count lies within the bounds.
    member b.Admit(count: int) = b.Least <= count && count <= b.Most

    override b.ToString() =
        match b with
        | _ when b.Least = b.Most -> $"exactly {b.Least}"
        | _ when b.Most = Int32.MaxValue -> $"at least {b.Least}"
        | _ -> $"{b.Least} to {b.Most}"

/// What can be asked of the form of a response, and checked by counting. After IFEval (Zhou et al., arXiv 2311.07911).
[<RequireQualifiedAccess>]
type Instruction =
    /// Runs of letters, digits and underscores.
    | Words of Bounds
    /// Ends at . ! ? before a space or the end; a rest without one counts too.
    | Sentences of Bounds
    /// Blocks between blank lines or lines of asterisks.
    | Paragraphs of Bounds
    /// Occurrences of a word or phrase as a whole, letter case aside.
    | Keyword of string * Bounds
    /// Occurrences of a text anywhere, letter case aside.
    | Contains of string * Bounds
    /// Lines that start with "-", "*" or a bullet and a space.
    | Bullets of Bounds
    /// "Section 1", "Section 2", ... with the given word for Section.
    | Sections of string * Bounds
    /// "[name]" on one line.
    | Placeholders of Bounds
    /// "*words*" on one line.
    | Highlights of Bounds
    /// Words without a lower-case letter that have an upper-case one.
    | CapitalWords of Bounds
    /// There are letters, and all that have a case are upper case.
    | UpperCase
    /// There are letters, and all that have a case are lower case.
    | LowerCase
    /// The whole is one JSON value, in a fence or not.
    | Json
    /// Letter case aside.
    | StartsWith of string
    /// Letter case aside.
    | EndsWith of string
    /// The whole stands in double quotes.
    | Quoted
    /// A line "<<title>>".
    | Title

/// Counting what instructions ask for; every count takes one pass.
module Instruction =

    let private isWord (c: char) = Char.IsLetterOrDigit c || c = '_'

    let private words (text: string) : string seq = seq {
        let mutable start = -1

        for i in 0 .. text.Length do
            if i < text.Length && isWord text[i] then
                (if start < 0 then
                     start <- i)
            elif start >= 0 then
                yield text.Substring(start, i - start)
                start <- -1
    }

    let private sentences (text: string) =
        let isEnd c = ".!?\u2026".Contains(c: char)
        let isCloser c = "\"')]\u201D\u2019*".Contains(c: char)
        // A sentence is open once it has a word; an end mark waits for the space behind it.
        let mutable isOpen, isEnding, count = false, false, 0

        for c in text do
            if Char.IsWhiteSpace c then
                (if isEnding && isOpen then
                     count <- count + 1
                     isOpen <- false)

                isEnding <- false
            elif isEnd c then
                isEnding <- true
            elif not (isCloser c) then
                isEnding <- false
                isOpen <- isOpen || isWord c

        if isOpen then count + 1 else count

    let private lines (text: string) = text.Split '\n' |> Array.map _.Trim()

    let private paragraphs (text: string) =
        let isGap (line: string) = Seq.forall ((=) '*') line

        lines text
        |> Array.fold
            (fun (count, wasGap) line ->
                let gap = isGap line
                (if wasGap && not gap then count + 1 else count), gap)
            (0, true)
        |> fst

    /// Positions behind each occurrence, letter case aside, not overlapping.
    let private behind (part: string) (text: string) : int list =
        let rec collect (from: int) found =
            match text.IndexOf(part, from, StringComparison.OrdinalIgnoreCase) with
            | -1 -> found
            | at -> collect (at + part.Length) (at + part.Length :: found)

        if part = "" then [] else collect 0 []

    let private keyword (part: string) (text: string) =
        let joins i = i > 0 && i < text.Length && isWord text[i - 1] && isWord text[i]

        behind part text
        |> List.filter (fun stop -> not (joins stop || joins (stop - part.Length)))
        |> List.length

    let private bullets (text: string) =
        lines text
        |> Array.filter (fun line -> line.Length > 2 && "-*\u2022".Contains line[0] && line[1] = ' ')
        |> Array.length

    let private sections (name: string) (text: string) =
        behind name text
        |> List.filter (fun stop ->
            let digit = if stop < text.Length && text[stop] = ' ' then stop + 1 else stop
            digit < text.Length && Char.IsAsciiDigit text[digit])
        |> List.length

    let private placeholders (text: string) =
        let mutable isOpen, isBlank, count = false, true, 0

        for c in text do
            match c with
            | '[' ->
                isOpen <- true
                isBlank <- true
            | ']' when isOpen ->
                (if not isBlank then
                     count <- count + 1)

                isOpen <- false
            | '\n' -> isOpen <- false
            | _ -> isBlank <- isBlank && Char.IsWhiteSpace c

        count

    /// Runs of asterisks open and close in turn; a bullet's asterisk opens nothing.
    let private highlightsOfLine (line: string) =
        let body =
            if line.StartsWith("* ", StringComparison.Ordinal) then
                line.Substring 2
            else
                line

        let mutable isInside, isFilled, previous, count = false, false, ' ', 0

        for c in body do
            if c <> '*' then
                isFilled <- isFilled || not (Char.IsWhiteSpace c)
            elif previous <> '*' then
                (if isInside && isFilled then
                     count <- count + 1)

                isInside <- not isInside
                isFilled <- false

            previous <- c

        count

    let private highlights (text: string) = lines text |> Array.sumBy highlightsOfLine

    let private capitals (text: string) =
        words text
        |> Seq.filter (fun word -> Seq.exists Char.IsUpper word && not (Seq.exists Char.IsLower word))
        |> Seq.length

    let private isJson (text: string) =
        let bare = Scan.lastFenced text |> Result.defaultValue text

        try
            use _ = Text.Json.JsonDocument.Parse bare
            true
        with :? Text.Json.JsonException ->
            false

    let private title (line: string) =
        line.StartsWith("<<", StringComparison.Ordinal)
        && line.EndsWith(">>", StringComparison.Ordinal)
        && line.Trim('<', '>', ' ') <> ""

    let private counted what (bounds: Bounds) count = bounds.Admit count, $"{count} {what}, wanted {bounds}"

    let private stated holds (what: string) = holds, (if holds then what else "not " + what)

    /// The name that parts of verdicts carry.
    let name (instruction: Instruction) : string =
        match instruction with
        | Instruction.Words _ -> "words"
        | Instruction.Sentences _ -> "sentences"
        | Instruction.Paragraphs _ -> "paragraphs"
        | Instruction.Keyword _ -> "keyword"
        | Instruction.Contains _ -> "contains"
        | Instruction.Bullets _ -> "bullets"
        | Instruction.Sections _ -> "sections"
        | Instruction.Placeholders _ -> "placeholders"
        | Instruction.Highlights _ -> "highlights"
        | Instruction.CapitalWords _ -> "capital_words"
        | Instruction.UpperCase -> "upper_case"
        | Instruction.LowerCase -> "lower_case"
        | Instruction.Json -> "json"
        | Instruction.StartsWith _ -> "starts"
        | Instruction.EndsWith _ -> "ends"
        | Instruction.Quoted -> "quoted"
        | Instruction.Title -> "title"

    /// Whether a trimmed response does what was asked, and why.
    let check (instruction: Instruction) (text: string) : bool * string =
        match instruction with
        | Instruction.Words bounds -> words text |> Seq.length |> counted "words" bounds
        | Instruction.Sentences bounds -> sentences text |> counted "sentences" bounds
        | Instruction.Paragraphs bounds -> paragraphs text |> counted "paragraphs" bounds
        | Instruction.Keyword(part, bounds) -> keyword part text |> counted $"times '{part}'" bounds
        | Instruction.Contains(part, bounds) -> behind part text |> List.length |> counted $"times '{part}'" bounds
        | Instruction.Bullets bounds -> bullets text |> counted "bullets" bounds
        | Instruction.Sections(mark, bounds) -> sections mark text |> counted "sections" bounds
        | Instruction.Placeholders bounds -> placeholders text |> counted "placeholders" bounds
        | Instruction.Highlights bounds -> highlights text |> counted "highlights" bounds
        | Instruction.CapitalWords bounds -> capitals text |> counted "words in capitals" bounds
        | Instruction.UpperCase ->
            stated (Seq.exists Char.IsUpper text && not (Seq.exists Char.IsLower text)) "all upper case"
        | Instruction.LowerCase ->
            stated (Seq.exists Char.IsLower text && not (Seq.exists Char.IsUpper text)) "all lower case"
        | Instruction.Json -> stated (isJson text) "JSON alone"
        | Instruction.StartsWith part ->
            stated (text.StartsWith(part.Trim(), StringComparison.OrdinalIgnoreCase)) $"'{part}' at the start"
        | Instruction.EndsWith part ->
            stated (text.EndsWith(part.Trim(), StringComparison.OrdinalIgnoreCase)) $"'{part}' at the end"
        | Instruction.Quoted ->
            stated (text.Length > 2 && text[0] = '"' && text[text.Length - 1] = '"') "in double quotes"
        | Instruction.Title -> stated (lines text |> Array.exists title) "titled"
