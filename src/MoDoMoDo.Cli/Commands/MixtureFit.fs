namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixtureFitArguments =
    | [<Mandatory>] Ledger of file: string
    | Out of folder: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Ledger _ -> "the ledger of runs (CSV)"
            | Out _ ->
                "folder for predictor.json, fit.json, comparison.json (other predictors, up to 128 runs) and plots.html"

/// `modomodo mixture fit`
module MixtureFitCommand =

    let private run (common: Common) (given: string[]) =
        let table, arguments = MixtureInput.parse<MixtureFitArguments> "mixture fit" given
        let target = MixtureInput.target table
        let predictor = MixtureInput.predictor table

        let ledger = MixtureInput.ledger table (arguments.GetResult MixtureFitArguments.Ledger)

        let struct (surrogate, report) =
            MixtureCommands.fitAt
                predictor
                (MixtureInput.seed common)
                (MixtureInput.scale table)
                (MixtureInput.step table)
                target
                ledger

        let number (x: float) = Json.line (Json.Number(Math.Round(x, 6)))

        for name, value in
            [
                "predictor", Surrogate.words surrogate
                "target", report.Target
                "runs", string report.Count
                "left-out error", number report.LeftOutRmse
                "constant's error", number report.ConstantRmse
                "skill",
                $"{number report.Skill} (95 %% interval {number report.SkillLower} to {number report.SkillUpper})"
                "design", $"rank {report.Design.Rank} of {report.Design.Columns} columns"
                match Validation.aliased surrogate.Domains report.Design with
                | [||] -> ()
                | terms -> "not told apart", String.Join(", ", terms)
                "verdict", Validation.words report.Verdict
            ] do
            Console.Out.WriteLine(name.PadRight 18 + value)

        arguments.TryGetResult MixtureFitArguments.Out
        |> Option.iter (fun folder ->
            Directory.CreateDirectory folder |> ignore
            MixtureCommands.writeFit folder ledger surrogate report
            PredictorComparison.write folder target ledger
            Report.writeFit folder)

        Errors.Done

    let command = {
        Name = "mixture fit"
        Summary = "fit a predictor of a score from the mixture, and check it"
        Examples = [
            "modomodo mixture fit --ledger sweep/ledger.csv --target composite:mean --out fit"
            "modomodo mixture fit --ledger ledger.csv --target chartqa --predictor quadratic"
            "modomodo mixture fit --ledger train_mixture_1m.csv --weights-prefix train_the_pile_ --scores train_pile_loss_1m.csv --score-prefix metric/the_pile_ --key index --target pile_cc_val_loss"
        ]
        Usage = Arguments.helpShared<TableArguments, MixtureFitArguments> "mixture fit"
        Run = run
    }
