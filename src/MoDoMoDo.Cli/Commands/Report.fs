namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

type ReportArguments =
    | [<MainCommand>] Folder of folder: string
    | Goal of goal: string
    | Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Folder _ -> "a run folder, a sweep folder, finished or not, or a ledger (CSV) of runs of any trainer"
            | Goal _ -> "of a ledger: max or min; with it the page shows the next proposals"
            | Out _ -> "the page to write; default: report.html in the folder, or beside the ledger under its name"

/// `modomodo report`
module ReportCommand =

    /// Proposals that the page of a ledger shows.
    let private proposals = 4

    /// The page of a ledger: a fit of the target (the mean of all scores unless one is named) and its checks.
    let private ledgerPage (common: Common) table (goal: string option) (file: string) : string =
        let ledger = MixtureInput.ledger table file
        let target = MixtureInput.targetOr "composite:mean" table
        let seed, predictor = MixtureInput.seed common, MixtureInput.predictor table
        let scale, step = MixtureInput.scale table, MixtureInput.step table
        let struct (surrogate, report) = MixtureCommands.fitAt predictor seed scale step target ledger

        let next =
            match goal |> Option.map MixtureInput.goal with
            | None -> []
            | Some goal ->
                let space = MixtureSpace.simplex ledger.Domains
                let method' = predictor |> Option.defaultValue PredictorCatalogue.smooth

                MixtureCommands.surrogate (Some method') scale step target ledger
                |> MixtureCommands.proposeBy
                    (Plan.Of(Acquisition.ExpectedImprovement, goal, space, seed))
                    proposals
                    ledger
                |> Array.mapi (fun i p -> {
                    NamedMixture.Run = $"proposal {i + 1}"
                    Weights = Weights.Normalised(ledger.Domains, p.Weights)
                })
                |> List.ofArray

        Report.fitPage (FitView.create ledger surrogate report next)

    let private run (common: Common) (given: string[]) =
        let table, arguments = MixtureInput.parse<ReportArguments> "report" given

        match arguments.GetResults Folder with
        | [ file ] when File.Exists file ->
            let out =
                arguments.GetResult(ReportArguments.Out, defaultValue = string (Path.ChangeExtension(file, "html")))

            Files.write out (ledgerPage common table (arguments.TryGetResult ReportArguments.Goal) file)
            Console.Out.WriteLine out
            Errors.Done
        | [ folder ] ->
            let out = arguments.GetResult(ReportArguments.Out, defaultValue = Path.Combine(folder, "report.html"))
            Report.write folder out
            Console.Out.WriteLine out
            Errors.Done
        | [] -> Errors.usage "report" "a folder or a ledger" "nothing"
        | several -> Errors.usage "report" "one folder or ledger" (string several.Length)

    let command = {
        Name = "report"
        Summary = "the page of a run, a sweep or a ledger: curves, heat map, predictor, proposals, completions"
        Examples = [
            "modomodo report quickstart"
            "modomodo report runs/first --out first.html"
            "modomodo report ledger.csv --target composite:mean --goal max"
        ]
        Usage = Arguments.helpShared<TableArguments, ReportArguments> "report"
        Run = run
    }
