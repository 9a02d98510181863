module MoDoMoDo.Domain.Tests.RngTests

open System
open FsCheck
open FsCheck.Xunit
open MoDoMoDo.Domain
open global.Xunit

/// The outputs of Vigna's splitmix64.c for the seed 1234567 (prng.di.unimi.it/splitmix64.c; the same list stands in
/// Rosetta Code's "Pseudo-random numbers/Splitmix64").
let private published = [|
    6457827717110365317UL
    3203168211198807973UL
    9817491932198370423UL
    4593380528125082431UL
    16408922859458223821UL
|]

[<Fact>]
let ``the numbers are those of splitmix64`` () =
    let stream = RandomStream 1234567UL
    Assert.Equal<uint64>(published, Array.init published.Length (fun _ -> stream.NextBits()))

[<Property>]
let ``a state always gives the same number, whatever is drawn elsewhere`` (seed: uint64) =
    let rng = Rng.OfSeed seed
    let struct (first, _) = rng.Next()
    rng.Split("elsewhere").Next() |> ignore
    let struct (again, _) = rng.Next()
    first = again

[<Property>]
let ``different keys split into different states`` (seed: uint64) (a: uint64) (b: uint64) =
    let rng = Rng.OfSeed seed
    (a = b) = (rng.Split a = rng.Split b)

[<Property>]
let ``different names split into different states`` (seed: uint64) (a: char[]) (b: char[]) =
    let rng = Rng.OfSeed seed
    (a = b) = (rng.Split(String a) = rng.Split(String b))

[<Property>]
let ``a token's uniform lies in [0, 1) and depends on each of its coordinates`` seed step prompt row position =
    let u = Rng.TokenUniform(seed, step, prompt, row, position)

    let others = [
        Rng.TokenUniform(seed + 1UL, step, prompt, row, position)
        Rng.TokenUniform(seed, step + 1, prompt, row, position)
        Rng.TokenUniform(seed, step, prompt + 1, row, position)
        Rng.TokenUniform(seed, step, prompt, row + 1, position)
        Rng.TokenUniform(seed, step, prompt, row, position + 1)
    ]

    0.0 <= u && u < 1.0 && not (List.contains u others)

[<Fact>]
let ``uniforms of tokens are spread evenly and neighbours are not correlated`` () =
    let n = 20000
    let us = Array.init n (fun i -> Rng.TokenUniform(7UL, i / 400, i / 100 % 4, i / 25 % 4, i % 25) - 0.5)
    let correlation = Array.pairwise us |> Array.averageBy (fun (a, b) -> 12.0 * a * b)
    // Five standard errors of each statistic.
    Assert.InRange(Array.average us, -0.0103, 0.0103)
    Assert.InRange(Array.averageBy (fun u -> u * u) us, 1.0 / 12.0 - 0.0027, 1.0 / 12.0 + 0.0027)
    Assert.InRange(correlation, -0.0354, 0.0354)

[<Fact>]
let ``a token's uniform never changes, or recorded runs could not be repeated`` () =
    // From a second implementation, in Python's integers.
    Assert.Equal(0.23441539802870892, Rng.TokenUniform(0UL, 0, 0, 0, 0))
    Assert.Equal(0.7231370812185047, Rng.TokenUniform(42UL, 3, 1, 7, 19))

[<Property>]
let ``integers lie in their range, both ends included`` (seed: uint64) (low: int16) (PositiveInt more) =
    let stream = RandomStream seed
    let drawn = Array.init 20 (fun _ -> stream.NextInt(int low, int low + more))
    drawn |> Array.forall (fun i -> int low <= i && i <= int low + more)

[<Fact>]
let ``a count that is not positive is refused`` () =
    Assert.Throws<ArgumentException>(fun () -> RandomStream(1UL).NextInt 0 |> ignore)

[<Fact>]
let ``each of five integers is equally likely`` () =
    let stream = RandomStream 3UL
    let counts = Array.init 20000 (fun _ -> stream.NextInt 5) |> Array.countBy id
    Assert.Equal(5, counts.Length)
    // Five standard deviations of a binomial count with p = 0.2.
    Assert.All(counts, (fun (_, count) -> Assert.InRange(count, 4000 - 283, 4000 + 283)))

[<Property>]
let ``shuffling keeps the items`` (seed: uint64) (items: int[]) =
    Array.sort (RandomStream(seed).Shuffle items) = Array.sort items

[<Fact>]
let ``Gaussian draws have mean 0, variance 1 and little skew`` () =
    let stream = RandomStream 11UL
    let xs = Array.init 20000 (fun _ -> stream.NextGaussian())
    Assert.InRange(Array.average xs, -0.036, 0.036)
    Assert.InRange(Array.averageBy (fun x -> x * x) xs, 0.95, 1.05)
    Assert.InRange(Array.averageBy (fun x -> x * x * x) xs, -0.14, 0.14)
