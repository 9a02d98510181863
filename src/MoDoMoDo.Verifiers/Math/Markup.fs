/// Repair of mathematical markup before parsing: one spelling for everything that is written in several ways.
module MoDoMoDo.Verifiers.Markup

open System
open System.Text

/// Brackets of a set, which are told apart from LaTeX's grouping braces.
let setOpen, setClose = '\u2983', '\u2984'

let private characters =
    dict [
        '\u2212', "-"
        '\u2013', "-"
        '\u2014', "-"
        '\u00D7', "\\times "
        '\u00B7', "\\cdot "
        '\u22C5', "\\cdot "
        '\u2217', "*"
        '\u00F7', "\\div "
        '\u221A', "\\sqrt "
        '\u03C0', "\\pi "
        '\u03B8', "\\theta "
        '\u03B1', "\\alpha "
        '\u03B2', "\\beta "
        '\u03B3', "\\gamma "
        '\u03BB', "\\lambda "
        '\u03BC', "\\mu "
        '\u03C6', "\\phi "
        '\u03C9', "\\omega "
        '\u0394', "\\Delta "
        '\u221E', "\\infty "
        '\u2264', "\\le "
        '\u2265', "\\ge "
        '\u2260', "\\ne "
        '\u2248', "\\approx "
        '\u2208', "\\in "
        '\u222A', "\\cup "
        '\u2229', "\\cap "
        '\u2216', "\\setminus "
        '\u27E8', "("
        '\u27E9', ")"
        '\u2223', "|"
        '\u00B1', "\\pm "
        '\u2213', "\\mp "
        '\u00B0', "^\\circ "
        '\u00BA', "^\\circ "
        '\u02DA', "^\\circ "
        '\u2044', "/"
        '\u2215', "/"
        '\u2220', "\\angle "
        '\u2032', "'"
        '\u2236', ":"
        '\u00A0', " "
        '\u2009', " "
        '\u2007', " "
        '\u202F', " "
        '\u2205', "\\emptyset "
        '\u211D', "\\mathbb{R}"
        '\u2103', "^\\circ C"
        '\u2109', "^\\circ F"
        '\u03A9', "\\Omega "
        '\u2126', "\\Omega "
        '\u230A', "\\lfloor "
        '\u230B', "\\rfloor "
        '\u2308', "\\lceil "
        '\u2309', "\\rceil "
        '\u2225', "\\parallel "
        '\u22A5', "\\perp "
        '\u25B3', "\\triangle "
        '\u2245', "\\cong "
        '\u223C', "\\sim "
        '\u221B', "\\sqrt[3]"
        '\u221C', "\\sqrt[4]"
        '\u00BD', "\\frac{1}{2}"
        '\u2153', "\\frac{1}{3}"
        '\u2154', "\\frac{2}{3}"
        '\u00BC', "\\frac{1}{4}"
        '\u00BE', "\\frac{3}{4}"
        '\u2155', "\\frac{1}{5}"
        '\u2156', "\\frac{2}{5}"
        '\u2157', "\\frac{3}{5}"
        '\u2158', "\\frac{4}{5}"
        '\u2159', "\\frac{1}{6}"
        '\u215A', "\\frac{5}{6}"
        '\u215B', "\\frac{1}{8}"
        '\u215C', "\\frac{3}{8}"
        '\u215D', "\\frac{5}{8}"
        '\u215E', "\\frac{7}{8}"
        '\u2202', "\\partial "
        '\u2211', "\\sum "
    ]

let private superscripts = "\u2070\u00B9\u00B2\u00B3\u2074\u2075\u2076\u2077\u2078\u2079"
let private subscripts = "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089"

/// A run of characters that belong to one LaTeX group.
[<RequireQualifiedAccess>]
type private Run =
    | None
    | Above
    | Below
    /// Digits under a radical sign, where \sqrt would take only one.
    | Root

/// The group that a character belongs to, and what it is inside.
let private grouped (before: char) (run: Run) (c: char) : struct (Run * string) =
    match superscripts.IndexOf c, subscripts.IndexOf c with
    | power, _ when power >= 0 -> struct (Run.Above, string power)
    | _, index when index >= 0 -> struct (Run.Below, string index)
    | _ when c = '\u207B' -> struct (Run.Above, "-")
    | _ when c = '\u207F' -> struct (Run.Above, "n")
    | _ when Char.IsAsciiDigit c && (run = Run.Root || before >= '\u221A' && before <= '\u221C') ->
        struct (Run.Root, string c)
    | _ -> struct (Run.None, "")

/// Unicode to LaTeX; full-width characters to ASCII.
let private unicode (text: string) =
    if Seq.forall Char.IsAscii text then
        text
    else
        let out = StringBuilder text.Length
        let mutable run, before = Run.None, ' '

        for c in Text.narrow text do
            let struct (next, inside) = grouped before run c

            if next <> run then
                (if run <> Run.None then
                     out.Append '}' |> ignore)

                match next with
                | Run.Above -> out.Append "^{" |> ignore
                | Run.Below -> out.Append "_{" |> ignore
                | Run.Root -> out.Append '{' |> ignore
                | Run.None -> ()

            match next, characters.TryGetValue c with
            | Run.None, (true, latex) -> out.Append latex |> ignore
            | Run.None, _ -> out.Append c |> ignore
            | _ -> out.Append inside |> ignore

            run <- next
            before <- c

        if run <> Run.None then
            out.Append '}' |> ignore

        out.ToString()

/// Commands that stand for nothing, and commands with a simpler synonym. Longer ones come first.
let private synonyms = [
    "\\left", ""
    "\\right", ""
    "\\displaystyle", ""
    "\\limits", ""
    "\\bigl", ""
    "\\bigr", ""
    "\\Bigl", ""
    "\\Bigr", ""
    "\\biggl", ""
    "\\biggr", ""
    "\\bigg", ""
    "\\Bigg", ""
    "\\big", ""
    "\\Big", ""
    "\\qquad", " "
    "\\quad", " "
    "\\tfrac", "\\frac"
    "\\dfrac", "\\frac"
    "\\cfrac", "\\frac"
    "\\dbinom", "\\binom"
    "\\tbinom", "\\binom"
    "\\leqslant", "\\le"
    "\\geqslant", "\\ge"
    "\\leq", "\\le"
    "\\geq", "\\ge"
    "\\lt", "<"
    "\\gt", ">"
    "\\neq", "\\ne"
    "\\lvert", "|"
    "\\rvert", "|"
    "\\vert", "|"
    "\\lbrace", string setOpen
    "\\rbrace", string setClose
    "\\langle", "("
    "\\rangle", ")"
    "\\lbrack", "["
    "\\rbrack", "]"
    "\\dotsc", "\\ldots"
    "\\varnothing", "\\emptyset"
    "\\degree", "^\\circ"
    "\\mid", "|"
    "\\therefore", ""
    "\\backslash", "\\setminus"
    "\\smallsetminus", "\\setminus"
    "\\bigcup", "\\cup"
    "\\bigcap", "\\cap"
    "\\colon", ":"
    "\\centerdot", "\\cdot"
    "\\ast", "*"
    "\\lor", "\\text{ or }"
    "\\vee", "\\text{ or }"
    "\\land", "\\text{ and }"
    "\\wedge", "\\text{ and }"
]

let private synonymOf = dict synonyms

/// Replaces whole commands: a following letter means another command.
let private commands (text: string) =
    if not (text.Contains '\\') then
        text
    else
        let out = StringBuilder text.Length
        let mutable i = 0

        while i < text.Length do
            if text[i] = '\\' && i + 1 < text.Length && Char.IsAsciiLetter text[i + 1] then
                let mutable stop = i + 1

                while stop < text.Length && Char.IsAsciiLetter text[stop] do
                    stop <- stop + 1

                let command = text.Substring(i, stop - i)

                match synonymOf.TryGetValue command with
                | true, simpler -> out.Append simpler |> ignore
                | _ -> out.Append command |> ignore

                i <- stop
            elif text[i] = '\\' && i + 1 < text.Length then
                match text[i + 1] with
                | '!' -> ()
                | ','
                | ';'
                | ':'
                | '>'
                | ' ' -> out.Append ' ' |> ignore
                | '{' -> out.Append setOpen |> ignore
                | '}' -> out.Append setClose |> ignore
                | '$' -> out.Append "\\dollar " |> ignore
                | '%' -> out.Append '%' |> ignore
                | '('
                | ')'
                | '['
                | ']' -> ()
                | other -> out.Append('\\').Append(other) |> ignore

                i <- i + 2
            else
                out.Append text[i] |> ignore
                i <- i + 1

        out.ToString()

/// ",\!" between digits is a thousands separator.
let private separators (text: string) =
    let joined = text.Replace(",\\! ", "{,}").Replace(",\\!", "{,}")
    joined.Replace("\\left.", "").Replace("\\right.", "")

/// Doubled backslashes before a letter or bracket, as JSON escaped twice leaves them; a row separator keeps its two.
let private backslashes (text: string) =
    if
        text.Contains("\\\\", StringComparison.Ordinal)
        && not (text.Contains("\\begin", StringComparison.Ordinal))
    then
        text.Replace("\\\\", "\\")
    else
        text

/// "6.02 x 10^23": an x between a digit and a power of ten is a times sign.
let private timesTen (text: string) =
    let digitBefore i = i >= 0 && (Char.IsAsciiDigit text[i] || text[i] = ' ' && i > 0 && Char.IsAsciiDigit text[i - 1])

    let powerBehind (i: int) =
        let rest = text.AsSpan(i).TrimStart ' '

        rest.StartsWith("10", StringComparison.Ordinal)
        && rest.Slice(2).TrimStart(' ').StartsWith("^", StringComparison.Ordinal)

    match text.IndexOf('x', StringComparison.OrdinalIgnoreCase) with
    | at when at > 0 && digitBefore (at - 1) && powerBehind (at + 1) ->
        text.Substring(0, at) + "\\times " + text.Substring(at + 1)
    | _ -> text

/// "72^o" and "72^\text{o}" are degrees.
let private degrees (text: string) =
    let written =
        [ "^\\text{o}"; "^\\mathrm{o}"; "^{o}"; "^{\\text{o}}"; "^{\\mathrm{o}}" ]
        |> List.fold (fun (t: string) mark -> t.Replace(mark, "^\\circ ")) text

    if written.Length > 2 && written.EndsWith "^o" && Char.IsAsciiDigit written[written.Length - 3] then
        written.Substring(0, written.Length - 1) + "\\circ "
    else
        written

/// Text with one spelling for each thing: no spacing commands, no \left and \right, one \frac, no dollar signs, unicode
/// as LaTeX, set braces as characters of their own.
let repair (text: string) : string =
    let bare = text |> backslashes |> separators |> unicode |> commands |> timesTen |> degrees

    bare
        .Replace("$", " ")
        .Replace("~", (if bare.Contains "~~" then "~" else " "))
        .Replace("**", if bare.StartsWith "**" then "" else "^")
        .Replace("\n", " ")
        .Replace("\r", " ")
        .Trim()
