namespace MoDoMoDo.Laws

open System
open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Domain

/// A sample with a right and a wrong answer to it, as they stand inside a completion.
type Case = { Sample: Sample; Right: string; Wrong: string }

/// Samples of one kind.
type Family = { Name: string; Cases: Gen<Case> }

/// A way to put an answer into a completion: the thought first, then the answer.
type Wrapping = { Name: string; Wrap: string -> string -> string }

/// Random golds, answers, completions and hostile text.
module Generators =

    let private pieces = [|
        "<think>"
        "</think>"
        "<answer>"
        "</answer>"
        "<answer></answer>"
        "\\boxed{"
        "\\frac{1}{2}"
        "{"
        "}"
        "["
        "]"
        "("
        ")"
        "$"
        "\\("
        "\\"
        "'Position': [1, 2, 3, 4]"
        "x250 y500 "
        "A"
        "(B)"
        " or "
        "not "
        "the answer is "
        "1"
        "42"
        "-7"
        "3.14"
        "1,000"
        "1e999999999"
        "0/0"
        "50%"
        "^"
        "_"
        "\u2212"
        "\u00BD"
        "\u221A"
        "\u00B2"
        "\uD800"
        "\uDC00"
        "\U0001F600"
        "\000"
        "\u202E"
        "\u0130"
        "\u0131"
        "\u0665"
        "\uFF15"
        "\u00A0"
        " "
        "\n"
        "\t"
        "```json"
        "```"
        "\""
        "'"
        "\\u00"
        "nan"
        "inf"
        ","
        "."
        "%"
        "&"
        "="
        "\\sqrt"
        "\\begin{pmatrix}"
        "zoo"
    |]

    /// Text that no honest policy writes: tags and brackets in any order, lone surrogates, NUL, odd digits, long runs.
    let hostileText: Gen<string> =
        let piece = Gen.elements pieces

        let run = gen {
            let! part = piece
            let! n = Gen.choose (1, 300)
            return String.replicate n part
        }

        let letters = Gen.choose (0, 0xFFFF) |> Gen.map (char >> string)

        gen {
            let! n = Gen.choose (0, 20)
            let! parts = Gen.listOfLength n (Gen.frequency [ 8, piece; 1, run; 2, letters ])
            return String.concat "" parts
        }

    /// Hostile text without anything that looks like a tag.
    let tagless: Gen<string> = hostileText |> Gen.map (fun text -> text.Replace("<", "").Replace(">", ""))

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

    /// Single words.
    let texts: Family = {
        Name = "texts"
        Cases = gen {
            let! order = Gen.shuffle words

            return { Sample = sample (Gold.Text [| order[0] |]) [||]; Right = order[0]; Wrong = order[1] }
        }
    }

    /// A valid box with integer corners in 0..1000.
    let box: Gen<Box> = gen {
        let! x1 = Gen.choose (0, 990)
        let! y1 = Gen.choose (0, 990)
        let! x2 = Gen.choose (x1 + 1, 1000)
        let! y2 = Gen.choose (y1 + 1, 1000)
        return Box.Create(float x1, float y1, float x2, float y2)
    }

    /// Any four numbers as a box: also swapped, degenerate and non-finite ones.
    let anyBox: Gen<Box> =
        let corner =
            Gen.frequency [
                6, Gen.choose (-20, 1020) |> Gen.map float
                1, Gen.elements [ nan; infinity; -infinity; 1e308; -1e308; 1e-300; 0.0 ]
            ]

        Gen.four corner |> Gen.map Box.Create

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
    let singleBoxes: Family = { Name = "single boxes"; Cases = box |> Gen.map (List.singleton >> boxCase) }

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
    let families: Family list = [ choices; numbers; texts; singleBoxes; boxSets ]

    /// The wrappings that the library's presets ask for.
    let wrappings: Wrapping list = [
        {
            Name = "think and answer"
            Wrap = fun thought answer -> $"<think>{thought}</think><answer>{answer}</answer>"
        }
        { Name = "answer"; Wrap = fun _ answer -> $"<answer>{answer}</answer>" }
        { Name = "plain"; Wrap = fun _ answer -> answer }
    ]
