module MoDoMoDo.Mixtures.Tests.SimplexTests

open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

let private spaceAndPoint = gen {
    let! count = Gen.choose (2, 6)
    let! space = Generate.space count
    let! point = Gen.arrayOfLength count (Generate.number -2.0 3.0)
    let! seed = Generate.seed
    return space, point, seed
}

let private forAll check = Prop.forAll (Arb.fromGen spaceAndPoint) check

let private squares a b = Array.map2 (fun x y -> (x - y) ** 2.0) a b |> Array.sum

[<Property>]
let ``a projection is a member`` () =
    forAll (fun (space, point, _) -> MixtureSpace.violation space (MixtureSpace.project space point) < 1e-8)

[<Property>]
let ``what is projected twice stays`` () =
    forAll (fun (space, point, _) ->
        let once = MixtureSpace.project space point
        squares once (MixtureSpace.project space once) < 1e-14)

[<Property>]
let ``no member of the space is nearer to the point than its projection`` () =
    forAll (fun (space, point, seed) ->
        let nearest = squares point (MixtureSpace.project space point)
        let stream = RandomStream seed

        Seq.init 30 (fun _ -> MixtureSpace.sample stream space)
        |> Seq.forall (fun member' -> squares point member' >= nearest - 1e-9))

[<Property>]
let ``a sample is a member`` () =
    forAll (fun (space, _, seed) ->
        let w = MixtureSpace.sample (RandomStream seed) space
        MixtureSpace.contains space (Weights.Create(space.Domains, w)))

[<Fact>]
let ``the projection onto the simplex is the known one`` () =
    // By hand: the shift 0.1 makes (0.6, 0.4, -0.2 -> 0) sum to 1.
    Assert.Equal<float[]>(
        [| 0.6; 0.4; 0.0 |],
        Simplex.project [| 0.7; 0.5; -0.1 |] |> Array.map (fun x -> round (x * 1e12) / 1e12)
    )

let private threeSpaces = gen {
    let! count = Gen.choose (2, 5)
    let! a = Generate.space count
    let! b = Generate.space count
    let! c = Generate.space count
    return a, b, c
}

let private intersect a b = Result.bind (fun x -> Result.bind (MixtureSpace.intersect x) b) a

[<Property>]
let ``intersection is associative, commutative and idempotent`` () =
    Prop.forAll (Arb.fromGen threeSpaces) (fun (a, b, c) ->
        let same (x: Result<MixtureSpace, SpaceConflict>) (y: Result<MixtureSpace, SpaceConflict>) =
            match x, y with
            | Ok x, Ok y -> x = y
            | Error _, Error _ -> true
            | _ -> false

        let a, b, c = Ok a, Ok b, Ok c

        same (intersect (intersect a b) c) (intersect a (intersect b c))
        && same (intersect a b) (intersect b a)
        && same (intersect a a) a)

[<Property>]
let ``members of an intersection are members of both spaces`` () =
    Prop.forAll (Arb.fromGen threeSpaces) (fun (a, b, _) ->
        match MixtureSpace.intersect a b with
        | Error _ -> true
        | Ok both ->
            let w = MixtureSpace.project both (Array.create both.Domains.Count 0.3)
            MixtureSpace.violation a w < 1e-8 && MixtureSpace.violation b w < 1e-8)

[<Fact>]
let ``an empty space is an error that names the conflict`` () =
    let space = MixtureSpace.simplex [| "a"; "b" |] |> MixtureSpace.cap "a" 0.4

    match Result.bind (MixtureSpace.cap "b" 0.5) space with
    | Error conflict ->
        Assert.Equal("b <= 0.5", conflict.Constraint)
        Assert.Equal("the caps sum to 0.9, below 1", conflict.Against)
    | Ok _ -> Assert.Fail "two caps below one half leave no mixture"

[<Fact>]
let ``a bounds file cuts the space, and an epoch limit is a cap`` () =
    let text =
        """{"lower": {"a": 0.05}, "groups": [{"domains": ["a","b"], "upper": 0.6}], "sizes": {"c": 500}, "examples": 1000, "epochs": 1.2}"""

    let space = Files.withText ".json" text (Bounds.read [| "a"; "b"; "c" |])
    Assert.Equal<float list>([ 0.05; 0.0; 0.0 ], List.ofSeq space.Floors)
    Assert.Equal(0.6, space.Caps[2], 12)
    Assert.Equal(0.6, (Array.exactlyOne space.Groups).Upper)

[<Theory>]
[<InlineData("""{"upper": {"a": 0.3, "b": 0.3, "c": 0.3}}""", "bounds that allow a mixture")>]
[<InlineData("""{"uper": {"a": 0.3}}""", "bounds as in CLI.md")>]
[<InlineData("""{"upper": {"z": 0.3}}""", "bounds that allow a mixture")>]
let ``bounds that make no sense are refused`` (text: string) (wanted: string) =
    let refused =
        Assert.Throws<InputException>(fun () -> Files.withText ".json" text (Bounds.read [| "a"; "b"; "c" |]) |> ignore)

    Assert.Equal(wanted, refused.Wanted)
