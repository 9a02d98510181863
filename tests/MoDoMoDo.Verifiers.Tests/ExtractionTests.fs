/// Completions of trainers that ask for other forms than tags.
module MoDoMoDo.Verifiers.Tests.ExtractionTests

open System.Collections.Generic
open Xunit
open FsCheck.FSharp
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

let private judge (verifier: string) (way: string) (gold: Gold) (completion: string) : Verdict =
    let found = Catalogue.findWith verifier (Dictionary(dict [ "extract", way ]))
    found.Verify(Attempt.Create(Sample.Create("", "", "", [||], gold), completion))

[<Theory>]
[<InlineData("tags", "7 <answer>41</answer> <answer>42</answer> 8", "42")>]
[<InlineData("boxed", "6 times 7 is \\boxed{42}, not 43", "42")>]
[<InlineData("phrases", "First 41. The answer is 42.\nDone in 3 steps", "42")>]
[<InlineData("number", "41 plus 1 makes 42 apples", "42")>]
[<InlineData("last", "Let me think.\n42\n\n", "42")>]
[<InlineData("whole", "<think>40 and 2</think> 42", " 42")>]
[<InlineData("any", "The final answer is 42", "42")>]
let ``the answer is read where the parameter says, and the evidence shows it`` way completion (extracted: string) =
    let verdict = judge "number" way (Gold.Text [| "42" |]) completion
    Assert.Equal("score", verdict.Outcome)
    Assert.Equal(1.0, verdict.Value)
    Assert.Equal(extracted, verdict.Evidence.Extracted)

[<Theory>]
[<InlineData("tags", "\\boxed{42}", "no </answer>")>]
[<InlineData("boxed", "<answer>42</answer>", "no box")>]
[<InlineData("phrases", "42", "no answer phrase")>]
[<InlineData("number", "forty-two", "no number")>]
[<InlineData("last", " \n ", "no line that says anything")>]
let ``a completion without the place has no answer, and says which place`` way completion (why: string) =
    let verdict = judge "exact_ci" way (Gold.Text [| "42" |]) completion
    Assert.Equal("no_answer", verdict.Outcome)
    Assert.Equal(why, verdict.Evidence.Why)

[<Fact>]
let ``boxes, points, formulas and letters are read anywhere, too`` () =
    let box = { Box = Box.Create(0.0, 0.0, 10.0, 10.0); Label = ""; Confidence = 1.0 }
    let boxes = Gold.Boxes([| box |], CoordinateSystem.Pixel)
    Assert.Equal(1.0, (judge "iou" "whole" boxes "[0, 0, 10, 10]").Value)
    Assert.Equal(1.0, (judge "box-set" "last" boxes "It is there:\n[0, 0, 10, 10]").Value)
    Assert.Equal(1.0, (judge "point-in-box" "phrases" boxes "The answer is [5, 5]").Value)
    Assert.Equal(1.0, (judge "math" "boxed" (Gold.Text [| "\\sqrt{8}" |]) "so \\boxed{2\\sqrt{2}}").Value)
    Assert.Equal(1.0, (judge "choice" "whole" (Gold.Letter "B") "(B)").Value)

[<Fact>]
let ``another place is refused with the places that there are`` () =
    let refused =
        Assert.Throws<InputException>(fun () -> judge "anls" "first" (Gold.Text [| "a" |]) "a" |> ignore)

    Assert.Contains("extract: wanted tags, boxed, phrases, number, last, whole, any, found 'first'", refused.Message)

[<Property>]
let ``without the parameter the answer stands in tags`` (completion: string) =
    let completion = string completion
    let gold = Gold.Text [| "42" |]

    let usual =
        (Catalogue.find "text").Verify(Attempt.Create(Sample.Create("", "", "", [||], gold), completion))

    usual = judge "text" "tags" gold completion

[<Property>]
let ``no way raises, and each outcome is one of a readable gold`` (completion: string) =
    Extraction.ways
    |> List.forall (fun (way, _) ->
        match judge "accuracy" way (Gold.Text [| "42" |]) (string completion) with
        | Verdict.Unscorable _ -> false
        | _ -> true)
