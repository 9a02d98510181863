module MoDoMoDo.Domain.Tests.VerdictTests

open System
open FsCheck.Xunit
open MoDoMoDo.Domain
open global.Xunit

let private evidence = Evidence.Because "a reason"

let private outcomes = [
    Verdict.Scored(0.25, evidence), "score", 0.25
    Verdict.NoAnswer evidence, "no_answer", 0.0
    Verdict.Unscorable evidence, "unscorable", nan
    Verdict.Refused evidence, "refused", 0.0
]

let private matched (verdict: Verdict) =
    verdict.Match(
        (fun value _ -> $"score {value}"),
        (fun _ -> "no_answer"),
        (fun _ -> "unscorable"),
        (fun _ -> "refused")
    )

[<Property>]
let ``a score is accepted exactly when it lies in [0, 1]`` (value: float) =
    let accepted =
        try
            Verdict.Scored(value, evidence).Value = value
        with :? ArgumentException ->
            false

    accepted = (value >= 0.0 && value <= 1.0)

[<Fact>]
let ``each outcome has its word, its value and its evidence`` () =
    for verdict, word, value in outcomes do
        Assert.Equal(word, verdict.Outcome)
        Assert.Equal(value, verdict.Value)
        Assert.Equal("a reason", verdict.Evidence.Why)

[<Fact>]
let ``Match calls the function of the case at hand`` () =
    Assert.Equal<string list>(
        [ "score 0.25"; "no_answer"; "unscorable"; "refused" ],
        outcomes |> List.map (fun (verdict, _, _) -> matched verdict)
    )

[<Fact>]
let ``a part is found by its name, and the fallback stands in for one that is missing`` () =
    let parts = [| { Name = "iou"; Value = 0.5; Weight = 2.0 } |]
    let verdict = Verdict.NoAnswer { evidence with Parts = parts }
    Assert.Equal(0.5, verdict.PartOr("iou", 0.9))
    Assert.Equal(0.9, verdict.PartOr("format", 0.9))
