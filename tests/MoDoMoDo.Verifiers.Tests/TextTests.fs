module MoDoMoDo.Verifiers.Tests.TextTests

open System
open Xunit
open FsCheck.Xunit
open MoDoMoDo.Verifiers

/// Any characters as a text.
let private (|Any|) (characters: char[]) = String characters

/// The textbook recursion, without a table.
let rec private slowDistance (a: int list) (b: int list) =
    match a, b with
    | [], rest
    | rest, [] -> rest.Length
    | x :: xs, y :: ys when x = y -> slowDistance xs ys
    | _ :: xs, _ :: ys -> 1 + List.min [ slowDistance xs b; slowDistance a ys; slowDistance xs ys ]

let private short (xs: int list) = xs |> List.truncate 5 |> List.map (fun x -> abs x % 3)

[<Property>]
let ``the edit distance equals the textbook recursion`` (a: int list) (b: int list) =
    let a, b = short a, short b
    TextMetrics.levenshtein (List.toArray a) (List.toArray b) = slowDistance a b

[<Property>]
let ``the edit distance is a metric`` (a: int[]) (b: int[]) (c: int[]) =
    let d x y = TextMetrics.levenshtein x y
    d a b = d b a && (d a b = 0) = (a = b) && d a c <= d a b + d b c

[<Property>]
let ``normal forms are idempotent`` (Any text) =
    [ Text.collapseSpaces; Text.caseless; Text.simple; Text.unwrap; Text.untex; Text.answer ]
    |> List.forall (fun n -> n (n text) = n text)

[<Theory>]
[<InlineData("**Paris**.", "paris")>]
[<InlineData("\\text{ Two  Words }", "two words")>]
[<InlineData("$\\boxed{7}$", "7")>]
[<InlineData("\"I\"", "i")>]
let ``answers lose what encloses them`` (text: string, wanted: string) = Assert.Equal(wanted, Text.answer text)

[<Fact>]
let ``lengths count code points, and lone surrogates`` () =
    Assert.Equal(2, Text.length "\U0001F600\U0001F600")
    Assert.Equal(2, Text.length "\uD83Da")

let private value (reading: Reading<float>) =
    match reading with
    | Ok v -> v
    | Error _ -> nan

[<Property>]
let ``padding never changes ANLS`` (Any gold) (Any answer) (n: byte) =
    value (TextMetrics.anls [| gold |] answer) = value (TextMetrics.anls [| gold |] (answer + String(' ', int n)))

[<Property>]
let ``ANLS is symmetric, 0 or at least one half, and grows with golds`` (Any a) (Any b) =
    let ab = value (TextMetrics.anls [| a |] b)

    ab = value (TextMetrics.anls [| b |] a)
    && (ab = 0.0 || ab >= 0.5)
    && value (TextMetrics.anls [| a; b |] b) = 1.0
    && value (TextMetrics.anls [| a; "zz" |] b) >= ab

[<Fact>]
let ``the reference's ANLS is lifted by padding`` () =
    let padded = "wrong" + String(' ', 1000)
    Assert.True(value (TextMetrics.anlsCompat 0.5 [| "right" |] padded) > 0.99)
    Assert.Equal(0.0, value (TextMetrics.anls [| "right" |] padded))

[<Theory>]
[<InlineData("100", "105", true)>]
[<InlineData("100", "106", false)>]
[<InlineData("0", "0.0", true)>]
[<InlineData("0", "0.001", false)>]
[<InlineData("45%", "45", false)>]
[<InlineData("45%", "0.45", true)>]
[<InlineData("1,200", "1200", true)>]
[<InlineData("-5", "5", false)>]
[<InlineData("Yes", "yes.", true)>]
[<InlineData("1.5", "1,5", false)>]
let ``relaxed accuracy allows five percent of the gold`` (gold: string, answer: string, wanted: bool) =
    Assert.Equal(wanted, TextMetrics.relaxed gold answer)

[<Theory>]
[<InlineData("1_000", 1000.0)>]
[<InlineData(" 5 ", 5.0)>]
[<InlineData("1e3", 1000.0)>]
[<InlineData("+.5", 0.5)>]
let ``Python's float is read as Python reads it`` (text: string, wanted: float) =
    Assert.Equal(Some wanted, TextMetrics.pythonFloat text)

[<Theory>]
[<InlineData("1,000")>]
[<InlineData("$5")>]
[<InlineData("1__0")>]
[<InlineData("")>]
[<InlineData("++1")>]
let ``what Python's float refuses is refused`` (text: string) = Assert.Equal(None, TextMetrics.pythonFloat text)
