namespace MoDoMoDo.Experiments

open MoDoMoDo.Data
open MoDoMoDo.Domain

/// How rows become prompts, by the names that settings use.
module Templates =

    let private chat name after options = {
        PromptTemplate.Plain with
            Name = name
            After = after
            Options = options
            Chat = true
    }

    // Facts of datasets.md 0: the paper's suffix, with two spaces before it.
    let private suffix =
        "  Output the thinking process in <think> </think> and final answer (option) in <answer> </answer> tags."

    /// Name, template, and what it is for.
    let all: (PromptTemplate * string) list = [
        World.Template, "the embedded world: the question's words, no chat template"
        PromptTemplate.Plain, "the question as it is, no chat template"
        chat "chat" "" OptionStyle.Hidden, "the question as it is, in the model family's chat template"
        chat "think-answer" suffix OptionStyle.Lines,
        "question and lettered options, then the request to think and answer in tags; chat template"
    ]

    /// The names.
    let names = all |> List.map (fun (template, _) -> template.Name)

    /// The template of a name. Raises InputException with the path of the setting when there is none.
    let find (source: string) (path: string) (name: string) : PromptTemplate =
        match all |> List.tryFind (fun (template, _) -> template.Name = name) with
        | Some(template, _) -> template
        | None -> raise (InputException(source, path, "one of " + String.concat ", " names, Nearest.found names name))

    /// The usual template of a format: rows whose problem already asks for tags are taken as they are.
    let ofFormat (format: string) : PromptTemplate =
        match format with
        | "virft-coco"
        | "lisa"
        | "problem-solution"
        | "trl"
        | "conversations" -> find "" "" "chat"
        | _ -> find "" "" "think-answer"
