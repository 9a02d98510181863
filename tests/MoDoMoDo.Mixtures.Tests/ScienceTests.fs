module MoDoMoDo.Mixtures.Tests.ScienceTests

open System
open System.IO
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures
open MoDoMoDo.Mixtures.GaussianProcess

let private near tolerance (a: float) (b: float) = abs (a - b) <= tolerance * (1.0 + abs a + abs b)

/// A function that uses every operation.
let private everything (x: D[]) : D =
    let a, b, c = x[0], x[1], x[2]

    exp (a * b) + log (2.0 + c * c) / (1.5 + tanh a) - sqrt (3.0 + a * a) * (b - 1.0)
    + 2.0 / (4.0 + b * b)
    + D.Dot(x, [| 1.0; -2.0; 0.5 |]) ** 2.0

[<Property>]
let ``derivatives by Autodiff equal finite differences`` () =
    Prop.forAll (Arb.fromGen (Gen.arrayOfLength 3 (Generate.number -1.0 1.0))) (fun x ->
        let value p = (everything (Array.map D p)).Value
        let moved i h = x |> Array.mapi (fun j v -> if i = j then v + h else v)
        let gradient, hessian = Autodiff.grad everything x, Autodiff.hessian everything x
        let h = 1e-5

        Array.init 3 (fun i ->
            near 1e-6 gradient[i] ((value (moved i h) - value (moved i -h)) / (2.0 * h))
            && Array.init 3 (fun j ->
                let slope d = (Autodiff.grad everything (moved j d)).[i]
                near 1e-6 hessian[i].[j] ((slope h - slope -h) / (2.0 * h)))
               |> Array.forall id)
        |> Array.forall id)

[<Fact>]
let ``a function of one variable has its derivative`` () =
    Assert.Equal(-1.0 / 4.0, Autodiff.diff (fun x -> 1.0 / x) 2.0, 12)

[<Theory>]
[<InlineData("exponential-law")>]
[<InlineData("power-law")>]
let ``a mixing law is found again from runs of the other law's kind, better than by the constant`` (name: string) =
    let stream = RandomStream 5UL
    let weights = Array.init 24 (fun _ -> Simplex.dirichlet stream [| 1.0; 1.0; 1.0 |])
    let truth (w: float[]) = 2.0 + exp (-1.0 * w[0] + 0.5 * w[1] - 2.0 * w[2])
    let data = { Weights = weights; Scores = weights |> Array.map truth; Noise = Array.create 24 0.0 }
    let predicted = (Method.fit (PredictorCatalogue.find name) data).Predict [| [| 0.3; 0.3; 0.4 |] |]
    Assert.InRange(predicted[0].Mean, truth [| 0.3; 0.3; 0.4 |] - 0.03, truth [| 0.3; 0.3; 0.4 |] + 0.03)

[<Fact>]
let ``sampling by Hamiltonian dynamics has the moments of a normal distribution`` () =
    // Means 1 and -2, deviations 0.5 and 3; 600 draws, about five standard errors of a mildly correlated chain.
    let density (x: float[]) =
        let z = [| (x[0] - 1.0) / 0.5; (x[1] + 2.0) / 3.0 |]
        struct (-0.5 * (z[0] * z[0] + z[1] * z[1]), [| -z[0] / 0.5; -z[1] / 3.0 |])

    let draws = Hmc.sample 1UL 600 [| 0.5; 3.0 |] density [| 1.0; -2.0 |]

    let moments k =
        let xs = draws |> Array.map (fun d -> d[k]) in
        let m = Array.average xs in
        m, sqrt (xs |> Array.averageBy (fun x -> (x - m) ** 2.0))

    let m0, s0 = moments 0
    let m1, s1 = moments 1
    Assert.InRange(m0, 0.88, 1.12)
    Assert.InRange(s0, 0.42, 0.58)
    Assert.InRange(m1, -2.7, -1.3)
    Assert.InRange(s1, 2.5, 3.5)

[<Fact>]
let ``intervals are calibrated on data drawn from the model itself`` () =
    // Simulation-based calibration: ranks of new measurements within the predictive distribution, 60 draws x 8 points; the share
    // inside 50 % and 90 % intervals within four binomial standard errors.
    let stream = RandomStream 11UL
    let parameters = [| -1.0; 0.0; -1.0; -1.0; -3.0; 0.2; 0.5; 0.5; 0.5 |]
    let covariance, noise = Methods.covariance Warp.Power parameters, exp -3.0

    let z =
        Array.init 60 (fun _ ->
            let weights = Array.init 20 (fun _ -> Simplex.dirichlet stream [| 0.7; 0.7; 0.7 |])
            let factor = covariance.Between weights weights |> PositiveDefinite.factor
            let latent = weights |> Array.map (fun _ -> stream.NextGaussian()) |> PositiveDefinite.timesLower factor
            let scores = latent |> Array.map (fun f -> f + sqrt noise * stream.NextGaussian())
            let data = { Weights = weights[..11]; Scores = scores[..11]; Noise = Array.create 12 0.0 }
            let predicted = (Gaussian.predictorAbout 0.0 1.0 "" covariance noise data).Predict weights[12..]
            Array.map2 (fun (p: Prediction) y -> abs (y - p.Mean) / p.Deviation) predicted scores[12..])
        |> Array.concat

    let inside width = float (z |> Array.filter (fun x -> x <= width) |> Array.length) / float z.Length
    Assert.InRange(inside 0.6745, 0.5 - 0.092, 0.5 + 0.092)
    Assert.InRange(inside 1.6449, 0.9 - 0.055, 0.9 + 0.055)

[<Fact>]
let ``boosted trees learn a step that linear predictors cannot`` () =
    let stream = RandomStream 2UL
    let weights = Array.init 60 (fun _ -> Simplex.dirichlet stream [| 1.0; 1.0; 1.0 |])
    let truth (w: float[]) = if w[0] > 0.4 then 3.0 else 1.0
    let data = { Weights = weights; Scores = weights |> Array.map truth; Noise = Array.create 60 0.0 }
    let predictor = Trees.method'.Condition (Hyperparameters.Of [| 0.1 |]) data
    let p = predictor.Predict [| [| 0.7; 0.1; 0.2 |]; [| 0.1; 0.5; 0.4 |] |]
    Assert.InRange(p[0].Mean, 2.7, 3.3)
    Assert.InRange(p[1].Mean, 0.7, 1.3)

let private scales =
    let domains = Generate.domains 4
    let truth (w: float[]) = 3.0 - 2.0 * sqrt w[0] - sqrt w[1] + 0.5 * w[2]
    let small = Design.dirichlet 1UL 0.7 60 domains
    let large = Design.dirichlet 2UL 0.7 30 domains

    let row scale f (m: NamedMixture) = {
        LedgerRow.Create($"{scale} {m.Run}", m.Weights, [ "x", f (truth (Array.ofSeq m.Weights.Values)) ]) with
            Scale = scale
    }

    {
        Domains = domains
        Targets = [| "x" |]
        Rows = Array.append (small |> Array.map (row "1M" id)) (large |> Array.map (row "1B" (fun y -> 0.4 * y + 0.5)))
    }

[<Fact>]
let ``small models' runs inform a large model's predictions`` () =
    let few = { scales with Rows = scales.Rows[..65] }
    let held = scales.Rows[66..]

    let error (s: Surrogate) =
        held
        |> Array.map (Ledger.weights scales)
        |> Surrogate.predict s
        |> Array.map2 (fun r (p: Prediction) -> (p.Mean - r.Scores["x"].Score) ** 2.0) held
        |> Array.average
        |> sqrt

    let together =
        MixtureCommands.surrogate (Some PredictorCatalogue.smooth) "1B" None (Target.Single "x") few

    let alone =
        Surrogate.fit PredictorCatalogue.smooth (Target.Single "x") { few with Rows = few.Rows[60..] }

    Assert.True(error together < 0.3 * error alone, $"{error together} against {error alone}")

[<Fact>]
let ``several scales and none named, or an unknown one, are refused`` () =
    let refused scale = Assert.Throws<InputException>(fun () -> Fidelity.level scale None scales |> ignore)
    Assert.Equal("none", (refused "").Found)
    Assert.Equal("7B", (refused "7B").Found)
    Assert.Equal(1.5e9, Fidelity.sizeOf "1.5B")

[<Fact>]
let ``a claim is surer with more distance, and says how many pairs it takes`` () =
    let domains = Generate.domains 2

    let row name a seed y = {
        LedgerRow.Create(name, Weights.Create(domains, [| a; 1.0 - a |]), [ "x", y ]) with
            Seed = Some seed
    }

    let ledger = {
        Domains = domains
        Targets = [| "x" |]
        Rows = [|
            for seed in 1..4 do
                let noise = 0.01 * float seed
                row $"good-{seed}" 0.7 seed (0.80 + noise)
                row $"bad-{seed}" 0.2 seed (0.50 + noise + 0.002 * float (seed % 2))
                row $"other-{seed}" 0.5 seed (0.72 + noise)
        |]
    }

    let surrogate =
        MixtureCommands.surrogate (Some PredictorCatalogue.smooth) "" None (Target.Single "x") ledger

    let report = Claim.make 0UL Goal.Max "good-1" "bad-1" ledger surrogate
    Assert.True(report.Probability > 0.99)
    Assert.Equal(4, report.Pairs)
    Assert.InRange(report.PairedDifference, 0.298, 0.300)
    Assert.True(report.PairedLower > 0.29 && report.PairedUpper < 0.31)
    Assert.Equal(3, report.ReplicatesNeeded)

    let reverse = Claim.make 0UL Goal.Min "good-1" "bad-1" ledger surrogate
    Assert.Equal(1.0, report.Probability + reverse.Probability, 9)
    Assert.True(reverse.ExpectedRegret > report.ExpectedRegret)
    // G*Power-like check by hand: (1.96 + 0.84)^2 = 7.85 pairs for a difference of one deviation, and two for the t distribution.
    Assert.Equal(10, Claim.replicates 1.0 1.0)

[<Property(MaxTest = 5)>]
let ``an I-optimal completion lies in the space and leaves less variance than as many vertices`` () =
    Prop.forAll (Arb.fromGen Generate.seed) (fun seed ->
        let space = MixtureSpace.simplex (Generate.domains 4)
        let design = OptimalDesign.iOptimal seed 4 [||] space
        let covariance = Methods.covariance Warp.Power [| -1.0; 0.0; -1.0; 0.0; -4.0; 0.2; 0.5; 0.5; 0.5; 0.5 |]
        let stream = RandomStream(seed + 1UL)
        let test = Array.init 100 (fun _ -> MixtureSpace.sample stream space)

        let left (mixtures: NamedMixture[]) =
            let data = {
                Weights = mixtures |> Array.map (fun m -> Array.ofSeq m.Weights.Values)
                Scores = Array.create 4 0.0
                Noise = Array.create 4 0.0
            }

            (Gaussian.predictorAbout 0.0 1.0 "" covariance 0.02 data).Predict test |> Array.averageBy _.Variance

        left design < left (Design.single space.Domains))

[<Property(MaxTest = 50)>]
let ``members of a product of spaces are lists of members, and its projection is theirs`` () =
    let inputs = Gen.zip (Gen.zip (Generate.space 3) (Generate.space 4)) Generate.seed

    Prop.forAll (Arb.fromGen inputs) (fun ((a, b), seed) ->
        let product = StagedSpace.product (StagedSpace.ofSpace a) (StagedSpace.ofSpace b)
        let sample = StagedSpace.sample (RandomStream seed) product
        let mixture (space: MixtureSpace) w = Weights.Create(space.Domains, w)
        let mixtures = [ mixture a sample[0]; mixture b sample[1] ]

        StagedSpace.contains product mixtures
        && (MixtureSpace.contains a mixtures[0] && MixtureSpace.contains b mixtures[1])
        && StagedSpace.intersect product product = Ok product)

[<Property>]
let ``no point of a Pareto front is dominated, and every other point is`` () =
    let points = Gen.arrayOfLength 12 (Gen.arrayOfLength 2 (Gen.choose (0, 5) |> Gen.map float))

    Prop.forAll (Arb.fromGen points) (fun points ->
        let goals = [| Goal.Max; Goal.Min |]
        let front = Objectives.paretoFront goals points |> Set.ofArray
        let dominates (a: float[]) (b: float[]) = a[0] >= b[0] && a[1] <= b[1] && (a[0] > b[0] || a[1] < b[1])

        Seq.init points.Length id
        |> Seq.forall (fun i -> front.Contains i <> Array.exists (fun p -> dominates p points[i]) points))

[<Fact>]
let ``the optimisers of RegMix and of the paper give mixtures better than the average of what they saw`` () =
    let f = Array.map (fun (w: float[]) -> -((w[0] - 0.6) ** 2.0 + (w[1] - 0.3) ** 2.0))
    let observed = Design.paper (Generate.domains 3) |> Array.map (fun m -> Array.ofSeq m.Weights.Values)
    let regmix = NamedOptimisers.regmix 1UL [| 0.4; 0.3; 0.3 |] f
    let gaussian = NamedOptimisers.gaussian 1UL observed 500 10 f
    Assert.True((f [| regmix |])[0] > -0.01)
    Assert.Equal(10, gaussian.Length)
    Assert.All(gaussian, fun w -> Assert.Equal(1.0, Array.sum w, 9))
    Assert.True((f [| gaussian[0] |])[0] > Array.average (f observed))

[<Fact>]
let ``scores of several steps are averaged before the heuristics see them`` () =
    let domains = Generate.domains 2
    let run a i o = { Weights = Weights.Create(domains, [| a; 1.0 - a |]); In = i; Out = o }
    let averaged = Heuristics.averaged [| run 1.0 0.2 0.4; run 0.0 0.5 0.5; run 1.0 0.4 0.8 |]
    Assert.Equal(2, averaged.Length)
    Assert.Equal(0.3, averaged[0].In, 12)
    Assert.Equal(0.6, averaged[0].Out, 12)
