namespace MoDoMoDo.Cli.Commands

open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixturePredictArguments =
    | Ledger of file: string
    | Target of target: string
    | Test of file: string
    | Predictor of name: string
    | Scores of file: string
    | Weights_Prefix of prefix: string
    | Score_Prefix of prefix: string
    | Key of column: string
    | Scale of scale: string
    | Step of step: int
    | Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Ledger _ -> "the ledger of runs (CSV)"
            | Target _ -> "a score column, composite:mean, composite:min or composite:a=2,b=1"
            | Test _ -> "the mixtures to predict: run and weight columns, named as in the ledger"
            | Predictor _ -> MixtureInput.predictors ()
            | Scores _ -> "a second file with the scores, joined by the key"
            | Weights_Prefix _ -> "prefix of the weight columns; default w:"
            | Score_Prefix _ -> "prefix of the score columns; default score:"
            | Key _ -> "column that names a run; default run"
            | Scale _ -> "which scale, where the ledger holds several"
            | Step _ -> "the rows at this step only"
            | Out _ -> "the CSV file to write: run, mean, sd, lower, upper (90 % interval of a new measurement)"

/// `modomodo mixture predict`
module MixturePredictCommand =

    let private run (_: Common) (given: string[]) =
        let arguments = Arguments.parse<MixturePredictArguments> "mixture predict" given

        let options: MixtureInput.LedgerOptions = {
            Ledger = arguments.GetResult MixturePredictArguments.Ledger
            Scores = arguments.TryGetResult MixturePredictArguments.Scores
            WeightsPrefix = arguments.TryGetResult MixturePredictArguments.Weights_Prefix
            ScorePrefix = arguments.TryGetResult MixturePredictArguments.Score_Prefix
            Key = arguments.TryGetResult MixturePredictArguments.Key
            Scale = arguments.TryGetResult MixturePredictArguments.Scale
        }

        let target = Target.parse (arguments.GetResult MixturePredictArguments.Target)
        let predictor = MixtureInput.predictor (arguments.TryGetResult MixturePredictArguments.Predictor)

        let scale, step =
            Option.defaultValue "" options.Scale, arguments.TryGetResult MixturePredictArguments.Step

        let surrogate = MixtureCommands.surrogate predictor scale step target (MixtureInput.allScales options)
        let mixtures = MixtureInput.mixtures options (arguments.GetResult MixturePredictArguments.Test)

        Files.replace (arguments.GetResult MixturePredictArguments.Out) (fun temporary ->
            MixtureCommands.writePredictions temporary mixtures (MixtureCommands.predict surrogate mixtures))

        Errors.Done

    let command = {
        Name = "mixture predict"
        Summary = "predict scores of mixtures that have not run, with intervals"
        Examples = [
            "modomodo mixture predict --ledger sweep/ledger.csv --target composite:mean --test more.csv --out predicted.csv"
        ]
        Usage = Arguments.help<MixturePredictArguments> "mixture predict"
        Run = run
    }
