namespace MoDoMoDo.Mixtures

open System
open System.Numerics.Tensors

/// A covariance function over mixtures.
type Covariance = {
    /// Covariances [a][b] between two lists of mixtures.
    Between: float[][] -> float[][] -> float[][]
    /// Variance of one mixture.
    Variance: float[] -> float
}

/// Conditioning of Gaussian variables: the one computation behind Gaussian processes and all ridge regressions
/// (Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, chapter 2).
module Gaussian =

    /// Shift and scale that give the scores mean 0 and variance 1.
    let private standard (scores: float[]) =
        let mean = Array.average scores
        let variance = scores |> Array.averageBy (fun y -> (y - mean) * (y - mean))
        struct (mean, (if variance > 1e-24 then sqrt variance else 1.0))

    let private shifted mean scale (data: Observations) = {
        data with
            Scores = data.Scores |> Array.map (fun y -> (y - mean) / scale)
            Noise = data.Noise |> Array.map (fun v -> v / (scale * scale))
    }

    /// The data with standardised scores and noise, the mean and the scale.
    let standardise (data: Observations) : struct (Observations * float * float) =
        let struct (mean, scale) = standard data.Scores

        struct (shifted mean scale data, mean, scale)

    /// Covariance of the standardised measurements: learned plus known noise on the diagonal.
    let private ofMeasurements (covariance: Covariance) (noise: float) (data: Observations) =
        let k = covariance.Between data.Weights data.Weights
        k |> Array.iteri (fun i row -> row[i] <- row[i] + noise + data.Noise[i])
        k

    /// The known variance that a new measurement is taken to have: the median of those that were made.
    let typicalNoise (data: Observations) : float = (Array.sort data.Noise)[data.Count / 2]

    /// The predictor of data under a covariance function and a noise variance, both for scores less `mean`, over `scale`.
    let predictorAbout
        (mean: float)
        (scale: float)
        (name: string)
        (covariance: Covariance)
        (noise: float)
        (data: Observations)
        : IPredictor =
        let standard = shifted mean scale data

        let m =
            ofMeasurements covariance noise standard |> PositiveDefinite.factor |> PositiveDefinite.invertFactor

        let alpha = PositiveDefinite.times (PositiveDefinite.inverse m) standard.Scores
        let square = scale * scale
        let measurement = noise + typicalNoise standard

        {
            new IPredictor with
                member _.Name = name

                member _.Predict(weights) =
                    Array.map2
                        (fun (k: float[]) w ->
                            let v = PositiveDefinite.timesLower m k

                            {
                                Mean = mean + scale * TensorPrimitives.Dot(ReadOnlySpan k, ReadOnlySpan alpha)
                                Variance =
                                    square
                                    * max
                                        1e-12
                                        (covariance.Variance w - TensorPrimitives.Dot(ReadOnlySpan v, ReadOnlySpan v))
                                Noise = square * measurement
                            })
                        (covariance.Between weights data.Weights)
                        weights

                member _.Covariance(weights) =
                    let reduced = covariance.Between weights data.Weights |> Array.map (PositiveDefinite.timesLower m)

                    covariance.Between weights weights
                    |> Array.mapi (fun i row ->
                        row
                        |> Array.mapi (fun j k ->
                            square * (k - TensorPrimitives.Dot(ReadOnlySpan reduced[i], ReadOnlySpan reduced[j]))))
        }

    /// The predictor of data under a covariance function and a noise variance, both for standardised scores.
    let predictor (name: string) (covariance: Covariance) (noise: float) (data: Observations) : IPredictor =
        let struct (_, mean, scale) = standardise data
        predictorAbout mean scale name covariance noise data

    /// The predictions of left-out folds in closed form: with P the inverse covariance of all measurements and F a fold,
    /// the mean is y_F - P_FF^-1 (P y)_F and the covariance of new measurements P_FF^-1 (Rasmussen and Williams 5.4.2, for blocks).
    let leaveOutAbout
        (mean: float)
        (scale: float)
        (covariance: Covariance)
        (noise: float)
        (data: Observations)
        (folds: int[][])
        : Prediction[] =
        let standard = shifted mean scale data

        let inverse =
            ofMeasurements covariance noise standard
            |> PositiveDefinite.factor
            |> PositiveDefinite.invertFactor
            |> PositiveDefinite.inverse

        let alpha = PositiveDefinite.times inverse standard.Scores
        let predictions = Array.zeroCreate data.Count

        for fold in folds do
            let block = fold |> Array.map (fun i -> fold |> Array.map (fun j -> inverse[i][j]))

            let within =
                block |> PositiveDefinite.factor |> PositiveDefinite.invertFactor |> PositiveDefinite.inverse

            let errors = PositiveDefinite.times within (fold |> Array.map (fun i -> alpha[i]))

            fold
            |> Array.iteri (fun k i ->
                predictions[i] <- {
                    Mean = mean + scale * (standard.Scores[i] - errors[k])
                    Variance = scale * scale * max 1e-12 (within[k][k] - noise - standard.Noise[i])
                    Noise = scale * scale * (noise + standard.Noise[i])
                })

        predictions

    /// As `leaveOutAbout`, for a covariance function and a noise variance of standardised scores.
    let leaveOut (covariance: Covariance) (noise: float) (data: Observations) (folds: int[][]) : Prediction[] =
        let struct (_, mean, scale) = standardise data
        leaveOutAbout mean scale covariance noise data folds
