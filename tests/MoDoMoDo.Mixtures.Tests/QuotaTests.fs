module MoDoMoDo.Mixtures.Tests.QuotaTests

open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

let private mixture = Gen.choose (1, 7) |> Gen.bind Generate.weights

let private sampler (weights: Weights) size seed mode exhausted : IPromptSampler =
    PromptSampler(weights, Array.create weights.Count size, seed, mode, exhausted)

let private inputs = Gen.map3 (fun w s n -> w, s, n) mixture Generate.seed (Gen.choose (0, 200))

[<Property>]
let ``after n draws each domain's count is within 1 of n times its weight`` () =
    Prop.forAll (Arb.fromGen mixture) (fun weights ->
        let w = Array.ofSeq weights.Values
        let counts = Array.zeroCreate w.Length

        Seq.init 400 (fun n ->
            let i = Quota.next w counts
            counts[i] <- counts[i] + 1
            Array.forall2 (fun wi (c: int) -> abs (float (n + 1) * wi - float c) < 1.0 + 1e-9) w counts)
        |> Seq.forall id)

[<Property>]
let ``a restored sampler goes on as the uninterrupted one`` () =
    Prop.forAll (Arb.fromGen inputs) (fun (weights, seed, n) ->
        [ DrawMode.Quota; DrawMode.Independent ]
        |> List.forall (fun mode ->
            let whole = sampler weights 13 seed mode ExhaustionPolicy.Repeat
            let first, then' = whole.Next n, whole.Next 40
            let half = sampler weights 13 seed mode ExhaustionPolicy.Repeat
            half.Next n |> ignore
            let resumed = sampler weights 13 seed mode ExhaustionPolicy.Repeat
            resumed.Restore(half.Save())
            first.Length = n && resumed.Next 40 = then' && resumed.Drawn |> Seq.sum = n + 40))

[<Property>]
let ``mixtures of one seed see each domain's prompts in the same order`` () =
    Prop.forAll
        (Arb.fromGen (Gen.map3 (fun a b s -> a, b, s) (Generate.weights 4) (Generate.weights 4) Generate.seed))
        (fun (a, b, seed) ->
            let orders w =
                (sampler w 30 seed DrawMode.Quota ExhaustionPolicy.Repeat).Next 60
                |> Array.groupBy _.Domain
                |> Map.ofArray

            let ofA, ofB = orders a, orders b

            ofA
            |> Map.forall (fun domain draws ->
                match ofB.TryFind domain with
                | Some others -> Seq.forall2 (=) (Seq.truncate others.Length draws) (Seq.truncate draws.Length others)
                | None -> true))

[<Property>]
let ``until a domain is used up no prompt comes twice, then the sequence stops`` () =
    Prop.forAll (Arb.fromGen inputs) (fun (weights, seed, _) ->
        let quota = sampler weights 9 seed DrawMode.Quota ExhaustionPolicy.Stop
        let draws = quota.Next 1000
        let busiest = Seq.max quota.Drawn

        draws.Length < 1000
        && busiest = 9
        && (Array.distinct draws).Length = draws.Length
        && (quota.Next 5).Length = 0)

[<Fact>]
let ``independent draws have the frequencies of the weights`` () =
    let weights = Weights.Create([| "a"; "b"; "c" |], [| 0.2; 0.5; 0.3 |])
    let draws = sampler weights 50 3UL DrawMode.Independent ExhaustionPolicy.Repeat
    draws.Next 20_000 |> ignore
    // Five standard errors.
    Seq.iter2
        (fun (w: float) (n: int) -> Assert.InRange(float n / 20_000.0, w - 0.018, w + 0.018))
        weights.Values
        draws.Drawn

[<Fact>]
let ``a draw outside the mixture moves the domain's order but not its quota`` () =
    let weights = Weights.Create([| "a"; "b" |], [| 0.5; 0.5 |])
    let quota = sampler weights 4 1UL DrawMode.Quota ExhaustionPolicy.Stop
    let extra = quota.NextFrom 0
    let draws = quota.Next 4
    Assert.Equal(2, draws |> Array.filter (fun d -> d.Domain = 0) |> Array.length)
    Assert.DoesNotContain(extra.Value, draws)
    Assert.Equal<int list>([ 3; 2 ], List.ofSeq quota.Drawn)

[<Theory>]
[<InlineData("")>]
[<InlineData("[]")>]
[<InlineData("""{"drawn":[1],"outside":[0,0]}""")>]
[<InlineData("""{"drawn":[1,-2],"outside":[0,0]}""")>]
[<InlineData("""{"drawn":[1,2.5],"outside":[0,0]}""")>]
let ``a state that is none is refused`` (state: string) =
    let quota = sampler (Weights.Uniform [| "a"; "b" |]) 4 1UL DrawMode.Quota ExhaustionPolicy.Stop
    Assert.Throws<InputException>(fun () -> quota.Restore state) |> ignore

[<Fact>]
let ``a domain with weight and without prompts is refused by name`` () =
    let refused =
        Assert.Throws<InputException>(fun () ->
            sampler (Weights.Uniform [| "a" |]) 0 1UL DrawMode.Quota ExhaustionPolicy.Stop |> ignore)

    Assert.Equal("a", refused.Field)
