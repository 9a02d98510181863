namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Experiments

[<RequireQualifiedAccess>]
type DataWorldArguments =
    | [<MainCommand>] Set of name: string
    | Count of count: int
    | [<Mandatory>] Out of folder: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Set _ -> "a set of the embedded world: " + String.Join(", ", Embedded.domains @ Embedded.benchmarks)
            | Count _ -> "how many items; default 3"
            | Out _ -> "the folder for the pictures and for NAME.jsonl, a line an item"

/// `modomodo data world`
module DataWorldCommand =

    /// Items that no training of the presets sees.
    let private source (name: string) (count: int) : ISampleSource =
        let world = World(WorldLevel.Of 1)

        if List.contains name Embedded.benchmarks then
            world.Source(name, WorldSplit.Confirm, count)
        else
            world.Source(name, WorldSplit.Test, count)

    let private answer (gold: Gold) : Json =
        match gold with
        | Gold.Boxes(boxes, _) ->
            Json.List [
                for b in boxes -> Json.List [ for x in [ b.Box.X1; b.Box.Y1; b.Box.X2; b.Box.Y2 ] -> Json.Number x ]
            ]
        | Gold.Text answers -> Json.Text answers[0]
        | Gold.Letter letter -> Json.Text letter
        | Gold.Region _ -> Json.Null

    let private line (sample: Sample) (picture: string) =
        Json.line (
            Json.Object [
                "id", Json.Text sample.Id
                "image", Json.Text picture
                "question", Json.Text sample.Question
                if sample.Options.Length > 0 then
                    "options", Json.List [ for option in sample.Options -> Json.Text option ]
                "answer", answer sample.Gold
            ]
        )

    let private run (_: Common) (given: string[]) =
        let arguments = Arguments.parse<DataWorldArguments> "data world" given
        let folder = arguments.GetResult DataWorldArguments.Out

        let count =
            arguments.GetResult(DataWorldArguments.Count, defaultValue = 3) |> RunInput.atLeast "--count" 1

        let name =
            match arguments.GetResults DataWorldArguments.Set with
            | [ name ] -> name
            | names -> Errors.usage "data world" "one set" (string names.Length)

        let source, images = source name count, ImageSource()
        Directory.CreateDirectory folder |> ignore

        let lines = [
            for index in 0 .. count - 1 do
                let sample = source.Get index
                let picture = $"{name}-{index}.png"
                File.WriteAllBytes(Path.Combine(folder, picture), ImageEncoding.ToPng(images.Load sample.Images[0]))
                line sample picture
        ]

        Files.write (Path.Combine(folder, name + ".jsonl")) (String.Join("\n", lines) + "\n")
        lines |> List.iter Console.Out.WriteLine
        Errors.Done

    let command = {
        Name = "data world"
        Summary = "items of the embedded world as files: pictures, questions and answers"
        Examples = [
            "modomodo data world world-geoqav --count 3 --out pictures"
            "modomodo data inspect pictures/world-geoqav.jsonl"
        ]
        Usage = Arguments.help<DataWorldArguments> "data world"
        Run = run
    }
