namespace MoDoMoDo.Cli.Commands

open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixtureProposeArguments =
    | [<Mandatory>] Ledger of file: string
    | [<Mandatory>] Goal of goal: string
    | Count of number: int
    | Acquisition of name: string
    | Bounds of file: string
    | [<Mandatory>] Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Ledger _ -> "the ledger of runs (CSV); rows without scores are pending runs"
            | Goal _ -> "max or min"
            | Count _ -> "how many mixtures; default 1"
            | Acquisition _ -> "ei (the default), ucb, thompson, kg, variance or mean"
            | Bounds _ -> "JSON file of bounds on the weights"
            | Out _ -> "the CSV file to write: run, w:DOMAIN ..., mean, sd, acquisition"

/// `modomodo mixture propose`
module MixtureProposeCommand =

    let private run (common: Common) (given: string[]) =
        let table, arguments = MixtureInput.parse<MixtureProposeArguments> "mixture propose" given

        let ledger = MixtureInput.ledger table (arguments.GetResult MixtureProposeArguments.Ledger)

        let count = arguments.GetResult(MixtureProposeArguments.Count, defaultValue = 1)

        if count < 1 then
            raise (InputException("--count", "", "at least 1", string count))

        let space =
            match arguments.TryGetResult MixtureProposeArguments.Bounds with
            | Some file -> Bounds.read ledger.Domains file
            | None -> MixtureSpace.simplex ledger.Domains

        let proposals =
            MixtureCommands.propose
                (MixtureInput.predictor table)
                (MixtureInput.acquisition (arguments.TryGetResult MixtureProposeArguments.Acquisition))
                (MixtureInput.seed common)
                (MixtureInput.goal (arguments.GetResult MixtureProposeArguments.Goal))
                space
                count
                (MixtureInput.target table)
                ledger

        Files.replace (arguments.GetResult MixtureProposeArguments.Out) (fun temporary ->
            MixtureCommands.writeProposals temporary ledger.Domains proposals)

        Errors.Done

    let command = {
        Name = "mixture propose"
        Summary = "the mixtures to run next"
        Examples = [
            "modomodo mixture propose --ledger sweep/ledger.csv --target composite:mean --goal max --count 3 --out next.csv"
            "modomodo mixture propose --ledger ledger.csv --target loss --goal min --acquisition mean --bounds bounds.json --out next.csv"
        ]
        Usage = Arguments.helpShared<TableArguments, MixtureProposeArguments> "mixture propose"
        Run = run
    }
