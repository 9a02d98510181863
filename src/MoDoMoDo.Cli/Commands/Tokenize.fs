namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Model

[<RequireQualifiedAccess>]
type TokenizeArguments =
    | [<MainCommand>] File of file: string
    | Tokenizer of folder: string
    | Plain
    | Decode

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | File _ -> "JSON lines with {\"text\"} or {\"ids\"}"
            | Tokenizer _ -> "folder with tokenizer.json, or vocab.json and merges.txt; default: the embedded world's"
            | Plain -> "special tokens in a text are text like any other"
            | Decode -> "every line must have ids"

/// `modomodo tokenize`
module TokenizeCommand =

    let private ids (place: string) (items: Json list) : int[] = [|
        for item in items do
            match item with
            | Json.Number x when x = floor x && x >= 0.0 && x < 2147483648.0 -> int x
            | other -> raise (InputException(place, "ids", "whole numbers of at least 0", Schema.shown other))
    |]

    let private convert (tokenizer: Tokenizer) (plain: bool) (decodeOnly: bool) (place: string) (line: string) : Json =
        let row = Json.parse place line

        match Json.field "ids" row, Json.field "text" row with
        | Json.List items, _ -> Json.Object [ "text", Json.Text(tokenizer.Decode(ids place items, true)) ]
        | _, Json.Text text when not decodeOnly ->
            Json.Object [ "ids", Json.List [ for id in tokenizer.Encode(text, plain) -> Json.Number(float id) ] ]
        | _ ->
            raise (
                InputException(
                    place,
                    "",
                    (if decodeOnly then "an object with ids" else "an object with text or ids"),
                    (match row with
                     | Json.Object _ -> "neither"
                     | other -> Schema.shown other)
                )
            )

    let private run (_: Common) (given: string[]) =
        let arguments = Arguments.parse<TokenizeArguments> "tokenize" given

        let file =
            match arguments.GetResults TokenizeArguments.File with
            | [ file ] -> file
            | _ -> Errors.usage "tokenize" "one file" (string (arguments.GetResults TokenizeArguments.File).Length)

        if not (File.Exists file) then
            raise (InputException(file, "", "a file", "none"))

        let tokenizer =
            match arguments.TryGetResult TokenizeArguments.Tokenizer with
            | Some folder -> Tokenizer.Load folder
            | None -> WorldTokenizer.atLevel 1

        let plain, decodeOnly =
            arguments.Contains TokenizeArguments.Plain, arguments.Contains TokenizeArguments.Decode

        File.ReadLines file
        |> Seq.iteri (fun i line ->
            if not (String.IsNullOrWhiteSpace line) then
                Console.Out.WriteLine(Json.line (convert tokenizer plain decodeOnly $"{file}: line {i + 1}" line)))

        Errors.Done

    let command = {
        Name = "tokenize"
        Summary = "texts to token ids, and back"
        Examples = [
            "modomodo tokenize texts.jsonl"
            "modomodo tokenize --tokenizer Qwen2-VL-2B-Instruct --plain texts.jsonl"
        ]
        Usage = Arguments.help<TokenizeArguments> "tokenize"
        Run = run
    }
