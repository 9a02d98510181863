namespace MoDoMoDo.Verifiers

open System
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open MoDoMoDo.Domain

/// What scoring a row of cases computed.
type internal Computed = {
    /// score, no_answer, unscorable, refused, or value where the metric is no verdict.
    Verdict: string
    /// "computed" and its companions ("computed_giou", ...).
    Fields: (string * JsonNode | null) list
}

/// A row's field is missing or has another type.
exception internal BadRow of string

/// Reading rows of verifier cases.
[<Sealed>]
type internal CaseRow(root: JsonElement) =

    let spelledOut (spec: JsonElement) =
        let out = StringBuilder()

        for piece in spec.EnumerateArray() do
            let text = JsonText.ofElement (piece.GetProperty "text")

            let times =
                match piece.TryGetProperty "repeat" with
                | true, n -> n.GetInt32()
                | _ -> 1

            if text.Length = 1 then
                out.Append(text[0], times) |> ignore
            else
                for _ in 1..times do
                    out.Append text |> ignore

        out.ToString()

    // Spelled out once, before the clock runs.
    let spec =
        match root.TryGetProperty "pred_spec" with
        | true, spec when spec.ValueKind = JsonValueKind.Array -> Some(spelledOut spec)
        | _ -> None

    /// The field of an object, when it is there and not null.
    static member Field (name: string) (element: JsonElement) : JsonElement option =
        if element.ValueKind <> JsonValueKind.Object then
            None
        else
            match element.TryGetProperty name with
            | true, found when found.ValueKind <> JsonValueKind.Null -> Some found
            | _ -> None

    /// A number, also as "nan", "inf" or "-inf".
    static member Number(element: JsonElement) : float =
        match element.ValueKind with
        | JsonValueKind.Number -> element.GetDouble()
        | JsonValueKind.True -> 1.0
        | JsonValueKind.False -> 0.0
        | JsonValueKind.String ->
            match TextMetrics.pythonFloat (JsonText.ofElement element) with
            | Some value -> value
            | None -> raise (BadRow "wanted a number")
        | _ -> raise (BadRow "wanted a number")

    static member Text(element: JsonElement) : string =
        match element.ValueKind with
        | JsonValueKind.String -> JsonText.ofElement element
        | JsonValueKind.Number
        | JsonValueKind.True
        | JsonValueKind.False -> element.GetRawText()
        | _ -> raise (BadRow "wanted a text")

    static member Items(element: JsonElement) : JsonElement[] =
        if element.ValueKind = JsonValueKind.Array then
            Seq.toArray (element.EnumerateArray())
        else
            raise (BadRow "wanted a list")

    static member Box(element: JsonElement) : Box =
        match CaseRow.Items element |> Array.map CaseRow.Number with
        | [| a; b; c; d |] -> Box.Create(a, b, c, d)
        | _ -> raise (BadRow "wanted four numbers")

    member _.Root = root
    member _.Has(name: string) = (CaseRow.Field name root).IsSome

    member _.Get(name: string) : JsonElement =
        match CaseRow.Field name root with
        | Some found -> found
        | None -> raise (BadRow $"no {name}")

    member row.Metric = CaseRow.Text(row.Get "metric")

    /// A parameter, when it is there.
    member _.Param(name: string) : JsonElement option = CaseRow.Field "params" root |> Option.bind (CaseRow.Field name)

    member row.NumberParam (name: string) (fallback: float) : float =
        row.Param name |> Option.map CaseRow.Number |> Option.defaultValue fallback

    member row.Options: string[] =
        row.Param "options"
        |> Option.map (CaseRow.Items >> Array.map CaseRow.Text)
        |> Option.defaultValue [||]

    /// The prediction as a text: "pred", or the pieces of "pred_spec".
    member row.Pred: string =
        match spec with
        | None -> CaseRow.Text(row.Get "pred")
        | Some text -> text

    /// The gold texts: "golds", or "gold" as one text or several.
    member row.Golds: string[] =
        match CaseRow.Field "golds" root with
        | Some several -> CaseRow.Items several |> Array.map CaseRow.Text
        | None ->
            match CaseRow.Field "gold" root with
            | None -> [||]
            | Some gold when gold.ValueKind = JsonValueKind.Array -> CaseRow.Items gold |> Array.map CaseRow.Text
            | Some gold -> [| CaseRow.Text gold |]

    member row.Gold: string = row.Golds |> Array.tryHead |> Option.defaultValue ""

/// Writing what was computed.
module internal CaseJson =

    let text (value: string) : JsonNode | null = JsonValue.Create value

    let optional (value: string option) : JsonNode | null =
        match value with
        | Some t -> text t
        | None -> null

    let number (value: float) : JsonNode | null =
        if Double.IsNaN value then text "nan"
        elif Double.IsPositiveInfinity value then text "inf"
        elif Double.IsNegativeInfinity value then text "-inf"
        else JsonValue.Create value

    let truth (value: bool) : JsonNode | null = JsonValue.Create value

    let list (items: seq<JsonNode | null>) : JsonNode | null = JsonArray(Seq.toArray items)

    let numbers (values: seq<float>) : JsonNode | null = values |> Seq.map number |> list

    let object (fields: seq<string * (JsonNode | null)>) : JsonNode | null =
        let node = JsonObject()

        for name, value in fields do
            node.Add(name, value)

        node

    let value (node: JsonNode | null) : Computed = { Verdict = "value"; Fields = [ "computed", node ] }
    let score (v: float) : Computed = { Verdict = "score"; Fields = [ "computed", number v ] }
