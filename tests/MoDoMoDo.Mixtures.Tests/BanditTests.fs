module MoDoMoDo.Mixtures.Tests.BanditTests

open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

let private options = { Temperature = 0.2; Exploration = 0.5; Window = 64 }

let private inner (names: string[]) seed : IPromptSampler =
    PromptSampler(Weights.Uniform names, Array.create names.Length 13, seed, DrawMode.Quota, ExhaustionPolicy.Repeat)

/// Batches of eight prompts, each followed by advantages: what was drawn, and the weights in force.
let private follow (sampler: IAdaptiveSampler) (batches: float[] list) =
    batches
    |> List.map (fun advantages ->
        let weights = sampler.Weights.Values |> Array.ofSeq
        let draws = sampler.Next 8

        sampler.Observe [|
            for domain, own in draws |> Array.groupBy _.Domain ->
                { Domain = domain; Prompts = own.Length; Advantage = advantages[domain] }
        |]

        weights, draws)

let private batches = Gen.listOfLength 12 (Gen.arrayOfLength 4 (Generate.number 0.0 1.0))

let private cases =
    Gen.map3 (fun space seed b -> space, seed, b) (Generate.space 4) Generate.seed batches

[<Property>]
let ``weights stay within the space, and no domain is ahead of them by a prompt`` () =
    Prop.forAll (Arb.fromGen cases) (fun (space, seed, batches) ->
        let sampler = BanditSampler(options, space, inner (Generate.domains 4) seed)
        let followed = follow sampler batches
        let due, drawn = Array.zeroCreate<float> 4, Array.zeroCreate<int> 4

        followed
        |> List.forall (fun (weights, draws) ->
            for d in draws do
                drawn[d.Domain] <- drawn[d.Domain] + 1

            weights |> Array.iteri (fun i w -> due[i] <- due[i] + 8.0 * w)

            MixtureSpace.contains space (Weights.Normalised(Generate.domains 4, weights))
            && draws.Length = 8
            && Array.forall2 (fun (n: int) d -> float n < d + 1.0 + 1e-9) drawn due))

[<Property>]
let ``a bandit that is restored goes on as one that was never interrupted`` () =
    Prop.forAll (Arb.fromGen cases) (fun (space, seed, batches) ->
        let fresh () = BanditSampler(options, space, inner (Generate.domains 4) seed) :> IAdaptiveSampler
        let whole = follow (fresh ()) (batches @ batches)
        let first, second = fresh (), fresh ()
        let before = follow first batches
        second.Restore(first.Save())
        before @ follow second batches = whole)

[<Fact>]
let ``a domain that is solved gives way to one that is not`` () =
    let names = Generate.domains 2
    let sampler = BanditSampler(options, MixtureSpace.simplex names, inner names 1UL)
    let followed = follow sampler (List.replicate 40 [| 0.0; 0.8 |])
    Assert.Equal<float[]>([| 0.5; 0.5 |], fst followed[0])
    Assert.True((fst (List.last followed)).[1] > 0.8)

[<Theory>]
[<InlineData("")>]
[<InlineData("[]")>]
[<InlineData("""{"inner": "x"}""")>]
let ``a state that is none of a bandit's is refused`` (state: string) =
    let names = Generate.domains 2
    let sampler: IPromptSampler = BanditSampler(options, MixtureSpace.simplex names, inner names 1UL)
    Assert.Throws<InputException>(fun () -> sampler.Restore state) |> ignore
