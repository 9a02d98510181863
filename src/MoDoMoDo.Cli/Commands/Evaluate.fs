namespace MoDoMoDo.Cli.Commands

open System
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments

[<RequireQualifiedAccess>]
type EvaluateArguments =
    | Model of folder: string
    | Settings of file: string
    | Set of assignment: string
    | Benchmarks of names: string
    | Decoding of way: string
    | Samples of count: int
    | Temperature of temperature: float
    | Limit of count: int
    | [<Mandatory>] Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Model _ ->
                "folder of the policy: a checkpoint, final/ or best/ of a run, or 'world'; default: as the settings say"
            | Settings _ -> "settings that name the data; default: the embedded world"
            | Set _ -> "path.to.field=value on top; may be repeated"
            | Benchmarks _ -> "sets to score, separated by commas; default: all benchmarks and the domains' own tests"
            | Decoding _ -> "sampled (the default), greedy or both"
            | Samples _ -> "sampled answers for each item; default 4"
            | Temperature _ -> "temperature of sampling; default 1"
            | Limit _ -> "score at most this many items of each set"
            | Out _ -> "the file to write, FILE.json; the completions go to FILE.completions.jsonl"

/// `modomodo evaluate`
module EvaluateCommand =

    let private ways: string -> EvaluateRun.Ways =
        function
        | "sampled" -> { Sampled = true; Greedy = false }
        | "greedy" -> { Sampled = false; Greedy = true }
        | "both" -> { Sampled = true; Greedy = true }
        | other ->
            let known = [ "sampled"; "greedy"; "both" ]
            raise (InputException("--decoding", "", "one of " + String.Join(", ", known), Nearest.found known other))

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<EvaluateArguments> "evaluate" given

        let assignments = [
            yield! arguments.GetResults EvaluateArguments.Set
            match arguments.TryGetResult EvaluateArguments.Model with
            | Some folder -> RunInput.model folder
            | None -> ()
            match arguments.TryGetResult EvaluateArguments.Samples with
            | Some count -> "evaluation.samples=" + string (RunInput.atLeast "--samples" 1 count)
            | None -> ()
            match arguments.TryGetResult EvaluateArguments.Temperature with
            | Some temperature -> "evaluation.temperature=" + Json.line (Json.Number temperature)
            | None -> ()
            match arguments.TryGetResult EvaluateArguments.Limit with
            | Some count -> "evaluation.limit=" + string (RunInput.atLeast "--limit" 0 count)
            | None -> ()
        ]

        let settings =
            RunInput.settings common (arguments.TryGetResult EvaluateArguments.Settings) "small" assignments

        let ways =
            ways (arguments.GetResult(EvaluateArguments.Decoding, defaultValue = settings.Text "evaluation.decoding"))

        let out = arguments.GetResult EvaluateArguments.Out

        let names =
            arguments.TryGetResult EvaluateArguments.Benchmarks
            |> Option.map (MixtureInput.names >> List.ofArray)
            |> Option.defaultValue []

        Progress.training (fun progress -> EvaluateRun.run settings ways names out progress (Interrupt.token ()))
        let result = Files.readJson out

        Console.Out.WriteLine(
            Json.line (Json.Object [ for name in [ "in"; "out"; "seconds" ] -> name, Json.field name result ])
        )

        Errors.Done

    let command = {
        Name = "evaluate"
        Summary = "score a policy on benchmarks and on the domains' own tests"
        Examples = [
            "modomodo evaluate --model runs/first/final --out first.json"
            "modomodo evaluate --model runs/first/best --benchmarks world-chartqa,world-mmmu --decoding both --out best.json"
            "modomodo evaluate --model world --limit 50 --out before.json"
        ]
        Usage = Arguments.help<EvaluateArguments> "evaluate"
        Run = run
    }
