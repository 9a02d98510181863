namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments

[<RequireQualifiedAccess>]
type QuickstartArguments =
    | Preset of name: string
    | Set of assignment: string
    | Out of folder: string
    | Jobs of count: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Preset _ -> "small (the default, about ten minutes on two cores) or full (more seeds, heuristic mixtures)"
            | Set _ -> "path.to.field=value on top of the preset; may be repeated"
            | Out _ -> "the folder; default ./quickstart"
            | Jobs _ -> "runs at a time; default: one for each processor"

/// `modomodo quickstart`
module QuickstartCommand =

    /// The settings of the folder, written at the first call; a repeated call must have the same ones.
    let private settled (folder: string) (settings: Settings) : unit =
        let file = Path.Combine(folder, "plan", "settings.json")

        match File.Exists file with
        | true ->
            let before = Settings.ofFile file []

            match Settings.differences before settings with
            | path :: _ ->
                raise (
                    InputException(
                        folder,
                        path,
                        "the folder's own value, " + Schema.shown (before.At path),
                        Schema.shown (settings.At path)
                    )
                )
            | [] -> ()
        | false when Directory.Exists folder && not (Seq.isEmpty (Directory.EnumerateFileSystemEntries folder)) ->
            raise (InputException(folder, "", "an empty or new folder, or an earlier quickstart", "another folder"))
        | false -> Files.write file (settings.ToText())

    let private summary (folder: string) =
        let result = Files.readJson (RunFolder.resultFile folder)

        Console.Out.WriteLine(
            Json.line (Json.Object [ for name in [ "runs"; "seconds"; "difference" ] -> name, Json.field name result ])
        )

        Console.Out.WriteLine(Path.Combine(folder, "report.html"))

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<QuickstartArguments> "quickstart" given
        let preset = arguments.GetResult(QuickstartArguments.Preset, defaultValue = "small")
        let settings = RunInput.settings common None preset (arguments.GetResults QuickstartArguments.Set)
        let folder = arguments.GetResult(QuickstartArguments.Out, defaultValue = "quickstart")
        let jobs = RunInput.jobs (arguments.TryGetResult QuickstartArguments.Jobs)
        settled folder settings
        Progress.sweep (fun progress -> Loop.run settings folder jobs progress (Interrupt.token ()))
        summary folder
        Errors.Done

    let command = {
        Name = "quickstart"
        Summary = "the whole loop on the embedded world: train, predict, propose a mixture, confirm it, report"
        Examples = [
            "modomodo quickstart"
            "modomodo quickstart --preset full --out full --jobs 8"
            "modomodo quickstart --set sweep.confirmationSeeds=5 --out five"
        ]
        Usage = Arguments.help<QuickstartArguments> "quickstart"
        Run = run
    }
