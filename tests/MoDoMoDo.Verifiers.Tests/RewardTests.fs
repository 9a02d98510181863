module MoDoMoDo.Verifiers.Tests.RewardTests

open System
open System.Collections.Generic
open Xunit
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

let private sample gold options = { Sample.Create("s", "d", "", [||], gold) with Options = options }
let private score (reward: Reward<Attempt>) gold options text = reward (Attempt.Create(sample gold options, text))
let private text answer = Gold.Text [| answer |]
let private coordinates = { Box = Box.Create(250.0, 500.0, 500.0, 750.0); Label = ""; Confidence = 1.0 }
let private boxGold = Gold.Boxes([| coordinates |], CoordinateSystem.Thousand)
let private world gold options completion = score Presets.world gold options completion

[<Fact>]
let ``world: a right answer in form earns 1, its parts are named`` () =
    let verdict = world (text "4") [||] "red circle <answer> 4 </answer>"
    Assert.Equal(1.0, verdict.Value, 12)
    Assert.Equal(1.0, verdict.PartOr("accuracy", nan))
    Assert.Equal(1.0, verdict.PartOr("format", nan))

[<Theory>]
[<InlineData("<answer> 5 </answer>", 0.1)>]
[<InlineData("one two three <answer> 4 </answer>", 0.9)>]
[<InlineData("<answer> 4 </answer> 4", 0.9)>]
[<InlineData("<answer> 4 </answer><answer> 4 </answer>", 0.0)>]
[<InlineData("<answer> 4", 0.0)>]
[<InlineData("4", 0.0)>]
[<InlineData("<answer></answer>", 0.0)>]
let ``world: accuracy 0.9 and format 0.1`` (completion: string, wanted: float) =
    Assert.Equal(wanted, (world (text "4") [||] completion).Value, 12)

[<Fact>]
let ``world: an answer that cannot be read is no answer`` () =
    Assert.Equal("no_answer", (world (text "4") [||] "<answer> 4").Outcome)

[<Fact>]
let ``world: letters, option words and boxes`` () =
    let options = [| "red"; "blue"; "green"; "grey" |]
    Assert.Equal(1.0, (world (text "blue") options "<answer> blue </answer>").Value, 12)
    Assert.Equal(1.0, (world (Gold.Letter "B") options "<answer> blue </answer>").Value, 12)
    Assert.Equal(1.0, (world (Gold.Letter "B") options "circle <answer> B </answer>").Value, 12)
    Assert.Equal(0.1, (world (Gold.Letter "B") options "<answer> C </answer>").Value, 12)
    Assert.Equal(1.0, (world boxGold [||] "red square <answer> x250 y500 x500 y750 </answer>").Value, 12)
    Assert.Equal(0.55, (world boxGold [||] "<answer> x250 y500 x500 y750 x0 y0 x250 y250 </answer>").Value, 12)

let private coco = score Presets.modomodoCoco boxGold [||]
let private detection (boxes: string) = $"<think>t</think><answer>[{boxes}]</answer>"

[<Fact>]
let ``modomodo: format failure zeroes all`` () =
    let reward = score (Presets.modomodo Grade.defaultBoxes) (text "4") [||]
    Assert.Equal(1.0, (reward "<think>t</think> <answer>4</answer>").Value, 12)
    Assert.Equal(1.0 / 3.0, (reward "<think>t</think> <answer>5</answer>").Value, 12)
    let failed = reward "<answer>4</answer>"
    Assert.Equal(0.0, failed.Value)
    Assert.Equal(0.0, failed.PartOr("accuracy", nan))
    Assert.Equal(0.0, failed.PartOr("format", nan))

[<Fact>]
let ``modomodo-coco: overlaps up to one half count nothing, the larger count divides`` () =
    let full = "{'Position': [250, 500, 500, 750], 'Confidence': 0.9}"
    let half = "{'Position': [250, 500, 500, 625], 'Confidence': 0.9}"
    let other = "{'Position': [0, 0, 10, 10], 'Confidence': 0.9}"
    Assert.Equal(1.0, (coco (detection full)).Value, 12)
    Assert.Equal(1.0 / 3.0, (coco (detection half)).Value, 12)
    Assert.Equal(2.0 / 3.0, (coco (detection $"{full}, {other}")).Value, 12)
    Assert.Equal(1.0, (coco (detection $"{full}, {full}")).Value, 12)

[<Fact>]
let ``modomodo-lisa: one box, a region in pixels against thousandths`` () =
    let polygon = { Points = [| 64.0; 48.0; 320.0; 48.0; 320.0; 240.0; 64.0; 240.0 |] }
    let gold = Gold.Region([| polygon |], [||], { Height = 480; Width = 640 })
    let reward = score Presets.modomodoLisa gold [||]
    Assert.Equal(1.0, (reward (detection "{'Position': [100, 100, 500, 500], 'Confidence': 1}")).Value, 9)
    Assert.Equal(1.0 / 3.0, (reward (detection "[100,100,500,500],[100,100,500,500]")).Value, 9)

[<Fact>]
let ``a faulty gold is unscorable whatever the answer says`` () =
    for completion in [ ""; "<answer>4</answer>"; "<think>t</think><answer></answer>" ] do
        for reward in
            [
                Presets.world
                Presets.modomodo Grade.defaultBoxes
                Judge.completion Scan.taggedAnswer Grade.accuracy
            ] do
            Assert.Equal("unscorable", (score reward (text " ") [||] completion).Outcome)

[<Fact>]
let ``the boundary turns an exception into an unscorable verdict`` () =
    let verifier = Verifier.Create("broken", fun _ -> failwith "oops")
    let verdict = verifier.Verify(Attempt.Create(sample (text "4") [||], "4"))
    Assert.Equal("unscorable", verdict.Outcome)
    Assert.Contains("oops", verdict.Evidence.Why)

[<Fact>]
let ``every entry of the catalogue scores its own example with 1`` () =
    for entry in Catalogue.entries do
        let gold, completion = entry.Example
        Assert.Equal(1.0, ((Catalogue.find entry.Name).Verify(Attempt.Create(gold, completion))).Value, 12)

[<Fact>]
let ``an unknown name is answered with the nearest one`` () =
    let error = Assert.Throws<InputException>(fun () -> Catalogue.find "modomodo-cocoa" |> ignore)
    Assert.Contains("modomodo-coco", error.Message)

[<Fact>]
let ``an unknown parameter or value is named`` () =
    let find name key (value: string) () = Catalogue.findWith name (dict [ key, value ] |> Dictionary) |> ignore
    Assert.Contains("flor", Assert.Throws<InputException>(find "iou" "flor" "0").Message)
    Assert.Contains("2", Assert.Throws<InputException>(find "iou" "floor" "2").Message)
    find "iou" "floor" "0.5" ()

let private source gold = {
    new ISampleSource with
        member _.Name = "mine"
        member _.Count = 3
        member _.Get index = { sample (if index = 2 then gold else text "1") [||] with Id = $"row-{index}" }
}

[<Fact>]
let ``golds that a verifier cannot judge are found before training`` () =
    let number = Catalogue.find "number"
    Catalogue.check number (source (text "2.5")) 100
    let error = Assert.Throws<InputException>(fun () -> Catalogue.check number (source (text "blue")) 100)
    Assert.Contains("row-2", error.Message)

[<Fact>]
let ``benchmarks serve the world's sets and real rows`` () =
    let verify name mode gold (completion: string) =
        ((Benchmarks.scorer name mode).Verify(Attempt.Create(sample (text gold) [||], completion))).Value

    Assert.Equal(1.0, verify "world-chartqa" ScoringMode.Strict "100" "<answer> 104 </answer>")
    Assert.Equal(0.0, verify "chartqa" ScoringMode.Strict "0" "0.01")
    Assert.Equal(1.0, verify "chartqa" ScoringMode.Compat "1910" "2000")
    Assert.True(verify "infovqa" ScoringMode.Compat "right" ("wrong" + String(' ', 100)) > 0.9)
    Assert.Equal(0.0, verify "infovqa" ScoringMode.Strict "right" ("wrong" + String(' ', 100)))

[<Fact>]
let ``compatibility scorers keep the references' quirks, strict ones do not`` () =
    let options = [| "red"; "blue" |]

    let verify name mode gold options (completion: string) =
        (Benchmarks.scorer name mode).Verify(Attempt.Create(sample gold options, completion))

    Assert.Equal(0.0, (verify "scienceqa" ScoringMode.Compat (Gold.Letter "B") options "(B)").Value)
    Assert.Equal(1.0, (verify "scienceqa" ScoringMode.Strict (Gold.Letter "B") options "(B)").Value)
    Assert.Equal("no_answer", (verify "mmmu" ScoringMode.Compat (Gold.Letter "B") options "**B**").Outcome)
    Assert.Equal(1.0, (verify "mmmu" ScoringMode.Strict (Gold.Letter "B") options "**B**").Value)
    Assert.Equal(1.0, (verify "mmmu" ScoringMode.Compat (text "Helium") [||] "It is not Helium").Value)
    Assert.Equal(1.0, (verify "mathvista" ScoringMode.Compat (text "red") options "rad").Value)
    Assert.Equal(0.0, (verify "mathvista" ScoringMode.Strict (text "red") options "rad").Value)

[<Fact>]
let ``coco has its average precision over the whole set`` () =
    let right = Attempt.Create(sample boxGold [||], "<answer>[250, 500, 500, 750]</answer>")
    let wrong = Attempt.Create(sample boxGold [||], "<answer>[0, 0, 10, 10]</answer>")
    let metrics = Benchmarks.metrics "world-coco"
    let ap (attempts: Attempt list) = metrics[0].Evaluate(List.toArray attempts).Mean
    Assert.Equal(1.0, ap [ right; right ], 9)
    Assert.Equal(0.0, ap [ wrong ], 9)
    Assert.Empty(Benchmarks.metrics "nothing")

let private fixedScore (b: byte) : Reward<unit> = Combine.constant (float b / 255.0)
let private value (reward: Reward<unit>) = (reward ()).Value

[<Property>]
let ``all, any, both and weighted obey their algebra`` (a: byte) (b: byte) (w: byte) =
    let x, y = fixedScore a, fixedScore b
    let weight = float w / 255.0
    let mixed = value (Combine.weighted [ "x", weight, x; "y", 1.0, y ])

    value (Combine.all [ x; y ]) = min (value x) (value y)
    && value (Combine.any [ x; y ]) = max (value x) (value y)
    && value (Combine.both x y) = value (Combine.both y x)
    && mixed >= min (value x) (value y) - 1e-12
    && mixed <= max (value x) (value y) + 1e-12
    && abs (mixed - value (Combine.weighted [ "x", 3.0 * weight, x; "y", 3.0, y ])) < 1e-12
    && value (Combine.gate x y) <= value y

[<Fact>]
let ``orElse goes on only where there is no answer, and is associative`` () =
    let silent: Reward<unit> = fun () -> Verdict.NoAnswer(Evidence.Because "")
    let zero, one = Combine.constant 0.0, Combine.constant 1.0
    Assert.Equal(1.0, value (silent |> Combine.orElse one))
    Assert.Equal(0.0, value (zero |> Combine.orElse one))

    for a in [ silent; zero; one ] do
        for b in [ silent; zero; one ] do
            let left = a |> Combine.orElse b |> Combine.orElse one
            let right = a |> Combine.orElse (b |> Combine.orElse one)
            Assert.Equal(left (), right ())

[<Fact>]
let ``unscorable absorbs, except in any`` () =
    let fault: Reward<unit> = fun () -> Judge.unscorable "bad gold"
    let one = Combine.constant 1.0

    for reward in
        [
            Combine.all [ one; fault ]
            Combine.both fault one
            Combine.weighted [ "a", 1.0, one; "b", 1.0, fault ]
            Combine.gate one fault
            Combine.gate fault one
        ] do
        Assert.Equal("unscorable", (reward ()).Outcome)

    Assert.Equal(1.0, value (Combine.any [ fault; one ]))

[<Theory>]
[<InlineData("<think>a <think> b</think><answer>c</answer>")>]
[<InlineData("<think>a</think><answer>b <answer> c</answer>")>]
let ``a tag inside a block is a fault of the format`` (text: string) =
    Assert.True (Format.blocksFault [ "think"; "answer" ] text).IsSome
    Assert.True (Format.blocksFault [ "think"; "answer" ] "<think>a b</think><answer>c</answer>").IsNone
