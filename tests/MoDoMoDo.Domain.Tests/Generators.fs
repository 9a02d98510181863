/// Inputs whose type says what holds of them.
module MoDoMoDo.Domain.Tests.Generators

open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Domain

/// Non-negative amounts, not all zero, each with a domain's name.
type Amounts = Amounts of (string * float) list

/// Rewards of whole groups: K reward functions with their weights, NaN where a function cannot score.
type Batch = { GroupSize: int; Weights: float[]; Rewards: float[][] }

/// Sides between 1 and 4 000 pixels, at most 100 times as long as wide.
type Sides = Sides of ImageSize

/// A box inside an image.
type InImage = InImage of ImageSize * Box

/// A small number, finite and of either sign.
type Small = Small of float

let private decimals low high =
    Gen.choose (int (low * 1000.0), int (high * 1000.0)) |> Gen.map (fun i -> float i / 1000.0)

let private amounts = gen {
    let! values = Gen.nonEmptyListOf (Gen.frequency [ 3, decimals 0.0 9.0; 1, Gen.constant 0.0 ])
    let! first = decimals 0.001 9.0
    return first :: values |> List.mapi (fun i v -> $"d{i}", v) |> Amounts
}

let private batch = gen {
    let! groupSize = Gen.choose (2, 6)
    let! groups = Gen.choose (1, 4)
    let! functions = Gen.choose (1, 3)
    let! weights = Gen.arrayOfLength functions (decimals 0.1 3.0)
    let reward = Gen.frequency [ 6, decimals -1.0 1.0; 2, Gen.elements [ 0.0; 1.0 ]; 1, Gen.constant nan ]
    let! rewards = Gen.arrayOfLength (groups * groupSize) (Gen.arrayOfLength functions reward)

    return { GroupSize = groupSize; Weights = weights; Rewards = rewards }
}

let private sides = gen {
    let! height = Gen.choose (1, 4000)
    let! width = Gen.choose (max 1 (height / 100), min 4000 (height * 100))
    return { Height = height; Width = width }
}

let private inImage = gen {
    let! size = sides
    let! us = Gen.arrayOfLength 2 (decimals 0.0 1.0)
    let! vs = Gen.arrayOfLength 2 (decimals 0.0 1.0)
    let x, y = (fun u -> u * float size.Width), (fun v -> v * float size.Height)
    return InImage(size, Box.Create(x (Array.min us), y (Array.min vs), x (Array.max us), y (Array.max vs)))
}

/// What FsCheck is told of these types.
type Arbitraries =
    static member Amounts() = Arb.fromGen amounts
    static member Batch() = Arb.fromGen batch
    static member Sides() = Arb.fromGen (Gen.map Sides sides)
    static member InImage() = Arb.fromGen inImage
    static member Small() = Arb.fromGen (Gen.map Small (decimals -5.0 5.0))
