/// What settings reach: schedules, shapings, verifiers of users, metrics of benchmarks.
module MoDoMoDo.Verifiers.Tests.SettingTests

open System
open System.Collections.Generic
open Xunit
open FsCheck.FSharp
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

let private parameters (values: (string * string) list) = Dictionary<string, string>(dict values)

let private value (schedule: Result<Schedule<float>, string>) (step: int) =
    match schedule with
    | Ok found -> found.At step
    | Error why -> failwith why

[<Theory>]
[<InlineData("0:0.5, 500:0.75")>]
[<InlineData("[[0, 0.5], [500, 0.75]]")>]
[<InlineData("[(0, 0.5); (500, 0.75)]")>]
let ``the last entry of a schedule that is not after the step holds`` (text: string) =
    let at = value (Schedule.ofText text)
    Assert.Equal<float list>([ 0.5; 0.5; 0.5; 0.75; 0.75 ], List.map at [ -1; 0; 499; 500; 100_000 ])

[<Fact>]
let ``a schedule starts at step 0 and ascends`` () =
    Assert.Equal(0.3, value (Schedule.ofText "0.3") 77)

    for text in [ ""; "5:0.5"; "0:0.5, 0:0.7"; "0:0.5, 9:0.6, 3:0.7"; "0:x"; "0:0.5, 7"; "-1:0.5"; "0:NaN" ] do
        Assert.True((Schedule.ofText text).IsError, text)

[<Property>]
let ``two schedules together have at each step what each has`` (a: byte list) (b: byte list) (step: byte) =
    let schedule values =
        match 0uy :: values |> List.distinct |> List.sort |> List.map (fun s -> int s, int s) |> Schedule.create with
        | Ok found -> found
        | Error why -> failwith why

    let first, second = schedule a, schedule b
    let both = Schedule.map2 (fun x y -> x, y) first second
    both.At(int step) = (first.At(int step), second.At(int step))

let private gold =
    Gold.Boxes([| { Box = Box.Create(0.0, 0.0, 100.0, 100.0); Label = ""; Confidence = 1.0 } |], CoordinateSystem.Pixel)

let private boxed step (answer: string) = {
    Attempt.Create(Sample.Create("", "", "", [||], gold), $"<think>a</think><answer>{answer}</answer>") with
        Step = step
}

[<Fact>]
let ``thresholds and floors of box rewards change with the step`` () =
    let verifier = Catalogue.findWith "iou" (parameters [ "threshold", "0:0.5, 500:0.75" ])
    // An overlap of 0.6.
    let score step = (verifier.Verify(boxed step "[0, 0, 100, 60]")).Value
    Assert.Equal<float list>([ 1.0; 1.0; 0.0 ], List.map score [ 0; 499; 500 ])
    let floored = Catalogue.findWith "box-set" (parameters [ "floor", "0:0, 10:0.6" ])
    Assert.Equal(0.6, (floored.Verify(boxed 9 "[0, 0, 100, 60]")).Value, 12)
    Assert.Equal(0.0, (floored.Verify(boxed 10 "[0, 0, 100, 60]")).Value)

    let error =
        Assert.Throws<InputException>(fun () ->
            Catalogue.findWith "iou" (parameters [ "threshold", "0:0.5, 500:1.5" ]) |> ignore)

    Assert.Contains("threshold", error.Message)

let private lengthy (ids: int) (text: string) = {
    Attempt.Create(Sample.Create("", "", "", [||], Gold.Text [| "4" |]), text) with
        Completion = { Completion.OfText text with Ids = Array.init ids id }
}

let private shape name values (group: Attempt list) =
    let verdict = Func<_, _>((Catalogue.find "accuracy").Verify)
    (Shapings.find name (parameters values) verdict).Shape(List.toArray group)

[<Fact>]
let ``shapings give what the functions of length give, right and wrong answers apart`` () =
    let right, wrong = "<answer>4</answer>", "<answer>5</answer>"
    let group = [ lengthy 10 right; lengthy 20 wrong; lengthy 30 right ]
    Assert.Equal<float[]>([| 0.5; 0.0; -0.5 |], shape "kimi" [] group)
    Assert.Equal<float[]>([| 0.0; -0.5; -1.0 |], shape "soft-overlong" [ "longest", "24"; "cache", "8" ] group)

    let expected = [|
        Length.cosine Length.defaultCosine 40 true 10
        Length.cosine Length.defaultCosine 40 false 20
        Length.cosine Length.defaultCosine 40 true 30
    |]

    Assert.Equal<float[]>(expected, shape "cosine" [ "longest", "40" ] group)
    Assert.Equal<float[]>([| 0.0; -0.5 |], shape "repetition" [ "n", "1" ] [ lengthy 4 ""; lengthy 0 "So so, so, so" ])

[<Fact>]
let ``an unknown shaping, parameter or value is named`` () =
    let message name values = (Assert.Throws<InputException>(fun () -> shape name values [] |> ignore)).Message

    Assert.Contains("soft-overlong", message "overlong" [])
    Assert.Contains("longest", message "soft-overlong" [ "length", "3" ])
    Assert.Contains("worst", message "repetition" [ "worst", "1" ])

/// A verifier as a user would write it.
type ShortAnswers(parameters: IReadOnlyDictionary<string, string>) =
    interface IVerifier with
        member _.Name = "short"

        member _.Verify attempt = Judge.scored (attempt.Completion.Text.Length <= int parameters["most"]) "" "" "length"

/// A verifier that cannot be made.
type Broken() =
    do failwith "no licence"

    interface IVerifier with
        member _.Name = "broken"
        member _.Verify _ = Judge.unscorable "never"

/// Verifiers as an F# module of a user holds them.
module Rewards =
    let polite =
        Verifier.OfReward
            "polite"
            (Instructions.fixedList Instructions.All [ Instruction.Keyword("please", Bounds.AtLeast 1) ])

let private here = typeof<ShortAnswers>.Assembly.Location

[<Fact>]
let ``a user's verifier is found by assembly and name`` () =
    let short = Catalogue.findWith $"{here}:ShortAnswers" (parameters [ "most", "3" ])
    Assert.Equal(1.0, (short.Verify(Attempt.Create(Sample.Create("", "", "", [||], Gold.Text [| "x" |]), "abc"))).Value)
    let polite = Catalogue.find $"{here}:Rewards.polite"
    Assert.Equal("polite", polite.Name)

[<Theory>]
[<InlineData("Missing", "ShortAnswers")>]
[<InlineData("Broken", "no licence")>]
let ``a user's verifier that is not there or cannot be made is one clear line`` (name: string, part: string) =
    let error = Assert.Throws<InputException>(fun () -> Catalogue.find $"{here}:{name}" |> ignore)
    Assert.Contains(part, error.Message)
    Assert.DoesNotContain("\n", error.Message)

[<Fact>]
let ``an assembly that is not there is named`` () =
    let error = Assert.Throws<InputException>(fun () -> Catalogue.find "nowhere.dll:Reward" |> ignore)
    Assert.Contains("'nowhere.dll'", error.Message)

let private region (ignored: float list) (answer: string) =
    let square x1 y1 x2 y2 : Polygon = { Points = [| x1; y1; x2; y1; x2; y2; x1; y2 |] }

    let ignored =
        match ignored with
        | [ a; b; c; d ] -> [| square a b c d |]
        | _ -> [||]

    let gold = Gold.Region([| square 0.0 0.0 10.0 10.0 |], ignored, { Height = 20; Width = 40 })
    Attempt.Create(Sample.Create("", "", "", [||], gold), $"<answer>{answer}</answer>")

[<Fact>]
let ``gIoU is the mean of overlaps and cIoU the ratio of sums`` () =
    // Thousandths of 40 x 20 pixels: the right box, its left half, and one of 20 x 20 pixels.
    let answers =
        [ "[0, 0, 250, 500]"; "[0, 0, 125, 500]"; "[0, 0, 500, 1000]"; "none" ] |> List.map (region [])

    let figure (metric: IMetric) = (metric.Evaluate(List.toArray answers)).Mean
    Assert.Equal((1.0 + 0.5 + 0.25 + 0.0) / 4.0, figure Metrics.giou, 12)
    Assert.Equal((100.0 + 50.0 + 100.0) / (100.0 + 100.0 + 400.0 + 100.0), figure Metrics.ciou, 12)

[<Fact>]
let ``pixels of an ignored region count for neither side`` () =
    let attempt = region [ 10.0; 0.0; 20.0; 20.0 ] "[0, 0, 500, 500]"
    Assert.Equal(1.0, (Metrics.giou.Evaluate [| attempt |]).Mean, 12)

[<Fact>]
let ``metrics carry the names of lmms-eval and the values of its scorers`` () =
    let names benchmark = Benchmarks.metrics benchmark |> Array.map _.Name

    Assert.Equal<string[]>(
        [| "relaxed_overall"; "relaxed_human_split"; "relaxed_augmented_split" |],
        names "world-chartqa"
    )

    Assert.Equal<string[]>([| "mmmu_acc" |], names "mmmu")
    Assert.Contains("refcoco_ACC@0.5", names "lisa")
    Assert.Contains("gIoU", names "lisa")

    for benchmark in Benchmarks.names do
        Assert.NotEmpty(Benchmarks.metrics benchmark)

    let row (kind: string) gold (answer: string) =
        Attempt.Create(
            { Sample.Create("", "", "", [||], Gold.Text [| gold |]) with Fields = parameters [ "type", kind ] },
            $"<answer>{answer}</answer>"
        )

    let rows = [|
        row "human_test" "100" "104"
        row "augmented_test" "100" "106"
        row "augmented_test" "red" "Red"
    |]

    let figures = Benchmarks.metrics "chartqa" |> Array.map (fun metric -> (metric.Evaluate rows).Mean)
    Assert.Equal<float[]>([| 2.0 / 3.0; 1.0; 0.5 |], figures)

[<Fact>]
let ``SAT reads the option that is named first, as lmms-eval does`` () =
    let options = [| "left"; "right" |]
    Assert.Equal("B", ChoiceParsers.sat options "(right), not left!")
    Assert.Equal("b", ChoiceParsers.sat options "(b) perhaps")

    Assert.Equal(
        1.0,
        ((Catalogue.find "sat:compat")
            .Verify(Attempt.Create({ Sample.Create("", "", "", [||], Gold.Letter "B") with Options = options }, "b.")))
            .Value
    )
