namespace MoDoMoDo.Experiments

open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices
open System.Text
open System.Threading

/// Where runs are carried out: on this machine, each in a process of its own.
module Backend =

    [<DllImport("libc", SetLastError = true)>]
    extern int private kill(int pid, int signal)

    let private sigterm = 15

    /// The executable and the words before a command: the one beside this library.
    let private executable () : string * string list =
        let folder =
            match Path.GetDirectoryName(typeof<Json>.Assembly.Location) with
            | null -> AppContext.BaseDirectory
            | folder -> folder

        let host = Path.Combine(folder, (if OperatingSystem.IsWindows() then "modomodo.exe" else "modomodo"))

        if File.Exists host then
            host, []
        else
            "dotnet", [ Path.Combine(folder, "modomodo.dll") ]

    /// The last line of a text that says something.
    let private lastLine (text: string) =
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
        |> Array.tryLast
        |> Option.defaultValue ""

    /// Runs `modomodo WORDS` to its end and gives its exit code and its last line on standard error; each line there is
    /// passed on to `said` as it comes, and everything that it says goes to the log file. When stopped, the process is asked
    /// to stop, and its end is waited for.
    let run (words: string list) (log: string) (said: string -> unit) (stop: CancellationToken) : int * string =
        let host, before = executable ()
        let info = ProcessStartInfo(host, before @ words)
        info.RedirectStandardOutput <- true
        info.RedirectStandardError <- true
        // One process a run: threads of its own would only get in the way of the other runs.
        info.Environment["OMP_WAIT_POLICY"] <- "PASSIVE"

        match Process.Start info with
        | null -> 1, "the process did not start"
        | started ->
            use running = started

            use _ =
                stop.Register(fun () ->
                    if not running.HasExited then
                        if OperatingSystem.IsWindows() then
                            running.Kill()
                        else
                            kill (running.Id, sigterm) |> ignore)

            let out = running.StandardOutput.ReadToEndAsync()
            let error = StringBuilder()

            let rec listen () =
                match running.StandardError.ReadLine() with
                | null -> ()
                | line ->
                    error.Append(line).Append('\n') |> ignore
                    said line
                    listen ()

            listen ()
            running.WaitForExit()
            File.AppendAllText(log, out.Result + error.ToString())
            running.ExitCode, lastLine (error.ToString())
