/// Laws of combinators, length rewards and group rewards: L35.
module MoDoMoDo.Laws.CombinatorLaws

open System
open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

/// The operators of a library of rewards.
type Combinators = {
    Name: string
    /// The lowest.
    All: Reward<int> list -> Reward<int>
    /// The highest.
    Any: Reward<int> list -> Reward<int>
    /// The product.
    Both: Reward<int> -> Reward<int> -> Reward<int>
    /// The weighted mean.
    Weighted: (float * Reward<int>) list -> Reward<int>
    /// Condition, reward.
    Gate: Reward<int> -> Reward<int> -> Reward<int>
    /// First, next.
    OrElse: Reward<int> -> Reward<int> -> Reward<int>
    Contramap: (int -> int) -> Reward<int> -> Reward<int>
}

/// A reward that gives one of four outcomes, the same to everybody.
let private reward = gen {
    let! v = Gen.choose (0, 8)
    let evidence = Evidence.Because ""

    let! verdict =
        Gen.frequency [
            6, Gen.constant (Verdict.Score(float v / 8.0, evidence))
            1, Gen.constant (Verdict.NoAnswer evidence)
            1, Gen.constant (Verdict.Unscorable evidence)
        ]

    return verdict
}

let private scored =
    Gen.choose (0, 8) |> Gen.map (fun v -> Verdict.Score(float v / 8.0, Evidence.Because ""))

let private always (verdict: Verdict) : Reward<int> = fun _ -> verdict

let private same (a: Reward<int>) (b: Reward<int>) =
    let x, y = a 0, b 0
    x.Outcome = y.Outcome && (Double.IsNaN x.Value || abs (x.Value - y.Value) <= 1e-12)

let private weight = Gen.choose (1, 9) |> Gen.map float

/// L35 of combinators.
let combinators (c: Combinators) : Law list = [
    Law.forAll 35 "all and any are the minimum and the maximum: commutative, absorbing" (Gen.two scored) (fun (x, y) ->
        let a, b = always x, always y
        let lowest, highest = c.All [ a; b ], c.Any [ a; b ]

        same lowest (c.All [ b; a ])
        && same highest (c.Any [ b; a ])
        && (lowest 0).Value = min x.Value y.Value
        && (highest 0).Value = max x.Value y.Value
        && same (c.All [ a; c.Any [ a; b ] ]) a
        && same (c.Any [ a; c.All [ a; b ] ]) a)

    Law.forAll
        35
        "both is a product: commutative, associative, with unit and zero, over any"
        (Gen.three scored)
        (fun (x, y, z) ->
            let a, b, d = always x, always y, always z
            let one, zero = Combine.constant 1.0, Combine.constant 0.0

            (c.Both a b 0).Value = x.Value * y.Value
            && same (c.Both a b) (c.Both b a)
            && same (c.Both a (c.Both b d)) (c.Both (c.Both a b) d)
            && same (c.Both a one) a
            && same (c.Both a zero) zero
            && same (c.Both a (c.Any [ b; d ])) (c.Any [ c.Both a b; c.Both a d ]))

    Law.forAll
        35
        "weighted lies between its parts, and only ratios of weights count"
        (Gen.zip (Gen.two scored) (Gen.three weight))
        (fun ((x, y), (v, w, k)) ->
            let mean = c.Weighted [ v, always x; w, always y ]
            let value = (mean 0).Value

            value >= min x.Value y.Value - 1e-12
            && value <= max x.Value y.Value + 1e-12
            && abs (value - (v * x.Value + w * y.Value) / (v + w)) <= 1e-12
            && same mean (c.Weighted [ k * v, always x; k * w, always y ]))

    Law.forAll 35 "a faulty gold absorbs: the sample counts for nobody" scored (fun x ->
        let good, fault = always x, always (Verdict.Unscorable(Evidence.Because ""))

        [
            c.All [ good; fault ]
            c.Both good fault
            c.Both fault good
            c.Weighted [ 1.0, good; 1.0, fault ]
            c.Gate good fault
            c.Gate fault good
        ]
        |> List.forall (fun r -> (r 0).IsUnscorable))

    Law.forAll 35 "a gate never adds" (Gen.two scored) (fun (condition, x) ->
        let gated = (c.Gate (always condition) (always x) 0).Value
        gated <= x.Value && gated = (if condition.Value > 0.0 then x.Value else 0.0))

    Law.forAll 35 "contramap keeps identity and composition" (Gen.two (Gen.choose (0, 50))) (fun (s, k) ->
        let r: Reward<int> = fun s -> Verdict.Score(float (abs s % 8) / 8.0, Evidence.Because "")
        let f, g = (fun x -> x + k), (fun x -> 3 * x)

        (c.Contramap id r s).Value = (r s).Value
        && (c.Contramap (f >> g) r s).Value = (c.Contramap f (c.Contramap g r) s).Value
        && (c.Contramap f r s).Value = (r (f s)).Value)

    Law.forAll
        35
        "orElse is associative, and goes on only where there is no answer"
        (Gen.three reward)
        (fun (x, y, z) ->
            let a, b, d = always x, always y, always z

            same (c.OrElse a (c.OrElse b d)) (c.OrElse (c.OrElse a b) d)
            && same (c.OrElse a b) (if x.IsNoAnswer then b else a))
]

/// Rewards of length: of one completion, and of a group.
type LengthRewards = {
    Name: string
    /// Longest length, right or wrong, length.
    Cosine: int -> bool -> int -> float
    /// Longest length, width of the slope, length.
    Overlong: int -> int -> int -> float
    /// Lengths of a group, and which of its answers are right.
    Group: int[] -> bool[] -> float[]
}

let private group = gen {
    let! n = Gen.choose (1, 8)
    let! lengths = Gen.listOfLength n (Gen.choose (0, 400))
    let! right = Gen.listOfLength n (Gen.elements [ true; false ])
    return List.toArray lengths, List.toArray right
}

/// L35 of length and group rewards.
let lengths (r: LengthRewards) : Law list = [
    Law.forAll
        35
        "the cosine reward is monotone in the length and constant beyond the longest"
        (Gen.three (Gen.choose (1, 500)))
        (fun (longest, a, b) ->
            let short, long = min a b, max a b

            r.Cosine longest true long <= r.Cosine longest true short + 1e-12
            && r.Cosine longest false long >= r.Cosine longest false short - 1e-12
            && abs (r.Cosine longest true (longest + a) - r.Cosine longest true longest) <= 1e-12)

    Law.forAll
        35
        "the overlong punishment falls from 0 to -1 in small steps"
        (Gen.three (Gen.choose (1, 300)))
        (fun (most, cache, at) ->
            let most, cache = most + cache, cache
            let here, next = r.Overlong most cache at, r.Overlong most cache (at + 1)
            here <= 0.0 && here >= -1.0 && next <= here && here - next <= 1.0 / float cache + 1e-12)

    Law.forAll 35 "a group's rewards follow its members when they change places" group (fun (lengths, right) ->
        let reversed = r.Group (Array.rev lengths) (Array.rev right)
        Array.forall2 (fun a b -> abs (a - b) <= 1e-12) (Array.rev (r.Group lengths right)) reversed)

    Law.forAll
        35
        "a group's rewards do not change when all lengths grow alike"
        (Gen.zip group (Gen.choose (1, 500)))
        (fun ((lengths, right), k) ->
            Array.forall2
                (fun a b -> abs (a - b) <= 1e-12)
                (r.Group lengths right)
                (r.Group (lengths |> Array.map ((+) k)) right))
]
