module MoDoMoDo.Mixtures.Tests.DesignTests

open System.IO
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

[<Fact>]
let ``the paper's design for five domains has 11 mixtures`` () =
    let design = Design.paper (Generate.domains 5)
    Assert.Equal(11, design.Length)
    Assert.Equal(5, design |> Array.filter (fun m -> Seq.contains 1.0 m.Weights.Values) |> Array.length)

    Assert.Equal(
        5,
        design
        |> Array.filter (fun m -> Seq.filter ((=) 0.25) m.Weights.Values |> Seq.length = 4)
        |> Array.length
    )

    Assert.Equal("uniform", (Array.last design).Run)

[<Property(MaxTest = 10)>]
let ``space-filling mixtures lie in the space, apart from each other and from what is there`` () =
    let inputs =
        Gen.map2 (fun s seed -> s, seed) (Gen.choose (3, 5) |> Gen.bind Generate.space) Generate.seed

    Prop.forAll (Arb.fromGen inputs) (fun (space, seed) ->
        let there = [| Weights.Uniform space.Domains |]
        let design = Design.spaceFilling seed 5 there space
        let all = Array.append there (design |> Array.map _.Weights)

        design |> Array.forall (fun m -> MixtureSpace.violation space (Array.ofSeq m.Weights.Values) < 1e-8)
        && (design.Length = 5)
        && design = Design.spaceFilling seed 5 there space
        && (space.Groups.Length > 0
            || Seq.exists (fun f -> f > 0.1) space.Floors
            || (Array.distinct all).Length = 6))

/// The 11 seed runs of the paper's Table 2 with In- and Out-Scores.
let private seedRuns () =
    let format = { WeightsPrefix = "w_"; ScorePrefix = ""; Key = "experiment"; Exact = false }
    let ledger = (LedgerFile.read format (Path.Combine(Files.data, "modomodo_table2.csv"))).Ledger

    ledger.Rows
    |> Array.map (fun r -> { Weights = r.Weights; In = r.Scores["In"].Score; Out = r.Scores["Out"].Score })

[<Fact>]
let ``the heuristics have the values computed from the paper's table`` () =
    // reference/mixtures.md section 6: computed in numpy from the same 11 rows, alpha_single = 1.
    let runs = seedRuns ()

    let agree (expected: float list) (w: Weights) =
        Seq.iter2 (fun (e: float) (a: float) -> Assert.InRange(a, e - 1e-6, e + 1e-6)) expected w.Values

    Assert.Equal(11, runs.Length)
    Heuristics.alpha 1.0 1.0 runs |> agree [ 0.262593; 0.28099; 0.0; 0.013579; 0.442838 ]
    Heuristics.alpha 1.0 0.0 runs |> agree [ 0.068536; 0.064174; 0.330841; 0.536449; 0.0 ]
    Heuristics.alpha 1.0 0.5 runs |> agree [ 0.174839; 0.182945; 0.149608; 0.250023; 0.242585 ]
    Heuristics.coli runs |> agree [ 0.183851; 0.183315; 0.216072; 0.241329; 0.175432 ]
    Heuristics.norm runs |> agree [ 0.125517; 0.232723; 0.201418; 0.251034; 0.189309 ]

[<Property>]
let ``the heuristics are mixtures whatever the scores`` () =
    let scores = Gen.arrayOfLength 22 (Gen.choose (0, 3) |> Gen.map (fun i -> float i / 10.0))

    Prop.forAll (Arb.fromGen scores) (fun scores ->
        let runs =
            Design.paper (Generate.domains 5)
            |> Array.mapi (fun i m -> { Weights = m.Weights; In = scores[i]; Out = scores[11 + i] })

        let nothingToSay = Array.forall ((=) 0.0) scores[11..]
        nothingToSay || (Heuristics.all runs).Length = 5)
