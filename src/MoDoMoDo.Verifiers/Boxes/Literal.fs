namespace MoDoMoDo.Verifiers

open System
open System.Collections.Generic
open System.Globalization
open System.Text
open Reading

/// A value written in JSON or as a Python literal. Nothing is evaluated.
[<RequireQualifiedAccess>]
type Literal =
    | Null
    | Bool of bool
    | Number of float
    | Text of string
    | List of Literal list
    /// In the order of the text; later keys do not replace earlier ones.
    | Record of (string * Literal) list

/// Reading literals.
module Literal =

    let private depthLimit = 64

    /// A reader over one text; every step moves forward, so that reading is linear.
    type private Reader(text: string, start: int) =
        let mutable at = start
        let fail why = raise (FormatException why)
        member _.At = at

        member _.SkipSpaces() =
            while at < text.Length && Char.IsWhiteSpace text[at] do
                at <- at + 1

        member r.Peek() =
            r.SkipSpaces()
            if at < text.Length then text[at] else '\000'

        member r.Take(c: char) =
            if r.Peek() <> c then
                fail $"no '{c}' at {at}"

            at <- at + 1

        member _.Quoted() =
            let quote = text[at]
            let out = StringBuilder()
            at <- at + 1

            while at < text.Length && text[at] <> quote do
                if text[at] = '\\' && at + 1 < text.Length then
                    at <- at + 1

                    match text[at] with
                    | 'n' -> out.Append '\n' |> ignore
                    | 't' -> out.Append '\t' |> ignore
                    | 'u' when at + 4 < text.Length ->
                        match
                            UInt16.TryParse(
                                text.AsSpan(at + 1, 4),
                                NumberStyles.AllowHexSpecifier,
                                CultureInfo.InvariantCulture
                            )
                        with
                        | true, code ->
                            out.Append(char code) |> ignore
                            at <- at + 4
                        | _ -> out.Append 'u' |> ignore
                    | c -> out.Append c |> ignore
                else
                    out.Append text[at] |> ignore

                at <- at + 1

            if at >= text.Length then
                fail "unclosed quote"

            at <- at + 1
            out.ToString()

        member _.Word() =
            let start = at

            while at < text.Length && (Char.IsAsciiLetterOrDigit text[at] || "+-._".Contains text[at]) do
                at <- at + 1

            text.Substring(start, at - start)

    let private word (w: string) =
        match w with
        | "null"
        | "None" -> Literal.Null
        | "true"
        | "True" -> Literal.Bool true
        | "false"
        | "False" -> Literal.Bool false
        | _ ->
            match Double.TryParse(w, NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value when w.Length <= 400 -> Literal.Number value
            | _ -> raise (FormatException "no value")

    let private items (r: Reader) opening closing (item: unit -> 'a) : 'a list =
        r.Take opening
        let found = List<'a>()

        while r.Peek() <> closing do
            found.Add(item ())

            if r.Peek() <> closing then
                r.Take ','

        r.Take closing
        List.ofSeq found

    let rec private value (r: Reader) depth : Literal =
        if depth > depthLimit then
            raise (FormatException "nested too deeply")

        match r.Peek() with
        | '[' -> Literal.List(items r '[' ']' (fun () -> value r (depth + 1)))
        | '(' -> Literal.List(items r '(' ')' (fun () -> value r (depth + 1)))
        | '{' ->
            items r '{' '}' (fun () ->
                match value r (depth + 1) with
                | Literal.Text key ->
                    r.Take ':'
                    key, value r (depth + 1)
                | _ -> raise (FormatException "a key that is no text"))
            |> Literal.Record
        | '"'
        | '\'' -> Literal.Text(r.Quoted())
        | _ -> word (r.Word())

    let private literalAt (text: string) (start: int) : Reading<struct (Literal * int)> =
        try
            let reader = Reader(text, start)
            let found = value reader 0
            Ok(struct (found, reader.At))
        with :? FormatException as e ->
            missing e.Message

    /// The literal that starts at the first bracket or brace of the text; prose around it is ignored.
    let read: Extractor<Literal> =
        atMost Limits.answer
        >=> fun text ->
            match text.IndexOfAny [| '['; '{' |] with
            | -1 -> missing "no bracket"
            | start -> literalAt text start |> Result.map (fun (struct (found, _)) -> found)

    /// A bracket or brace from `from` on; a round bracket only in front of a number or another one.
    let rec private opening (text: string) (from: int) : int =
        match (if from >= text.Length then -1 else text.IndexOfAny([| '['; '{'; '(' |], from)) with
        | -1 -> -1
        | at when text[at] = '(' ->
            let inside = text.AsSpan(at + 1).TrimStart()

            if inside.Length > 0 && (Char.IsAsciiDigit inside[0] || "(-+.".Contains inside[0]) then
                at
            else
                opening text (at + 1)
        | at -> at

    /// Every literal of the text, from left to right; prose around them is ignored. Missing when there is none or one of them
    /// is broken.
    let readAll: Extractor<Literal list> =
        atMost Limits.answer
        >=> fun text ->
            let rec collect from soFar =
                match opening text from, soFar with
                | -1, [] -> missing "no bracket"
                | -1, _ -> Ok(List.rev soFar)
                | start, _ ->
                    literalAt text start |> Result.bind (fun (struct (found, stop)) -> collect stop (found :: soFar))

            collect 0 []
