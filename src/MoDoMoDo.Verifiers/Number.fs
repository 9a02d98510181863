/// Numbers as people write them: sign, comma groups, decimals, fractions, percent, currency, one unit behind.
module MoDoMoDo.Verifiers.Number

open System
open Reading

/// A number with the unit that stands beside it.
type Quantity = {
    /// Exact; a percentage is already divided by 100.
    Value: Rational
    /// Canonical unit, or the words as they stand, in lower case; empty without one.
    Unit: string
}

/// A text and a position in it.
type private Cursor = {
    Text: string
    At: int
} with

    member c.Peek = if c.At < c.Text.Length then c.Text[c.At] else '\000'
    member c.Skip n = { c with At = c.At + n }
    member c.Rest = c.Text.Substring(min c.At c.Text.Length)

let rec private skipSpaces (c: Cursor) = if c.Peek = ' ' then skipSpaces (c.Skip 1) else c

let private digits (c: Cursor) =
    let mutable stop = c.At

    while stop < c.Text.Length && Char.IsAsciiDigit c.Text[stop] do
        stop <- stop + 1

    struct (c.Text.Substring(c.At, stop - c.At), { c with At = stop })

/// Comma groups: after one to three digits, each separator is followed by exactly three.
let private groups (c: Cursor) =
    let rec more (soFar: Text.StringBuilder) (c: Cursor) =
        let width = if c.Peek = ',' then 1 else 0
        let struct (next, after) = digits (c.Skip width)

        if width > 0 && next.Length = 3 then
            more (soFar.Append next) after
        else
            soFar.ToString(), c

    let struct (first, after) = digits c

    if first.Length >= 1 && first.Length <= 3 then
        more (Text.StringBuilder first) after
    else
        first, after

let private exponent (c: Cursor) =
    if c.Peek <> 'e' && c.Peek <> 'E' then
        0, c
    else
        let sign = (c.Skip 1).Peek
        let start = c.Skip(if sign = '-' || sign = '+' then 2 else 1)
        let struct (power, after) = digits start

        if power = "" then 0, c
        elif power.Length > 6 then (if sign = '-' then -1_000_000 else 1_000_000), after
        else (if sign = '-' then -(int power) else int power), after

/// An unsigned decimal.
let private decimal (c: Cursor) : Reading<struct (Rational * Cursor)> =
    let whole, after = groups c

    let struct (decimals, after) = if after.Peek = '.' then digits (after.Skip 1) else struct ("", after)

    if whole = "" && decimals = "" then
        missing "no number"
    else
        let power, after = exponent after
        Rational.ofDecimal whole decimals power |> Result.map (fun value -> struct (value, after))

let private quotient (n: Rational) (d: Rational) : Reading<Rational> =
    if d.Sign = 0 then missing "division by zero" else Ok(n / d)

/// A decimal, a fraction a/b, or a mixed number "a b/c".
let private unsigned (c: Cursor) : Reading<struct (Rational * Cursor)> =
    let over (struct (n, c: Cursor)) =
        let slash = skipSpaces c

        if slash.Peek = '/' && Char.IsAsciiDigit (skipSpaces (slash.Skip 1)).Peek then
            decimal (skipSpaces (slash.Skip 1))
            |> Result.bind (fun (struct (d, after)) -> quotient n d |> Result.map (fun q -> struct (q, after)))
        else
            Ok(struct (n, c))

    decimal c
    |> Result.bind (fun (struct (whole, after)) ->
        let next = skipSpaces after

        if whole.IsInteger && next.At > after.At && Char.IsAsciiDigit next.Peek then
            decimal next
            |> Result.bind over
            |> Result.bind (fun (struct (part, stop)) ->
                if part.IsInteger || Rational.Abs part > Rational.One then
                    missing "two numbers"
                else
                    Ok(struct (whole + part, stop)))
        else
            over (struct (whole, after)))

let private minus = "-\u2212\u2013"

let private simplified (text: string) =
    (text |> Text.untex |> Text.unwrap)
        .Replace("{,}", ",")
        .Replace("\u00A0", " ")
        .Replace("\\%", "%")
        .Replace("\\$", "$")
        .Replace("^\\circ", "°")
        .Replace("^{\\circ}", "°")
        .Replace("\\text{", " ")
        .Replace("}", " ")
    |> Text.collapseSpaces

/// The unit that the rest of an answer names: a known unit, or at most three words without a digit.
let private unitOf (rest: string) : Reading<string> =
    let rest = rest.Trim()
    let squared = rest.Replace("^2", "²").Replace("^3", "³")

    match UnitPhrase.canonical squared with
    | Some unit -> Ok unit
    | None when squared = "" -> Ok ""
    | None ->
        let words = squared.Split ' '

        let plain (word: string) = word |> Seq.forall (fun c -> Char.IsLetter c || "°²³/-.".Contains c)

        if words.Length <= 3 && Array.forall plain words && not (Array.exists Units.isQualifier words) then
            Ok(squared.ToLowerInvariant())
        else
            missing $"'{rest}' behind the number is no unit"

/// The power of ten of a word such as "million" that stands here, and the place behind it.
let private multiplied (c: Cursor) =
    let word = c.Rest.Split(' ', 2)[0]

    match Units.multiplier word with
    | Some power -> struct (power, c.Skip word.Length)
    | None -> struct (0, c)

let private names =
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
        .Split
        ' '

/// The number that one English word names, zero to twenty.
let named (text: string) : int option =
    match Array.IndexOf(names, Text.answer text) with
    | -1 -> None
    | value -> Some value

let private written: Extractor<Quantity> =
    fun text ->
        let c = { Text = simplified text; At = 0 }
        let negative = minus.Contains c.Peek && c.Peek <> '\000'
        let c = skipSpaces (if negative || c.Peek = '+' then c.Skip 1 else c)
        let currency = if "$€£¥".Contains c.Peek && c.Peek <> '\000' then string c.Peek else ""

        unsigned (skipSpaces (c.Skip currency.Length))
        |> Result.bind (fun (struct (value, after)) ->
            let value = if negative then -value else value
            let struct (power, after) = multiplied (skipSpaces after)
            let value = value * Rational.pow10 power
            let rest = skipSpaces after

            if rest.Peek = '%' || rest.Rest = "percent" then
                let behind = if rest.Peek = '%' then (rest.Skip 1).Rest else ""
                unitOf behind |> Result.map (fun unit -> { Value = value / Rational.OfInt 100; Unit = unit })
            else
                unitOf rest.Rest
                |> Result.map (fun unit -> { Value = value; Unit = if unit = "" then currency else unit }))

/// Reads one number with an optional unit, or one English word for a number; anything else in the text makes it
/// unreadable.
let read: Extractor<Quantity> =
    atMost Limits.formula
    >=> fun text ->
        match named text with
        | Some value -> Ok { Value = Rational.OfInt value; Unit = "" }
        | None -> written text

/// True when the values are equal, exactly, and the units are the same wherever both sides state one.
let equal (a: Quantity) (b: Quantity) = a.Value = b.Value && Units.same a.Unit b.Unit
