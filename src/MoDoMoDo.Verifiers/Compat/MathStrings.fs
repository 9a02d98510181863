/// String equality of mathematical answers in public projects: Hendrycks' MATH and DAPO.
module MoDoMoDo.Verifiers.MathStrings

open System
open Python

/// Raised where the reference's code raises, which it catches.
exception private Failed

/// Gives every command without braces its arguments: \frac12 is \frac{1}{2}, \sqrt3 is \sqrt{3}.
let private fixFractions (text: string) =
    match text.Split "\\frac" |> Array.toList with
    | [ _ ] -> text
    | head :: parts ->
        let braced (part: string) =
            if part = "" then
                raise Failed
            elif part[0] = '{' then
                Some part
            elif part.Length < 2 then
                None
            else
                let a, b, rest = part[0], part[1], part.Substring 2
                Some(if b = '{' then $"{{{a}}}{b}{rest}" else $"{{{a}}}{{{b}}}{rest}")

        let fixedParts = parts |> List.map braced

        if List.forall Option.isSome fixedParts then
            head + String.Join("", fixedParts |> List.map (fun p -> "\\frac" + p.Value))
        else
            text
    | [] -> text

let private fixRoots (text: string) =
    match text.Split "\\sqrt" |> Array.toList with
    | head :: parts ->
        head
        + String.Join(
            "",
            parts
            |> List.map (fun part ->
                if part = "" then raise Failed
                elif part[0] = '{' then "\\sqrt" + part
                else $"\\sqrt{{{part[0]}}}{part.Substring 1}")
        )
    | [] -> text

let private fixSlash (text: string) =
    match text.Split '/' with
    | [| a; b |] ->
        match Numerics.BigInteger.TryParse a, Numerics.BigInteger.TryParse b with
        | (true, n), (true, d) when a.Length < 1000 && b.Length < 1000 && text = $"{n}/{d}" -> $"\\frac{{{n}}}{{{d}}}"
        | _ -> text
    | _ -> text

/// Hendrycks' _strip_string.
let private hendrycksForm (text: string) : string =
    let remove (parts: string list) (t: string) = parts |> List.fold (fun (t: string) (p: string) -> t.Replace(p, "")) t

    let t =
        (text |> remove [ "\n"; "\\!" ]).Replace("\\\\", "\\").Replace("tfrac", "frac").Replace("dfrac", "frac")

    let t = t |> remove [ "\\left"; "\\right"; "^{\\circ}"; "^\\circ"; "\\$" ]

    let t =
        match t.Split "\\text{ " with
        | [| value; _ |] -> value
        | [| _ |] -> t
        | _ -> raise Failed

    let t = (t |> remove [ "\\%"; "%" ]).Replace(" .", " 0.").Replace("{.", "{0.")

    if t = "" then
        t
    else
        let t = if t[0] = '.' then "0" + t else t

        let t =
            match t.Split '=' with
            | [| name; value |] when name.Length <= 2 -> value
            | _ -> t

        let t = (fixRoots t).Replace(" ", "") |> fixFractions
        fixSlash (if t = "0.5" then "\\frac{1}{2}" else t)

/// Hendrycks' is_equiv.
let hendrycks (gold: string) (answer: string) : bool =
    try
        hendrycksForm gold = hendrycksForm answer
    with Failed ->
        gold = answer

let private substitutions = [
    "an ", ""
    "a ", ""
    ".$", "$"
    "\\$", ""
    "\\ ", ""
    " ", ""
    "mbox", "text"
    ",\\text{and}", ","
    "\\text{and}", ","
    "\\text{m}", "\\text{}"
]

let private removed = [
    "square"
    "ways"
    "integers"
    "dollars"
    "mph"
    "inches"
    "hours"
    "km"
    "units"
    "\\ldots"
    "sue"
    "points"
    "feet"
    "minutes"
    "digits"
    "cents"
    "degrees"
    "cm"
    "gm"
    "pounds"
    "meters"
    "meals"
    "edges"
    "students"
    "childrentickets"
    "multiples"
    "\\text{s}"
    "\\text{.}"
    "\\text{\ns}"
    "\\text{}^2"
    "\\text{}^3"
    "\\text{\n}"
    "\\text{}"
    "\\mathrm{th}"
    "^\\circ"
    "^{\\circ}"
    "\\;"
    ",\\!"
    "{,}"
    "\""
    "\\dots"
]

/// Replaces each \command{content} by its content; the content ends at the first brace and holds no line break.
let private unwrapEach (command: string) (text: string) : string =
    let out = Text.StringBuilder()

    let rec go from =
        match find command from text with
        | -1 -> out.Append(text, from, text.Length - from) |> ignore
        | at ->
            let stop = find "}" (at + command.Length) text

            if stop < 0 || text.AsSpan(at, stop - at).Contains '\n' then
                out.Append(text, from, at + 1 - from) |> ignore
                go (at + 1)
            else
                out.Append(text, from, at - from).Append(text, at + command.Length, stop - at - command.Length)
                |> ignore

                go (stop + 1)

    go 0
    out.ToString()

/// \boxed{...} up to the last brace of the line.
let private unbox (text: string) : string =
    String.Join(
        "\n",
        text.Split '\n'
        |> Array.map (fun line ->
            match find "\\boxed{" 0 line with
            | -1 -> line
            | at ->
                match line.LastIndexOf '}' with
                | stop when stop > at + 6 ->
                    line.Substring(0, at) + line.Substring(at + 7, stop - at - 7) + line.Substring(stop + 1)
                | _ -> line)
    )

/// On each line that has two dollar signs, only what stands between the first two is kept. The reference's replacement text
/// is "$\3$" with an escaped backslash, which re.sub reads as the group.
let private betweenDollars (text: string) : string =
    String.Join(
        "\n",
        text.Split '\n'
        |> Array.map (fun line ->
            match line.Split('$', 3) with
            | [| _; inside; _ |] -> $"${inside}$"
            | _ -> line)
    )

let private addBraces (text: string) : string =
    let out = Text.StringBuilder()
    let mutable i = 0
    let at (part: string) = String.CompareOrdinal(text, i, part, 0, part.Length) = 0

    while i < text.Length do
        if at "frac" && i + 5 < text.Length && text[i + 4] <> '{' && text[i + 5] <> '\n' then
            out.Append($"frac{{{text[i + 4]}}}{{{text[i + 5]}}}") |> ignore
            i <- i + 6
        else
            out.Append text[i] |> ignore
            i <- i + 1

    out.ToString()

let private addRootBraces (text: string) : string =
    let out = Text.StringBuilder()
    let mutable i = 0

    while i < text.Length do
        if String.CompareOrdinal(text, i, "sqrt", 0, 4) = 0 && i + 4 < text.Length && text[i + 4] <> '{' then
            out.Append($"sqrt{{{text[i + 4]}}}") |> ignore
            i <- i + 5
        else
            out.Append text[i] |> ignore
            i <- i + 1

    out.ToString()

/// DAPO's normalize_final_answer.
let dapo (text: string) : string =
    let t = text.Substring(text.LastIndexOf '=' + 1)

    let t =
        substitutions
        |> List.fold (fun (t: string) (before: string, after: string) -> t.Replace(before, after)) t

    let t = removed |> List.fold (fun (t: string) (part: string) -> t.Replace(part, "")) t

    let t =
        t
        |> betweenDollars
        |> unwrapEach "\\text{"
        |> unwrapEach "\\textbf{"
        |> unwrapEach "\\overline{"
        |> unbox
        |> addBraces
        |> addRootBraces

    let t = t.Replace("$", "")
    let digits = t.Replace(",", "")
    strip (if digits <> "" && Seq.forall Char.IsDigit digits then digits else t)
