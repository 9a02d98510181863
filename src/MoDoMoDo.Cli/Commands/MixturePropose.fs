namespace MoDoMoDo.Cli.Commands

open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixtureProposeArguments =
    | Ledger of file: string
    | Target of target: string
    | Goal of goal: string
    | Count of number: int
    | Acquisition of name: string
    | Predictor of name: string
    | Bounds of file: string
    | Scores of file: string
    | Weights_Prefix of prefix: string
    | Score_Prefix of prefix: string
    | Key of column: string
    | Scale of scale: string
    | Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Ledger _ -> "the ledger of runs (CSV); rows without scores are pending runs"
            | Target _ -> "a score column, composite:mean, composite:min or composite:a=2,b=1"
            | Goal _ -> "max or min"
            | Count _ -> "how many mixtures; default 1"
            | Acquisition _ -> "ei (the default), ucb, thompson, kg, variance or mean"
            | Predictor _ -> MixtureInput.predictors ()
            | Bounds _ -> "JSON file of bounds on the weights"
            | Scores _ -> "a second file with the scores, joined by the key"
            | Weights_Prefix _ -> "prefix of the weight columns; default w:"
            | Score_Prefix _ -> "prefix of the score columns; default score:"
            | Key _ -> "column that names a run; default run"
            | Scale _ -> "which scale, where the ledger holds several"
            | Out _ -> "the CSV file to write: run, w:DOMAIN ..., mean, sd, acquisition"

/// `modomodo mixture propose`
module MixtureProposeCommand =

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<MixtureProposeArguments> "mixture propose" given

        let ledger =
            MixtureInput.ledger {
                Ledger = arguments.GetResult MixtureProposeArguments.Ledger
                Scores = arguments.TryGetResult MixtureProposeArguments.Scores
                WeightsPrefix = arguments.TryGetResult MixtureProposeArguments.Weights_Prefix
                ScorePrefix = arguments.TryGetResult MixtureProposeArguments.Score_Prefix
                Key = arguments.TryGetResult MixtureProposeArguments.Key
                Scale = arguments.TryGetResult MixtureProposeArguments.Scale
            }

        let count = arguments.GetResult(MixtureProposeArguments.Count, defaultValue = 1)

        if count < 1 then
            raise (InputException("--count", "", "at least 1", string count))

        let space =
            match arguments.TryGetResult MixtureProposeArguments.Bounds with
            | Some file -> Bounds.read ledger.Domains file
            | None -> MixtureSpace.simplex ledger.Domains

        let proposals =
            MixtureCommands.propose
                (MixtureInput.predictor (arguments.TryGetResult MixtureProposeArguments.Predictor))
                (MixtureInput.acquisition (arguments.TryGetResult MixtureProposeArguments.Acquisition))
                (uint64 (Option.defaultValue 0 common.Seed))
                (MixtureInput.goal (arguments.GetResult MixtureProposeArguments.Goal))
                space
                count
                (Target.parse (arguments.GetResult MixtureProposeArguments.Target))
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
        Usage = Arguments.help<MixtureProposeArguments> "mixture propose"
        Run = run
    }
