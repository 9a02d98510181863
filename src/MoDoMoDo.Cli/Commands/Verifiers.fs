namespace MoDoMoDo.Cli.Commands

open System
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Verifiers

type VerifiersArguments =
    | [<Hidden>] Unused

    interface IArgParserTemplate with
        member _.Usage = ""

/// `modomodo verifiers`
module VerifiersCommand =

    let private goldText (gold: Gold) : string =
        match gold with
        | Gold.Letter letter -> letter
        | Gold.Text answers -> String.Join(" or ", answers)
        | Gold.Boxes(boxes, _) ->
            let box (b: Box) = [ b.X1; b.Y1; b.X2; b.Y2 ] |> List.map Json.Number |> Json.List
            Json.line (Json.List [ for b in boxes -> box b.Box ])
        | Gold.Region(target, _, _) -> string target.Length + " polygons"

    let private golds (kinds: GoldKinds) =
        [
            GoldKinds.Letter, "a letter"
            GoldKinds.Text, "texts"
            GoldKinds.Boxes, "boxes"
            GoldKinds.Region, "polygons"
        ]
        |> List.filter (fun (kind, _) -> kinds.HasFlag kind)
        |> List.map snd
        |> String.concat ", "

    let private run (_: Common) (given: string[]) =
        Arguments.parse<VerifiersArguments> "verifiers" given |> ignore

        Console.Out.WriteLine
            "Where nothing else is said, the answer is what stands between <answer> and </answer>, and a completion without them has none."

        Console.Out.WriteLine()

        for entry in Catalogue.entries do
            let sample, completion = entry.Example
            Console.Out.WriteLine entry.Name
            Console.Out.WriteLine("    " + entry.Description)
            Console.Out.WriteLine("    gold:    " + golds entry.Golds)

            for p in entry.Parameters do
                Console.Out.WriteLine("    param:   " + p.Name + " (default " + p.Default + "): " + p.Meaning)

            Console.Out.WriteLine("    example: gold " + goldText sample.Gold + "   completion " + completion)
            Console.Out.WriteLine()

        Errors.Done

    let command = {
        Name = "verifiers"
        Summary = "list the verifiers: what each takes as gold and parameters, with an example"
        Examples = [ "modomodo verifiers" ]
        Usage = Arguments.help<VerifiersArguments> "verifiers"
        Run = run
    }
