namespace MoDoMoDo.Mixtures

open MoDoMoDo.Domain
open MoDoMoDo.Mixtures.GaussianProcess

/// Designs that are good for the predictor.
module OptimalDesign =

    /// The prior that a design is made for: w^0.27, all terms, little noise; the middle of what is learned from real runs.
    let private prior domains =
        let length d = log (0.6 * sqrt (float d)) + 0.3

        [|
            -1.0
            0.0
            -1.0
            0.0
            -4.0
            length 1
            for _ in 1..domains do
                length domains
        |]

    let private noise = exp -4.0

    /// `count` mixtures of a space that leave the least expected variance over it, given the runs that are there: I-optimal, one by one
    /// over 400 random mixtures, in warped weights (mixtures.md 2g: better than random, vertices or distances for 16 runs).
    let iOptimal (seed: uint64) (count: int) (there: Weights[]) (space: MixtureSpace) : NamedMixture[] =
        let stream = RandomStream(Rng.OfSeed(seed).Split "i-optimal")
        let candidates = Array.init 400 (fun _ -> MixtureSpace.sample stream space)
        let known = there |> Array.map (fun w -> [| for d in space.Domains -> w[d] |])
        let points = Array.append known candidates
        let covariance = (Methods.covariance Warp.Power (prior space.Domains.Count)).Between points points

        /// The covariance after a measurement at point j.
        let measure j =
            let column = covariance |> Array.map (fun row -> row[j])
            let pivot = column[j] + noise

            for i in 0 .. points.Length - 1 do
                for k in 0 .. points.Length - 1 do
                    covariance[i][k] <- covariance[i][k] - column[i] * column[k] / pivot

        /// How much a measurement at point j lowers the summed variance of the candidates.
        let gain j =
            let mutable sum = 0.0

            for i in known.Length .. points.Length - 1 do
                sum <- sum + covariance[i][j] * covariance[i][j]

            sum / (covariance[j][j] + noise)

        for j in 0 .. known.Length - 1 do
            measure j

        Array.init count (fun i ->
            let j = Array.init candidates.Length (fun c -> known.Length + c) |> Array.maxBy gain
            measure j
            { Run = $"optimal-{i + 1}"; Weights = Weights.Create(space.Domains, points[j]) })
