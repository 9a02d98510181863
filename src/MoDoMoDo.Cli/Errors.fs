namespace MoDoMoDo.Cli

open System
open System.IO
open System.Runtime.InteropServices
open MoDoMoDo.Domain

/// What the process says and returns when something goes wrong (CLI.md, "Exit codes" and "Errors").
module Errors =

    /// 0: done, also when the answer is a negative one.
    [<Literal>]
    let Done = 0

    /// 1: the work failed.
    [<Literal>]
    let WorkFailed = 1

    /// 2: bad input or usage.
    [<Literal>]
    let BadInput = 2

    let private oneLine (text: string) =
        text.Split([| '\r'; '\n' |], StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
        |> String.concat " "

    /// The exception that tells the user most: the cause of a wrapper such as TargetInvocationException.
    let rec private cause (e: exn) : exn =
        match e, e.InnerException with
        | :? AggregateException, Null -> e
        | (:? AggregateException | :? Reflection.TargetInvocationException | :? TypeInitializationException),
          NonNull inner -> cause inner
        | _ -> e

    /// Whether the memory did not suffice, in libtorch or outside of it.
    let lacksMemory (e: exn) : bool =
        match cause e with
        | :? OutOfMemoryException -> true
        | :? ExternalException as native -> native.Message.Contains("allocate memory", StringComparison.Ordinal)
        | _ -> false

    /// What libtorch says, without the frames of its stack.
    let private ofNative (message: string) =
        let said = oneLine ((message.Split("Exception raised from")[0]).Split("frame #0")[0])

        if said.Contains("allocate memory", StringComparison.Ordinal) then
            "not enough memory; 'modomodo train --dry-run' says what a run needs: " + said
        else
            "libtorch: " + said

    /// The exit code and the one line for an exception.
    let describe (e: exn) : int * string =
        match cause e with
        | :? InputException as e -> BadInput, oneLine e.Message
        | :? WorkException as e -> WorkFailed, oneLine e.Message
        | :? FileNotFoundException as e when e.FileName <> null ->
            BadInput, string e.FileName + ": wanted a file, found none"
        | :? UnauthorizedAccessException as e -> BadInput, oneLine e.Message
        | :? IOException as e -> BadInput, oneLine e.Message
        | :? OutOfMemoryException -> WorkFailed, "not enough memory"
        | :? ExternalException as e -> WorkFailed, ofNative e.Message
        | :? NotSupportedException as e when e.Message.Contains("libtorch", StringComparison.Ordinal) ->
            WorkFailed,
            "libtorch cannot be loaded: there is too little memory for it (ulimit -v), or a file of it is missing; --debug shows more"
        | e -> WorkFailed, e.GetType().Name + ": " + oneLine e.Message

    /// Runs a command and gives its exit code; an exception becomes one line on standard error, its stack trace only with `debug`.
    let guard (debug: bool) (work: unit -> int) : int =
        try
            work ()
        with
        | :? OperationCanceledException when Interrupt.code () <> 0 ->
            Console.Error.WriteLine "interrupted: what was done is kept, and the command can go on from there"
            Interrupt.code ()
        | e ->
            let code, line = describe e
            Console.Error.WriteLine("error: " + line)

            if debug then
                Console.Error.WriteLine(string e)

            code

    /// Raises the usage error of a command.
    let usage (command: string) (wanted: string) (found: string) : 'a =
        raise (InputException(command, "", wanted, found))
