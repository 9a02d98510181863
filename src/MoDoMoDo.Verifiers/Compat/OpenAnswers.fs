/// How public projects score open answers, quirks included: MMMU, MathVista, VLM-R1's yes/no, RefCOCO.
module MoDoMoDo.Verifiers.OpenAnswers

open System
open MoDoMoDo.Domain
open Python

/// A parsed answer of MMMU: a number or a text.
[<RequireQualifiedAccess>]
type private Parsed =
    | Float of float
    | Text of string

let private normalise (text: string) : Parsed list =
    let t = strip text

    match TextMetrics.pythonFloat (t.Replace(",", "")) with
    | Some value -> [ Parsed.Float(Python.round 2 value) ]
    | None ->
        let lower = Text.lower t

        if Text.length lower = 1 then
            [ Parsed.Text(" " + lower); Parsed.Text(lower + " ") ]
        else
            [ Parsed.Text lower ]

/// Where the run of digits that holds position i ends; one entry a position, 0 outside runs.
let private runEnds (text: string) : int[] =
    let ends = Array.zeroCreate (text.Length + 1)

    for i in text.Length - 1 .. -1 .. 0 do
        if Char.IsDigit text[i] then
            ends[i] <- (if i + 1 < text.Length && Char.IsDigit text[i + 1] then ends[i + 1] else i + 1)

    ends

/// All matches of a scanner from left to right: it returns the end of a match that starts at a position, or -1.
let private matches (scan: int -> int) (text: string) : string list =
    let found = Collections.Generic.List<string>()
    let mutable i = 0

    while i < text.Length do
        match scan i with
        | -1 -> i <- i + 1
        | stop ->
            found.Add(text.Substring(i, stop - i))
            i <- max stop (i + 1)

    List.ofSeq found

/// MMMU's extract_numbers: with comma groups, in scientific notation, and plain.
let private numbers (text: string) : string list =
    let ends = runEnds text
    let charAt i = if i >= 0 && i < text.Length then text[i] else '\000'
    let isDigit i = Char.IsDigit(charAt i)
    let unsigned i = if charAt i = '-' then i + 1 else i
    let boundaryBefore i = i = 0 || not (isWord text[i - 1])
    let boundaryAfter i = i = text.Length || not (isWord text[i])

    let grouped i =
        let start = unsigned i

        if not (isDigit start && boundaryBefore start) || ends[start] - start > 3 then
            -1
        else
            let rec stops at found =
                if charAt at = ',' && isDigit (at + 1) && ends[at + 1] >= at + 4 then
                    stops (at + 4) (if boundaryAfter (at + 4) then at + 4 else found)
                else
                    found

            stops ends[start] -1

    let exponentEnd at =
        if charAt at = 'e' || charAt at = 'E' then
            let digits = if charAt (at + 1) = '+' || charAt (at + 1) = '-' then at + 2 else at + 1
            if isDigit digits then ends[digits] else -1
        else
            -1

    let scientific i =
        let start = unsigned i

        if not (isDigit start) then
            -1
        else
            let whole = ends[start]
            let fraction = if charAt whole = '.' && isDigit (whole + 1) then ends[whole + 1] else -1

            match (if fraction > 0 then exponentEnd fraction else -1) with
            | -1 -> exponentEnd whole
            | stop -> stop

    let plain i =
        let start = unsigned i
        let free stop = exponentEnd stop < 0 && charAt stop <> ',' && not (isDigit stop)

        let decimal =
            if isDigit start && charAt ends[start] = '.' && isDigit (ends[start] + 1) then
                ends[ends[start] + 1]
            else
                -1

        let point = if charAt start = '.' && isDigit (start + 1) then ends[start + 1] else -1
        let whole = if isDigit start && boundaryAfter ends[start] then ends[start] else -1

        [ decimal; point; whole ]
        |> List.tryFind (fun stop -> stop > 0 && free stop)
        |> Option.defaultValue -1

    matches grouped text @ matches scientific text @ matches plain text

let private indicators = [ "could be "; "so "; "is "; "thus "; "therefore "; "final "; "answer "; "result " ]

let private keyResponses (response: string) : string list =
    let response = response |> strip |> stripChar '.' |> Text.lower
    let parts = response.Split '\n'

    let shortest index (part: string) =
        let marks = if index = parts.Length - 1 then indicators @ [ "=" ] else indicators

        let tails =
            marks
            |> List.filter (fun mark -> contains mark part)
            |> List.map (fun mark -> strip (part.Substring(findLast mark part + mark.Length)))

        // An empty tail never stands: the next one replaces it, and a later empty one is shorter than any.
        tails
        |> List.fold (fun best tail -> if best = "" || Text.length tail < Text.length best then tail else best) ""

    let keys =
        parts
        |> Array.toList
        |> List.mapi shortest
        |> List.filter (fun key -> key <> "" && not (List.contains key [ ":"; ","; "."; "!"; "?"; ";"; "'" ]))

    if keys.IsEmpty then [ response ] else keys

/// MMMU's parse_open_response and eval_open: 1 when a gold text is contained in a parsed text, or a gold number equals a
/// parsed one.
let mmmu (golds: string[]) (text: string) : float =
    let wanted = golds |> Array.toList |> List.collect normalise
    let keys = keyResponses text
    let parsed = keys @ List.collect numbers keys |> List.collect normalise

    let hit =
        parsed
        |> List.exists (function
            | Parsed.Float value -> List.contains (Parsed.Float value) wanted
            | Parsed.Text answer ->
                wanted
                |> List.exists (function
                    | Parsed.Text gold -> contains gold answer
                    | Parsed.Float _ -> false))

    if hit then 1.0 else 0.0

/// MathVista's normalize_extracted_answer; None where the reference gives None.
let mathVistaNormalise
    (choices: string[])
    (questionType: string)
    (answerType: string)
    (precision: int option)
    (text: string)
    : string option =
    match questionType, answerType with
    | "multi_choice", _ ->
        let t = strip text

        let letter =
            Seq.tryPick
                (fun i ->
                    if t[i] = '(' && i + 2 < t.Length && Char.IsAsciiLetter t[i + 1] && t[i + 2] = ')' then
                        Some(string (Char.ToUpperInvariant t[i + 1]))
                    else
                        None)
                (seq { 0 .. t.Length - 1 })
            |> Option.defaultValue t

        let index = choices |> Array.mapi (fun i _ -> Sample.LetterOf i) |> Array.tryFindIndex ((=) letter)

        match index with
        | Some i -> Some choices[i]
        | None when choices.Length = 0 -> None
        | None ->
            choices
            |> Array.minBy (fun choice -> TextMetrics.levenshtein (Text.codePoints letter) (Text.codePoints choice))
            |> Some
    | _, "integer" ->
        TextMetrics.pythonFloat text
        |> Option.filter Double.IsFinite
        |> Option.map (fun v ->
            (Numerics.BigInteger(Math.Truncate v)).ToString Globalization.CultureInfo.InvariantCulture)
    | _, "float" ->
        match TextMetrics.pythonFloat text, precision with
        | Some v, Some digits -> Some(repr (Python.round digits v))
        | Some v, None when Double.IsFinite v ->
            Some((roundToInt v).ToString Globalization.CultureInfo.InvariantCulture)
        | _ -> None
    | _ -> Some text

/// MathVista's safe_equal of a normalised answer with the gold.
let mathVistaEqual (normalised: string option) (gold: string) : float =
    if strip (defaultArg normalised "None") = strip gold then 1.0 else 0.0

let private yesOrNo (text: string) =
    match find "yes" 0 text, find "no" 0 text with
    | -1, -1 -> ""
    | y, n when y >= 0 && (n < 0 || y < n) -> "yes"
    | _ -> "no"

/// VLM-R1's yes_no_reward: the first "yes" or "no" anywhere, inside words too; both sides without one are equal. The gold's
/// tags must stand on one line.
let yesNo (gold: string) (text: string) : float =
    let gold, text = Text.lower gold, Text.lower text

    let wanted =
        match Extractors.firstAnswer gold with
        | Some inside when not (inside.Contains '\n') -> strip inside
        | _ -> strip gold

    let given = Extractors.firstAnswer text |> Option.defaultValue text |> strip
    if yesOrNo wanted = yesOrNo given then 1.0 else 0.0

/// The position behind a number [-+]?\d*\.?\d+(?:[eE][-+]?\d+)? that starts at a position, or -1.
let private numberEnd (text: string) (ends: int[]) (at: int) : int =
    let charAt i = if i < text.Length then text[i] else '\000'
    let isDigit i = i < text.Length && Char.IsDigit text[i]
    let start = if charAt at = '-' || charAt at = '+' then at + 1 else at
    let whole = if isDigit start then ends[start] else start

    let mantissa =
        if charAt whole = '.' && isDigit (whole + 1) then ends[whole + 1]
        elif whole > start then whole
        else -1

    if mantissa < 0 then
        -1
    elif charAt mantissa = 'e' || charAt mantissa = 'E' then
        let digits =
            if charAt (mantissa + 1) = '-' || charAt (mantissa + 1) = '+' then
                mantissa + 2
            else
                mantissa + 1

        if isDigit digits then ends[digits] else mantissa
    else
        mantissa

/// VLMEvalKit's RefCOCO reader: the first bracketed four numbers, else the first four numbers anywhere.
let refCocoNumbers (text: string) : float[] option =
    let ends = runEnds text

    let parse (start: int) (stop: int) =
        TextMetrics.pythonFloat (text.Substring(start, stop - start)) |> Option.defaultValue nan

    let separator at =
        let spaced = skipSpace text at

        if spaced < text.Length && text[spaced] = ',' then skipSpace text (spaced + 1)
        elif spaced > at then spaced
        else -1

    let rec four at count (found: float list) =
        match numberEnd text ends at with
        | -1 -> None
        | stop ->
            let found = parse at stop :: found

            if count = 4 then
                let close = skipSpace text stop

                if close < text.Length && text[close] = ']' then
                    Some(found |> List.rev |> List.toArray)
                else
                    None
            else
                match separator stop with
                | -1 -> None
                | next -> four next (count + 1) found

    let bracketed =
        Scan.occurrences "[" text |> List.tryPick (fun at -> four (skipSpace text (at + 1)) 1 [])

    match bracketed with
    | Some numbers -> Some numbers
    | None ->
        match matches (numberEnd text ends) text |> List.truncate 4 with
        | [ _; _; _; _ ] as numbers ->
            numbers
            |> List.map (fun n -> TextMetrics.pythonFloat n |> Option.defaultValue nan)
            |> List.toArray
            |> Some
        | _ -> None

/// VLMEvalKit's guess of the scale by magnitude: unit up to 1.5, thousandths up to 1000, else pixels; clipped, corners in
/// order.
let refCocoBox (width: float) (height: float) (c: float[]) : Box option =
    if Array.exists Double.IsNaN c || width <= 0.0 || height <= 0.0 then
        None
    else
        let largest = c |> Array.map abs |> Array.max

        let scale (side: float) v =
            if largest <= 1.5 then v * side
            elif largest <= 1000.0 then v / 1000.0 * side
            else v

        let x v = Math.Clamp(scale width v, 0.0, width)
        let y v = Math.Clamp(scale height v, 0.0, height)
        let x1, y1, x2, y2 = x c[0], y c[1], x c[2], y c[3]
        Some(Box.Create(min x1 x2, min y1 y2, max x1 x2, max y1 y2))

/// IoU of the read box with a gold box in pixels; 0 when nothing was read.
let refCoco (width: float) (height: float) (gold: Box) (text: string) : float =
    match refCocoNumbers text |> Option.bind (refCocoBox width height) with
    | Some box -> Overlap.iou gold box
    | None -> 0.0
