/// Similarities of short texts: edit distance, ANLS, relaxed accuracy.
module MoDoMoDo.Verifiers.TextMetrics

open System
open System.Globalization
open Reading

/// The Levenshtein distance of two sequences of code points: insertions, deletions and substitutions. Time n * m.
let levenshtein (a: int[]) (b: int[]) : int =
    let short, long = if a.Length <= b.Length then a, b else b, a
    let row = Array.init (short.Length + 1) id

    for i in 1 .. long.Length do
        let mutable diagonal = row[0]
        row[0] <- i

        for j in 1 .. short.Length do
            let substituted = diagonal + (if long[i - 1] = short[j - 1] then 0 else 1)
            diagonal <- row[j]
            row[j] <- min substituted (1 + min row[j] row[j - 1])

    row[short.Length]

/// Longest pair of texts whose edit distance is computed, in cells of its table.
let private cells = 16_000_000L

/// The edit distance of two texts when it is at most `most`, else None. Limit when the table is too large.
let private closeDistance (most: float) (a: int[]) (b: int[]) : Reading<int option> =
    if float (abs (a.Length - b.Length)) > most then
        Ok None
    elif int64 a.Length * int64 b.Length > cells then
        limit "texts too long for an edit distance"
    else
        let distance = levenshtein a b
        Ok(if float distance <= most then Some distance else None)

/// ANLS of an answer against one gold, 0 or at least 0.5: one minus the edit distance of the normal forms over the longer
/// one's length. Two empty texts score 1. `scale` gives the length to divide by.
let private similarity
    (scale: string -> string -> int)
    (threshold: float)
    (gold: string)
    (answer: string)
    : Reading<float> =
    let a, b = Text.codePoints (Text.simple gold), Text.codePoints (Text.simple answer)
    let longest = scale gold answer

    if longest = 0 then
        Ok 1.0
    else
        closeDistance ((1.0 - threshold) * float longest + 1e-9) a b
        |> Result.map (function
            | None -> 0.0
            | Some distance ->
                let value = 1.0 - float distance / float longest
                if value >= threshold then value else 0.0)

let private bestOf (score: string -> Reading<float>) (golds: string[]) : Reading<float> =
    golds
    |> Array.fold
        (fun best gold ->
            match best, score gold with
            | Ok b, Ok s -> Ok(max b s)
            | Ok b, Error _ when b > 0.0 -> Ok b
            | Error _, Ok s when s > 0.0 -> Ok s
            | Error e, _
            | _, Error e -> Error e)
        (Ok 0.0)

/// ANLS with lengths of the normal forms, so that padding changes nothing: the best over the golds, 0 below the threshold.
let anlsAbove (threshold: float) (golds: string[]) (answer: string) : Reading<float> =
    let length text = (Text.codePoints (Text.simple text)).Length

    atMost Limits.answer answer
    |> Result.bind (fun answer ->
        golds
        |> bestOf (fun gold -> similarity (fun a b -> max (length a) (length b)) threshold gold answer))

/// ANLS for rewards: padding changes nothing, and the threshold is one half.
let anls: string[] -> string -> Reading<float> = anlsAbove 0.5

/// The number of code points of Python's str.upper(), where some letters become several.
let private upperLength (text: string) : int =
    let further (c: char) =
        match c with
        | '\u00DF'
        | '\u0149'
        | '\u01F0'
        | '\u0587' -> 1
        | '\u0390'
        | '\u03B0'
        | '\uFB03'
        | '\uFB04' -> 2
        | c when c >= '\u1E96' && c <= '\u1E9A' || c >= '\uFB00' && c <= '\uFB06' || c >= '\uFB13' && c <= '\uFB17' -> 1
        | _ -> 0

    Text.length text + (text |> Seq.sumBy further)

/// ANLS as lmms-eval and VLMEvalKit compute it: the lengths are those of the raw texts, so that padding lifts scores.
let anlsCompat (threshold: float) (golds: string[]) (answer: string) : Reading<float> =
    let raw a b = max (upperLength a) (upperLength b)
    golds |> bestOf (fun gold -> similarity raw threshold gold answer)

/// The tolerance of relaxed accuracy, as a fraction of the gold.
let relaxedTolerance = Rational.Create(5I, 100I)

/// Relaxed accuracy under a tolerance, a share of the gold: numbers that far from the gold at most, exactly computed; a gold
/// of 0 is met by 0 alone; percent signs count as a factor; other texts are equal in their normal forms.
let relaxedWithin (tolerance: Rational) (gold: string) (answer: string) : bool =
    match Number.read gold, Number.read answer with
    | Ok g, Ok a -> Rational.Abs(a.Value - g.Value) <= tolerance * Rational.Abs g.Value && Units.same g.Unit a.Unit
    | _ -> Text.answer gold = Text.answer answer

/// Relaxed accuracy for rewards: within 5 % of the gold.
let relaxed: string -> string -> bool = relaxedWithin relaxedTolerance

/// Python's float(text): surrounding white space, one sign, underscores between digits, any decimal digits of Unicode,
/// nan and inf; None where it raises.
let pythonFloat (text: string) : float option =
    let t = text.Trim()

    let digit (c: char) =
        match Char.GetUnicodeCategory c with
        | UnicodeCategory.DecimalDigitNumber -> char (int '0' + int (CharUnicodeInfo.GetDecimalDigitValue c))
        | _ -> c

    let ascii = String.map digit t
    let isDigit i = i >= 0 && i < ascii.Length && Char.IsAsciiDigit ascii[i]

    let underscoresFine =
        ascii |> Seq.indexed |> Seq.forall (fun (i, c) -> c <> '_' || (isDigit (i - 1) && isDigit (i + 1)))

    let bare = ascii.TrimStart('+', '-')
    let negative = ascii.StartsWith '-'

    match bare.ToLowerInvariant() with
    | "nan" when ascii.Length - bare.Length <= 1 -> Some nan
    | "inf"
    | "infinity" when ascii.Length - bare.Length <= 1 -> Some(if negative then -infinity else infinity)
    | _ when not underscoresFine -> None
    | _ ->
        let allowed = ascii |> Seq.forall (fun c -> Char.IsAsciiDigit c || "+-._eE".Contains c)

        if not allowed then
            None
        else
            match Double.TryParse(ascii.Replace("_", ""), NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value -> Some value
            | _ -> None

/// Relaxed accuracy as lmms-eval computes it for ChartQA: doubles, a final % divides by 100, a gold of 0 or text is
/// compared as lower-case text.
let relaxedCompat (tolerance: float) (gold: string) (answer: string) : bool =
    let toFloat (text: string) =
        if text.EndsWith '%' then
            pythonFloat (text.TrimEnd '%') |> Option.map (fun v -> v / 100.0)
        else
            pythonFloat text

    match toFloat answer, toFloat gold with
    | Some p, Some g when g <> 0.0 -> abs (p - g) / abs g <= tolerance
    | _ -> Text.lower answer = Text.lower gold
