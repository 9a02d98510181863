/// The parts of Python's text and number semantics that public scorers lean on.
module MoDoMoDo.Verifiers.Python

open System
open System.Globalization
open System.Numerics

/// str.isspace of one character.
let isSpace (c: char) = Char.IsWhiteSpace c || (c >= '\u001C' && c <= '\u001F')

/// \w of Python's re: letters, digits and the underscore of any script.
let isWord (c: char) = Char.IsLetterOrDigit c || c = '_'

let private trimWhere (left: bool) (right: bool) (drop: char -> bool) (text: string) =
    let mutable start, stop = 0, text.Length

    while left && start < stop && drop text[start] do
        start <- start + 1

    while right && stop > start && drop text[stop - 1] do
        stop <- stop - 1

    text.Substring(start, stop - start)

/// str.strip().
let strip (text: string) = trimWhere true true isSpace text

/// str.strip(c).
let stripChar (c: char) (text: string) = trimWhere true true ((=) c) text

/// str.rstrip(c).
let stripEnd (c: char) (text: string) = trimWhere false true ((=) c) text

/// str.split() without an argument.
let words (text: string) : string[] =
    let spaced = text |> String.map (fun c -> if isSpace c then ' ' else c)
    spaced.Split(' ', StringSplitOptions.RemoveEmptyEntries)

/// The first position of a part at or behind `from`, -1 without one. Ordinal.
let find (part: string) (from: int) (text: string) =
    if from > text.Length then
        -1
    else
        text.IndexOf(part, from, StringComparison.Ordinal)

/// The last position of a part, -1 without one. Ordinal.
let findLast (part: string) (text: string) = text.LastIndexOf(part, StringComparison.Ordinal)

/// part in text. Ordinal.
let contains (part: string) (text: string) = text.Contains(part, StringComparison.Ordinal)

/// The position behind white space.
let rec skipSpace (text: string) (at: int) =
    if at < text.Length && isSpace text[at] then skipSpace text (at + 1) else at

/// repr(float).
let repr (x: float) : string =
    if Double.IsNaN x then
        "nan"
    elif Double.IsInfinity x then
        (if x > 0.0 then "inf" else "-inf")
    else
        let text = x.ToString("E16", CultureInfo.InvariantCulture)
        let shortest = x.ToString("R", CultureInfo.InvariantCulture)
        let exponent = int (text.Substring(text.IndexOf 'E' + 1))
        let mantissa = (shortest.Split 'E')[0]
        let sign = if mantissa.StartsWith '-' then "-" else ""
        let digits = mantissa.TrimStart('-').Replace(".", "").TrimStart '0'
        let digits = if digits.TrimEnd '0' = "" then "0" else digits.TrimEnd '0'

        if x = 0.0 then
            sign + "0.0"
        elif exponent >= 16 || exponent < -4 then
            let rest = if digits.Length > 1 then "." + digits.Substring 1 else ""
            let size = abs exponent
            let padded = if size < 10 then $"0{size}" else string size
            $"""{sign}{digits[0]}{rest}e{if exponent < 0 then "-" else "+"}{padded}"""
        elif exponent < 0 then
            sign + "0." + String('0', -exponent - 1) + digits
        elif digits.Length <= exponent + 1 then
            sign + digits.PadRight(exponent + 1, '0') + ".0"
        else
            sign + digits.Substring(0, exponent + 1) + "." + digits.Substring(exponent + 1)

/// The exact value of a finite double.
let private exact (x: float) : BigInteger * int =
    let bits = BitConverter.DoubleToInt64Bits x
    let exponent = int ((bits >>> 52) &&& 0x7FFL)
    let fraction = bits &&& 0xFFFFFFFFFFFFFL
    let mantissa = if exponent = 0 then fraction else fraction ||| 0x10000000000000L
    BigInteger(if bits < 0L then -mantissa else mantissa), (if exponent = 0 then 1 else exponent) - 1075

/// The nearest integer to n / 2^shift, half to even.
let private roundShift (n: BigInteger) (shift: int) : BigInteger =
    let half = BigInteger.One <<< (shift - 1)
    let floor = n >>> shift
    let rest = n - (floor <<< shift)

    if rest > half || rest = half && not floor.IsEven then
        floor + BigInteger.One
    else
        floor

/// round(x): to the nearest integer, half to even.
let roundToInt (x: float) : BigInteger =
    let n, e = exact x
    if e >= 0 then n <<< e else roundShift n -e

/// round(x, digits): correctly rounded from the exact binary value, half to even.
let round (digits: int) (x: float) : float =
    if not (Double.IsFinite x) || digits > 300 then
        x
    else
        let n, e = exact x
        let scaled = n * BigInteger.Pow(10I, max 0 digits)
        let rounded = if e >= 0 then scaled <<< e else roundShift scaled -e
        let text = rounded.ToString CultureInfo.InvariantCulture
        let value = Double.Parse($"{text}E-{max 0 digits}", CultureInfo.InvariantCulture)
        if value = 0.0 && x < 0.0 then -0.0 else value
