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
    /// The best expected score less one standard deviation: what is surely good.
    | LowerBound = 6

/// How the next runs are chosen.
type Plan = {
    Acquisition: Acquisition
    Optimiser: Optimiser
    Goal: Goal
    Space: MixtureSpace
    /// The mixture that proposals stay near, and the price of a nat of divergence from it in units of the acquisition; where there is no
    /// price it is RegMix's centre alone.
    Reference: struct (float[] * float)
    /// Expected cost of each mixture [m][d], in any unit: expected improvement, the knowledge gradient and the variance are divided by it.
    Cost: float[][] -> float[]
    /// Probability that each mixture [m][d] meets what else is asked of it.
    Feasibility: float[][] -> float[]
    Seed: uint64
} with

    /// By the projected gradient over a space, at equal cost.
    static member Of(acquisition: Acquisition, goal: Goal, space: MixtureSpace, seed: uint64) = {
        Acquisition = acquisition
        Optimiser = Optimiser.Gradient
        Goal = goal
        Space = space
        Reference =
            struct (MixtureSpace.project space (Array.create space.Domains.Count (1.0 / float space.Domains.Count)), 0.0)
        Cost = Array.map (fun _ -> 1.0)
        Feasibility = Array.map (fun _ -> 1.0)
        Seed = seed
    }

/// A mixture to run next.
type Proposal = {
    Weights: float[]
    Prediction: Prediction
    /// Value of the acquisition function.
    Value: float
}

module Acquisition =

    let private names = [ "ei"; "ucb"; "thompson"; "kg"; "variance"; "mean"; "lcb" ]

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
        | Acquisition.LowerBound -> pointwise (fun p -> sign * p.Mean - sqrt p.Variance)
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

    /// Whether an acquisition is a positive gain, which can be divided by a cost.
    let isGain (acquisition: Acquisition) : bool =
        match acquisition with
        | Acquisition.ExpectedImprovement
        | Acquisition.KnowledgeGradient
        | Acquisition.Variance -> true
        | _ -> false

    /// What a plan maximises: the acquisition per cost, gains times the probability of being feasible, other values less a fine where that
    /// is below one half, less the price of the distance from the reference.
    let private objective (plan: Plan) (seed: uint64) (s: Surrogate) : float[][] -> float[] =
        let f = values plan.Acquisition seed plan.Goal s
        let struct (reference, price) = plan.Reference

        let measured = s.LeftOut |> Array.map _.Measured
        let range = Array.max measured - Array.min measured

        let combined weights =
            Array.map3
                (fun value cost feasible ->
                    match plan.Acquisition with
                    | Acquisition.ExpectedImprovement -> value - log cost + log (max 1e-30 feasible)
                    | a when isGain a -> value / cost * feasible
                    | _ -> value + range * min 0.0 (log (2.0 * max 1e-30 feasible)))
                (f weights)
                (plan.Cost weights)
                (plan.Feasibility weights)

        if price > 0.0 then Optimise.near price reference combined else combined

    /// The mixtures that have run, best first.
    let private observed goal (s: Surrogate) =
        s.LeftOut
        |> Array.sortByDescending (fun l -> Optimise.sign goal * l.Measured)
        |> Array.map _.Weights

    /// Candidates for acquisitions that see them together: random mixtures, and the neighbourhood of the expected best.
    let private candidates (plan: Plan) (seed: uint64) (s: Surrogate) =
        let stream = RandomStream(Rng.OfSeed(seed).Split "candidates")
        let struct (best, _) = Optimise.best seed 0.0 plan.Goal plan.Space s

        Array.append
            [| best |]
            (Array.init 300 (fun i ->
                let w = MixtureSpace.sample stream plan.Space
                if i % 2 = 0 then w else Array.map2 (fun a b -> 0.8 * a + 0.2 * b) best w))

    let private one (plan: Plan) (seed: uint64) (s: Surrogate) =
        let f = objective plan seed s

        let struct (w, value) =
            match plan.Acquisition with
            | Acquisition.Thompson
            | Acquisition.KnowledgeGradient ->
                let candidates = candidates plan seed s
                let i, value = f candidates |> Array.indexed |> Array.maxBy snd
                struct (candidates[i], value)
            | _ ->
                let struct (reference, _) = plan.Reference
                NamedOptimisers.maximise plan.Optimiser seed reference (observed plan.Goal s) plan.Space f

        { Weights = w; Prediction = (Surrogate.predict s [| w |])[0]; Value = shown plan.Acquisition value }

    /// The next `count` mixtures to run as one batch: each is chosen after the ones before it and the pending runs [p][d] are believed
    /// to have their expected scores.
    let propose (plan: Plan) (pending: float[][]) (count: int) (s: Surrogate) : Proposal[] =
        let rec next k believed chosen =
            if k = count then
                List.rev chosen |> Array.ofList
            else
                let proposal = one plan (plan.Seed + uint64 k) believed
                next (k + 1) (Surrogate.believe believed proposal.Weights) (proposal :: chosen)

        next 0 (Array.fold Surrogate.believe s pending) []
