/// Where a value ends and its unit begins.
module MoDoMoDo.Verifiers.UnitSuffix

open System

let private wrappers = [
    "\\text{"
    "\\mbox{"
    "\\mathrm{"
    "\\textbf{"
    "\\textrm{"
    "\\textit{"
    "\\mathit{"
    "\\mathbf{"
    "\\rm{"
    "\\operatorname{"
]

/// The unit phrase without its LaTeX: "\text{ cm}^{2}" is "cm^2".
let private plain (suffix: string) =
    let unwrapped =
        wrappers
        |> List.fold (fun (t: string) wrapper -> t.Replace(wrapper, " ")) (suffix.Replace("\\cdot", " "))

    (unwrapped.Replace("{", "").Replace("}", "").Replace("\\", " ") |> Text.collapseSpaces).Replace(" ^", "^")

/// A degree sign with C or F behind it, in any markup.
let private isTemperature (suffix: string) =
    match (plain suffix).Replace(" ", "") with
    | "^circC"
    | "^circF" -> true
    | _ -> false

let private percents = [ "percent"; "pct"; "percentage"; "per cent"; "%" ]

/// "sqrt5" and "sin" are no units.
let private startsFunction (word: string) =
    (Functions.find (word |> Seq.takeWhile Char.IsAsciiLetter |> Seq.toArray |> String)).IsSome

/// The canonical unit of a suffix; words that are no known unit count when they are marked as text or are longer than two
/// letters.
let private unitOf (suffix: string) : string option =
    let marked = wrappers |> List.exists (fun w -> suffix.StartsWith(w, StringComparison.Ordinal))
    let phrase = plain suffix

    match UnitPhrase.canonical phrase with
    | _ when isTemperature suffix -> Some("°" + phrase.Substring(phrase.Length - 1))
    | _ when List.contains (phrase.ToLowerInvariant()) percents -> Some "%"
    | Some unit -> Some unit
    | None when phrase = "" -> None
    | None ->
        let words = phrase.Split ' '

        let isPlainWord (word: string) =
            Char.IsLetter word[0]
            && Seq.forall (fun c -> Char.IsLetter c || c = '-' || c = '^' || Char.IsDigit c) word

        if
            Array.forall isPlainWord words
            && not (Array.exists Units.isQualifier words)
            && (marked || (words[0].Length >= 3 && not (startsFunction words[0]) && not (words[0].StartsWith "pi")))
            && words.Length <= 3
        then
            Some(phrase.ToLowerInvariant())
        else
            None

/// Letters of units that have a command in LaTeX.
let private symbols = [ "\\Omega"; "\\mu" ]

/// No unit is written longer than this, in UTF-16 units.
let private longest = 64

/// The ways to cut a text into a value and a unit, the longest unit first; the text without a unit comes last where a unit
/// of one letter may as well be a variable.
let split (text: string) : seq<string * string> =
    let isBoundary i =
        i > 0
        && (wrappers |> List.exists (fun w -> String.CompareOrdinal(text, i, w, 0, w.Length) = 0)
            || (symbols
                |> List.exists (fun s -> AnswerText.startsAt s text i && not (AnswerText.letterAt text (i + s.Length))))
            || Char.GetUnicodeCategory text[i] = Globalization.UnicodeCategory.CurrencySymbol
            || text[i] = '^' && isTemperature (text.Substring i)
            || Char.IsLetter text[i]
               && not (Char.IsLetter text[i - 1])
               && text[i - 1] <> '\\'
               && text[i - 1] <> '{'
               && text[i - 1] <> '^'
               && text[i - 1] <> '_')

    // A unit stands behind a number or a closing bracket; one letter needs a space before it.
    let fits i =
        let before = text.Substring(0, i).TrimEnd()
        let last = if before = "" then ' ' else before[before.Length - 1]
        let oneLetter = i + 1 >= text.Length || not (Char.IsLetter text[i + 1])
        let isMarked = text[i] = '\\' || text[i] = '^' || not (Char.IsLetter text[i])

        (Char.IsDigit last
         || last = ')'
         || last = '}'
         || last = '.'
         || (isMarked && last <> ' ')
         || before.EndsWith("\\pi", StringComparison.Ordinal))
        && (isMarked
            || not oneLetter
            || (text[i - 1] = ' ' && Seq.forall (fun c -> not (Char.IsLetter c)) before))

    seq {
        for i in max 1 (text.Length - longest) .. text.Length - 1 do
            if isBoundary i && fits i then
                match unitOf (text.Substring i) with
                | Some unit -> yield text.Substring(0, i).Trim(), unit
                | None -> ()
    }
