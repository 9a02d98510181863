[<FsCheck.Xunit.Properties(Arbitrary = [| typeof<MoDoMoDo.Domain.Tests.Generators.Arbitraries> |])>]
module MoDoMoDo.Domain.Tests.AdvantageTests

open System
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Domain.Tests.Generators
open global.Xunit

let private compute scale batch =
    Advantage.compute scale RewardAggregation.SumThenNormalise batch.GroupSize batch.Weights batch.Rewards

let private grouped = compute AdvantageScale.Group

let private close (tolerance: float) (a: float[]) (b: float[]) =
    a.Length = b.Length && Array.forall2 (fun x y -> abs (x - y) <= tolerance) a b

let private onRewards (change: int -> float[] -> float[]) batch = {
    batch with
        Rewards = Array.mapi change batch.Rewards
}

let private ofGroups groupSize weights rewards = { GroupSize = groupSize; Weights = weights; Rewards = rewards }

[<Property>]
let ``advantages of a group sum to zero`` batch =
    grouped batch
    |> Array.chunkBySize batch.GroupSize
    |> Array.forall (fun group -> abs (Array.sum group) < 1e-9)

[<Property>]
let ``shifting the rewards of a group changes no advantage`` batch (Small shift) =
    close 1e-7 (grouped batch) (batch |> onRewards (fun _ -> Array.map ((+) shift)) |> compute AdvantageScale.Group)
    || batch.Rewards |> Array.exists (Array.exists Double.IsNaN)

[<Property>]
let ``unscaled advantages grow with the rewards`` batch (Small factor) =
    let scaled = batch |> onRewards (fun _ -> Array.map ((*) factor)) |> compute AdvantageScale.None
    close 1e-9 (compute AdvantageScale.None batch |> Array.map ((*) factor)) scaled

[<Property>]
let ``scaling the rewards of one group leaves the others alone`` batch =
    let louder = batch |> onRewards (fun i -> if i < batch.GroupSize then Array.map ((*) 10.0) else id)
    close 0.0 (Array.skip batch.GroupSize (grouped batch)) (Array.skip batch.GroupSize (grouped louder))

[<Property>]
let ``reversing the rows reverses the advantages, under every scale and aggregation`` batch =
    Seq.allPairs (Enum.GetValues<AdvantageScale>()) (Enum.GetValues<RewardAggregation>())
    |> Seq.forall (fun (scale, aggregation) ->
        let of' rewards = Advantage.compute scale aggregation batch.GroupSize batch.Weights rewards
        close 1e-8 (Array.rev (of' batch.Rewards)) (of' (Array.rev batch.Rewards)))

[<Property>]
let ``a row that nothing scores gets 0 and does not move its siblings`` batch =
    let withoutFirst = batch |> onRewards (fun i row -> if i = 0 then Array.map (fun _ -> nan) row else row)
    let smaller = ofGroups (batch.GroupSize - 1) batch.Weights batch.Rewards[1 .. batch.GroupSize - 1]
    let found = (grouped withoutFirst)[.. batch.GroupSize - 1]
    found[0] = 0.0 && close 1e-9 found[1..] (grouped smaller)

[<Property>]
let ``equal rewards are worth exactly nothing, whatever rounding does`` (Small reward) (FsCheck.PositiveInt size) =
    grouped (ofGroups (size + 1) [| 1.0 |] (Array.create (size + 1) [| reward |]))
    |> Array.forall ((=) 0.0)

[<Property>]
let ``a group without signal has no advantage to speak of`` (Small reward) =
    let group = [| reward; reward + 5e-9; nan; reward |]
    let found = grouped (ofGroups 4 [| 1.0 |] (Array.map Array.singleton group))
    Advantage.hasNoSignal group && Array.forall (fun a -> abs a < 1e-4) found

[<Fact>]
let ``a group with a difference has a signal, one with a single scored row has none`` () =
    Assert.False(Advantage.hasNoSignal [| 0.0; 0.1; nan |])
    Assert.True(Advantage.hasNoSignal [| nan; 0.3; nan |])
    Assert.True(Advantage.hasNoSignal [||])

[<Fact>]
let ``rows that are no whole number of groups are refused`` () =
    Assert.Throws<ArgumentException>(fun () -> grouped (ofGroups 2 [| 1.0 |] [| [| 0.0 |] |]) |> ignore)

let private none = nan

/// The hand-checkable cases of grpo.md 6.3 (float64, eps 1e-4): scale, aggregation, group size, weights, rewards, advantages.
let private analytic
    : (string * AdvantageScale * RewardAggregation * int * float list * float list list * float list) list =
    let sum, first = RewardAggregation.SumThenNormalise, RewardAggregation.NormaliseThenSum

    let a1 =
        [ 1.0; 0.0; 0.0; 1.0 ]
        |> List.map (fun r -> [ r; none ])
        |> fun group -> group @ List.map (fun r -> [ none; r ]) [ 0.5; 0.5; 0.5; 0.5; 0.9; 0.1; none; 0.4 ]

    let a2 = [ [ 1.0; 1.0 ]; [ 0.0; 1.0 ]; [ 0.0; 0.0 ]; [ 1.0; 0.0 ] ]

    let a4 =
        [ [ 1.0; 10.0 ]; [ 1.0; 0.0 ]; [ 0.0; 10.0 ]; [ 0.0; 0.0 ] ]
        @ [ [ 1.0; 0.0 ]; [ 1.0; 0.0 ]; [ 1.0; 0.0 ]; [ 0.0; 0.0 ] ]

    let sides (x: float) = [ x; -x; -x; x; 0.0; 0.0; 0.0; 0.0 ]
    let ones, group, batch = [ 1.0; 1.0 ], AdvantageScale.Group, AdvantageScale.Batch

    [
        "A1 group", group, sum, 4, ones, a1, sides 0.865875 @ [ 1.071957; -0.907040; 0.0; -0.164916 ]
        "A1 batch", batch, sum, 4, ones, a1, sides 1.371114 @ [ 1.188299; -1.005484; 0.0; -0.182815 ]
        "A1 none", AdvantageScale.None, sum, 4, ones, a1, sides 0.5 @ [ 0.433333; -0.366667; 0.0; -0.066667 ]
        "A1 gdpo", group, first, 4, ones, a1, sides 1.224608 @ [ 1.516069; -1.282827; 0.0; -0.233241 ]
        "A2 group", group, sum, 4, [ 1.0; 0.5 ], a2, [ 1.161715; -0.387238; -1.161715; 0.387238 ]
        "A2 gdpo", group, first, 4, [ 1.0; 0.5 ], a2, [ 1.161791; -0.387264; -1.161791; 0.387264 ]
        let oneOfEight = [ 1.0 ] :: List.replicate 7 [ 0.0 ]
        "A3", group, sum, 8, [ 1.0 ], oneOfEight, 2.474174 :: List.replicate 7 -0.353453
        let high, low, third = 0.947884, 0.775541, 0.499900
        "A4 group", group, sum, 4, ones, a4, [ high; -low; low; -high; third; third; third; -1.499700 ]
        let high, low, third = 1.200683, 0.982377, 0.054576
        "A4 batch", batch, sum, 4, ones, a4, [ high; -low; low; -high; third; third; third; -0.163729 ]
        let high, low, third = 1.527444, 0.000119, 0.440889
        "A4 gdpo", group, first, 4, ones, a4, [ high; -low; low; -high; third; third; third; -1.322667 ]
        let one = [ [ 0.7 ]; [ none ]; [ none ]; [ none ] ]
        "A5 one scored row", group, sum, 4, [ 1.0 ], one, List.replicate 4 0.0
        "A5 equal rewards", group, sum, 4, [ 1.0 ], List.replicate 4 [ 0.3 ], List.replicate 4 0.0
    ]

[<Fact>]
let ``advantages equal the cases worked out by hand`` () =
    for name, scale, aggregation, groupSize, weights, rewards, wanted in analytic do
        let rewards = rewards |> List.map Array.ofList |> Array.ofList
        let found = Advantage.compute scale aggregation groupSize (Array.ofList weights) rewards
        Assert.True(close 1.5e-6 (Array.ofList wanted) found, $"{name}: wanted %A{wanted}, found %A{found}")
