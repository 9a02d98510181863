/// Where Math-Verify finds the answer in a long text: boxes, formulas, answer phrases, plain numbers. Source of the semantics:
/// Math-Verify 0.8.0.
module MoDoMoDo.Verifiers.MathVerifyText

open System

/// What decides how texts are read and compared.
type Options = {
    /// LaTeX between dollar signs and brackets, and boxes, are looked for.
    Latex: bool
    /// Plain numbers are looked for.
    Plain: bool
    /// Decimals to which values are rounded when one side is a decimal.
    Precision: int
    /// False: an interval as gold is not met by an inequality.
    RelationsForSets: bool
}

/// Math-Verify's defaults.
let defaults = { Latex = true; Plain = true; Precision = 6; RelationsForSets = false }

/// A piece of LaTeX in a text: what stands between its marks, and where it starts and ends.
type private Piece = { Content: string; Start: int; Stop: int }

let private pairs = [ "$$", "$$"; "$", "$"; "\\[", "\\]"; "\\(", "\\)" ]

/// The LaTeX environments of a text from left to right; a dollar sign behind a backslash is none.
let private environments (text: string) : Piece list =
    let found = Collections.Generic.List<Piece>()
    let startsAt (part: string) i = String.CompareOrdinal(text, i, part, 0, part.Length) = 0
    let mutable i = 0
    let mutable exhausted = Set.empty

    while i < text.Length do
        match pairs |> List.tryFind (fun (opening, _) -> startsAt opening i && not (exhausted.Contains opening)) with
        | Some(opening, closing) when not (opening.StartsWith '$' && i > 0 && text[i - 1] = '\\') ->
            let rec close from =
                match Python.find closing from text with
                | at when at > 0 && closing = "$" && text[at - 1] = '\\' -> close (at + 1)
                | at -> at

            match close (i + opening.Length) with
            | -1 ->
                exhausted <- exhausted.Add opening
                i <- i + opening.Length
            // Formulas inside a line end with it.
            | stop when (opening = "$" || opening = "\\(") && text.IndexOf('\n', i, stop - i) >= 0 ->
                i <- i + opening.Length
            | stop ->
                found.Add {
                    Content = text.Substring(i + opening.Length, stop - i - opening.Length)
                    Start = i
                    Stop = stop + closing.Length
                }

                i <- stop + closing.Length
        | _ -> i <- i + 1

    List.ofSeq found

/// The boxes of a text that close, outermost ones only.
let private boxes (text: string) : Piece list =
    let rec go from found =
        match Python.find "\\boxed{" from text with
        | -1 -> List.rev found
        | at ->
            match Scan.closingBrace text (at + 6) with
            | Some stop ->
                go stop ({ Content = text.Substring(at + 7, stop - 1 - at - 7); Start = at; Stop = stop } :: found)
            | None ->
                // An unclosed box reaches to the end of its formula.
                let dollar = Python.find "$" at text
                let stop = if dollar < 0 then text.Length else dollar
                go stop ({ Content = text.Substring(at + 7, max 0 (stop - at - 7)); Start = at; Stop = stop } :: found)

    go 0 []

let private isJoint (between: string) =
    let bare =
        [ "\\quad"; "\\text{and}"; "\\text{ and }"; "\\text{or}"; "\\text{ or }"; "and"; "or" ]
        |> List.fold (fun (text: string) word -> text.Replace(word, "")) between

    bare |> Seq.forall (fun c -> Char.IsWhiteSpace c || "$,;\\()[]".Contains c)

/// The last box together with the boxes before it that only commas, "and" and marks separate.
let private lastBoxes (text: string) : string option =
    match List.rev (boxes text) with
    | [] -> None
    | last :: before ->
        let rec join (later: Piece) (rest: Piece list) contents =
            match rest with
            | piece :: more when isJoint (text.Substring(piece.Stop, later.Start - piece.Stop)) ->
                join piece more (piece.Content :: contents)
            | _ -> contents

        Some(String.Join(", ", join last before [ last.Content ]))

let private isDigitAt (text: string) i = i >= 0 && i < text.Length && Char.IsAsciiDigit text[i]

/// The last plain number or fraction of a text, with its percent sign.
let private lastPlain (text: string) : string option =
    let isPart i =
        isDigitAt text i
        || i > 0
           && i < text.Length
           && (text[i] = ',' || text[i] = '.' || text[i] = '/')
           && isDigitAt text (i + 1)
           && (isDigitAt text (i - 1) || text[i] = '.')
        || i > 0
           && i < text.Length
           && text[i] = ' '
           && isDigitAt text (i - 1)
           && isDigitAt text (i + 1)
           && isDigitAt text (i + 2)
           && isDigitAt text (i + 3)
           && not (isDigitAt text (i + 4))

    let rec last i = if i < 0 || isDigitAt text i then i else last (i - 1)

    match last (text.Length - 1) with
    | -1 -> None
    | stop ->
        let rec first i =
            if i > 0 && (isPart (i - 1) || text[i - 1] = '.' && isDigitAt text i) then
                first (i - 1)
            else
                i

        let start = first stop
        let signed = start > 0 && text[start - 1] = '-'

        let behind =
            if stop + 1 < text.Length then
                text.Substring(stop + 1).TrimStart('\\', ' ')
            else
                ""

        let percent = behind.StartsWith '%' || behind.StartsWith("percent", StringComparison.OrdinalIgnoreCase)

        Some(
            text.Substring((if signed then start - 1 else start), stop + 1 - (if signed then start - 1 else start))
            + (if percent then "\\%" else "")
        )

/// The number that a text starts with, marks of emphasis and a colon left out; None when something else comes first.
let private leadingPlain (text: string) : string option =
    let rest = text.TrimStart(' ', ':', '*', '\n')
    let sign = if rest.StartsWith '-' then 1 else 0
    let mutable stop = sign

    while isDigitAt rest stop
          || (stop > sign && stop < rest.Length && ",./".Contains rest[stop] && isDigitAt rest (stop + 1)) do
        stop <- stop + 1

    // A percent sign or word behind the number still belongs to it.
    let behind = rest.Substring(stop).TrimStart(' ', '\\')

    if stop = sign then
        None
    elif behind.StartsWith '%' || behind.StartsWith("percent", StringComparison.OrdinalIgnoreCase) then
        Some(rest.Substring(0, stop) + "\\%")
    else
        Some(rest.Substring(0, stop))

/// What stands behind a formula and belongs to it: a percent sign or word.
let private withPercent (text: string) (piece: Piece) =
    let behind = text.Substring(piece.Stop).TrimStart('$', ' ', '\\')

    if
        behind.StartsWith '%'
        || [ "pct"; "percent" ]
           |> List.exists (fun w -> behind.StartsWith(w, StringComparison.OrdinalIgnoreCase))
    then
        piece.Content + "\\%"
    else
        piece.Content

let private anchors = [ "final answer is"; "answer is"; "answer:"; "answer" ]

/// The text behind an anchor, up to "I hope" or the end.
let private behindAnchor (text: string) : string option =
    anchors
    |> List.tryPick (fun anchor ->
        match text.LastIndexOf(anchor, StringComparison.OrdinalIgnoreCase) with
        | -1 -> None
        | at ->
            let rest = text.Substring(at + anchor.Length)
            let stop = rest.IndexOf("I hope", StringComparison.Ordinal)
            Some(if stop >= 0 then rest.Substring(0, stop) else rest))

/// The formulas at the end of a text that only commas, "and", "or" separate.
let private lastFormulas (text: string) : string option =
    match environments text |> List.filter (fun p -> not (String.IsNullOrWhiteSpace p.Content)) |> List.rev with
    | [] -> None
    | last :: before ->
        let rec join (later: Piece) (rest: Piece list) contents =
            match rest with
            | piece :: more when
                (let between = text.Substring(piece.Stop, later.Start - piece.Stop).Trim().TrimEnd('\\').Trim()
                 List.contains between [ "and"; "or"; ","; ", and" ])
                ->
                join piece more (piece.Content :: contents)
            | _ -> contents

        Some(String.Join(", ", join last before [ withPercent text last ]))

/// The first formulas of a text when it starts with them, or its boxes when they come before any formula.
let private leadingFormula (options: Options) (text: string) : string option =
    if options.Latex then
        match environments text with
        | formulas when
            (match List.tryHead (boxes text), List.tryHead formulas with
             | Some box, None -> box.Start <= 40
             | Some box, Some formula -> box.Start <= 40 && box.Start < formula.Start
             | None, _ -> false)
            ->
            lastBoxes text
        | first :: _ when first.Start <= 40 -> lastFormulas (text.Substring(0, first.Stop))
        | _ -> None
    else
        None

/// True when a word of three letters or more is no function, unit or command.
let private isProse (text: string) =
    let isWordOfProse (word: string) =
        word.Length >= 3
        && Seq.forall Char.IsAsciiLetter word
        && (Functions.find word).IsNone
        && not (Units.isUnit word)
        && word <> "infty"

    text.Contains " is " || text.Split([| ' '; '.'; ','; ':'; '!'; '?' |]) |> Array.exists isWordOfProse

/// The answer that Math-Verify would read in a text.
let extract (options: Options) (text: string) : string option =
    let bare =
        if text.Length > Limits.answer then
            text.Substring(text.Length - Limits.answer)
        else
            text

    let boxed () =
        if not options.Latex then
            None
        else
            match lastBoxes bare, List.tryLast (boxes bare) with
            | Some content, Some piece when content = piece.Content -> Some(withPercent bare piece)
            | content, _ -> content

    // "Final answer: the volume of ... is 120."
    let behindIs (rest: string) =
        let line = (rest.TrimStart().Split '\n')[0]

        match Python.findLast " is " line with
        | -1 -> None
        | at ->
            let tail = line.Substring(at + 4)

            match leadingFormula options tail with
            | None when options.Plain && tail.Length < 60 && Python.find "$" 0 tail < 0 -> lastPlain tail
            | formula -> formula

    let anchored () =
        behindAnchor bare
        |> Option.bind (fun rest ->
            match behindIs rest |> Option.orElseWith (fun () -> leadingFormula options rest) with
            | Some formula -> Some formula
            | None when options.Plain && rest.Length < 200 && Python.find "$" 0 rest < 0 ->
                leadingPlain rest |> Option.orElseWith (fun () -> lastPlain (rest.Replace("*", "")))
            | None -> None)

    let formulas () = if options.Latex then lastFormulas bare else None

    let plain () =
        if options.Plain then
            let trimmed = bare.Trim()
            // A short text without prose is an answer as a whole.
            let isAnswer =
                match Answer.read trimmed with
                | Ok(Answer.Words _)
                | Error _ -> false
                | _ -> options.Latex || (Number.read trimmed |> Result.exists (fun q -> q.Unit = ""))

            if trimmed.Length <= 60 && not (isProse trimmed) && isAnswer then
                Some trimmed
            else
                lastPlain bare
        else
            None

    match boxed () with
    | Some content when not (bare.Contains("final answer is", StringComparison.OrdinalIgnoreCase)) -> Some content
    | found -> [ anchored; (fun () -> found); formulas; plain ] |> List.tryPick (fun extractor -> extractor ())

/// Math-Verify's string extraction: the last of the strings that an answer phrase announces or that stands alone at the
/// start, lower-cased and as written; None without one.
let extractString (strings: string[]) (lowercase: bool) (text: string) : (string * string) option =
    let matches (at: int) (s: string) =
        let comparison =
            if lowercase then
                StringComparison.OrdinalIgnoreCase
            else
                StringComparison.Ordinal

        at + s.Length <= text.Length
        && String.Compare(text, at, s, 0, s.Length, comparison) = 0
        && (at = 0 || not (Python.isWord text[at - 1]))
        && (at + s.Length = text.Length || not (Python.isWord text[at + s.Length]))

    let at position =
        strings
        |> Array.tryFind (matches position)
        |> Option.map (fun s -> text.Substring(position, s.Length))

    let behindPhrases =
        [ "final answer is"; "answer is"; "answer:"; "answer" ]
        |> List.tryPick (fun phrase ->
            match text.LastIndexOf(phrase, StringComparison.OrdinalIgnoreCase) with
            | -1 -> None
            | start ->
                let first = start + phrase.Length
                Seq.tryPick at (seq { first .. min (text.Length - 1) (first + 60) }))

    let leading = at (Python.skipSpace text 0)

    match behindPhrases |> Option.orElse leading with
    | Some found -> Some((if lowercase then found.ToLowerInvariant() else found), found)
    | None -> None
