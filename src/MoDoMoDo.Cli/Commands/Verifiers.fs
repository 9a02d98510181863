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

    let private line (text: string) = Console.Out.WriteLine text

    let private parameters (known: Parameter[]) =
        for p in known do
            line ("    param:   " + p.Name + " (default " + p.Default + "): " + p.Meaning)

    let private show (entry: Entry) =
        let sample, completion = entry.Example
        line entry.Name
        line ("    " + entry.Description)
        line ("    gold:    " + golds entry.Golds)
        parameters entry.Parameters
        line ("    example: gold " + goldText sample.Gold + "   completion " + Json.line (Json.Text completion))
        line ""

    let private showShaping (entry: Shapings.Entry) =
        line entry.Name
        line ("    " + entry.Description)
        parameters entry.Parameters
        line ""

    let private run (_: Common) (given: string[]) =
        Arguments.parse<VerifiersArguments> "verifiers" given |> ignore

        line
            "The answer is what stands between <answer> and </answer>, and a completion without them has none; where there is a parameter extract, it may stand elsewhere."

        line ""
        Array.iter show Catalogue.entries
        show Catalogue.http
        line "Scorers of benchmarks: NAME scores strictly, NAME:compat as the public scorer does, quirks included."
        line ("    " + String.Join(", ", Benchmarks.names))
        line ""

        line
            "A verifier of your own: ASSEMBLY.dll:NAME, a public class that implements IVerifier or a value of that type."

        line ""
        line "Shapings (rollout.shaping in settings): added to rewards, signed."
        line ""
        Array.iter showShaping Shapings.entries
        Errors.Done

    let command = {
        Name = "verifiers"
        Summary = "list the verifiers: what each takes as gold and parameters, with an example"
        Examples = [ "modomodo verifiers" ]
        Usage = Arguments.help<VerifiersArguments> "verifiers"
        Run = run
    }
