namespace MoDoMoDo.Domain

open System

/// A splittable random state as a value: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014; output function of Vigna's splitmix64.c). The same state always gives the same numbers.
[<Struct; CustomEquality; NoComparison>]
type Rng =
    private
    | State of uint64

    static member private Gamma = 0x9E3779B97F4A7C15UL

    /// The 64-bit finaliser of SplitMix64: a bijection whose output bits all depend on all input bits.
    static member Mix(x: uint64) =
        let z = (x ^^^ (x >>> 30)) * 0xBF58476D1CE4E5B9UL
        let z = (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
        z ^^^ (z >>> 31)

    /// The state that a seed stands for.
    static member OfSeed(seed: uint64) = State seed

    /// An independent state for a part of the work: same state and key, same child, whatever was drawn before elsewhere.
    member rng.Split(key: uint64) =
        let (State s) = rng
        State(Rng.Mix(Rng.Mix(s + Rng.Gamma) ^^^ (key * 0xD1342543DE82EF95UL + 0x2545F4914F6CDD1DUL)))

    /// An independent state for a named part of the work.
    member rng.Split(key: string) =
        // FNV-1a: short, and the same on every platform and in every culture.
        let hash = (0xCBF29CE484222325UL, key) ||> Seq.fold (fun h c -> (h ^^^ uint64 c) * 0x100000001B3UL)
        rng.Split hash

    /// The next 64 random bits, and the state after them.
    member rng.Next() =
        let (State s) = rng
        struct (Rng.Mix(s + Rng.Gamma), State(s + Rng.Gamma))

    /// The number in [0, 1) with 53 random bits that 64 random bits stand for.
    static member ToUnit(bits: uint64) = float (bits >>> 11) * (1.0 / 9007199254740992.0)

    /// The uniform in [0, 1) of one token: a pure function of where the token stands (DESIGN.md 11), so that batching,
    /// order of work and resuming cannot change what is drawn.
    static member TokenUniform(seed: uint64, step: int, prompt: int, row: int, position: int) =
        let fold (h: uint64) (x: int) = Rng.Mix((h ^^^ uint64 (uint32 x)) * 0xD1342543DE82EF95UL + Rng.Gamma)
        (Rng.Mix(seed + Rng.Gamma), [ step; prompt; row; position ]) ||> List.fold fold |> Rng.ToUnit

    override rng.Equals(other) =
        match other with
        | :? Rng as o ->
            let (State a), (State b) = rng, o
            a = b
        | _ -> false

    override rng.GetHashCode() =
        let (State s) = rng
        int (s ^^^ (s >>> 32))

/// A cursor over the numbers of one random state, for code that draws many in a row. Not for sharing between threads;
/// make one from a split state for each piece of work.
[<Sealed>]
type RandomStream(start: Rng) =
    let mutable state = start

    /// A stream over the numbers of a seed.
    new(seed: uint64) = RandomStream(Rng.OfSeed seed)

    /// The next 64 random bits.
    member _.NextBits() : uint64 =
        let struct (bits, next) = state.Next()
        state <- next
        bits

    /// A number in [0, 1).
    member stream.NextDouble() : float = Rng.ToUnit(stream.NextBits())

    /// A number in [low, high).
    member stream.NextDouble(low: float, high: float) : float = low + (high - low) * stream.NextDouble()

    /// An integer in [0, count); count must be positive.
    member stream.NextInt(count: int) : int =
        if count <= 0 then
            invalidArg (nameof count) $"wanted a positive count, found {count}"
        // Multiply-shift: the bias is below count / 2^64.
        int (Math.BigMul(stream.NextBits(), uint64 count) >>> 64)

    /// An integer in [low, high], both ends included.
    member stream.NextInt(low: int, high: int) : int = low + stream.NextInt(high - low + 1)

    /// True with the given probability.
    member stream.NextBool(probability: float) : bool = stream.NextDouble() < probability

    /// A draw from the standard normal distribution (Box and Muller).
    member stream.NextGaussian() : float =
        let u, v = 1.0 - stream.NextDouble(), stream.NextDouble()
        sqrt (-2.0 * log u) * cos (2.0 * Math.PI * v)

    /// One of the items, all equally likely.
    member stream.Pick(items: Collections.Generic.IReadOnlyList<'a>) : 'a = items[stream.NextInt items.Count]

    /// A fresh array with the items in random order (Fisher and Yates).
    member stream.Shuffle(items: Collections.Generic.IReadOnlyList<'a>) : 'a[] =
        let a = Array.ofSeq items

        for i = a.Length - 1 downto 1 do
            let j = stream.NextInt(i + 1)
            let kept = a[i]
            a[i] <- a[j]
            a[j] <- kept

        a
