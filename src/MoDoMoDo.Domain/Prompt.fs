namespace MoDoMoDo.Domain

open System

/// How options are written after the question.
type OptionStyle =
    /// Not at all: the question already contains them, or they are not shown.
    | Hidden = 0
    /// One line each: "A. text".
    | Lines = 1
    /// In the same line: "(A) text (B) text".
    | Inline = 2

/// How a sample becomes a prompt.
type PromptTemplate = {
    /// Name in settings.
    Name: string
    /// System message of a chat prompt; empty for the model family's own default.
    System: string
    /// Written before the question, after the images.
    Before: string
    /// Written after the question and its options: the instruction on how to think and answer.
    After: string
    Options: OptionStyle
    /// True: the model family's chat template. False: images, then the text as it is.
    Chat: bool
} with

    /// The question alone, without a chat template (the embedded world).
    static member Plain: PromptTemplate = {
        Name = "plain"
        System = ""
        Before = ""
        After = ""
        Options = OptionStyle.Hidden
        Chat = false
    }

/// What the policy is asked: text and images, not yet tokens. The text is plain: nothing in it is a control token.
type Prompt = { System: string; Text: string; Images: Image[]; Chat: bool }

/// Rendering of prompts.
module Prompt =

    /// The prompt of a sample under a template.
    [<CompiledName "Render">]
    let render (template: PromptTemplate) (sample: Sample) : Prompt =
        let lettered separator i text = $"{Sample.LetterOf i}{separator}{text}"

        let options =
            match template.Options, sample.Options with
            | _, [||] -> ""
            | OptionStyle.Lines, options -> "\n" + String.Join("\n", Array.mapi (lettered ". ") options)
            | OptionStyle.Inline, options ->
                " " + String.Join(" ", options |> Array.mapi (fun i text -> $"({Sample.LetterOf i}) {text}"))
            | _ -> ""

        {
            System = template.System
            Text = template.Before + sample.Question + options + template.After
            Images = sample.Images
            Chat = template.Chat
        }
