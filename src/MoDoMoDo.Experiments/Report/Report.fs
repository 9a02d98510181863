namespace MoDoMoDo.Experiments

open System.IO
open System.Text
open MoDoMoDo.Domain
open MoDoMoDo.Experiments.Html

/// The page from whatever is in a folder: one run, or a sweep.
module Report =

    let private assemble (title: string) (parts: Part list) (curves: Json) (completions: Json) (images: Json) : string =
        let data =
            Json.Object [
                "charts", Json.Object(parts |> List.collect _.Charts)
                "curves", curves
                "completions", completions
                "images", images
            ]

        let text = StringBuilder()
        let add (line: string) = text.Append(line).Append('\n') |> ignore
        add "<!DOCTYPE html>"
        add "<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
        add (element "title" "" (escape title))
        add (element "style" "" (resource "page.css"))
        add ("<script>" + Plotly.script () + "</script>")
        add "</head><body><main>"
        add (element "h1" "" (escape title))
        parts |> List.iter (fun part -> add part.Html)
        add "</main>"
        add ("<script type=\"application/json\" id=\"page-data\">" + scriptJson data + "</script>")
        add ("<script>" + resource "page.js" + "</script>")
        add "</body></html>"
        text.ToString()

    /// The page of a run folder or a sweep folder. Raises InputException when the folder holds neither.
    let page (folder: string) : string =
        let runs =
            if RunFolder.isRun folder then
                [ RunFolder.read folder ]
            else
                RunFolder.ofSweep folder

        if runs.IsEmpty then
            raise (
                InputException(
                    folder,
                    "",
                    "a run folder or a sweep folder with runs",
                    if Directory.Exists folder then "another folder" else "none"
                )
            )

        let resultFile = RunFolder.resultFile folder

        let sweep =
            if not (RunFolder.isRun folder) && File.Exists resultFile then
                Files.readJson resultFile
            else
                Json.Null

        let curves, curvesPart = RunParts.curves runs
        let rows, images, completionsPart = RunParts.completions runs

        let isRun = RunFolder.isRun folder

        let parts = [
            if isRun then
                StateParts.unfinishedRun runs.Head
                RunParts.whatWasRun folder runs sweep
                StateParts.scores runs.Head
            elif sweep <> Json.Null then
                LoopParts.verdict sweep
                RunParts.whatWasRun folder runs sweep
                LoopParts.confirmation sweep
                LoopParts.proposal sweep
            else
                StateParts.unfinishedSweep folder runs
                RunParts.whatWasRun folder runs sweep
            yield! PredictorParts.ofFolder folder
            RunParts.heatMap runs
            curvesPart
            completionsPart
        ]

        let name = Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar))
        assemble ("MoDoMoDo: " + string name) parts curves rows images

    let private nothing = Json.Object []

    /// The page of a fit alone.
    let fitPage (view: FitView) : string =
        assemble ("MoDoMoDo: predictor of " + view.Target) (PredictorParts.all view) nothing nothing nothing

    /// Writes the page of whatever a folder of a fit holds, as plots.html in it.
    let writeFit (folder: string) : unit =
        FitView.ofFolder folder
        |> Option.iter (fun view -> Files.write (Path.Combine(folder, "plots.html")) (fitPage view))

    /// Writes the page; `out` is report.html in the folder unless given.
    let write (folder: string) (out: string) : unit = Files.write out (page folder)
