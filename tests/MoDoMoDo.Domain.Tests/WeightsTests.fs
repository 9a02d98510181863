[<FsCheck.Xunit.Properties(Arbitrary = [| typeof<MoDoMoDo.Domain.Tests.Generators.Arbitraries> |])>]
module MoDoMoDo.Domain.Tests.WeightsTests

open System
open System.Globalization
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Domain.Tests.Generators
open global.Xunit

let private normalised (Amounts amounts) =
    let domains, values = List.unzip amounts
    Weights.Normalised(domains, values)

let private pairs (w: Weights) = Seq.zip w.Domains w.Values

let private errorOf pairs =
    match Weights.TryCreate pairs with
    | Ok w -> $"no error: {w}"
    | Error why -> why

[<Property>]
let ``weights lie on the simplex, in the order of their domains`` (Amounts amounts) =
    let w = normalised (Amounts amounts)

    Seq.toList w.Domains = List.map fst amounts
    && Seq.forall (fun v -> v >= 0.0) w.Values
    && abs (Seq.sum w.Values - 1.0) < 1e-12

[<Property>]
let ``weights that were read back are the same, bit for bit`` amounts =
    let w = normalised amounts
    let back = Weights.Create(w.Domains, Array.ofSeq w.Values)
    Seq.forall2 (fun (a: float) b -> a.Equals b) w.Values back.Values && back.Equals w

[<Property>]
let ``amounts and their multiples are the same mixture`` (Amounts amounts) =
    let doubled = amounts |> List.map (fun (d, v) -> d, 4.0 * v) |> Amounts
    (normalised (Amounts amounts)).Equals(normalised doubled)

[<Property>]
let ``equal mixtures have equal hash codes`` amounts =
    (normalised amounts).GetHashCode() = (normalised amounts).GetHashCode()

[<Property>]
let ``a domain is found by its name, and one that is not named weighs 0`` amounts =
    let w = normalised amounts
    pairs w |> Seq.forall (fun (d, v) -> w[d] = v) && w["unnamed"] = 0.0

[<Fact>]
let ``a sum within the tolerance is divided out`` () =
    let w = Weights.Create([ "a"; "b" ], [ 0.5; 0.5000008 ])
    Assert.Equal(1.0, Seq.sum w.Values, 12)

[<Fact>]
let ``what is no mixture is refused with its reason`` () =
    Assert.Contains("at least one domain", errorOf [])
    Assert.Contains("a name for each domain", errorOf [ " ", 1.0 ])
    Assert.Contains("each domain once, found a, a", errorOf [ "a", 0.5; "a", 0.5 ])
    Assert.Contains("b: wanted a finite weight of at least 0, found -0.5", errorOf [ "a", 1.5; "b", -0.5 ])
    Assert.Contains("a: wanted a finite weight", errorOf [ "a", nan; "b", 1.0 ])
    Assert.Contains("found a sum of 0.9", errorOf [ "a", 0.4; "b", 0.5 ])
    Assert.Contains("found a sum of 1.00001", errorOf [ "a", 0.5; "b", 0.50001 ])

[<Fact>]
let ``amounts that are negative, not finite or all zero are refused`` () =
    for amounts in [ [ -1.0; -1.0 ]; [ infinity; 1.0 ]; [ 0.0; 0.0 ]; [ 1.0 ] ] do
        Assert.Throws<ArgumentException>(fun () -> Weights.Normalised([ "a"; "b" ], amounts) |> ignore)
        |> ignore

[<Fact>]
let ``a single domain that is not among the domains is refused`` () =
    Assert.Throws<ArgumentException>(fun () -> Weights.Single([ "a"; "b" ], "c") |> ignore)

[<Fact>]
let ``text does not depend on the culture`` () =
    let culture = CultureInfo.CurrentCulture

    try
        CultureInfo.CurrentCulture <- CultureInfo "de-DE"
        Assert.Equal("a 0.25, b 0.75", string (Weights.Create([ "a"; "b" ], [ 0.25; 0.75 ])))
    finally
        CultureInfo.CurrentCulture <- culture
