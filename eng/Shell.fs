/// What build.fsx needs of the operating system.
module Shell

open System
open System.Diagnostics
open System.IO

/// Ends the script with one line on standard error and an exit code: 1 the work failed, 2 wrong use.
exception Stop of code: int * message: string

/// The repository's root: the folder that holds build.fsx.
let root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))

/// A path of the repository, from its root.
let at (path: string) = Path.Combine(root, path)

/// Runs a program in a folder with the terminal's own streams; its exit code.
let exitCodeIn (folder: string) (program: string) (arguments: string list) : int =
    let start = ProcessStartInfo(program, arguments, WorkingDirectory = folder, UseShellExecute = false)

    use running = Process.Start start
    running.WaitForExit()
    running.ExitCode

/// Runs a program at the root; raises Stop with its exit code when it fails.
let run (program: string) (arguments: string list) : unit =
    match exitCodeIn root program arguments with
    | 0 -> ()
    | code -> raise (Stop(code, $"""{program} {String.Join(" ", arguments)}: exit code {code}"""))

/// As run, for a program that says itself what went wrong.
let runSpeaking (program: string) (arguments: string list) : unit =
    match exitCodeIn root program arguments with
    | 0 -> ()
    | code -> raise (Stop(code, ""))

/// Runs a program at the root and gives its standard output and error; raises Stop with its exit code when it fails.
let outputs (program: string) (arguments: string list) : string * string =
    let start =
        ProcessStartInfo(
            program,
            arguments,
            WorkingDirectory = root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    use running = Process.Start start
    let errors = running.StandardError.ReadToEndAsync()
    let text = running.StandardOutput.ReadToEnd()
    running.WaitForExit()

    match running.ExitCode with
    | 0 -> text, errors.Result
    | code -> raise (Stop(code, $"""{program} {String.Join(" ", arguments)}: {errors.Result.Trim()}"""))

/// Runs a program at the root and gives its standard output; raises Stop when it fails.
let output (program: string) (arguments: string list) : string = outputs program arguments |> fst

/// Runs `dotnet` at the root.
let dotnet (arguments: string list) : unit = run "dotnet" arguments
