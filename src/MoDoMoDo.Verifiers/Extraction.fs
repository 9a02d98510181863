/// Where in a completion the answer stands, as settings name it: completions of any trainer can be judged, whatever form it asked for.
module MoDoMoDo.Verifiers.Extraction

open System
open Reading
open Scan

/// What stands behind the reasoning.
let private behindThought: Extractor<string> = atMost Limits.completion >=> (afterLast "</think>" >> Ok)

/// The last line that says something.
let private lastLine: Extractor<string> =
    fun text ->
        text.Split '\n'
        |> Array.tryFindBack (String.IsNullOrWhiteSpace >> not)
        |> ofOption "no line that says anything"

/// The ways, in the order in which help names them.
let ways: (string * Extractor<string>) list = [
    "tags", taggedAnswer
    "boxed", behindThought >=> lastBoxed
    "phrases", behindThought >=> afterAnswerPhrase
    "number", behindThought >=> lastNumber
    "last", behindThought >=> lastLine
    "whole", behindThought
    "any", lenientAnswer
]

/// The parameter that chooses a way.
let parameter: Parameter = {
    Name = "extract"
    Default = "tags"
    Meaning =
        "where the answer stands: tags (the last <answer>...</answer>), boxed (the last \\boxed{...}), phrases (behind 'the answer is' or 'answer:'), number (the last number), last (the last line), whole (all of it), any (the first of tags, boxed, phrases and whole that is there); always behind the last </think>"
}

/// The way that the parameters choose. Raises InputException on another name.
let chosen (given: Collections.Generic.IReadOnlyDictionary<string, string>) : Extractor<string> =
    Parameter.choice ways given parameter
