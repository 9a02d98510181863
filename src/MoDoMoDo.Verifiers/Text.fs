/// Normal forms of short texts. Each normaliser is idempotent; all are invariant of culture and total on any string.
module MoDoMoDo.Verifiers.Text

open System
open System.Globalization
open System.Text

/// A function to a normal form: applying it twice is applying it once.
type Normaliser = string -> string

/// Unicode scalar values; a lone surrogate counts as one.
let codePoints (text: string) : int[] =
    let points = Array.zeroCreate text.Length
    let mutable n = 0
    let mutable i = 0

    while i < text.Length do
        if Char.IsHighSurrogate text[i] && i + 1 < text.Length && Char.IsLowSurrogate text[i + 1] then
            points[n] <- Char.ConvertToUtf32(text[i], text[i + 1])
            i <- i + 2
        else
            points[n] <- int text[i]
            i <- i + 1

        n <- n + 1

    Array.sub points 0 n

/// Number of code points: what a user counts, where string.Length counts UTF-16 units.
let length (text: string) = (codePoints text).Length

/// Runs of white space to one space, none at the ends.
let collapseSpaces: Normaliser =
    fun text ->
        let out = StringBuilder text.Length
        let mutable gap = false

        for c in text do
            if Char.IsWhiteSpace c then
                gap <- out.Length > 0
            else
                if gap then
                    out.Append ' ' |> ignore

                gap <- false
                out.Append c |> ignore

        out.ToString()

/// Lower case of the whole of Unicode, as Python has it: the invariant culture's, with a final sigma at the end of a word and
/// the dotted capital I as two characters.
let lower: Normaliser =
    fun text ->
        let plain = text.ToLowerInvariant()

        if not (text.Contains '\u03A3' || text.Contains '\u0130') then
            plain
        else
            let out = StringBuilder(plain)

            // Marks such as an apostrophe neither start nor end a word.
            let rec isLetter step i =
                i >= 0
                && i < text.Length
                && (Char.IsLetter text[i]
                    || ("'.:\u00B7\u2019\u00AD".Contains text[i]
                        || Char.GetUnicodeCategory text[i] = UnicodeCategory.NonSpacingMark)
                       && isLetter step (i + step))

            for i in text.Length - 1 .. -1 .. 0 do
                if text[i] = '\u03A3' && isLetter -1 (i - 1) && not (isLetter 1 (i + 1)) then
                    out[i] <- '\u03C2'
                elif text[i] = '\u0130' then
                    out.Remove(i, 1).Insert(i, "i\u0307") |> ignore

            out.ToString()

/// Trimmed, lower case by the invariant culture.
let caseless: Normaliser = fun text -> text.Trim().ToLowerInvariant()

/// Trimmed, lower case, single spaces: the form on which ANLS counts edits.
let simple: Normaliser = collapseSpaces >> lower

/// Full-width and ideographic characters as the ASCII characters that they stand for; the same length.
let narrow: Normaliser =
    String.map (fun c ->
        match c with
        | '\u3000' -> ' '
        | '\u3002' -> '.'
        | '\u3001' -> ','
        | c when c >= '\uFF01' && c <= '\uFF5E' -> char (int c - 0xFEE0)
        | c -> c)

let private closers =
    dict [
        '(', ')'
        '[', ']'
        '"', '"'
        '\'', '\''
        '`', '`'
        '$', '$'
        '*', '*'
        '\u201C', '\u201D'
        '\u2018', '\u2019'
    ]

/// Without quotes, brackets, dollar signs, asterisks or LaTeX's \( \) that enclose the whole text, and without final
/// punctuation.
let unwrap: Normaliser =
    fun text ->
        let rec strip (start: int) (stop: int) =
            if start >= stop then
                ""
            elif Char.IsWhiteSpace text[start] then
                strip (start + 1) stop
            elif Char.IsWhiteSpace text[stop - 1] then
                strip start (stop - 1)
            elif ".,;:!?".Contains text[stop - 1] then
                strip start (stop - 1)
            elif
                stop - start >= 4
                && text[start] = '\\'
                && text[stop - 2] = '\\'
                && (text[start + 1] = '(' && text[stop - 1] = ')' || text[start + 1] = '[' && text[stop - 1] = ']')
            then
                strip (start + 2) (stop - 2)
            else
                match closers.TryGetValue text[start] with
                | true, close when stop - start >= 2 && text[stop - 1] = close -> strip (start + 1) (stop - 1)
                | _ -> text.Substring(start, stop - start)

        strip 0 text.Length

let private commands = [
    "\\text{"
    "\\textbf{"
    "\\mathrm{"
    "\\mathbf{"
    "\\textrm{"
    "\\textit{"
    "\\mathit{"
    "\\underline{"
    "\\emph{"
    "\\texttt{"
    "\\fbox{"
    "\\boxed{"
]

/// Without one LaTeX text command around the whole, and so on until there is none.
let untex: Normaliser =
    fun text ->
        let rec strip (t: string) budget =
            match commands |> List.tryFind (fun c -> t.StartsWith(c, StringComparison.Ordinal)) with
            | Some command when budget > 0 && Scan.closingBrace t (command.Length - 1) = Some t.Length ->
                strip (t.Substring(command.Length, t.Length - command.Length - 1).Trim()) (budget - 1)
            | _ -> t

        strip (text.Trim()) 8

let private settled (step: Normaliser) : Normaliser =
    fun text ->
        let rec settle (t: string) budget =
            let next = step t
            if next = t || budget = 0 then next else settle next (budget - 1)

        settle text 8

/// No enclosing marks or LaTeX text command, no final punctuation; the case is kept.
let bare: Normaliser = settled (untex >> unwrap)

/// The form on which short answers are compared: no enclosing marks or LaTeX text command, no final punctuation, lower
/// case, single spaces.
let answer: Normaliser = settled (untex >> unwrap >> simple)

/// Without the asterisks of bold text; between letters or digits they are a power.
let unbold: Normaliser =
    fun text ->
        let joins i =
            i >= 0
            && i < text.Length
            && (Char.IsLetterOrDigit text[i] || text[i] = ')' || text[i] = '}' || text[i] = '(')

        if not (text.Contains("**", StringComparison.Ordinal)) then
            text
        else
            let out = StringBuilder text.Length
            let mutable i = 0

            while i < text.Length do
                if
                    text[i] = '*' && i + 1 < text.Length && text[i + 1] = '*' && not (joins (i - 1) && joins (i + 2))
                then
                    i <- i + 2
                else
                    out.Append text[i] |> ignore
                    i <- i + 1

            out.ToString()

let private articles = [ "the "; "a "; "an " ]

/// A form that more texts share: no article in front, no hyphens between letters.
let words: Normaliser =
    fun text ->
        let form = answer text
        let isLetter i = i >= 0 && i < form.Length && Char.IsLetter form[i]

        let plain =
            form |> String.mapi (fun i c -> if c = '-' && isLetter (i - 1) && isLetter (i + 1) then ' ' else c)

        articles
        |> List.tryFind (fun article -> plain.StartsWith(article, StringComparison.Ordinal))
        |> Option.map (fun article -> plain.Substring article.Length)
        |> Option.defaultValue plain
