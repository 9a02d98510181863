namespace MoDoMoDo.Laws

open System
open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Domain

/// A sample with a right and a wrong answer to it, as they stand inside a completion.
[<StructuredFormatDisplay("{Shown}")>]
type Case = {
    Sample: Sample
    Right: string
    Wrong: string
} with

    member case.Shown =
        let options =
            match case.Sample.Options with
            | [||] -> ""
            | some -> sprintf " of %A" some

        $"right \"{case.Right}\"{options}, wrong \"{case.Wrong}\""

/// Samples of one kind.
type Family = { Name: string; Cases: Gen<Case> }

/// A way to put an answer into a completion: the thought first, then the answer.
type Wrapping = { Name: string; Wrap: string -> string -> string }

/// Generators of samples with right and wrong answers.
module Families =

    let private words = [|
        "red"
        "blue"
        "green"
        "circle"
        "square"
        "dog"
        "cat"
        "left"
        "north"
        "Paris"
        "oak"
        "seven"
    |]

    let private sample gold options = { Sample.Create("law", "law", "", [||], gold) with Options = options }

    /// A family of one's own from samples with right and wrong answers. Raises ArgumentException on an empty list.
    let ofExamples (name: string) (examples: (Sample * string * string) list) : Family =
        if examples.IsEmpty then
            invalidArg (nameof examples) "wanted at least one example"

        {
            Name = name
            Cases =
                examples
                |> List.map (fun (sample, right, wrong) -> { Sample = sample; Right = right; Wrong = wrong })
                |> Gen.elements
        }

    /// Questions with two to six options.
    let choices: Family = {
        Name = "choices"
        Cases = gen {
            let! order = Gen.shuffle words
            let! n = Gen.choose (2, 6)
            let! right = Gen.choose (0, n - 1)
            let! shift = Gen.choose (1, n - 1)

            return {
                Sample = sample (Gold.Letter(Sample.LetterOf right)) (Array.truncate n order)
                Right = Sample.LetterOf right
                Wrong = Sample.LetterOf((right + shift) % n)
            }
        }
    }

    /// Whole numbers, small and large.
    let numbers: Family = {
        Name = "numbers"
        Cases = gen {
            let! n = Gen.oneof [ Gen.choose (0, 20); Gen.choose (-1000, 1000); Gen.choose (0, 1_000_000_000) ]

            return {
                Sample = sample (Gold.Text [| string n |]) [||]
                Right = string n
                Wrong = string (n + abs n + 2)
            }
        }
    }

    /// Mathematical answers of every kind: fractions, radicals, quantities, sets, intervals ... Wrong is an integer far away.
    let mathematics: Family = {
        Name = "mathematics"
        Cases = gen {
            let! notations = Gen.oneof Notations.mathematics.Tail

            return {
                Sample = sample (Gold.Text [| notations.Same.Head |]) [||]
                Right = notations.Same.Head
                Wrong = "987654321"
            }
        }
    }

    /// Single words.
    let texts: Family = {
        Name = "texts"
        Cases = gen {
            let! order = Gen.shuffle words

            return { Sample = sample (Gold.Text [| order[0] |]) [||]; Right = order[0]; Wrong = order[1] }
        }
    }

    let private written (boxes: Box list) =
        boxes
        |> List.map (fun b ->
            FormattableString.Invariant $"{{'Position': [{b.X1}, {b.Y1}, {b.X2}, {b.Y2}], 'Confidence': 1}}")
        |> String.concat ", "
        |> sprintf "[%s]"

    let private boxCase (boxes: Box list) =
        let labelled = [| for b in boxes -> { Box = b; Label = ""; Confidence = 1.0 } |]

        {
            Sample = sample (Gold.Boxes(labelled, CoordinateSystem.Thousand)) [||]
            Right = written boxes
            Wrong = written [ Box.Create(2000.0, 2000.0, 2001.0, 2001.0) ]
        }

    /// One box to find.
    let singleBoxes: Family = { Name = "single boxes"; Cases = Boxes.valid |> Gen.map (List.singleton >> boxCase) }

    /// Up to four boxes to find, side by side.
    let boxSets: Family = {
        Name = "box sets"
        Cases = gen {
            let! n = Gen.choose (1, 4)
            let! size = Gen.choose (10, 200)

            return
                boxCase [
                    for i in 0 .. n - 1 -> let x = float (i * 250) in Box.Create(x, 0.0, x + float size, float size)
                ]
        }
    }

    /// All families.
    let all: Family list = [ choices; numbers; mathematics; texts; singleBoxes; boxSets ]

    /// The wrappings that the library's presets ask for.
    let wrappings: Wrapping list = [
        {
            Name = "think and answer"
            Wrap = fun thought answer -> $"<think>{thought}</think><answer>{answer}</answer>"
        }
        {
            Name = "think and answer on lines"
            Wrap = fun thought answer -> $"<think>\n{thought}\n</think>\n<answer>\n{answer}\n</answer>"
        }
        { Name = "answer"; Wrap = fun _ answer -> $"<answer>{answer}</answer>" }
        { Name = "plain"; Wrap = fun _ answer -> answer }
    ]
