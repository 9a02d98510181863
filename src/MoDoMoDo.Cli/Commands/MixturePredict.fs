namespace MoDoMoDo.Cli.Commands

open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixturePredictArguments =
    | Ledger of file: string
    | Test of file: string
    | Step of step: int
    | Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Ledger _ -> "the ledger of runs (CSV)"
            | Test _ -> "the mixtures to predict: run and weight columns, named as in the ledger"
            | Step _ -> "the rows at this step only"
            | Out _ -> "the CSV file to write: run, mean, sd, lower, upper (90 % interval of a new measurement)"

/// `modomodo mixture predict`
module MixturePredictCommand =

    let private run (_: Common) (given: string[]) =
        let table, arguments = MixtureInput.parse<MixturePredictArguments> "mixture predict" given

        let mixtures = MixtureInput.mixtures table (arguments.GetResult MixturePredictArguments.Test)

        let surrogate =
            MixtureCommands.surrogate
                (MixtureInput.predictor table)
                (MixtureInput.scale table)
                (arguments.TryGetResult MixturePredictArguments.Step)
                (MixtureInput.target table)
                (MixtureInput.allScales table (arguments.GetResult MixturePredictArguments.Ledger))

        Files.replace (arguments.GetResult MixturePredictArguments.Out) (fun temporary ->
            MixtureCommands.writePredictions temporary mixtures (MixtureCommands.predict surrogate mixtures))

        Errors.Done

    let command = {
        Name = "mixture predict"
        Summary = "predict scores of mixtures that have not run, with intervals"
        Examples = [
            "modomodo mixture predict --ledger sweep/ledger.csv --target composite:mean --test more.csv --out predicted.csv"
        ]
        Usage = Arguments.helpShared<TableArguments, MixturePredictArguments> "mixture predict"
        Run = run
    }
