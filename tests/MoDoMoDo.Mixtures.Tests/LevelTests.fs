module MoDoMoDo.Mixtures.Tests.LevelTests

open System.IO
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

let private domains = Generate.domains 4

let private truth (w: float[]) = 3.0 - 2.0 * sqrt w[0] - sqrt w[1] + 0.5 * w[2]

let private row name scale step f (m: NamedMixture) = {
    LedgerRow.Create(name + m.Run, m.Weights, [ "x", f (truth (Array.ofSeq m.Weights.Values)) ]) with
        Scale = scale
        Step = step
}

/// 24 runs of a small model and 10 of a large one.
let private scales = {
    Domains = domains
    Targets = [| "x" |]
    Rows =
        Array.append
            (Design.dirichlet 1UL 0.7 24 domains |> Array.map (row "small-" "1M" None id))
            (Design.dirichlet 2UL 0.7 10 domains |> Array.map (row "large-" "1B" None (fun y -> 0.4 * y + 0.5)))
}

/// Ten runs with a pilot each, of which eight were trained to the end, one of them not quite.
let private pilots = {
    Domains = domains
    Targets = [| "x" |]
    Rows =
        let mixtures = Design.dirichlet 3UL 0.7 10 domains

        Array.append
            (mixtures |> Array.map (row "" "" (Some 200) (fun y -> y + 0.3)))
            (mixtures[..7] |> Array.mapi (fun i -> row "" "" (Some(if i = 0 then 1960 else 2000)) id))
}

[<Fact>]
let ``a fit at one scale leaves a run out of all levels and reports the runs of its own`` () =
    let struct (s, report) =
        MixtureCommands.fitAt (Some PredictorCatalogue.smooth) 0UL "1B" None (Target.Single "x") scales

    Assert.Equal(10, report.Count)
    Assert.Equal(Some { Scale = "1B"; Step = None }, s.Level)
    Assert.All(report.LeftOut, fun l -> Assert.StartsWith("large-", l.Run))
    Assert.True(report.Skill > 0.7, string report.Skill)

[<Fact>]
let ``short pilots inform long runs, and a run that nearly finished counts as one`` () =
    let struct (s, report) =
        MixtureCommands.fitAt (Some PredictorCatalogue.smooth) 0UL "" None (Target.Single "x") pilots

    Assert.Equal(8, report.Count)
    let unfinished = pilots.Rows[8..9]

    let predicted = unfinished |> Array.map (Ledger.weights pilots) |> Surrogate.predict s

    Array.iter2
        (fun (r: LedgerRow) (p: Prediction) -> Assert.Equal(r.Scores["x"].Score - 0.3, p.Mean, 0.15))
        unfinished
        predicted

[<Fact>]
let ``a saved predictor of several scales predicts the same after loading`` () =
    let s = MixtureCommands.surrogate (Some PredictorCatalogue.smooth) "1B" None (Target.Single "x") scales
    let file = Files.temporary ".json"

    try
        PredictorFile.save file scales s
        let test = [| [| 0.1; 0.2; 0.3; 0.4 |]; [| 0.7; 0.0; 0.2; 0.1 |] |]
        let before, after = Surrogate.predict s test, Surrogate.predict (PredictorFile.load file) test
        Array.iter2 (fun (a: Prediction) (b: Prediction) -> Assert.Equal(a.Mean, b.Mean, 9)) before after
        Array.iter2 (fun (a: Prediction) (b: Prediction) -> Assert.Equal(a.Deviation, b.Deviation, 9)) before after
    finally
        File.Delete file

[<Fact>]
let ``a search at one scale chooses among its runs, informed by the other scale's runs that it starts with`` () =
    let large = scales.Rows |> Array.filter (fun r -> r.Scale = "1B") |> Array.map _.Run
    let small = scales.Rows |> Array.filter (fun r -> r.Scale = "1M") |> Array.map _.Run

    let replay start =
        Search.replay
            { Scale = "1B"; Step = None }
            PredictorCatalogue.smooth
            Acquisition.Mean
            0UL
            Goal.Min
            (Target.Single "x")
            start
            3
            scales

    let choices = replay (Array.append small large[..3])
    Assert.All(choices, fun c -> Assert.Contains(c.Run, large[4..]))

    let best =
        scales.Rows[24..]
        |> Array.filter (fun r -> Array.contains r.Run large[4..])
        |> Array.minBy (fun r -> r.Scores["x"].Score)

    Assert.Equal(best.Run, choices[0].Run)

let private accuracies items =
    let mixtures = Design.dirichlet 4UL 1.0 14 domains

    {
        Domains = domains
        Targets = [| "x"; "y" |]
        Rows =
            mixtures
            |> Array.map (fun m ->
                let w = Array.ofSeq m.Weights.Values
                let measured = { Score = 0.3 + 0.4 * w[0]; Items = Some items; Deviation = None }

                {
                    LedgerRow.Create(m.Run, m.Weights, []) with
                        Scores =
                            Map [
                                "x", measured
                                "y", { measured with Score = 0.9 - 0.5 * w[0]; Items = Some(3.0 * items) }
                            ]
                        Cost = Some(1.0 + 9.0 * w[1])
                })
    }

[<Fact>]
let ``a new measurement is predicted with the noise of its items`` () =
    let deviation items =
        let s = Surrogate.fit (PredictorCatalogue.find "ridge") (Target.Single "x") (accuracies items)
        let predicted = Surrogate.predict s [| Array.create 4 0.25 |]
        predicted[0].Deviation

    // Binomial: sqrt(0.4 x 0.6 / 50) = 0.069, times the calibration, which is at least 0.8.
    Assert.True(deviation 50.0 > 0.055)
    Assert.True(deviation 5000.0 < 0.5 * deviation 50.0)

[<Fact>]
let ``targets can be weighted by their items`` () =
    let parts = Ledger.parts (Target.parse "composite:items") (accuracies 100.0)
    Assert.Equal<(string * float)[]>([| "x", 0.25; "y", 0.75 |], parts)
    Assert.Equal("composite:items", Target.name Target.Items)

[<Fact>]
let ``replicates tell the noise of a measurement, when there are enough`` () =
    let replicate seed y = { LedgerRow.Create($"r{seed}", Weights.Uniform domains, [ "x", y ]) with Seed = Some seed }

    let ledger ys = { Domains = domains; Targets = [| "x" |]; Rows = ys |> Array.mapi replicate }
    // Squares 6 over 7 degrees of freedom.
    let variance = Ledger.replicateVariance "x" (ledger [| 1.0; 3.0; 2.0; 2.0; 3.0; 1.0; 1.0; 3.0 |])
    Assert.Equal(6.0 / 7.0, Option.get variance, 12)
    Assert.Equal(None, Ledger.replicateVariance "x" (ledger [| 1.0; 3.0; 2.0 |]))

let private propose change =
    let ledger = accuracies 1000.0

    let s = MixtureCommands.surrogate (Some PredictorCatalogue.smooth) "" None (Target.Single "x") ledger

    let plan = change (Plan.Of(Acquisition.Mean, Goal.Max, MixtureSpace.simplex domains, 0UL)) ledger

    MixtureCommands.proposeBy plan 1 ledger s |> Array.exactlyOne |> _.Weights

[<Fact>]
let ``proposals meet what is required of another score`` () =
    let free = propose (fun plan _ -> plan)

    let bound =
        propose (fun plan ledger -> {
            plan with
                Feasibility =
                    MixtureCommands.feasibility
                        PredictorCatalogue.smooth
                        ""
                        None
                        [ { Target = "y"; Goal = Goal.Max; Threshold = 0.7 } ]
                        ledger
        })

    Assert.True(free[0] > 0.9)
    Assert.InRange(bound[0], 0.2, 0.45)

[<Fact>]
let ``the expected front of two scores that pull apart has mixtures of both kinds, none dominated`` () =
    let ledger = accuracies 100.0

    let s =
        MixtureCommands.surrogate (Some PredictorCatalogue.smooth) "" None (Target.parse "composite:x=1,y=1") ledger

    let plan = Plan.Of(Acquisition.Mean, Goal.Max, MixtureSpace.simplex ledger.Domains, 0UL)
    let front = MixtureCommands.front plan 8 s
    Assert.True(front.Length > 1)
    Assert.Equal<Proposal seq>(front |> Array.sortByDescending _.Prediction.Mean, front)

    let scores =
        s.Parts
        |> Array.map (fun p -> p.Predictor.Predict(front |> Array.map _.Weights) |> Array.map _.Mean)
        |> Array.transpose

    Assert.Equal<int seq>([| 0 .. front.Length - 1 |], Objectives.paretoFront [| Goal.Max; Goal.Max |] scores)

[<Fact>]
let ``a price on the distance from a reference keeps proposals near it`` () =
    let reference = [| 0.1; 0.3; 0.3; 0.3 |]
    let near = propose (fun plan _ -> { plan with Reference = struct (reference, 10.0) })
    Array.iter2 (fun (r: float) w -> Assert.Equal(r, w, 0.05)) reference near

[<Theory>]
[<InlineData("gmm")>]
[<InlineData("regmix")>]
let ``the paper's and RegMix's optimisers propose members of the space`` (name: string) =
    let space =
        MixtureSpace.simplex domains
        |> MixtureSpace.cap "a" 0.5
        |> Result.defaultWith (fun _ -> failwith "wanted a space")

    let w = propose (fun plan _ -> { plan with Space = space; Optimiser = NamedOptimisers.parse name })
    Assert.True(MixtureSpace.violation space w < 1e-8)
    Assert.True(w[0] > 0.3)

[<Fact>]
let ``expected costs follow those of the ledger`` () =
    let of' ledger = MixtureCommands.costs (Fidelity.level "" None ledger) ledger
    let costs = of' (accuracies 100.0) [| [| 0.5; 0.5; 0.0; 0.0 |]; [| 0.5; 0.0; 0.5; 0.0 |] |]
    Assert.True(costs[0] > 2.0 * costs[1])

    let free = {
        accuracies 100.0 with
            Rows = (accuracies 100.0).Rows |> Array.map (fun r -> { r with Cost = None })
    }

    Assert.Equal("--per-cost", Assert.Throws<InputException>(fun () -> of' free |> ignore).Field)

[<Property(MaxTest = 50)>]
let ``a space reads back from the bounds that it is written as`` () =
    Prop.forAll (Arb.fromGen (Generate.space 4)) (fun space ->
        let file = Files.temporary ".json"

        try
            Bounds.write file space
            Bounds.read domains file = space
        finally
            File.Delete file)

[<Fact>]
let ``seeds under bounds are members of the space, each once`` () =
    let space =
        MixtureSpace.simplex domains
        |> MixtureSpace.cap "a" 0.2
        |> Result.defaultWith (fun _ -> failwith "wanted a space")

    let seeds = MixtureCommands.seeds SeedDesign.Paper 0UL 0 [||] [||] None space
    Assert.All(seeds, fun m -> Assert.True(MixtureSpace.contains space m.Weights))
    Assert.Equal(seeds.Length, seeds |> Array.distinctBy _.Weights |> Array.length)

[<Fact>]
let ``a ledger goes through a Deedle frame`` () =
    let ledger = accuracies 100.0
    let back = (LedgerFile.ofFrame LedgerFormat.Default (LedgerFile.frame ledger)).Ledger
    Assert.Equal<LedgerRow[]>(ledger.Rows, back.Rows)

[<Fact>]
let ``sums that are not 1 are normalised with a notice, or refused when exact sums are wanted`` () =
    let text = "run,w:a,w:b,score:x\nr,0.5,0.495,1\n"
    let reading = Files.withText ".csv" text (LedgerFile.read LedgerFormat.Default)
    Assert.Single reading.Notices |> ignore

    let refused =
        Assert.Throws<InputException>(fun () ->
            Files.withText ".csv" text (LedgerFile.read { LedgerFormat.Default with Exact = true }) |> ignore)

    Assert.Equal("weights that sum to 1", refused.Wanted)

[<Fact>]
let ``a least-squares predictor names the terms that it cannot tell apart, a ridge has no need to`` () =
    let ledger = {
        Domains = Generate.domains 5
        Targets = [| "x" |]
        Rows =
            Design.paper (Generate.domains 5)
            |> Array.mapi (fun i m -> LedgerRow.Create(m.Run, m.Weights, [ "x", float (i % 4) ]))
    }

    let report name =
        let struct (_, r) =
            MixtureCommands.fit (Some(PredictorCatalogue.find name)) 0UL (Target.Single "x") ledger

        r

    let quadratic = report "quadratic"
    Assert.Equal(PredictorVerdict.NotIdentifiable, quadratic.Verdict)
    Assert.Contains("a*b", Validation.aliased ledger.Domains quadratic.Design)
    Assert.NotEqual(PredictorVerdict.NotIdentifiable, (report "quadratic-ridge").Verdict)
    Assert.False((report "quadratic-ridge").Design.Identifiable)
