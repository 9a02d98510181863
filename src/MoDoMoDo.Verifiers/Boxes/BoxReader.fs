/// Boxes as models write them: JSON, Python literals, the world's coordinate words.
module MoDoMoDo.Verifiers.BoxReader

open System
open System.Globalization
open MoDoMoDo.Domain
open Reading

let private positionKeys = [ "position"; "bbox_2d"; "bbox"; "box"; "bounding_box"; "box_2d"; "coordinates" ]
let private confidenceKeys = [ "confidence"; "score"; "conf" ]
let private labelKeys = [ "label"; "category"; "class"; "name" ]

let private field (keys: string list) (record: (string * Literal) list) : Literal option =
    record
    |> List.tryPick (fun (key, v) -> if List.contains (key.ToLowerInvariant()) keys then Some v else None)

/// Names of the left, upper, right and lower side of a box in a record.
let private sides = [
    [ "x1"; "y1"; "x2"; "y2" ]
    [ "xmin"; "ymin"; "xmax"; "ymax" ]
    [ "x_min"; "y_min"; "x_max"; "y_max" ]
    [ "left"; "top"; "right"; "bottom" ]
]

let private corners =
    function
    | Literal.List [ Literal.Number x1; Literal.Number y1; Literal.Number x2; Literal.Number y2 ]
    | Literal.List [ Literal.List [ Literal.Number x1; Literal.Number y1 ]
                     Literal.List [ Literal.Number x2; Literal.Number y2 ] ] -> Some(Box.Create(x1, y1, x2, y2))
    | _ -> None

let private cornersByName (record: (string * Literal) list) : Box option =
    sides
    |> List.tryPick (fun names ->
        match names |> List.map (fun name -> field [ name ] record) with
        | [ Some(Literal.Number x1); Some(Literal.Number y1); Some(Literal.Number x2); Some(Literal.Number y2) ] ->
            Some(Box.Create(x1, y1, x2, y2))
        | _ -> None)

let private plain box = { Box = box; Label = ""; Confidence = 1.0 }

/// The only position of a record; two would be two answers.
let private position (record: (string * Literal) list) : Literal option =
    match record |> List.filter (fun (key, _) -> List.contains (key.ToLowerInvariant()) positionKeys) with
    | [ _, value ] -> Some value
    | _ -> None

let private labelled (record: (string * Literal) list) : LabelledBox option =
    position record
    |> Option.bind corners
    |> Option.orElseWith (fun () -> cornersByName record)
    |> Option.map (fun box -> {
        Box = box
        Label =
            match field labelKeys record with
            | Some(Literal.Text label) -> label
            | _ -> ""
        Confidence =
            match field confidenceKeys record with
            | Some(Literal.Number c) when Double.IsFinite c -> Math.Clamp(c, 0.0, 1.0)
            | _ -> 1.0
    })

let private one literal =
    match literal with
    | Literal.Record record -> labelled record
    | _ -> corners literal |> Option.map plain

let private ofLiteral (literal: Literal) : Reading<LabelledBox[]> =
    match one literal, literal with
    | Some box, _ -> Ok [| box |]
    | None, Literal.List items ->
        let boxes = List.map one items

        if List.forall Option.isSome boxes then
            Ok(boxes |> List.choose id |> List.toArray)
        else
            missing "an entry is no box"
    | None, _ -> missing "no box"

let private isPoint literal =
    match literal with
    | Literal.List [ Literal.Number _; Literal.Number _ ] -> true
    | _ -> false

/// Boxes of several literals: what each of them holds, or corner by corner, (x1, y1), (x2, y2).
let private ofLiterals (found: Literal list) : Reading<LabelledBox[]> =
    let found =
        if found.Length % 2 = 0 && List.forall isPoint found then
            List.chunkBySize 2 found |> List.map Literal.List
        else
            found

    (Ok [], found)
    ||> List.fold (fun soFar literal ->
        soFar |> Result.bind (fun boxes -> ofLiteral literal |> Result.map (fun some -> some :: boxes)))
    |> Result.map (List.rev >> Array.concat)

/// Boxes from JSON or Python literals, fenced or not: a list of records with Position, bbox_2d, bbox, box or x1, y1, x2, y2
/// (and Confidence, label), one record, a list or tuple of four numbers or of two corners, or a list of such lists. Every
/// literal of the text counts. An empty list is no boxes.
let literal: Extractor<LabelledBox[]> =
    (Scan.lastFenced >=> Literal.readAll >=> ofLiterals) <|> (Literal.readAll >=> ofLiterals)

let private separators = [| ' '; '\t'; '\r'; '\n'; ',' |]

/// Boxes in coordinate words, four a box: "x250 y500 x500 y750". Anything else in the text makes it unreadable.
let words: Extractor<LabelledBox[]> =
    atMost Limits.answer
    >=> fun text ->
        let parse (i: int) (token: string) =
            let axis = if i % 2 = 0 then 'x' else 'y'

            match Int32.TryParse(token.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, value when token[0] = axis -> Some(float value)
            | _ -> None

        let tokens = text.Split(separators, StringSplitOptions.RemoveEmptyEntries)
        let values = Array.mapi parse tokens

        if tokens.Length = 0 || tokens.Length % 4 <> 0 || Array.exists Option.isNone values then
            missing "no coordinate words, four a box"
        else
            values
            |> Array.choose id
            |> Array.chunkBySize 4
            |> Array.map (fun v -> plain (Box.Create(v[0], v[1], v[2], v[3])))
            |> Ok

/// Four bare numbers: "250, 500, 500, 750".
let bare: Extractor<LabelledBox[]> =
    atMost Limits.formula
    >=> fun text ->
        let number (token: string) =
            match Double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value -> Some value
            | _ -> None

        match text.Split(separators, StringSplitOptions.RemoveEmptyEntries) |> Array.map number with
        | [| Some x1; Some y1; Some x2; Some y2 |] -> Ok [| plain (Box.Create(x1, y1, x2, y2)) |]
        | _ -> missing "not four numbers"

/// "No Objects": the answer that nothing is there.
let nothing: Extractor<LabelledBox[]> =
    fun text ->
        match Text.answer (if text.Length > 64 then "" else text) with
        | "no objects"
        | "no object"
        | "none" -> Ok [||]
        | _ -> missing "no box"

/// An answer that denies: "not [1, 2, 3, 4]".
let private denial: Extractor<string> =
    fun text ->
        let prose = text.Substring(0, max 0 (text.IndexOfAny [| '['; '{' |]))

        if prose.Split([| ' '; '\n'; ',' |]) |> Array.exists (fun word -> word.ToLowerInvariant() = "not") then
            missing "a denial"
        else
            Ok text

/// Any of the forms.
let any: Extractor<LabelledBox[]> = words <|> bare <|> nothing <|> (denial >=> literal)

/// A point [x, y] or the centre of one box.
let point: Extractor<struct (float * float)> =
    fun text ->
        let ofLiteral =
            function
            | Literal.List [ Literal.Number x; Literal.Number y ]
            | Literal.List [ Literal.List [ Literal.Number x; Literal.Number y ] ] -> Ok(struct (x, y))
            | Literal.Record record ->
                match field [ "point"; "point_2d" ] record with
                | Some(Literal.List [ Literal.Number x; Literal.Number y ]) -> Ok(struct (x, y))
                | _ -> missing "no point"
            | _ -> missing "no point"

        let centre boxes =
            match boxes with
            | [| box |] when box.Box.IsValid -> Ok(Overlap.centre box.Box)
            | _ -> missing "not exactly one box"

        let only =
            function
            | [ literal ] -> ofLiteral literal
            | several -> missing $"{several.Length} literals"

        ((Literal.readAll >=> only) <|> (any >=> centre)) text
