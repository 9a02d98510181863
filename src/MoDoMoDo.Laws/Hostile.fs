/// Text that no honest policy writes.
module MoDoMoDo.Laws.Hostile

open System
open FsCheck
open FsCheck.FSharp

/// What hostile text is made of: tags, brackets, formulas, boxes, odd digits, lone surrogates, marks of direction.
let pieces: string[] = [|
    yield! [
        "<think>"
        "</think>"
        "<answer>"
        "</answer>"
        "<answer></answer>"
        "</answer><answer>"
        "<ANSWER>"
    ]
    yield! [
        "\\boxed{"
        "\\fbox{"
        "\\frac{1}{2}"
        "\\frac12"
        "\\sqrt"
        "\\sqrt[3]{"
        "\\left("
        "\\right)"
        "\\text{"
    ]
    yield! [
        "\\begin{pmatrix}"
        "\\end{pmatrix}"
        "\\sum_{i=1}^{"
        "\\int"
        "\\cup"
        "\\infty"
        "\\pm"
        "\\pi"
        "\\"
    ]
    yield! [
        "{"
        "}"
        "["
        "]"
        "("
        ")"
        "$"
        "$$"
        "\\("
        "\\["
        "|"
        "||"
        "&"
        "="
        "<"
        ">"
        "\\le"
        "^"
        "_"
        "!"
    ]
    yield! [
        "'Position': [1, 2, 3, 4]"
        "{\"bbox_2d\": [1, 2, 3, 4], \"label\": \"a\"}"
        "x250 y500 "
        "1e309,"
        "-0"
    ]
    yield! [ "A"; "(B)"; "C."; " or "; " and "; "not "; "the answer is "; "Answer: "; "final answer is" ]
    yield! [
        "1"
        "42"
        "-7"
        "3.14"
        "1,000"
        "1e999999999"
        "0/0"
        "50%"
        "9^9^9^9"
        "10^{10^{10}}"
        "170!"
        "30^\\circ"
    ]
    yield! [
        "\u2212"
        "\u00BD"
        "\u221A"
        "\u00B2"
        "\u03C0"
        "\u00B0"
        "\u2264"
        "\u222A"
        "\u0665"
        "\uFF15"
        "\u216B"
    ]
    yield! [
        "\uD800"
        "\uDC00"
        "\U0001F600"
        "\000"
        "\u202E"
        "\u0130"
        "\u0131"
        "\u00DF"
        "\u03A3"
        "e\u0301"
    ]
    yield! [
        "\u00A0"
        "\u200B"
        "\uFEFF"
        " "
        "\n"
        "\r\n"
        "\t"
        "```json"
        "```"
        "\""
        "'"
        "\\u00"
        "nan"
        "inf"
    ]
    yield! [ ","; "."; ";"; ":"; "%"; "*"; "**"; "# "; "- "; "null"; "true"; "None"; "zoo"; "five cm"; "km/h" ]
|]

/// Up to twenty pieces in any order, some of them repeated hundreds of times, some any UTF-16 unit.
let text: Gen<string> =
    let piece = Gen.elements pieces

    let run = gen {
        let! part = piece
        let! n = Gen.choose (1, 300)
        return String.replicate n part
    }

    let letter = Gen.choose (0, 0xFFFF) |> Gen.map (char >> string)

    gen {
        let! n = Gen.choose (0, 20)
        let! parts = Gen.listOfLength n (Gen.frequency [ 8, piece; 1, run; 2, letter ])
        return String.concat "" parts
    }

/// Hostile text without anything that looks like a tag.
let tagless: Gen<string> = text |> Gen.map (fun text -> text.Replace("<", "").Replace(">", ""))

let private mutation: Gen<string -> string> = gen {
    let! from = Gen.choose (0, 1_000_000)
    let! length = Gen.choose (1, 12)
    let! piece = Gen.elements pieces
    let! kind = Gen.choose (0, 4)

    return
        fun text ->
            let start = if text = "" then 0 else from % text.Length
            let length = min length (text.Length - start)

            match kind with
            | 0 -> text.Remove(start, length)
            | 1 -> text.Insert(start, piece)
            | 2 -> text.Remove(start, length).Insert(start, piece)
            | 3 -> text.Insert(start, text.Substring(start, length))
            | _ -> text.Substring start + text.Substring(0, start)
}

/// A text with one to six changes: a stretch left out, doubled or replaced, a piece put in, the two halves swapped.
let mutated (original: Gen<string>) : Gen<string> = gen {
    let! text = original
    let! n = Gen.choose (1, 6)
    let! changes = Gen.listOfLength n mutation
    return List.fold (fun text change -> change text) text changes
}
