namespace MoDoMoDo.Cli.Tests

open System
open System.Diagnostics
open System.IO

/// What a run of the executable left.
type Outcome = { Code: int; Out: string; Error: string }

/// The built executable, run as a user would.
module Executable =

    let private path = Path.Combine(AppContext.BaseDirectory, "modomodo")

    /// Starts it with these words, in this folder.
    let start (folder: string) (words: string list) : Process =
        let info = ProcessStartInfo(path, words)
        info.WorkingDirectory <- folder
        info.RedirectStandardInput <- true
        info.RedirectStandardOutput <- true
        info.RedirectStandardError <- true

        match Process.Start info with
        | null -> failwith "the executable did not start"
        | started -> started

    /// Runs it to its end with this standard input.
    let runWith (input: string) (folder: string) (words: string list) : Outcome =
        use running = start folder words
        let error = running.StandardError.ReadToEndAsync()
        running.StandardInput.Write input
        running.StandardInput.Close()
        let out = running.StandardOutput.ReadToEnd()
        running.WaitForExit()

        { Code = running.ExitCode; Out = out; Error = error.Result }

    /// Runs it to its end.
    let run (words: string list) : Outcome = runWith "" (Path.GetTempPath()) words

    /// A fresh folder that goes away with the value.
    type Folder() =
        let path = Directory.CreateTempSubdirectory("modomodo-").FullName
        member _.Path = path
        member _.File(name: string) = Path.Combine(path, name)

        member folder.Write(name: string, text: string) =
            File.WriteAllText(folder.File name, text)
            folder.File name

        interface IDisposable with
            member _.Dispose() = Directory.Delete(path, true)
