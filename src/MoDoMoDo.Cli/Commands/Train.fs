namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Experiments

[<RequireQualifiedAccess>]
type TrainArguments =
    | [<Mandatory>] Settings of file: string
    | Set of assignment: string
    | Out of folder: string
    | Resume
    | Until of step: int
    | Dry_Run

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Settings _ -> "the settings file ('modomodo settings' prints one)"
            | Set _ -> "path.to.field=value on top; may be repeated"
            | Out _ -> "the run folder; one that holds a run is refused without --resume"
            | Resume -> "go on from the newest checkpoint in the folder"
            | Until _ -> "end after so many steps, scored as settings say, to be resumed later"
            | Dry_Run -> "print the tokens, memory, disk, time and epochs that the run would need, and train nothing"

/// `modomodo train`
module TrainCommand =

    let private printResult (folder: string) =
        let result = Files.readJson (RunFolder.resultFile folder)

        Console.Out.WriteLine(
            Json.line (
                Json.Object [
                    for name in [ "scores"; "in"; "out"; "seconds"; "steps" ] -> name, Json.field name result
                ]
            )
        )

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<TrainArguments> "train" given
        let file = arguments.GetResult TrainArguments.Settings
        let settings = RunInput.settings common (Some file) "" (arguments.GetResults TrainArguments.Set)

        if arguments.Contains TrainArguments.Dry_Run then
            for line in DryRun.lines settings (arguments.GetResult(TrainArguments.Out, defaultValue = ".")) do
                Console.Out.WriteLine line

            Errors.Done
        else
            let folder = arguments.GetResult TrainArguments.Out
            let resume = arguments.Contains TrainArguments.Resume

            // What is not to be resumed is refused at once; what is, waits for a process that may still write there.
            if not resume || not (Directory.Exists folder) then
                TrainRun.prepare settings folder resume

            let finished =
                Progress.training (fun progress ->
                    let stop = Interrupt.token ()

                    TrainRun.alone folder progress stop (fun () ->
                        if resume then
                            TrainRun.prepare settings folder true

                        match arguments.TryGetResult TrainArguments.Until with
                        | _ when RunFolder.isFinished folder ->
                            Console.Error.WriteLine(folder + ": the run has finished")
                            true
                        | Some step -> TrainRun.runUntil step settings folder progress stop
                        | None ->
                            TrainRun.run settings folder progress stop
                            true))

            if finished then
                printResult folder
            else
                Console.Error.WriteLine(folder + ": ended as asked; --resume goes on")

            Errors.Done

    let command = {
        Name = "train"
        Summary = "one GRPO run on a mixture of domains"
        Examples = [
            "modomodo train --settings run.json --out runs/first"
            "modomodo train --settings run.json --out runs/first --resume"
            "modomodo train --settings run.json --set training.steps=20 --set mixture.draw=iid --out runs/short"
            "modomodo train --settings run.json --dry-run"
        ]
        Usage = Arguments.help<TrainArguments> "train"
        Run = run
    }
