namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Experiments

type ReportArguments =
    | [<MainCommand>] Folder of folder: string
    | Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Folder _ -> "a run folder or a sweep folder, finished or not"
            | Out _ -> "the page to write; default: report.html in the folder"

/// `modomodo report`
module ReportCommand =

    let private run (_: Common) (given: string[]) =
        let arguments = Arguments.parse<ReportArguments> "report" given

        match arguments.GetResults Folder with
        | [ folder ] ->
            let out = arguments.GetResult(ReportArguments.Out, defaultValue = Path.Combine(folder, "report.html"))
            Report.write folder out
            Console.Out.WriteLine out
            Errors.Done
        | [] -> Errors.usage "report" "a folder" "nothing"
        | several -> Errors.usage "report" "one folder" (string several.Length)

    let command = {
        Name = "report"
        Summary = "the page of a run or a sweep: curves, heat map, predictor, proposal, completions"
        Examples = [ "modomodo report quickstart"; "modomodo report runs/first --out first.html" ]
        Usage = Arguments.help<ReportArguments> "report"
        Run = run
    }
