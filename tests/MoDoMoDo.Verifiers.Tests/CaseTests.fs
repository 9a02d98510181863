module MoDoMoDo.Verifiers.Tests.CaseTests

open System
open System.Text.Json
open Xunit
open MoDoMoDo.Verifiers

let private field = Recorded.field

/// Sets and the share of their gated rows that must pass.
let bars =
    let data = TheoryData<string, float>()
    Recorded.bars |> List.iter data.Add
    data

let private rows (set: string) =
    match Recorded.rows set with
    | Some lines -> lines
    | None ->
        Assert.Skip $"shared/data/verifiers/{set}_given.jsonl is not here"
        [||]

[<Theory>]
[<MemberData(nameof bars)>]
let ``the recorded cases pass at their bar`` (set: string, bar: float) =
    let outcomes =
        rows set
        |> Array.map (fun line ->
            JsonDocument.Parse(line).RootElement, JsonDocument.Parse(Cases.scoreLine line).RootElement)
        |> Array.filter (fun (row, _) -> Recorded.isGated set row)
        |> Array.map (fun (row, answer) -> row, answer, Recorded.passes set row answer)

    let failed = outcomes |> Array.filter (fun (_, _, ok) -> not ok)
    let share = 1.0 - float failed.Length / float outcomes.Length

    let ids =
        failed
        |> Seq.truncate 10
        |> Seq.map (fun (row, _, _) -> string (row.GetProperty "id"))
        |> String.concat ", "

    TestContext.Current.SendDiagnosticMessage $"{set}: {outcomes.Length - failed.Length} of {outcomes.Length}"

    Assert.True(
        share >= bar,
        $"{set}: {outcomes.Length - failed.Length} of {outcomes.Length} pass, wanted {bar}; failed: {ids}"
    )

    if set = "domain_math" then
        let falsePositives =
            failed
            |> Array.filter (fun (_, answer, _) -> (answer.GetProperty "computed").ValueKind = JsonValueKind.True)

        Assert.Empty falsePositives

[<Fact>]
let ``a row that cannot be done carries an error and no exception`` () =
    for line in
        [
            "{"
            "[]"
            "{\"id\":\"x\"}"
            "{\"id\":\"x\",\"metric\":\"nothing\"}"
            "{\"id\":\"x\",\"metric\":\"iou\",\"gold\":[1],\"pred\":[1]}"
        ] do
        let answer = JsonDocument.Parse(Cases.scoreLine line).RootElement
        Assert.True((field "error" answer).IsSome, line)

[<Fact>]
let ``a row with a category is scored as a reward scores`` () =
    let row category =
        $$"""{"id":"x","metric":"anls"{{category}},"golds":["right"],"pred":"wrong{{String(' ', 500)}}"}"""

    let computed line = (JsonDocument.Parse(Cases.scoreLine line).RootElement.GetProperty "computed").GetDouble()
    Assert.True(computed (row "") > 0.9)
    Assert.Equal(0.0, computed (row ",\"category\":\"number\""))

[<Fact>]
let ``half a surrogate pair in a row is text like any other`` () =
    let line =
        """{"id":"x","metric":"exact_ci","category":"number","gold":"\ud800 \"A\"","pred":" \ud800 \u0022a\" \n"}"""

    let answer = JsonDocument.Parse(Cases.scoreLine line).RootElement
    Assert.True((field "error" answer).IsNone)
    Assert.Equal(1.0, (answer.GetProperty "computed").GetDouble())
