namespace MoDoMoDo.Mixtures

open System
open System.Collections.Generic
open System.Text.Json
open MoDoMoDo.Domain

/// How the domain of the next prompt is chosen.
type DrawMode =
    /// The mixture is met exactly: after n draws each domain's count is within 1 of n times its weight.
    | Quota = 0
    /// Independent draws by weight, as in the paper.
    | Independent = 1

/// What happens when a domain has no unseen prompt left.
type ExhaustionPolicy =
    /// The sequence ends, as in the paper.
    | Stop = 0
    /// The domain starts again in a new order.
    | Repeat = 1

/// The exact quota of a mixture.
module Quota =

    // Weights are binary fractions: 0.1 * 30 must not count as more than 3.
    let private rounding = 1e-9

    /// The domain of draw number total(counts) + 1: of those with count < n * w, the one whose next item is due first,
    /// item k of a domain being due at draw ceil(k / w); the first of several. Keeps every count within 1 of n * w
    /// (earliest deadline: Tijdeman, "The chairman assignment problem", Discrete Mathematics 32, 1980).
    let next (weights: float[]) (counts: int[]) : int =
        let n = float (Array.sum counts + 1)
        let due i = ceil (float (counts[i] + 1) / weights[i] - rounding)

        Seq.init weights.Length id
        |> Seq.filter (fun i -> float counts[i] < n * weights[i] - rounding)
        |> Seq.minBy due

    /// The next `count` draws; fewer where a draw gives none.
    let take (count: int) (draw: unit -> Draw option) : Draw[] =
        Seq.initInfinite (fun _ -> draw ())
        |> Seq.truncate count
        |> Seq.takeWhile Option.isSome
        |> Seq.choose id
        |> Array.ofSeq

/// Draws prompts of several domains in the proportions of a mixture. The order within a domain depends on the seed and
/// the domain's name alone, so mixtures of one seed see the same prompts in the same order.
/// Raises InputException when a domain with weight has no prompt.
[<Sealed>]
type PromptSampler
    (weights: Weights, sizes: IReadOnlyList<int>, seed: uint64, mode: DrawMode, exhausted: ExhaustionPolicy) =

    let values = Array.ofSeq weights.Values
    let names = Array.ofSeq weights.Domains
    let rng = Rng.OfSeed seed
    let inMixture = Array.zeroCreate<int> names.Length
    let outside = Array.zeroCreate<int> names.Length
    let orders: struct (int * int[])[] = Array.create names.Length (struct (-1, [||]))
    let mutable ended = false

    do
        if sizes.Count <> names.Length then
            raise (ArgumentException $"wanted {names.Length} sizes, found {sizes.Count}")

        for i in 0 .. names.Length - 1 do
            if values[i] > 0.0 && sizes[i] < 1 then
                raise (InputException("", names[i], "at least one prompt", "none"))

    /// The domain's prompts in the order of its pass number `epoch`.
    let order domain epoch =
        match orders[domain] with
        | struct (e, ids) when e = epoch -> ids
        | _ ->
            let stream = RandomStream(rng.Split("prompts").Split(names[domain]).Split(uint64 epoch))
            let ids = stream.Shuffle(Array.init sizes[domain] id)
            orders[domain] <- struct (epoch, ids)
            ids

    /// The next prompt of a domain, given how many it has had; none when it is used up.
    let prompt domain =
        let had = inMixture[domain] + outside[domain]
        let epoch = had / max 1 sizes[domain]

        if sizes[domain] = 0 || (exhausted = ExhaustionPolicy.Stop && epoch > 0) then
            ValueNone
        else
            ValueSome { Domain = domain; Index = (order domain epoch)[had % sizes[domain]] }

    /// By the uniform of the draw's number, so that the state is the counts alone.
    let independent () =
        let struct (bits, _) = rng.Split("domains").Split(uint64 (Array.sum inMixture)).Next()
        let u = Rng.ToUnit bits
        let cumulative = values |> Array.scan (+) 0.0 |> Array.tail

        match cumulative |> Array.tryFindIndex (fun c -> u < c) with
        | Some i -> i
        | None -> Array.FindLastIndex(values, fun v -> v > 0.0)

    let draw () =
        let domain = if mode = DrawMode.Quota then Quota.next values inMixture else independent ()

        match prompt domain with
        | ValueSome d ->
            inMixture[domain] <- inMixture[domain] + 1
            Some d
        | ValueNone ->
            ended <- true
            None

    /// The sampler of a mixture with `sizes[i]` prompts in domain i, drawing exact quotas and stopping when a domain is used up.
    new(weights, sizes, seed) = PromptSampler(weights, sizes, seed, DrawMode.Quota, ExhaustionPolicy.Stop)

    interface IPromptSampler with
        member _.Domains = names
        member _.Weights = weights

        member _.Next(count) = Quota.take count (fun () -> if ended then None else draw ())

        member _.NextFrom(domain) =
            let next = prompt domain

            if next.IsSome then
                outside[domain] <- outside[domain] + 1

            next

        member _.Drawn = Array.map2 (+) inMixture outside

        member _.Save() = JsonSerializer.Serialize {| drawn = inMixture; outside = outside |}

        member _.Restore(state) =
            let refused found =
                raise (InputException("", "sampler state", $"drawn and outside, {names.Length} counts each", found))

            let counts (root: JsonElement) (name: string) =
                let mutable e = Unchecked.defaultof<JsonElement>

                if
                    root.ValueKind <> JsonValueKind.Object
                    || not (root.TryGetProperty(name, &e))
                    || e.ValueKind <> JsonValueKind.Array
                then
                    refused $"no list of {name}"

                let read = [|
                    for item in e.EnumerateArray() ->
                        if item.ValueKind = JsonValueKind.Number then item.GetInt32() else -1
                |]

                if read.Length <> names.Length || Array.exists (fun c -> c < 0) read then
                    refused $"{name} = {e}"

                read

            try
                use json = JsonDocument.Parse state
                let drawn, extra = counts json.RootElement "drawn", counts json.RootElement "outside"
                drawn.CopyTo(inMixture, 0)
                extra.CopyTo(outside, 0)
                ended <- false
            with
            | :? JsonException -> refused "text that is no JSON"
            | :? FormatException -> refused "counts that are no integers"
