namespace MoDoMoDo.Experiments

open System
open System.IO
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Experiments.Html

/// Sampled completions: a gallery of groups with their pictures, and the rows of the table to page through.
module internal Gallery =

    /// Files of at most so many bytes are shown as they are; of others a picture of so many pixels, or pages would not load.
    let private fileBytes, pixels = 32768, 400

    /// The picture of a completion as a data address; empty when it was not kept.
    let picture (folder: string) (completion: LoggedCompletion) : string =
        let address kind (bytes: byte[]) = $"data:image/{kind};base64," + Convert.ToBase64String bytes

        match completion.Images with
        | image :: _ when File.Exists(Path.Combine(folder, image)) ->
            match File.ReadAllBytes(Path.Combine(folder, image)) with
            | file when file.Length <= fileBytes -> address "png" file
            | file -> address "jpeg" (ImageEncoding.ToThumbnail(file, pixels))
        | _ -> ""

    /// Options with their letters, as "A 3, B 5"; empty for questions without.
    let private options (c: LoggedCompletion) : string =
        c.Options |> List.mapi (fun i text -> Sample.LetterOf i + " " + text) |> String.concat ", "

    /// What was expected; an expected letter with its option.
    let private expected (c: LoggedCompletion) : string =
        c.Options
        |> List.indexed
        |> List.tryFind (fun (i, _) -> Sample.LetterOf i = c.Expected)
        |> Option.map (fun (_, text) -> c.Expected + " (" + text + ")")
        |> Option.defaultValue c.Expected

    let private reward (x: float) =
        let kind = if x >= 0.5 then "good" else "bad"
        element "span" $"class=\"reward {kind}\"" (number 2 x)

    /// One prompt with its picture, what was expected, and its distinct answers with reward and number.
    let private card (folder: string) (group: LoggedCompletion list) : string =
        let first = List.head group
        let best = group |> List.maxBy (fun c -> if Double.IsNaN c.Reward then -1.0 else c.Reward)

        let answers =
            group
            |> List.groupBy (fun c -> c.Completion.Trim())
            |> List.sortByDescending (fun (_, same) -> same.Length)
            |> List.truncate 4
            |> List.map (fun (text, same) ->
                let count =
                    if same.Length > 1 then
                        element "span" "class=\"soft\"" (" ×" + string same.Length)
                    else
                        ""

                element
                    "div"
                    "class=\"answer\""
                    (element "span" "" (element "code" "" (escape text) + count) + reward (List.head same).Reward))

        let image =
            match picture folder first with
            | "" -> ""
            | address ->
                let svg = overlay (boxesIn first.Expected) (boxesIn best.Extracted)
                element "div" "class=\"picture\"" ($"<img alt=\"\" src=\"{address}\">" + svg)

        image
        + element
            "div"
            "class=\"body\""
            (element "div" "class=\"domain\"" (escape $"{first.Domain}, step {first.Step}, {Path.GetFileName folder}")
             + element "div" "class=\"prompt\"" (escape (first.Prompt.Trim()))
             + (if first.Options.IsEmpty then
                    ""
                else
                    element "div" "class=\"soft\"" (escape (options first)))
             + String.concat "" answers
             + element "div" "class=\"answer soft\"" ("expected " + element "code" "" (escape (expected first))))
        |> element "div" "class=\"card\""

    /// Cards of a run: `perDomain` groups of each domain from its last logged steps, groups with a picture first.
    let cards (perDomain: int) (folder: string) (completions: LoggedCompletion list) : string =
        completions
        |> List.groupBy (fun c -> c.Step, c.Domain, c.Id)
        |> List.sortByDescending (fun ((step, _, _), group) -> (List.head group).Images.Length > 0, step)
        |> List.groupBy (fun ((_, domain, _), _) -> domain)
        |> List.sortBy fst
        |> List.collect (fun (_, groups) -> groups |> List.truncate perDomain |> List.map (snd >> card folder))
        |> String.concat "\n"
        |> element "div" "class=\"gallery\""

    /// A row of the table, as the page's script reads it.
    let row (image: string) (c: LoggedCompletion) : Json =
        let short (text: string) = Json.Text(if text.Length > 300 then text.Substring(0, 300) + "…" else text)

        Json.Object [
            "step", Json.Number(float c.Step)
            "domain", Json.Text c.Domain
            "image", Json.Text image
            "prompt", short (c.Prompt.Trim())
            "completion", short c.Completion
            "expected", short (expected c)
            "reward", Json.Number c.Reward
            "advantage", Json.Number c.Advantage
            "outcome", Json.Text c.Outcome
            "why", short c.Why
        ]
