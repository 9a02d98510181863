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
    | [<Mandatory>] Out of file: string

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
            | Bounds _ ->
                "JSON file of bounds on the weights; mixtures of the paper's that lie outside move to the nearest allowed one"
            | Out _ -> "the CSV file to write: run, w:DOMAIN ..."

/// `modomodo mixture seeds`
module MixtureSeedsCommand =

    let private designs = [
        "paper", SeedDesign.Paper
        "single", SeedDesign.Single
        "exclude-one", SeedDesign.ExcludeOne
        "heuristic", SeedDesign.Heuristic
        "space-filling", SeedDesign.SpaceFilling
        "i-optimal", SeedDesign.IOptimal
    ]

    let private designOf (name: string) : SeedDesign =
        match List.tryFind (fst >> (=) name) designs with
        | Some(_, design) -> design
        | None ->
            let known = List.map fst designs
            raise (InputException("--design", "", "one of " + String.Join(", ", known), Nearest.found known name))

    /// The columns that the In- and the Out-Score average. Without test: columns both are the Out-Score.
    let private targets (arguments: ParseResults<MixtureSeedsArguments>) (file: string) (ledger: Ledger) =
        let tests =
            ledger.Rows |> Array.collect (fun r -> [| for d in r.Tests.Keys -> "test:" + d |]) |> Array.distinct

        let known = Array.append ledger.Targets tests
        let chosen = Option.map MixtureInput.names
        let outTargets = arguments.TryGetResult Out_Targets |> chosen |> Option.defaultValue ledger.Targets
        let standard = if tests.Length = 0 then outTargets else tests
        let inTargets = arguments.TryGetResult In_Targets |> chosen |> Option.defaultValue standard

        for target in Array.append inTargets outTargets do
            if not (Array.contains target known) then
                raise (
                    InputException(file, "column score:" + target, "a target of the ledger", Nearest.found known target)
                )

        inTargets, outTargets

    /// Says on standard error when the mixtures, with those of the ledger, do not determine the paper's quadratic.
    let private told (ledger: Ledger option) (mixtures: NamedMixture[]) : NamedMixture[] =
        let there =
            ledger
            |> Option.map (fun l -> l.Rows |> Array.map (fun r -> { NamedMixture.Run = r.Run; Weights = r.Weights }))
            |> Option.defaultValue [||]

        let rank = MixtureCommands.quadraticRank (Array.append there mixtures)

        if not rank.Identifiable then
            eprintfn
                "these mixtures determine %d of the %d terms of a quadratic in the weights; i-optimal completes them"
                rank.Rank
                rank.Columns

        mixtures

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<MixtureSeedsArguments> "mixture seeds" given
        let design = designOf (arguments.GetResult(Design, defaultValue = "paper"))
        let file = arguments.TryGetResult MixtureSeedsArguments.Ledger
        let ledger = file |> Option.map MixtureInput.plainLedger

        let domains =
            match arguments.TryGetResult Domains, design, ledger with
            | Some names, _, _ -> MixtureInput.names names
            | None, SeedDesign.Heuristic, Some ledger -> ledger.Domains
            | None, SeedDesign.Heuristic, None ->
                Errors.usage "mixture seeds" "--ledger with --design heuristic" "nothing"
            | None, _, _ -> Errors.usage "mixture seeds" "--domains a,b,c" "nothing"

        if domains.Length < 2 || (Array.distinct domains).Length < domains.Length then
            raise (InputException("--domains", "", "at least two domains, each once", String.Join(", ", domains)))

        let count = arguments.TryGetResult Count

        if count |> Option.exists (fun n -> n < 1) then
            raise (InputException("--count", "", "at least 1", string count.Value))

        let space =
            match arguments.TryGetResult MixtureSeedsArguments.Bounds with
            | Some bounds -> Bounds.read domains bounds
            | None -> MixtureSpace.simplex domains

        let inTargets, outTargets =
            match design, file, ledger with
            | SeedDesign.Heuristic, Some file, Some ledger -> targets arguments file ledger
            | _ -> [||], [||]

        MixtureCommands.seeds
            design
            (MixtureInput.seed common)
            (Option.defaultValue 6 count)
            inTargets
            outTargets
            ledger
            space
        |> fun all -> count |> Option.fold (fun some n -> Array.truncate n some) all
        |> told ledger
        |> MixtureFile.write (arguments.GetResult Out)

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
