namespace MoDoMoDo.Experiments

open System
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json
open System.Text.RegularExpressions
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

/// A JSON value.
[<RequireQualifiedAccess>]
type Json =
    | Null
    | Bool of bool
    | Number of float
    | Text of string
    | List of Json list
    /// Fields in order, each name once.
    | Object of (string * Json) list

/// JSON: lenient in (comments, trailing commas), strict out.
module Json =

    let private lenient =
        JsonDocumentOptions(
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            AllowDuplicateProperties = false,
            MaxDepth = 64
        )

    let rec private ofElement (element: JsonElement) : Json =
        match element.ValueKind with
        | JsonValueKind.True -> Json.Bool true
        | JsonValueKind.False -> Json.Bool false
        | JsonValueKind.Number -> Json.Number(element.GetDouble())
        | JsonValueKind.String -> Json.Text(JsonText.ofElement element)
        | JsonValueKind.Array -> Json.List [ for item in element.EnumerateArray() -> ofElement item ]
        | JsonValueKind.Object ->
            Json.Object [ for field in element.EnumerateObject() -> field.Name, ofElement field.Value ]
        | _ -> Json.Null

    /// An escape: of a pair of surrogates, of one alone, or of anything else.
    let private escape =
        lazy
            Regex(
                @"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.",
                RegexOptions.NonBacktracking
            )

    let private loneSurrogate = @"\ud800".Length

    /// The text with U+FFFD for each half of a surrogate pair that stands alone: trainers write such completions.
    let private mended (text: string) : string =
        escape.Value.Replace(text, fun m -> if m.Length = loneSurrogate then @"\ufffd" else m.Value)

    let private read (text: string) : Json =
        use document = JsonDocument.Parse(text, lenient)
        ofElement document.RootElement

    /// The value in a text, or where and why it is none.
    let tryParse (text: string) : Result<Json, string * string> =
        try
            try
                Ok(read text)
            with :? InvalidOperationException ->
                Ok(read (mended text))
        with :? JsonException as e ->
            let place =
                match Option.ofNullable e.LineNumber, Option.ofNullable e.BytePositionInLine with
                | Some line, Some column -> "line " + string (line + 1L) + ", column " + string (column + 1L)
                | _ -> ""

            let why = (e.Message.Split(" LineNumber:")[0]).Split(" Path:")[0]
            Error(place, "none (" + why.TrimEnd '.' + ")")

    /// The value in a text. Raises InputException with line and column when it is no JSON.
    let parse (source: string) (text: string) : Json =
        match tryParse text with
        | Ok value -> value
        | Error(place, why) -> raise (InputException(source, place, "JSON", why))

    let rec private writeTo (writer: Utf8JsonWriter) (value: Json) : unit =
        match value with
        | Json.Null -> writer.WriteNullValue()
        | Json.Bool b -> writer.WriteBooleanValue b
        | Json.Number x when x = floor x && abs x < 1e15 -> writer.WriteNumberValue(int64 x)
        // Strict JSON has no word for what is not finite.
        | Json.Number x when not (Double.IsFinite x) -> writer.WriteNullValue()
        | Json.Number x -> writer.WriteNumberValue x
        | Json.Text t -> writer.WriteStringValue t
        | Json.List items ->
            writer.WriteStartArray()
            List.iter (writeTo writer) items
            writer.WriteEndArray()
        | Json.Object fields ->
            writer.WriteStartObject()

            for name, field in fields do
                writer.WritePropertyName name
                writeTo writer field

            writer.WriteEndObject()

    let private write indented (value: Json) =
        let options =
            JsonWriterOptions(Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

        use stream = new MemoryStream()

        do
            use writer = new Utf8JsonWriter(stream, options)
            writeTo writer value

        Encoding.UTF8.GetString(stream.ToArray())

    /// Strict JSON on one line; numbers read back exactly, those that are not finite become null.
    let line (value: Json) : string = write false value
    /// Strict JSON over several lines.
    let indented (value: Json) : string = write true value + "\n"

    /// The value of a field; Null where there is none.
    let field (name: string) (value: Json) : Json =
        match value with
        | Json.Object fields ->
            fields |> List.tryFind (fun (n, _) -> n = name) |> Option.map snd |> Option.defaultValue Json.Null
        | _ -> Json.Null

    /// The value at a path such as "data.domains"; Null where there is none.
    let at (path: string) (value: Json) : Json = (value, path.Split '.') ||> Array.fold (fun v name -> field name v)

    /// The fields of an object, in order; none for another value.
    let fields (value: Json) : (string * Json) list =
        match value with
        | Json.Object fields -> fields
        | _ -> []

    /// The object with a field replaced, or added at its end.
    let set (name: string) (field: Json) (value: Json) : Json =
        let before = fields value

        if List.exists (fst >> (=) name) before then
            Json.Object [ for n, v in before -> n, (if n = name then field else v) ]
        else
            Json.Object(before @ [ name, field ])

    /// The number; NaN for another value.
    let number (value: Json) : float =
        match value with
        | Json.Number x -> x
        | _ -> nan

    /// The text; empty for another value.
    let text (value: Json) : string =
        match value with
        | Json.Text t -> t
        | _ -> ""

    /// The items of an array; none for another value.
    let items (value: Json) : Json list =
        match value with
        | Json.List items -> items
        | _ -> []
