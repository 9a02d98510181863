namespace MoDoMoDo.Cli

open System
open System.Text.RegularExpressions
open Argu
open Microsoft.FSharp.Reflection
open MoDoMoDo.Domain
open MoDoMoDo.Experiments

/// Options that every command understands.
type Common = {
    /// Where tensors live: cpu, cuda or cuda:N; None = what the settings say, else cpu.
    Device: string option
    /// Threads of one run; None = what the settings say.
    Threads: int option
    /// Seed; None = what the settings say, else 0.
    Seed: int option
    /// Show stack traces.
    Debug: bool
}

/// One command of the executable.
type Command = {
    /// One or two words: "train", "mixture fit".
    Name: string
    /// What it does, in one line.
    Summary: string
    /// Lines that can be copied into a shell.
    Examples: string list
    /// The text of --help, without examples.
    Usage: unit -> string
    /// Does it; gives the exit code.
    Run: Common -> string[] -> int
}

/// From the words on the command line to the arguments of a command. Argu reads them; this file adds what it lacks:
/// `--name=value` for every option, the nearest known name for an unknown one, one-line errors.
module Arguments =

    let private optionName (text: string) =
        match text.IndexOf '=' with
        | -1 -> text
        | i -> text.Substring(0, i)

    let private looksLikeOption (text: string) =
        text.StartsWith("--", StringComparison.Ordinal)
        && text.Length > 2
        && Char.IsAsciiLetter text[2]
        && not (text |> optionName |> Seq.exists Char.IsWhiteSpace)

    /// The options of an argument union, named as Argu names them, with the number of values that each takes; "" is the
    /// positional one.
    let private arities<'T> () =
        dict [
            for case in FSharpType.GetUnionCases typeof<'T> do
                let values = case.GetFields().Length

                if case.GetCustomAttributes typeof<MainCommandAttribute> |> Array.isEmpty |> not then
                    "", values
                else
                    "--" + case.Name.Replace('_', '-').ToLowerInvariant(), values
        ]

    let private commonValues =
        dict [ "--device", 1; "--threads", 1; "--seed", 1; "--debug", 0; "--help", 0 ]

    /// Splits `--name=value`, and refuses unknown options and stray words, so that Argu sees only what it can read.
    let private words (command: string) (arity: Collections.Generic.IDictionary<string, int>) (given: string list) =
        let known = Seq.append arity.Keys commonValues.Keys |> Seq.filter (fun n -> n <> "") |> Array.ofSeq

        let rec go words =
            match words with
            | [] -> []
            | "--" :: rest when arity.ContainsKey "" -> rest
            | (word: string) :: rest when looksLikeOption word ->
                let name = optionName word

                match arity.TryGetValue name with
                | true, 0 when name <> word -> Errors.usage command (name + " without a value") ("'" + word + "'")
                | true, 0 -> word :: go rest
                | true, _ when name <> word -> name :: word.Substring(name.Length + 1) :: go rest
                | true, _ ->
                    match rest with
                    | value :: rest -> word :: value :: go rest
                    | [] -> Errors.usage command ("a value after " + word) "the end of the line"
                | _ -> Errors.usage command "an option of this command" (Nearest.found known name)
            | word :: rest when arity.ContainsKey "" -> word :: go rest
            | word :: _ -> Errors.usage command "options only" ("'" + word + "'")

        go given

    let private parser<'T when 'T :> IArgParserTemplate> (command: string) =
        ArgumentParser.Create<'T>(programName = "modomodo " + command, errorHandler = ExceptionExiter())

    let private badValue =
        Regex("^parameter '(.*?)' must be followed by <(.*?)>, but was '(.*)'", RegexOptions.Singleline)

    let private missing = Regex("^missing (?:parameter|argument) '(.*?)'")

    let private kind =
        function
        | "int" -> "a whole number"
        | "double" -> "a number"
        | other -> "a value of type " + other

    let private refused (command: string) (e: ArguParseException) : exn =
        let message = (e.Message.Split('\n')[0]).Replace("ERROR: ", "").Trim()

        match badValue.Match message, missing.Match message with
        | m, _ when m.Success ->
            InputException(command, m.Groups[1].Value, kind m.Groups[2].Value, "'" + m.Groups[3].Value + "'")
        | _, m when m.Success ->
            let name = if m.Groups[1].Value = "" then "its argument" else m.Groups[1].Value
            InputException(command, "", name, "nothing")
        | _ -> InputException(command, "", "arguments as --help shows them", "'" + message + "'")

    /// Work of a command in which Argu's complaints, also those about a missing option that come when it is asked for, become
    /// InputExceptions in the form of all others.
    let guard (command: string) (work: unit -> 'a) : 'a =
        try
            work ()
        with :? ArguParseException as e ->
            raise (refused command e)

    let private read<'T when 'T :> IArgParserTemplate> (command: string) (words: string list) : ParseResults<'T> =
        let parser = parser<'T> command
        guard command (fun () -> parser.ParseCommandLine(Array.ofList words))

    /// The arguments of a command. Raises InputException on a usage error, in one line.
    let parse<'T when 'T :> IArgParserTemplate> (command: string) (given: string[]) : ParseResults<'T> =
        read command (words command (arities<'T>()) (List.ofArray given))

    /// The arguments of a command that shares some with other commands: the shared ones and its own, positional ones among these.
    let parseShared<'Shared, 'T when 'Shared :> IArgParserTemplate and 'T :> IArgParserTemplate>
        (command: string)
        (given: string[])
        : ParseResults<'Shared> * ParseResults<'T> =
        let shared, own = arities<'Shared>(), arities<'T>()

        let rec split =
            function
            | [] -> [], []
            | word :: rest when not (shared.ContainsKey word || own.ContainsKey word) ->
                let ofShared, ofOwn = split rest
                ofShared, word :: ofOwn
            | name :: rest ->
                let values = if shared.ContainsKey name then shared[name] else own[name]
                let ofShared, ofOwn = split (List.skip values rest)
                let option = name :: List.take values rest

                if shared.ContainsKey name then
                    option @ ofShared, ofOwn
                else
                    ofShared, option @ ofOwn

        let all = dict [ for p in Seq.append shared own -> p.Key, p.Value ]
        let ofShared, ofOwn = split (words command all (List.ofArray given))
        read command ofShared, read command ofOwn

    /// The text that --help prints for the arguments of a command.
    let help<'T when 'T :> IArgParserTemplate> (command: string) () : string = (parser<'T> command).PrintUsage()

    /// As help, for a command that shares arguments with others.
    let helpShared<'Shared, 'T when 'Shared :> IArgParserTemplate and 'T :> IArgParserTemplate>
        (command: string)
        ()
        : string =
        let options (usage: string) =
            let from = usage.IndexOf("OPTIONS:", StringComparison.Ordinal) + "OPTIONS:".Length
            // --help stands among the command's own.
            let stop = usage.LastIndexOf("    --help", StringComparison.Ordinal)
            usage.Substring(from, stop - from).Trim('\n', '\r')

        help<'T> command () + "\n" + options (help<'Shared> command ())

    let private wholeNumber (option: string) (text: string) =
        match
            Int32.TryParse(
                text,
                Globalization.NumberStyles.AllowLeadingSign,
                Globalization.CultureInfo.InvariantCulture
            )
        with
        | true, n -> n
        | _ -> raise (InputException(option, "", "a whole number", "'" + text + "'"))

    /// Takes the common options out of the words after the command.
    let common (given: string[]) : Common * string[] =
        let none = { Device = None; Threads = None; Seed = None; Debug = false }

        let value (word: string) rest =
            match optionName word, rest with
            | name, _ when name <> word -> word.Substring(name.Length + 1), rest
            | name, [] -> raise (InputException(name, "", "a value", "the end of the line"))
            | _, value :: rest -> value, rest

        let rec go (common, kept) words =
            match words with
            | []
            | "--" :: _ -> common, List.rev kept @ words
            | word :: rest ->
                match optionName word with
                | "--debug" -> go ({ common with Debug = true }, kept) rest
                | "--device" ->
                    let device, rest = value word rest
                    go ({ common with Device = Some device }, kept) rest
                | "--threads" ->
                    let threads, rest = value word rest
                    let count = wholeNumber "--threads" threads

                    if count < 1 || count > Machine.mostThreads then
                        raise (InputException("--threads", "", $"1 to {Machine.mostThreads}", threads))

                    go ({ common with Threads = Some count }, kept) rest
                | "--seed" ->
                    let seed, rest = value word rest
                    go ({ common with Seed = Some(wholeNumber "--seed" seed) }, kept) rest
                | _ -> go (common, word :: kept) rest

        let common, kept = go (none, []) (List.ofArray given)
        common, Array.ofList kept
