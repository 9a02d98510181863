/// Simulation-based calibration (Talts et al. 2018): scores drawn from the model itself, fitted again with everything learned, intervals
/// of new measurements counted.
module MoDoMoDo.Mixtures.Bars.Calibration

open MoDoMoDo.Domain
open MoDoMoDo.Mixtures
open MoDoMoDo.Mixtures.GaussianProcess
open MoDoMoDo.Mixtures.Bars.Row

let private domains = 5

/// Parameters from the prior that the fit assumes.
let private parameters (stream: RandomStream) =
    Posterior.prior Warp.Power NoisePrior.Losses 0.75 domains
    |> Array.map (fun (struct (mean, deviation)) -> mean + deviation * stream.NextGaussian())

let private inside (stream: RandomStream) runs (method': Method) : float[] =
    let p = parameters stream
    let weights = Array.init (runs + 40) (fun _ -> Simplex.dirichlet stream (Array.create domains 0.7))

    let latent =
        (Methods.covariance Warp.Power p).Between weights weights
        |> PositiveDefinite.factor
        |> fun factor -> PositiveDefinite.timesLower factor (weights |> Array.map (fun _ -> stream.NextGaussian()))

    let noise = exp (0.5 * p[Parameter.Noise])
    // Shifted far above 1, so that nothing takes them for accuracies.
    let scores = latent |> Array.map (fun f -> 100.0 + f + noise * stream.NextGaussian())
    let data = { Weights = weights[.. runs - 1]; Scores = scores[.. runs - 1]; Noise = Array.zeroCreate runs }
    let predicted = (Method.fit method' data).Predict weights[runs..]
    let z = Array.map2 (fun (p: Prediction) y -> abs (y - p.Mean) / p.Deviation) predicted scores[runs..]
    let share width = float (z |> Array.filter (fun x -> x <= width) |> Array.length) / float z.Length
    [| share 0.6745; share 1.6449 |]

/// Coverage of 50 % and 90 % intervals over simulated tables.
let rows () : Row list = [
    for runs in [ 12; 24 ] do
        for m in [ Methods.map "gp-power" Warp.Power; Methods.sampled "gp-power-bayes" 0UL Warp.Power ] do
            let stream = RandomStream(Rng.OfSeed(uint64 runs).Split "calibration")

            let shares = Array.init 60 (fun _ -> inside stream runs m) |> Array.transpose |> Array.map Array.average

            let full = m.Name = "gp-power-bayes"

            print {
                Check = "SBC"
                On = text $"60 tables from the prior, {runs} runs, {domains} domains"
                Predictor = m.Name
                Measured = text $"50 %% intervals hold {shares[0]:F3}, 90 %% {shares[1]:F3}"
                Bar = if full then "0.50 +- 0.08, 0.90 +- 0.05" else ""
                Holds =
                    if full then
                        Some(abs (shares[0] - 0.5) <= 0.08 && abs (shares[1] - 0.9) <= 0.05)
                    else
                        None
            }
]
