namespace MoDoMoDo.Cli

open System
open System.Diagnostics
open System.Runtime.InteropServices
open System.Threading

/// Ctrl-C ends the process with 130, SIGTERM and SIGUSR1 with 75. Long work asks for the token and stops at a point from
/// which it can be resumed; a second signal, or a command that never asked, ends at once.
module Interrupt =

    /// Exit code after Ctrl-C.
    [<Literal>]
    let CtrlC = 130

    /// Exit code after SIGTERM and SIGUSR1 (sysexits.h EX_TEMPFAIL: try again later).
    [<Literal>]
    let Terminated = 75

    let private source = lazy new CancellationTokenSource()
    let mutable private received = 0
    let mutable private at = 0L
    let mutable private registrations: PosixSignalRegistration list = []

    /// The exit code of the signal that was received; 0 when none was.
    let code () = received

    /// Cancelled by the first signal. Asking for it is the promise to stop soon.
    let token () = source.Value.Token

    let private receive exitCode (context: PosixSignalContext) =
        context.Cancel <- true

        if received = 0 && source.IsValueCreated then
            received <- exitCode
            at <- Stopwatch.GetTimestamp()
            source.Value.Cancel()
        // A terminal signals a sweep and its runs, and the sweep its runs once more: that is one request, not two.
        elif received = 0 || Stopwatch.GetElapsedTime(at).TotalSeconds > 1.0 then
            exit exitCode

    /// Listens to the signals from now on.
    let install () =
        let signals = [
            PosixSignal.SIGINT, CtrlC
            PosixSignal.SIGTERM, Terminated
            // SIGUSR1 has no name in .NET: 10 on Linux, 30 on macOS. Schedulers send it before they end a job.
            if OperatingSystem.IsLinux() then
                enum<PosixSignal> 10, Terminated
            if OperatingSystem.IsMacOS() then
                enum<PosixSignal> 30, Terminated
        ]

        registrations <-
            signals |> List.map (fun (signal, code) -> PosixSignalRegistration.Create(signal, receive code))
