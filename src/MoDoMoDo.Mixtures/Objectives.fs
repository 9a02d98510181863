namespace MoDoMoDo.Mixtures

open MathNet.Numerics.Distributions

/// Several scores at once: constraints and Pareto fronts beside the composites of Target.
module Objectives =

    /// A wish on one benchmark of a surrogate: its score at least (Goal.Max) or at most (Goal.Min) a threshold.
    type Constraint = { Target: string; Goal: Goal; Threshold: float }

    /// Positions of the points [m][k] that no other point is at least as good as in every score and better in one. Goals, one a score.
    let paretoFront (goals: Goal[]) (points: float[][]) : int[] =
        let signed = points |> Array.map (Array.map2 (fun g x -> Optimise.sign g * x) goals)
        let dominates a b = Array.forall2 (>=) a b && Array.exists2 (>) a b

        [|
            for i in 0 .. points.Length - 1 do
                if not (signed |> Array.exists (fun other -> dominates other signed[i])) then
                    i
        |]

    /// Probability of each mixture [m][d] that all constraints hold for its expected scores; errors of benchmarks taken as independent.
    let feasibility (constraints: Constraint list) (s: Surrogate) (weights: float[][]) : float[] =
        (Array.create weights.Length 1.0, constraints)
        ||> List.fold (fun probability c ->
            let part = s.Parts |> Array.find (fun p -> Target.Single p.Target = Target.parse c.Target)

            Array.map2
                (fun q (p: Prediction) ->
                    q
                    * Normal.CDF(
                        0.0,
                        1.0,
                        Optimise.sign c.Goal * (p.Mean - c.Threshold) / (s.Calibration * sqrt p.Variance)
                    ))
                probability
                (part.Predictor.Predict weights))

    /// The mixture with the best expected target among those that meet the constraints with about even odds or better, and its
    /// probability of meeting them.
    let bestWithin
        (seed: uint64)
        (goal: Goal)
        (space: MixtureSpace)
        (constraints: Constraint list)
        (s: Surrogate)
        : struct (float[] * float) =
        let scale = s.LeftOut |> Array.map _.Measured |> fun ys -> Array.max ys - Array.min ys

        let f weights =
            Array.map2
                (fun (p: Prediction) q -> Optimise.sign goal * p.Mean + scale * min 0.0 (log (2.0 * max 1e-30 q)))
                (Surrogate.predict s weights)
                (feasibility constraints s weights)

        let starts = s.LeftOut |> Array.map _.Weights
        let struct (w, _) = Optimise.maximise seed f space starts
        struct (w, (feasibility constraints s [| w |])[0])

    /// The expected Pareto front of a surrogate's parts: optima of random positive weightings of the standardised scores, dominated
    /// ones left out. Goals, one a part.
    let expectedFront (seed: uint64) (count: int) (goals: Goal[]) (space: MixtureSpace) (s: Surrogate) : float[][] =
        let stream = MoDoMoDo.Domain.RandomStream(MoDoMoDo.Domain.Rng.OfSeed(seed).Split "front")

        let predict weights =
            s.Parts |> Array.map (fun p -> p.Predictor.Predict weights |> Array.map _.Mean) |> Array.transpose

        let deviation (p: SurrogatePart) =
            let mean = Array.average p.Data.Scores
            sqrt (p.Data.Scores |> Array.averageBy (fun y -> (y - mean) ** 2.0)) |> max 1e-12

        let scales = Array.map2 (fun p g -> Optimise.sign g / deviation p) s.Parts goals

        let optima =
            Array.init count (fun k ->
                let shares = Simplex.dirichlet stream (Array.create goals.Length 1.0) |> Array.map2 (*) scales

                let struct (w, _) =
                    Optimise.maximise
                        (seed + uint64 k)
                        (predict >> Array.map (Array.map2 (*) shares >> Array.sum))
                        space
                        [||]

                w)

        let scores = predict optima
        paretoFront goals scores |> Array.map (fun i -> optima[i])
