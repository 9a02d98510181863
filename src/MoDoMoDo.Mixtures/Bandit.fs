namespace MoDoMoDo.Mixtures

open System
open System.Collections.Generic
open System.Text.Json
open MoDoMoDo.Domain

/// How an online bandit turns advantages into weights.
type BanditOptions = {
    /// Weights are proportional to exp(value / temperature): near 0 the best domain takes all, large ones make it uniform.
    Temperature: float
    /// Factor of the bonus of domains that were drawn little.
    Exploration: float
    /// Prompts of a domain after which what was seen of it before has lost most of its weight.
    Window: int
}

/// What the bandit knows of a domain.
[<Struct>]
type BanditArm = {
    /// Prompts drawn so far.
    Prompts: int
    /// Moving average of their mean absolute advantage.
    Advantage: float
}

/// A mixture that follows the advantages: domains whose groups still differ in reward are drawn more, those that are solved or
/// hopeless less. Upper confidence bounds and a softmax over them, after DUMP (Wang et al. 2025, arXiv 2504.09710, section 3).
module Bandit =

    /// A domain after a batch with some of its prompts.
    let observe (options: BanditOptions) (signal: DomainSignal) (arm: BanditArm) : BanditArm =
        let kept =
            if arm.Prompts = 0 then
                0.0
            else
                (1.0 - 1.0 / float options.Window) ** float signal.Prompts

        {
            Prompts = arm.Prompts + signal.Prompts
            Advantage = kept * arm.Advantage + (1.0 - kept) * signal.Advantage
        }

    /// Moving average plus bonus of each domain.
    let values (options: BanditOptions) (arms: BanditArm[]) : float[] =
        let all = float (arms |> Array.sumBy _.Prompts)

        arms
        |> Array.map (fun arm ->
            arm.Advantage + options.Exploration * sqrt (2.0 * log (1.0 + all) / (1.0 + float arm.Prompts)))

    /// The mixture of the space that is nearest to the softmax of the values.
    let weights (options: BanditOptions) (space: MixtureSpace) (arms: BanditArm[]) : float[] =
        let values = values options arms
        let most = Array.max values
        let amounts = values |> Array.map (fun v -> exp ((v - most) / options.Temperature))
        let sum = Array.sum amounts
        MixtureSpace.project space (amounts |> Array.map (fun a -> a / sum))

/// The prompts of an inner sampler, in its order within each domain, in the proportions of a bandit that stays within a space.
/// Before the first batch the mixture is the inner sampler's, as near as the space allows. No domain is ever ahead of the weights
/// that were in force by a whole prompt.
[<Sealed>]
type BanditSampler(options: BanditOptions, space: MixtureSpace, inner: IPromptSampler) =

    let names = Array.ofSeq inner.Domains
    let arms: BanditArm[] = Array.create names.Length { Prompts = 0; Advantage = 0.0 }
    let credit: float[] = Array.zeroCreate names.Length

    let start = MixtureSpace.project space (names |> Array.map (fun d -> inner.Weights[d]))
    let mutable weights = start
    let mutable ended = false

    do
        if names <> Array.ofSeq space.Domains then
            raise (ArgumentException $"""wanted a space of {String.Join(", ", names)}""")

    /// The domain with the largest credit, or none once the chosen one is used up.
    let draw () =
        weights |> Array.iteri (fun i w -> credit[i] <- credit[i] + w)
        let domain = credit |> Array.indexed |> Array.maxBy snd |> fst

        match inner.NextFrom domain with
        | ValueSome d ->
            credit[domain] <- credit[domain] - 1.0
            Some d
        | ValueNone ->
            ended <- true
            None

    interface IAdaptiveSampler with
        member _.Observe(batch) =
            for signal in batch do
                arms[signal.Domain] <- Bandit.observe options signal arms[signal.Domain]

            weights <- Bandit.weights options space arms

    interface IPromptSampler with
        member _.Domains = names
        member _.Weights = Weights.Normalised(names, weights)

        member _.Next(count) = Quota.take count (fun () -> if ended then None else draw ())

        member _.NextFrom(domain) = inner.NextFrom domain
        member _.Drawn = inner.Drawn

        member _.Save() =
            JsonSerializer.Serialize {|
                inner = inner.Save()
                prompts = arms |> Array.map _.Prompts
                advantages = arms |> Array.map _.Advantage
                credit = credit
                weights = weights
            |}

        member _.Restore(state) =
            let refused found =
                raise (InputException("", "sampler state", $"that of a bandit over {names.Length} domains", found))

            try
                use json = JsonDocument.Parse state

                let numbers (name: string) =
                    let read = [| for x in json.RootElement.GetProperty(name).EnumerateArray() -> x.GetDouble() |]

                    if read.Length = names.Length then read else refused $"{read.Length} {name}"

                inner.Restore(string (json.RootElement.GetProperty("inner").GetString()))

                Array.map2 (fun n a -> { Prompts = int n; Advantage = a }) (numbers "prompts") (numbers "advantages")
                |> fun read -> read.CopyTo(arms, 0)

                (numbers "credit").CopyTo(credit, 0)
                weights <- numbers "weights"
                ended <- false
            with
            | :? JsonException
            | :? KeyNotFoundException
            | :? InvalidOperationException -> refused "another text"
