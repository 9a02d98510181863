namespace MoDoMoDo.Cli.Commands

open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixturePredictArguments =
    | [<Mandatory>] Ledger of file: string
    | [<Mandatory>] Test of file: string
    | [<Mandatory>] Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Ledger _ -> "the ledger of runs (CSV)"
            | Test _ -> "the mixtures to predict: run and weight columns, named as in the ledger"
            | Out _ -> "the CSV file to write: run, mean, sd, lower, upper (90 % interval of a new measurement)"

/// `modomodo mixture predict`
module MixturePredictCommand =

    let private run (_: Common) (given: string[]) =
        let table, arguments = MixtureInput.parse<MixturePredictArguments> "mixture predict" given

        let mixtures = MixtureInput.mixtures table (arguments.GetResult MixturePredictArguments.Test)

        let ledger = MixtureInput.ledger table (arguments.GetResult MixturePredictArguments.Ledger)

        for domain in ledger.Domains do
            if mixtures |> Array.exists (fun mixture -> not (Seq.contains domain mixture.Weights.Domains)) then
                let file = arguments.GetResult MixturePredictArguments.Test

                raise (
                    InputException(
                        file,
                        "columns",
                        "a weight column for each domain of the ledger",
                        $"none for {domain}"
                    )
                )

        let surrogate = ledger |> MixtureInput.surrogate table PredictorCatalogue.standard

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
