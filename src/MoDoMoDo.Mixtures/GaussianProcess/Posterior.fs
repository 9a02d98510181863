namespace MoDoMoDo.Mixtures.GaussianProcess

open System
open MoDoMoDo.Mixtures

/// What the prior believes about the scores.
[<RequireQualifiedAccess>]
type NoisePrior =
    /// Losses: one run repeats almost exactly (log noise variance about -6 of the standardised scores' variance).
    | Losses
    /// Accuracies after reinforcement learning: seeds and items matter (log noise variance about -2).
    | Accuracies

/// The log posterior density of the kernel's parameters, up to a constant, and its gradient.
module Posterior =

    /// Means and standard deviations of the independent normal priors (mixtures.md 7). `spread` is that of the log length
    /// scales: 0.4 for a maximum, 0.75 for sampling.
    let prior (warp: Warp) (noise: NoisePrior) (spread: float) (domains: int) : struct (float * float)[] =
        let length d = struct (log (0.6 * sqrt (float d)) + 0.3, spread)

        [|
            Warp.prior warp
            struct (0.0, 1.5)
            struct (-1.0, 1.5)
            struct (0.0, 1.5)
            (match noise with
             | NoisePrior.Losses -> struct (-6.0, 2.0)
             | NoisePrior.Accuracies -> struct (-2.0, 1.0))
            length 1
            for _ in 1..domains do
                length domains
        |]

    /// Beyond this the exponentials of the parameters say nothing any more, and the search must turn back.
    let private limit = 25.0

    /// The log density at `parameters` and its gradient, for standardised data.
    let logDensity
        (warp: Warp)
        (prior: struct (float * float)[])
        (data: Observations)
        (parameters: float[])
        : struct (float * float[]) =
        let n, d = data.Count, data.Weights[0].Length

        if parameters |> Array.exists (fun p -> not (abs p < limit)) then
            struct (-infinity, Array.zeroCreate parameters.Length)
        else
            let struct (phi, slope) = Warp.apply warp parameters[Parameter.Warp] data.Weights
            let kernel, scratch = Kernel(parameters, d), Scratch n
            let column (of': float[][]) i = Array.init d (fun k -> of'[k][i])
            let noise = exp parameters[Parameter.Noise]
            let k = Array.init n (fun i -> Array.zeroCreate<float>(i + 1))

            for i in 0 .. n - 1 do
                kernel.Row(phi, column phi i, i + 1, scratch, k[i])
                k[i][i] <- k[i][i] + noise + data.Noise[i]

            let factor = PositiveDefinite.factor k
            let inverse = factor |> PositiveDefinite.invertFactor |> PositiveDefinite.inverse
            let alpha = PositiveDefinite.times inverse data.Scores
            let fit = Array.map2 (*) alpha data.Scores |> Array.sum
            let gradient = Array.zeroCreate<float> parameters.Length
            let g = Array.zeroCreate<float> n

            for i in 0 .. n - 1 do
                // Half of a a' - K^-1, entries off the diagonal counted twice.
                for j in 0..i do
                    g[j] <- (alpha[i] * alpha[j] - inverse[i][j]) * (if i = j then 0.5 else 1.0)

                kernel.AddGradient(phi, slope, column phi i, column slope i, g, i + 1, scratch, gradient)
                gradient[Parameter.Noise] <- gradient[Parameter.Noise] + g[i] * noise

            let mutable density = -0.5 * (fit + PositiveDefinite.logDeterminant factor)

            for p in 0 .. parameters.Length - 1 do
                let struct (mean, deviation) = prior[p]
                let z = (parameters[p] - mean) / deviation
                density <- density - 0.5 * z * z
                gradient[p] <- gradient[p] - z / deviation

            struct (density, gradient)
