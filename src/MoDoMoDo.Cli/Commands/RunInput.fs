namespace MoDoMoDo.Cli.Commands

open System.IO
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments

/// Settings as the commands that train and score take them: a file or a preset, --set, and the common options.
module internal RunInput =

    /// The assignments that the common options stand for.
    let private common (common: Common) : string list = [
        match common.Device with
        | Some device -> "device=" + Json.line (Json.Text device)
        | None -> ()
        match common.Threads with
        | Some threads -> "threads=" + string threads
        | None -> ()
        match common.Seed with
        | Some seed -> "seed=" + string seed
        | None -> ()
    ]

    /// The settings of a file, else of a preset. Raises InputException.
    let settings (options: Common) (file: string option) (preset: string) (assignments: string list) : Settings =
        let assignments = assignments @ common options

        match file with
        | Some file -> Settings.ofFile file assignments
        | None -> Settings.ofPreset preset assignments

    /// Runs at a time: as asked, else one for each processor. Raises InputException when the machine cannot bear them.
    let jobs (asked: int option) : int =
        match asked with
        | None -> System.Environment.ProcessorCount
        | Some count when count >= 1 && count <= Machine.mostThreads -> count
        | Some count -> raise (InputException("--jobs", "", $"1 to {Machine.mostThreads}", string count))

    /// The value of an option, when it is not too small. Raises InputException.
    let atLeast (option: string) (least: int) (value: int) : int =
        if value < least then
            raise (InputException(option, "", "at least " + string least, string value))

        value

    /// The assignment that --model stands for. Raises InputException when there is no such folder.
    let model (folder: string) : string =
        if folder <> "world" && not (Directory.Exists folder) then
            raise (
                InputException(
                    "--model",
                    "",
                    "a folder with a checkpoint, or 'world'",
                    "'" + folder + "', which is none"
                )
            )

        "model.path=" + Json.line (Json.Text folder)
