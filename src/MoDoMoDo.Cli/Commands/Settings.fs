namespace MoDoMoDo.Cli.Commands

open System
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Experiments

type SettingsArguments =
    | Preset of name: string
    | Settings of file: string
    | Set of assignment: string
    | Strict

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Preset _ -> "the preset to print: " + String.Join(", ", Presets.names) + ". Default: small"
            | Settings _ -> "a settings file to check and print instead of a preset"
            | Set _ -> "path.to.field=value on top; may be repeated"
            | Strict -> "print strict JSON without comments, as a run's settings.json"

/// `modomodo settings`
module SettingsCommand =

    let private run (_: Common) (given: string[]) =
        let arguments = Arguments.parse<SettingsArguments> "settings" given
        let assignments = arguments.GetResults Set

        let settings =
            match arguments.TryGetResult Settings with
            | Some file -> Settings.ofFile file assignments
            | None -> Settings.ofPreset (arguments.GetResult(Preset, defaultValue = "small")) assignments

        Sources.checkNames settings

        Console.Out.Write(
            if arguments.Contains Strict then
                settings.ToText()
            else
                Settings.commented settings
        )

        Errors.Done

    let command = {
        Name = "settings"
        Summary = "print complete settings: every field with its meaning, unit and default"
        Examples = [
            "modomodo settings --preset tiny-train > run.json"
            "modomodo settings --settings run.json --set training.steps=20 --strict"
        ]
        Usage = Arguments.help<SettingsArguments> "settings"
        Run = run
    }
