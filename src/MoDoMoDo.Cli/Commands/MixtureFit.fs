namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixtureFitArguments =
    | Ledger of file: string
    | Target of target: string
    | Predictor of name: string
    | Scores of file: string
    | Weights_Prefix of prefix: string
    | Score_Prefix of prefix: string
    | Key of column: string
    | Scale of scale: string
    | Step of step: int
    | Out of folder: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Ledger _ -> "the ledger of runs (CSV)"
            | Target _ -> "a score column, composite:mean, composite:min or composite:a=2,b=1"
            | Predictor _ -> MixtureInput.predictors ()
            | Scores _ -> "a second file with the scores, joined by the key"
            | Weights_Prefix _ -> "prefix of the weight columns; default w:"
            | Score_Prefix _ -> "prefix of the score columns; default score:"
            | Key _ -> "column that names a run; default run"
            | Scale _ -> "which scale, where the ledger holds several"
            | Step _ -> "the rows at this step only"
            | Out _ -> "folder for predictor.json, fit.json and plots.html"

/// `modomodo mixture fit`
module MixtureFitCommand =

    let private ledger (arguments: ParseResults<MixtureFitArguments>) : Ledger =
        MixtureInput.ledger {
            Ledger = arguments.GetResult MixtureFitArguments.Ledger
            Scores = arguments.TryGetResult MixtureFitArguments.Scores
            WeightsPrefix = arguments.TryGetResult MixtureFitArguments.Weights_Prefix
            ScorePrefix = arguments.TryGetResult MixtureFitArguments.Score_Prefix
            Key = arguments.TryGetResult MixtureFitArguments.Key
            Scale = arguments.TryGetResult MixtureFitArguments.Scale
        }
        |> MixtureInput.atStep (arguments.TryGetResult MixtureFitArguments.Step)

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<MixtureFitArguments> "mixture fit" given
        let target = Target.parse (arguments.GetResult MixtureFitArguments.Target)
        let predictor = MixtureInput.predictor (arguments.TryGetResult MixtureFitArguments.Predictor)
        let ledger = ledger arguments

        let struct (surrogate, report) =
            MixtureCommands.fit predictor (uint64 (Option.defaultValue 0 common.Seed)) target ledger

        let number (x: float) = Json.line (Json.Number(Math.Round(x, 6)))

        for name, value in
            [
                "predictor", report.Predictor
                "target", report.Target
                "runs", string report.Count
                "left-out error", number report.LeftOutRmse
                "constant's error", number report.ConstantRmse
                "skill",
                $"{number report.Skill} (95 %% interval {number report.SkillLower} to {number report.SkillUpper})"
                "design", $"rank {report.Design.Rank} of {report.Design.Columns} columns"
                "verdict", Validation.words report.Verdict
            ] do
            Console.Out.WriteLine(name.PadRight 18 + value)

        arguments.TryGetResult MixtureFitArguments.Out
        |> Option.iter (fun folder ->
            Directory.CreateDirectory folder |> ignore
            MixtureCommands.writeFit folder ledger surrogate report
            Files.write (Path.Combine(folder, "plots.html")) (Report.fitPage folder))

        Errors.Done

    let command = {
        Name = "mixture fit"
        Summary = "fit a predictor of a score from the mixture, and check it"
        Examples = [
            "modomodo mixture fit --ledger sweep/ledger.csv --target composite:mean --out fit"
            "modomodo mixture fit --ledger ledger.csv --target chartqa --predictor quadratic"
            "modomodo mixture fit --ledger train_mixture_1m.csv --weights-prefix train_the_pile_ --scores train_pile_loss_1m.csv --score-prefix metric/the_pile_ --key index --target pile_cc_val_loss"
        ]
        Usage = Arguments.help<MixtureFitArguments> "mixture fit"
        Run = run
    }
