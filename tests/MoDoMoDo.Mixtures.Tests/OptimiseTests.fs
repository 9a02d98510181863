module MoDoMoDo.Mixtures.Tests.OptimiseTests

open System.IO
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

[<Property(MaxTest = 20)>]
let ``the optimiser finds the projection of a point as the nearest member of the space`` () =
    let inputs = gen {
        let! space = Gen.choose (2, 5) |> Gen.bind Generate.space
        let! target = Gen.arrayOfLength space.Domains.Count (Generate.number -0.5 1.5)
        return space, target
    }

    Prop.forAll (Arb.fromGen inputs) (fun (space, target) ->
        let f = Array.map (fun w -> -(Array.map2 (fun x y -> (x - y) ** 2.0) w target |> Array.sum))
        let struct (w, value) = Optimise.maximise 1UL f space [||]
        let best = (f [| MixtureSpace.project space target |])[0]
        MixtureSpace.violation space w < 1e-7 && value > best - 1e-3)

[<Property(MaxTest = 20)>]
let ``linear functions are largest at the best corner`` () =
    Prop.forAll (Arb.fromGen (Gen.arrayOfLength 6 (Generate.number -1.0 1.0))) (fun slopes ->
        let f = Array.map (fun w -> Array.map2 (*) slopes w |> Array.sum)
        let struct (_, value) = Optimise.maximise 1UL f (MixtureSpace.simplex (Generate.domains 6)) [||]
        abs (value - Array.max slopes) < 1e-6)

/// Runs of a function with its best mixture at (0.6, 0.3, 0.1).
let private ledger =
    let truth (w: float[]) = 1.0 - (w[0] - 0.6) ** 2.0 - (w[1] - 0.3) ** 2.0 - (w[2] - 0.1) ** 2.0
    let domains = Generate.domains 3
    let mixtures = Array.append (Design.paper domains) (Design.dirichlet 3UL 1.0 23 domains)

    {
        Domains = domains
        Targets = [| "x" |]
        Rows =
            mixtures
            |> Array.map (fun m -> LedgerRow.Create(m.Run, m.Weights, [ "x", truth (Array.ofSeq m.Weights.Values) ]))
    }

let private surrogate = lazy (Surrogate.fit PredictorCatalogue.smooth (Target.Single "x") ledger)

[<Fact>]
let ``the expected best mixture is near the true one`` () =
    let struct (w, p) = Optimise.best 0UL 0.0 Goal.Max (MixtureSpace.simplex ledger.Domains) surrogate.Value
    Array.iter2 (fun (truth: float) x -> Assert.InRange(x, truth - 0.08, truth + 0.08)) [| 0.6; 0.3; 0.1 |] w
    Assert.InRange(p.Mean, 0.97, 1.02)

[<Theory>]
[<InlineData("ei")>]
[<InlineData("ucb")>]
[<InlineData("thompson")>]
[<InlineData("kg")>]
[<InlineData("variance")>]
[<InlineData("mean")>]
[<InlineData("lcb")>]
let ``proposals of a batch lie in the space and are repeatable`` (name: string) =
    let space =
        MixtureSpace.simplex ledger.Domains
        |> MixtureSpace.cap "a" 0.5
        |> Result.defaultWith (fun _ -> failwith "wanted a space")

    let propose () =
        Acquisition.propose
            (Plan.Of(Acquisition.parse name, Goal.Max, space, 5UL))
            [| [| 0.2; 0.4; 0.4 |] |]
            2
            surrogate.Value

    let batch = propose ()
    Assert.All(batch, fun p -> Assert.True(MixtureSpace.violation space p.Weights < 1e-8))
    Assert.Equal<float[][]>(batch |> Array.map _.Weights, propose () |> Array.map _.Weights)

[<Fact>]
let ``a believed run is no longer worth its variance`` () =
    let uncertain s = (Surrogate.predict s [| [| 0.0; 0.05; 0.95 |] |] |> Array.exactlyOne).Variance
    Assert.True(uncertain (Surrogate.believe surrogate.Value [| 0.0; 0.05; 0.95 |]) < uncertain surrogate.Value)

[<Fact>]
let ``a search sees only the scores that it has paid for`` () =
    let start = [| for r in ledger.Rows[0..4] -> r.Run |]

    let replay count pool =
        Search.replay
            { Scale = ""; Step = None }
            PredictorCatalogue.smooth
            Acquisition.ExpectedImprovement
            0UL
            Goal.Max
            (Target.Single "x")
            start
            count
            pool

    let choices = replay 6 ledger
    let seen = Set.ofArray (Array.append start (choices[0..2] |> Array.map _.Run))
    let hidden = ledger.Rows |> Array.filter (fun r -> not (seen.Contains r.Run))
    let shuffled = RandomStream(9UL).Shuffle(hidden |> Array.map _.Scores)
    let scores = Array.zip (hidden |> Array.map _.Run) shuffled |> Map.ofArray

    let pool = {
        ledger with
            Rows =
                ledger.Rows
                |> Array.map (fun r -> { r with Scores = scores |> Map.tryFind r.Run |> Option.defaultValue r.Scores })
    }

    Assert.Equal<string[]>(choices[0..3] |> Array.map _.Run, replay 4 pool |> Array.map _.Run)
    Assert.Equal(choices.Length, choices |> Array.map _.Run |> Array.distinct |> Array.length)
    Assert.Equal(6, choices.Length)

[<Fact>]
let ``files of the mixture commands have the columns of the contract`` () =
    let header write =
        let file = Files.temporary ".csv"

        try
            write file
            (File.ReadAllLines file)[0]
        finally
            File.Delete file

    let proposals =
        MixtureCommands.propose
            None
            Acquisition.Mean
            0UL
            Goal.Max
            (MixtureSpace.simplex ledger.Domains)
            1
            (Target.Single "x")
            ledger

    Assert.Equal(
        "run,w:a,w:b,w:c,mean,sd,acquisition",
        header (fun f -> MixtureCommands.writeProposals f ledger.Domains proposals)
    )

    let mixtures = Design.single ledger.Domains

    Assert.Equal(
        "run,mean,sd,lower,upper",
        header (fun f -> MixtureCommands.writePredictions f mixtures (MixtureCommands.predict surrogate.Value mixtures))
    )

    Assert.Equal("order,run,score,best", header (fun f -> Search.write f [||]))
    Assert.Equal("run,w:a,w:b,w:c", header (fun f -> LedgerFile.writeMixtures f mixtures))
