/// Texts in JSON, whatever a model wrote: halves of surrogate pairs, which JsonElement.GetString refuses, stay as they are.
module MoDoMoDo.Verifiers.JsonText

open System
open System.Globalization
open System.Text
open System.Text.Json

/// The text between the quotes of a JSON string; an escape that is none stays as written.
let private unescaped (raw: string) : string =
    let out = StringBuilder raw.Length
    let mutable i = 1

    while i < raw.Length - 1 do
        let hex =
            if raw[i] = '\\' && raw[i + 1] = 'u' && i + 5 < raw.Length then
                match
                    UInt16.TryParse(raw.AsSpan(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                with
                | true, code -> ValueSome(char code)
                | _ -> ValueNone
            else
                ValueNone

        match hex, raw[i] with
        | ValueSome c, _ ->
            out.Append c |> ignore
            i <- i + 6
        | ValueNone, '\\' ->
            let c =
                match raw[i + 1] with
                | 'n' -> '\n'
                | 't' -> '\t'
                | 'r' -> '\r'
                | 'b' -> '\b'
                | 'f' -> '\f'
                | other -> other

            out.Append c |> ignore
            i <- i + 2
        | ValueNone, c ->
            out.Append c |> ignore
            i <- i + 1

    out.ToString()

/// The text of a JSON string element.
let ofElement (element: JsonElement) : string =
    try
        string (element.GetString())
    with :? InvalidOperationException when element.ValueKind = JsonValueKind.String ->
        unescaped (element.GetRawText())
