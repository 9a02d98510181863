namespace MoDoMoDo.Experiments

open System
open System.Collections.Generic
open MoDoMoDo.Domain

/// Golds and verdicts as JSON: what `modomodo score` reads and prints.
module GoldJson =

    let private systems =
        dict [
            "pixel", CoordinateSystem.Pixel
            "thousand", CoordinateSystem.Thousand
            "unit", CoordinateSystem.Unit
            "resized", CoordinateSystem.Resized
        ]

    let private boxOf (value: Json) : LabelledBox option =
        let labelled (corners: Json) label confidence =
            match Json.items corners |> List.map Json.number with
            | [ x1; y1; x2; y2 ] when List.forall Double.IsFinite [ x1; y1; x2; y2 ] ->
                Some { Box = Box.Create(x1, y1, x2, y2); Label = label; Confidence = confidence }
            | _ -> None

        match value with
        | Json.List _ -> labelled value "" 1.0
        | Json.Object fields ->
            let confidence = Json.number (Json.field "confidence" value)

            fields
            |> List.tryFind (fun (name, _) -> name = "box" || name = "bbox" || name = "Position")
            |> Option.bind (fun (_, corners) ->
                labelled
                    corners
                    (Json.text (Json.field "label" value))
                    (if Double.IsNaN confidence then 1.0 else confidence))
        | _ -> None

    let private boxes (items: Json list) : LabelledBox[] option =
        let read = items |> List.map boxOf

        if not items.IsEmpty && List.forall Option.isSome read then
            Some(Array.choose id (Array.ofList read))
        else
            None

    let private scalar (value: Json) =
        match value with
        | Json.Text t -> Some t
        | Json.Number _
        | Json.Bool _ -> Some(Json.line value)
        | _ -> None

    /// Checks of a response's form: { "check": ... }, a list of them, or IFEval's object.
    let private isInstructions (value: Json) =
        let isCheck item = Json.field "check" item <> Json.Null

        isCheck value
        || Json.field "instruction_id_list" value <> Json.Null
        || (match Json.items value with
            | first :: _ -> isCheck first
            | [] -> false)

    let private isLetter (text: string) = text.Length = 1 && text[0] >= 'A' && text[0] <= 'Z'

    /// The gold in a JSON value: a text or number; a list of texts (any of them); a box [x1, y1, x2, y2], a list of
    /// boxes, or { "boxes": [...], "system": "pixel" } (default thousand); one capital letter is the letter of an option
    /// where there are options; checks of a response's form stay JSON. Raises InputException naming `place` when it is none
    /// of these.
    let parse (place: string) (hasOptions: bool) (value: Json) : Gold =
        let system =
            match Json.field "system" value with
            | Json.Text name when systems.ContainsKey name -> systems[name]
            | Json.Null -> CoordinateSystem.Thousand
            | other -> raise (InputException(place, "gold.system", String.Join(", ", systems.Keys), Schema.shown other))

        match scalar value, value with
        | Some letter, _ when hasOptions && isLetter letter -> Gold.Letter letter
        | Some text, _ -> Gold.Text [| text |]
        | None, _ when isInstructions value -> Gold.Text [| Json.line value |]
        | None, Json.List items when
            items |> List.forall (scalar >> Option.isSome) && (boxOf value).IsNone && not items.IsEmpty
            ->
            Gold.Text(items |> List.choose scalar |> Array.ofList)
        | _ ->
            let items =
                match boxOf value, value with
                | Some _, _ -> [ value ]
                | None, Json.List items -> items
                | None, other -> Json.items (Json.field "boxes" other)

            match boxes items with
            | Some found -> Gold.Boxes(found, system)
            | None ->
                raise (
                    InputException(
                        place,
                        "gold",
                        "a text, a list of texts, a box or a list of boxes",
                        Schema.shown value
                    )
                )

    /// A verdict as an object: outcome, value (null where unscorable), parts, and the evidence in words.
    let ofVerdict (verdict: Verdict) : (string * Json) list =
        let evidence = verdict.Evidence

        [
            "verdict", Json.Text verdict.Outcome
            "value", Json.Number verdict.Value
            "parts", Json.Object [ for part in evidence.Parts -> part.Name, Json.Number part.Value ]
            "extracted", Json.Text evidence.Extracted
            "expected", Json.Text evidence.Expected
            "why", Json.Text evidence.Why
        ]

    /// The string parameters of an object; arrays and objects are kept as JSON.
    let parameters (value: Json) : IReadOnlyDictionary<string, string> =
        Json.fields value
        |> List.map (fun (name, v) ->
            let text =
                match scalar v, v with
                | Some text, _ -> text
                | None, Json.Null -> ""
                | None, _ -> Json.line v

            KeyValuePair(name, text))
        |> Dictionary
        :> _
