namespace MoDoMoDo.Mixtures

open System
open MathNet.Numerics.Distributions
open MoDoMoDo.Domain

/// What makes a mixture worth running next.
type Acquisition =
    /// Noisy expected improvement over the best expected score among the runs.
    | ExpectedImprovement = 0
    /// Two standard deviations above the expected score.
    | UpperBound = 1
    /// The best of one random draw of the whole surface.
    | Thompson = 2
    /// Expected rise of the best expected score after the run.
    | KnowledgeGradient = 3
    /// The most uncertain mixture.
    | Variance = 4
    /// The best expected score.
    | Mean = 5

/// A mixture to run next.
type Proposal = {
    Weights: float[]
    Prediction: Prediction
    /// Value of the acquisition function.
    Value: float
}

module Acquisition =

    let private names = [ "ei"; "ucb"; "thompson"; "kg"; "variance"; "mean" ]

    /// The acquisition of a name as on the command line. Raises InputException when there is none.
    let parse (name: string) : Acquisition =
        match List.tryFindIndex ((=) name) names with
        | Some i -> enum i
        | None -> raise (InputException("", "--acquisition", $"""one of {String.Join(", ", names)}""", name))

    /// The best expected score (times the goal's sign) among mixtures that have run or are believed to have.
    let private incumbent goal (s: Surrogate) =
        let seen = s.Parts |> Array.collect _.Data.Weights |> Array.distinct
        Surrogate.predict s seen |> Array.map (fun p -> Optimise.sign goal * p.Mean) |> Array.max

    /// E max(0, x) for a normal x; stays positive and ordered far below 0.
    let private improvement mean deviation =
        let z = mean / deviation

        if z < -30.0 then
            deviation * exp (-0.5 * 900.0) * 1e-3 * exp (z + 30.0)
        else
            deviation * (Normal.PDF(0.0, 1.0, z) + z * Normal.CDF(0.0, 1.0, z))

    /// Five-point Gauss-Hermite nodes and weights for the standard normal distribution.
    let private hermite = [|
        struct (-2.8569700138728056, 0.011257411327720691)
        struct (-1.3556261799742659, 0.2220759220056126)
        struct (0.0, 0.5333333333333333)
        struct (1.3556261799742659, 0.2220759220056126)
        struct (2.8569700138728056, 0.011257411327720691)
    |]

    /// The rise of the largest of some means when one of the points is measured (Frazier, Powell and Dayanik 2009).
    let private knowledgeGradient (means: float[]) (covariance: float[][]) (noise: float) (i: int) =
        let deviation = sqrt (covariance[i][i] + noise)

        let expected =
            hermite
            |> Array.sumBy (fun (struct (z, w)) ->
                w * (Array.map2 (fun m c -> m + z * c / deviation) means covariance[i] |> Array.max))

        expected - Array.max means

    /// Acquisition values of candidates [m][d]; larger is better. `seed` matters to Thompson sampling alone, which, like the
    /// knowledge gradient, sees the candidates together.
    let values (acquisition: Acquisition) (seed: uint64) (goal: Goal) (s: Surrogate) : float[][] -> float[] =
        let sign = Optimise.sign goal

        let pointwise f = fun weights -> Surrogate.predict s weights |> Array.map f

        match acquisition with
        | Acquisition.ExpectedImprovement ->
            let best = incumbent goal s
            pointwise (fun p -> log (max 1e-300 (improvement (sign * p.Mean - best) (sqrt p.Variance))))
        | Acquisition.UpperBound -> pointwise (fun p -> sign * p.Mean + 2.0 * sqrt p.Variance)
        | Acquisition.Variance -> pointwise _.Variance
        | Acquisition.Thompson ->
            fun weights ->
                let factor = PositiveDefinite.factor (Surrogate.covariance s weights)
                let stream = RandomStream(Rng.OfSeed(seed).Split "thompson")
                let z = weights |> Array.map (fun _ -> stream.NextGaussian())

                Array.map2
                    (fun (p: Prediction) x -> sign * p.Mean + x)
                    (Surrogate.predict s weights)
                    (PositiveDefinite.timesLower factor z)
        | Acquisition.KnowledgeGradient ->
            fun weights ->
                let predictions = Surrogate.predict s weights

                let means, covariance =
                    predictions |> Array.map (fun p -> sign * p.Mean), Surrogate.covariance s weights

                weights |> Array.mapi (fun i _ -> knowledgeGradient means covariance predictions[i].Noise i)
        | _ -> pointwise (fun p -> sign * p.Mean)

    /// Expected improvements are maximised as logarithms, which do not vanish; this shows them as what they are.
    let private shown acquisition value = if acquisition = Acquisition.ExpectedImprovement then exp value else value

    /// Candidates for acquisitions that see them together: random mixtures, and the neighbourhood of the expected best.
    let private candidates (seed: uint64) (goal: Goal) (space: MixtureSpace) (s: Surrogate) =
        let stream = RandomStream(Rng.OfSeed(seed).Split "candidates")
        let struct (best, _) = Optimise.best seed 0.0 goal space s

        Array.append
            [| best |]
            (Array.init 300 (fun i ->
                let w = MixtureSpace.sample stream space
                if i % 2 = 0 then w else Array.map2 (fun a b -> 0.8 * a + 0.2 * b) best w))

    let private one acquisition seed goal space (s: Surrogate) =
        let f = values acquisition seed goal s

        let struct (w, value) =
            match acquisition with
            | Acquisition.Thompson
            | Acquisition.KnowledgeGradient ->
                let candidates = candidates seed goal space s
                let i, value = f candidates |> Array.indexed |> Array.maxBy snd
                struct (candidates[i], value)
            | _ ->
                let starts =
                    s.LeftOut
                    |> Array.sortByDescending (fun l -> Optimise.sign goal * l.Measured)
                    |> Array.truncate 5
                    |> Array.map _.Weights

                Optimise.maximise seed f space starts

        { Weights = w; Prediction = (Surrogate.predict s [| w |])[0]; Value = shown acquisition value }

    /// The next `count` mixtures of a space to run as one batch: each is chosen after the ones before it and the pending runs
    /// [p][d] are believed to have their expected scores.
    let propose
        (acquisition: Acquisition)
        (seed: uint64)
        (goal: Goal)
        (space: MixtureSpace)
        (pending: float[][])
        (count: int)
        (s: Surrogate)
        : Proposal[] =
        let rec next k believed chosen =
            if k = count then
                List.rev chosen |> Array.ofList
            else
                let proposal = one acquisition (seed + uint64 k) goal space believed
                next (k + 1) (Surrogate.believe believed proposal.Weights) (proposal :: chosen)

        next 0 (Array.fold Surrogate.believe s pending) []
