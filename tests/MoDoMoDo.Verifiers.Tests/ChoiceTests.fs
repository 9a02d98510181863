module MoDoMoDo.Verifiers.Tests.ChoiceTests

open Xunit
open MoDoMoDo.Verifiers

let private states = [| "Texas"; "Arizona"; "Colorado"; "New Mexico" |]

let private read options text =
    match Choice.read options text with
    | Ok index -> MoDoMoDo.Domain.Sample.LetterOf index
    | Error _ -> "none"

[<Theory>]
[<InlineData("C", "C")>]
[<InlineData("(c)", "C")>]
[<InlineData("C.", "C")>]
[<InlineData("C) Colorado", "C")>]
[<InlineData("(C) Colorado", "C")>]
[<InlineData("**C**", "C")>]
[<InlineData("$C$", "C")>]
[<InlineData("\\text{C}", "C")>]
[<InlineData("Option C", "C")>]
[<InlineData("The answer is (C).", "C")>]
[<InlineData("Answer: C", "C")>]
[<InlineData("colorado", "C")>]
[<InlineData("New  Mexico.", "D")>]
[<InlineData("the correct answer is Colorado", "C")>]
[<InlineData("I choose C", "C")>]
[<InlineData("My answer is C", "C")>]
[<InlineData("Option C is correct.", "C")>]
[<InlineData("Colorado is the right answer", "C")>]
[<InlineData("\\textbf{(C)}\\ Colorado", "C")>]
[<InlineData("I think the answer is C", "C")>]
[<InlineData("Therefore, C", "C")>]
[<InlineData("$\\text{C}$", "C")>]
[<InlineData("（Ｃ）。", "C")>]
[<InlineData("C Colorado", "C")>]
[<InlineData("C = Colorado", "C")>]
[<InlineData("Colorado (C)", "C")>]
[<InlineData("NewMexico", "D")>]
[<InlineData("the Colorado", "C")>]
[<InlineData("C Texas", "none")>]
[<InlineData("Texas (C)", "none")>]
[<InlineData("C is wrong", "none")>]
[<InlineData("A is wrong, C is correct", "none")>]
[<InlineData("C) Texas", "none")>]
[<InlineData("A or C", "none")>]
[<InlineData("A, C", "none")>]
[<InlineData("A B C D", "none")>]
[<InlineData("not C", "none")>]
[<InlineData("The answer is not C", "none")>]
[<InlineData("Texas or Colorado", "none")>]
[<InlineData("Texas", "A")>]
[<InlineData("Cat", "none")>]
[<InlineData("E", "none")>]
[<InlineData("", "none")>]
let ``a choice names one option in any usual way`` (text: string, wanted: string) =
    Assert.Equal(wanted, read states text)

[<Theory>]
[<InlineData("B", "B")>]
[<InlineData("B. 35", "B")>]
[<InlineData("A or B", "none")>]
[<InlineData("A, B", "none")>]
[<InlineData("A cat sits", "none")>]
let ``without options a letter is read`` (text: string, wanted: string) = Assert.Equal(wanted, read [||] text)

[<Fact>]
let ``a sign is part of an option`` () =
    Assert.Equal("none", read [| "-5"; "3" |] "5")
    Assert.Equal("A", read [| "-5"; "5" |] "-5")

[<Fact>]
let ``options that are letters or repeat are told apart`` () =
    Assert.Equal("B", read [| "C"; "A" |] "A")
    Assert.Equal("A", read [| "c"; "d"; "e" |] "c")
    Assert.Equal("C", read [| "c"; "d"; "e" |] "C")
    Assert.Equal("none", read [| "same"; "same" |] "same")

[<Theory>]
[<InlineData("(A) or (B)")>]
[<InlineData("A. not B")>]
[<InlineData("A) the first and C")>]
let ``without options, what follows a letter may not name or reject another`` (text: string) =
    Assert.True((Choice.read [||] text).IsError)
