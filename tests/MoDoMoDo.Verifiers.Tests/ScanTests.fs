module MoDoMoDo.Verifiers.Tests.ScanTests

open Xunit
open FsCheck.Xunit
open MoDoMoDo.Verifiers

let private found (reading: Reading<'a>) =
    match reading with
    | Ok value -> Some value
    | Error _ -> None

let private expected wanted = if wanted = "-" then None else Some wanted

/// Any characters as a text.
let private (|Text|) (characters: char[]) = System.String characters

[<Theory>]
[<InlineData("a <answer> </answer> b <answer>7</answer>", "7")>]
[<InlineData("<answer>1</answer><answer>2</answer> tail", "2")>]
[<InlineData("<answer>1</answer> <answer>2", "1")>]
[<InlineData("</answer><answer>", "-")>]
[<InlineData("7", "-")>]
let ``the last complete element is the answer`` (text: string, wanted: string) =
    Assert.Equal(expected wanted, found (Scan.lastElement "answer" text))

[<Theory>]
[<InlineData("\\boxed{1} then \\boxed{2}", "2")>]
[<InlineData("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}")>]
[<InlineData("\\boxed{a \\{ b}", "a \\{ b")>]
[<InlineData("\\boxed{1} and \\boxed{2", "1")>]
[<InlineData("\\boxed{\\boxed{3}}", "3")>]
[<InlineData("boxed", "-")>]
let ``the last closed box is found`` (text: string, wanted: string) =
    Assert.Equal(expected wanted, found (Scan.lastBoxed text))

[<Theory>]
[<InlineData("from 3 to 1,234.5.", "1,234.5")>]
[<InlineData("it is -4", "-4")>]
[<InlineData("5-3", "3")>]
[<InlineData("none", "-")>]
let ``the last number keeps its groups, decimals and sign`` (text: string, wanted: string) =
    Assert.Equal(expected wanted, found (Scan.lastNumber text))

[<Fact>]
let ``thoughts are never searched for the answer`` () =
    Assert.Equal(None, found (Scan.taggedAnswer "<think><answer>1</answer></think> none"))
    Assert.Equal(Some "2", found (Scan.taggedAnswer "<think><answer>1</answer></think><answer>2</answer>"))

[<Fact>]
let ``a box inside the answer is the answer`` () =
    Assert.Equal(Some "7", found (Scan.taggedAnswer "<answer>42 \\boxed{7}</answer>"))
    Assert.Equal(Some "7", found (Scan.taggedAnswer "<answer>\\boxed{7}, so \\boxed{7}</answer>"))
    Assert.Equal(Some "6, 7", found (Scan.taggedAnswer "<answer>\\boxed{6} \\boxed{7}</answer>"))

[<Fact>]
let ``lenient extraction tries tag, box, phrase, whole text in this order`` () =
    Assert.Equal(Some "B", found (Scan.lenientAnswer "\\boxed{A} <answer>B</answer>"))
    Assert.Equal(Some "A", found (Scan.lenientAnswer "The answer is C. \\boxed{A}"))
    Assert.Equal(Some "C", found (Scan.lenientAnswer "So the answer is C.\nDone"))
    Assert.Equal(Some "D", found (Scan.lenientAnswer "<think>x</think>D"))

[<Property>]
let ``an element that was written is read back`` (Text before) (Text content) =
    let clean (s: string) = s.Replace("<", "").Replace(">", "")
    found (Scan.lastElement "answer" $"{clean before}<answer>{clean content}</answer>") = Some(clean content)

[<Property>]
let ``only one element is read when each tag occurs once`` (Text a) =
    let clean = a.Replace("<", "").Replace(">", "")

    found (Scan.onlyElement "a" $"<a>{clean}</a>") = Some clean
    && found (Scan.onlyElement "a" $"<a>{clean}</a><a>") = None
