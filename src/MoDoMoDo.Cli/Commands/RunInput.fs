namespace MoDoMoDo.Cli.Commands

open MoDoMoDo.Cli
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
