namespace MoDoMoDo.Cli.Commands

open System
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Experiments

[<RequireQualifiedAccess>]
type DataInspectArguments =
    | [<MainCommand>] Path of path: string
    | Format of name: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Path _ -> "a file, a folder, or a pattern with * in the last part of the path"
            | Format _ ->
                "auto (the default), "
                + String.Join(", ", [ for KeyValue(name, _) in DatasetCatalogue.Formats -> name ])

/// `modomodo data inspect`
module DataInspectCommand =

    let private prompt (format: string) (sample: Sample) = (Prompt.render (Templates.ofFormat format) sample).Text

    let private run (_: Common) (given: string[]) =
        let arguments = Arguments.parse<DataInspectArguments> "data inspect" given

        let path =
            match arguments.GetResults DataInspectArguments.Path with
            | [ path ] -> path
            | paths -> Errors.usage "data inspect" "one path" (string paths.Length)

        let format = arguments.GetResult(DataInspectArguments.Format, defaultValue = "auto")
        let known = "auto" :: [ for KeyValue(name, _) in DatasetCatalogue.Formats -> name ]

        if not (List.contains format known) then
            raise (InputException("--format", "", "one of " + String.Join(", ", known), Nearest.found known format))

        let inspection = DataInspection.Inspect(path, DatasetOptions(Format = format))

        for line in inspection.Lines(Func<_, _>(prompt inspection.Format)) do
            Console.Out.WriteLine line

        Errors.Done

    let private usage () =
        let formats = [
            for KeyValue(name, words) in DatasetCatalogue.Formats -> "    " + name.PadRight 18 + " " + words
        ]

        let templates = [ for template, words in Templates.all -> "    " + template.Name.PadRight 18 + " " + words ]

        String.Join(
            "\n",
            [ Arguments.help<DataInspectArguments> "data inspect" (); "FORMATS:"; "" ]
            @ formats
            @ [ ""; "TEMPLATES (data.domains.NAME.template):"; "" ]
            @ templates
        )

    let command = {
        Name = "data inspect"
        Summary = "what a data file holds: rows, fields, pictures, problems, first rows as the model sees them"
        Examples = [
            "modomodo data inspect train.parquet"
            "modomodo data inspect rows.jsonl --format question-answer"
        ]
        Usage = usage
        Run = run
    }
