/// docs/verifiers.md from docs/verifiers.fsx: comments `(** ... *)` are text, what stands between them is code, and a mark
/// `{{name}}` becomes a call of the script's last part with what it prints.
module MoDoMoDo.Laws.Tests.Page

open System
open System.IO
open System.Text
open MoDoMoDo.Docs

/// The end of the script's part that is shown.
let private hidden = "// ----"

let private printed (run: unit -> unit) =
    let before = Console.Out
    use out = new StringWriter()
    Console.SetOut out

    try
        run ()
    finally
        Console.SetOut before

    out.ToString().TrimEnd()

let private withoutIndent (lines: string list) =
    let indent (line: string) = line.Length - line.TrimStart().Length
    let least = lines |> List.filter (fun line -> line.Trim() <> "") |> List.map indent |> List.min
    lines |> List.map (fun line -> if line.Length >= least then line.Substring least else "")

/// The source of a thunk of the script's last part: `"name", (fun () -> CODE)`.
let private source (script: string) (name: string) =
    let start =
        script.IndexOf(
            "fun () ->",
            script.LastIndexOf($"\"{name}\",", StringComparison.Ordinal),
            StringComparison.Ordinal
        )
        + 9

    let mutable depth, stop = 1, start

    while depth > 0 do
        depth <-
            depth
            + (match script[stop] with
               | '(' -> 1
               | ')' -> -1
               | _ -> 0)

        stop <- stop + 1

    let code = script.Substring(start, stop - 1 - start).Replace(" |> ignore", "").Trim('\n', '\r')
    let lines = code.Split '\n' |> List.ofArray

    let lines =
        if lines.Head.StartsWith ' ' && lines.Length = 1 then
            [ code.Trim() ]
        else
            withoutIndent lines

    String.Join('\n', lines)

let private shown (script: string) (mark: string) =
    let run = Verifiers.outputs |> List.find (fun (name, _) -> name = mark) |> snd

    if mark = "titles" then
        $"```\n{printed run}\n```"
    else
        $"```fsharp\n{source script mark}\n```\n\n```\n{printed run}\n```"

/// The page of the script's text.
let render (script: string) : string =
    let visible =
        script.Substring(0, script.IndexOf(hidden, StringComparison.Ordinal)).ReplaceLineEndings "\n"

    let page = StringBuilder()

    let pieces =
        visible
            .Substring(visible.IndexOf("(**", StringComparison.Ordinal))
            .Split([| "(**"; "*)" |], StringSplitOptions.None)

    pieces
    |> Array.indexed
    |> Array.iter (fun (i, piece) ->
        match i % 2, piece.Trim '\n' with
        | _, "" -> ()
        | 1, text -> page.Append(text).Append("\n\n") |> ignore
        | _, code -> page.Append($"```fsharp\n{code}\n```\n\n") |> ignore)

    Verifiers.outputs
    |> List.fold (fun (text: string) (mark, _) -> text.Replace("{{" + mark + "}}", shown script mark)) (page.ToString())
    |> fun text -> text.TrimEnd() + "\n"
