namespace MoDoMoDo.Experiments

open System
open System.Globalization

/// How far the run of another process is, as that process says it on its standard error.
[<RequireQualifiedAccess>]
type Heard =
    /// So many of so many optimiser steps are done.
    | Step of step: int * steps: int
    /// So many of so many items of a set are answered.
    | Scoring of set: string * finished: int * items: int

/// The lines of a run's progress that a sweep reads: what writes and what reads them stand together.
module ProgressLine =

    /// The line, to which more may be appended after a comma.
    let text (heard: Heard) : string =
        match heard with
        | Heard.Step(step, steps) -> $"step {step} of {steps}"
        | Heard.Scoring(set, finished, items) -> $"scoring {set}: {finished} of {items} items"

    let private whole (text: string) =
        match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, x -> Some x
        | _ -> None

    /// What a line says; None when it is no line of progress.
    let read (line: string) : Heard option =
        let said = Array.head (line.Split ',')
        let words = said.Split ' ' |> List.ofArray

        let counts make first second =
            match whole first, whole second with
            | Some first, Some second -> Some(make (first, second))
            | _ -> None

        match words with
        | [ "step"; step; "of"; steps ] -> counts Heard.Step step steps
        | [ "scoring"; set; finished; "of"; items; "items" ] when set.EndsWith ':' ->
            counts (fun (finished, items) -> Heard.Scoring(set.TrimEnd ':', finished, items)) finished items
        | _ -> None
