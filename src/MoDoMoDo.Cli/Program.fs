module MoDoMoDo.Cli.Program

open System
open System.Globalization
open MoDoMoDo.Cli.Commands
open MoDoMoDo.Domain
open MoDoMoDo.Experiments

let private commands () = [
    QuickstartCommand.command
    TrainCommand.command
    EvaluateCommand.command
    GenerateCommand.command
    SweepCommand.command
    MergeCommand.command
    ReportCommand.command
    DataInspectCommand.command
    DataWorldCommand.command
    MixtureSeedsCommand.command
    MixtureFitCommand.command
    MixturePredictCommand.command
    MixtureProposeCommand.command
    MixtureSearchCommand.command
    MixtureClaimCommand.command
    ScoreCommand.command
    VerifiersCommand.command
    ForwardCommand.command
    TokenizeCommand.command
    PreprocessCommand.command
    SettingsCommand.command
    BenchCommand.grpo
    BenchCommand.decode
    BenchCommand.checkpoint
    BenchImagesCommand.command
    BenchVerifiersCommand.command
    DoctorCommand.command
]

let private overview (commands: Command list) =
    let width = commands |> List.map _.Name.Length |> List.max

    [
        "MoDoMoDo trains vision-language models by GRPO on mixtures of domains, and finds the mixture that pays."
        ""
        "  modomodo COMMAND [OPTIONS]"
        ""
        for command in commands do
            "  " + command.Name.PadRight width + "  " + command.Summary
        ""
        "Every command takes --device cpu|cuda[:N], --threads N, --seed N and --debug (stack traces)."
        "'modomodo COMMAND --help' explains one; 'modomodo --version' names versions. Examples:"
        ""
        "  modomodo quickstart                                      the whole loop on the embedded world, about ten minutes"
        "  modomodo settings --preset tiny-train > run.json         settings to edit"
        "  modomodo train --settings run.json --out runs/first      one training run"
        "  modomodo report runs/first                               its page"
    ]

let private explain (command: Command) = [
    command.Summary
    ""
    command.Usage().TrimEnd()
    ""
    "EXAMPLES:"
    ""
    for example in command.Examples do
        "    " + example
]

let private print (lines: string seq) =
    for line in lines do
        Console.Out.WriteLine line

    Errors.Done

/// The command that the first one or two words name, and the words after it.
let private select (commands: Command list) (words: string list) : Command * string list =
    let named name = commands |> List.tryFind (fun c -> c.Name = name)

    match words with
    | first :: second :: rest when (named (first + " " + second)).IsSome -> (named (first + " " + second)).Value, rest
    | first :: rest when (named first).IsSome -> (named first).Value, rest
    | first :: rest ->
        let parts = commands |> List.filter _.Name.StartsWith(first + " ", StringComparison.Ordinal)

        match parts, rest with
        | [], _ ->
            raise (InputException("modomodo", "", "a command", Nearest.found (commands |> List.map _.Name) first))
        | parts, second :: _ when not (second.StartsWith '-') ->
            let known = parts |> List.map (fun c -> c.Name.Substring(first.Length + 1))

            raise (
                InputException(
                    "modomodo " + first,
                    "",
                    "one of " + String.Join(", ", known),
                    Nearest.found known second
                )
            )
        | parts, _ ->
            let known = parts |> List.map (fun c -> c.Name.Substring(first.Length + 1))
            raise (InputException("modomodo " + first, "", "one of " + String.Join(", ", known), "nothing"))
    | [] -> raise (InputException("modomodo", "", "a command", "nothing"))

let private isHelp word = word = "--help" || word = "-h"

let private dispatch (common: Common) (words: string list) =
    let commands = commands ()

    match words with
    | [] -> print (overview commands)
    | word :: _ when isHelp word || word = "help" -> print (overview commands)
    | [ "--version" ] -> print (Version.lines ())
    | word :: _ when word.StartsWith '-' ->
        raise (InputException("modomodo", "", "a command first", Nearest.found [ "--help"; "--version" ] word))
    | [ group; word ] when
        isHelp word && commands |> List.exists _.Name.StartsWith(group + " ", StringComparison.Ordinal)
        ->
        commands
        |> List.filter _.Name.StartsWith(group, StringComparison.Ordinal)
        |> List.collect (fun c -> explain c @ [ "" ])
        |> print
    | words ->
        let command, rest = select commands words

        if List.exists isHelp rest then
            print (explain command)
        else
            Arguments.guard command.Name (fun () -> command.Run common (Array.ofList rest))

[<EntryPoint>]
let main words =
    CultureInfo.DefaultThreadCurrentCulture <- CultureInfo.InvariantCulture
    CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
    Interrupt.install ()

    Errors.guard (Array.contains "--debug" words) (fun () ->
        let common, rest = Arguments.common words
        dispatch common (List.ofArray rest))
