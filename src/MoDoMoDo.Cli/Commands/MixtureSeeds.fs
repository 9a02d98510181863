namespace MoDoMoDo.Cli.Commands

open System
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

type MixtureSeedsArguments =
    | Domains of names: string
    | Design of name: string
    | Count of number: int
    | Ledger of file: string
    | In_Targets of names: string
    | Out_Targets of names: string
    | Bounds of file: string
    | Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Domains _ -> "the domains, separated by commas"
            | Design _ ->
                "paper (single, exclude-one and uniform: the default), single, exclude-one, heuristic, space-filling, i-optimal"
            | Count _ ->
                "how many mixtures; for space-filling and i-optimal, 6 by default, and for the others the first so many"
            | Ledger _ -> "scores of the seed runs (heuristic), or runs to complete (space-filling, i-optimal)"
            | In_Targets _ -> "columns of the ledger that are averaged to the In-Score; default: its test: columns"
            | Out_Targets _ -> "columns that are averaged to the Out-Score; default: its score: columns"
            | Bounds _ -> "JSON file of bounds on the weights (space-filling, i-optimal)"
            | Out _ -> "the CSV file to write: run, w:DOMAIN ..."

/// `modomodo mixture seeds`
module MixtureSeedsCommand =

    let private designs = [ "paper"; "single"; "exclude-one"; "heuristic"; "space-filling"; "i-optimal" ]

    let private names (text: string) =
        text.Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)

    let private readLedger (file: string) =
        let reading = LedgerFile.read LedgerFormat.Default file

        for notice in reading.Notices do
            Console.Error.WriteLine notice

        reading.Ledger

    /// In- and Out-Score of the runs of a ledger that have both.
    let private seedScores (ledger: Ledger) (inTargets: string[]) (outTargets: string[]) : SeedScore[] =
        let average (targets: string[]) row =
            let scores = targets |> Array.map (fun t -> Ledger.measurement t row |> Option.map _.Score)

            if scores.Length = 0 || Array.contains None scores then
                None
            else
                Some(Array.averageBy Option.get scores)

        ledger.Rows
        |> Array.choose (fun row ->
            match average inTargets row, average outTargets row with
            | Some i, Some o -> Some { Weights = row.Weights; In = i; Out = o }
            | None, Some o when inTargets.Length = 0 -> Some { Weights = row.Weights; In = o; Out = o }
            | _ -> None)

    let private heuristic (arguments: ParseResults<MixtureSeedsArguments>) =
        let file =
            match arguments.TryGetResult MixtureSeedsArguments.Ledger with
            | Some file -> file
            | None -> Errors.usage "mixture seeds" "--ledger with --design heuristic" "nothing"

        let ledger = readLedger file

        let tests =
            ledger.Rows
            |> Seq.collect (fun r -> r.Tests.Keys)
            |> Seq.distinct
            |> Seq.map (fun d -> "test:" + d)
            |> Array.ofSeq

        let inTargets = arguments.TryGetResult In_Targets |> Option.map names |> Option.defaultValue tests

        let outTargets =
            arguments.TryGetResult Out_Targets |> Option.map names |> Option.defaultValue ledger.Targets

        let known = Array.append ledger.Targets tests

        for target in Array.append inTargets outTargets do
            if not (Array.contains target known) then
                raise (
                    InputException(file, "column score:" + target, "a target of the ledger", Nearest.found known target)
                )

        match seedScores ledger inTargets outTargets with
        | [||] -> raise (InputException(file, "", "runs with all targets measured", "none"))
        | scores -> Heuristics.all scores

    /// Mixtures that complete the runs of a ledger, or the paper's seeds, within bounds.
    let private completing
        design
        (domains: string[])
        (seed: int option)
        (arguments: ParseResults<MixtureSeedsArguments>)
        =
        let space =
            match arguments.TryGetResult MixtureSeedsArguments.Bounds with
            | Some file -> Bounds.read domains file
            | None -> MixtureSpace.simplex domains

        let there =
            match arguments.TryGetResult MixtureSeedsArguments.Ledger with
            | Some file -> (readLedger file).Rows |> Array.map _.Weights
            | None -> (MoDoMoDo.Mixtures.Design.paper domains) |> Array.map _.Weights

        let count = arguments.GetResult(Count, defaultValue = 6)
        design (uint64 (Option.defaultValue 0 seed)) count there space

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<MixtureSeedsArguments> "mixture seeds" given
        let design = arguments.GetResult(Design, defaultValue = "paper")
        let domains = arguments.TryGetResult Domains |> Option.map names |> Option.defaultValue [||]
        let out = arguments.GetResult Out

        if domains.Length = 0 && design <> "heuristic" then
            Errors.usage "mixture seeds" "--domains a,b,c" "nothing"

        match arguments.TryGetResult Count with
        | Some count when count < 1 -> raise (InputException("--count", "", "at least 1", string count))
        | _ -> ()

        let mixtures =
            match design with
            | "paper" -> MoDoMoDo.Mixtures.Design.paper domains
            | "single" -> MoDoMoDo.Mixtures.Design.single domains
            | "exclude-one" -> MoDoMoDo.Mixtures.Design.excludeOne domains
            | "heuristic" -> heuristic arguments
            | "space-filling" -> completing MoDoMoDo.Mixtures.Design.spaceFilling domains common.Seed arguments
            | "i-optimal" -> completing OptimalDesign.iOptimal domains common.Seed arguments
            | other ->
                raise (
                    InputException("--design", "", "one of " + String.Join(", ", designs), Nearest.found designs other)
                )

        let mixtures =
            arguments.TryGetResult Count |> Option.fold (fun all count -> Array.truncate count all) mixtures

        MixtureFile.write out mixtures
        Errors.Done

    let command = {
        Name = "mixture seeds"
        Summary = "the mixtures to start with"
        Examples = [
            "modomodo mixture seeds --domains coco,lisa,geoqav,sat,scienceqa --out seeds.csv"
            "modomodo mixture seeds --domains a,b,c --design space-filling --count 8 --out more.csv"
            "modomodo mixture seeds --design heuristic --ledger sweep/ledger.csv --out heuristic.csv"
        ]
        Usage = Arguments.help<MixtureSeedsArguments> "mixture seeds"
        Run = run
    }
