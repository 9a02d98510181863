namespace MoDoMoDo.Mixtures.GaussianProcess

open System
open MoDoMoDo.Domain

/// Hamiltonian Monte Carlo (Neal, "MCMC using Hamiltonian dynamics", 2011).
module Hmc =

    let private leapfrogSteps = 8
    let private warmUp = 16
    let private thinning = 2

    /// `draws` points of a density from a start near its maximum. `scale` has the rough size of each parameter: momenta have unit mass
    /// in its units. The step is adapted during a warm-up to an acceptance of about 0.8.
    let sample
        (seed: uint64)
        (draws: int)
        (scale: float[])
        (logDensity: float[] -> struct (float * float[]))
        (start: float[])
        : float[][] =
        let stream = RandomStream(Rng.OfSeed(seed).Split "hmc")

        /// One trajectory of leapfrog steps in units of `scale`.
        let trajectory step (point: float[]) (gradient: float[]) (momentum: float[]) =
            let x, p = Array.copy point, Array.copy momentum
            let mutable value, g = -infinity, gradient

            for _ in 1..leapfrogSteps do
                for i in 0 .. x.Length - 1 do
                    p[i] <- p[i] + 0.5 * step * scale[i] * g[i]
                    x[i] <- x[i] + step * scale[i] * p[i]

                let struct (v, g') = logDensity x
                value <- v
                g <- g'

                for i in 0 .. x.Length - 1 do
                    p[i] <- p[i] + 0.5 * step * scale[i] * g[i]

            struct (x, p, value, g)

        let energy value (p: float[]) = value - 0.5 * Array.sumBy (fun x -> x * x) p
        let struct (startValue, startGradient) = logDensity start
        let mutable point, value, gradient, step = start, startValue, startGradient, 0.2

        let advance adapting =
            let momentum = Array.init start.Length (fun _ -> stream.NextGaussian())
            let struct (x, p, v, g) = trajectory step point gradient momentum
            let acceptance = Math.Min(1.0, exp (energy v p - energy value momentum))
            let accepted = stream.NextDouble() < acceptance

            if accepted then
                point <- x
                value <- v
                gradient <- g

            if adapting then
                step <-
                    Math.Clamp(
                        step * exp (0.4 * ((if Double.IsNaN acceptance then 0.0 else acceptance) - 0.8)),
                        0.01,
                        0.6
                    )

        for _ in 1..warmUp do
            advance true

        Array.init draws (fun _ ->
            for _ in 1..thinning do
                advance false

            point)
