namespace MoDoMoDo.Mixtures.GaussianProcess

open MoDoMoDo.Mixtures

/// Gaussian processes on warped weights.
module Methods =

    /// Scores in [0, 1] are accuracies, whose seeds differ; anything else is taken for a loss.
    let noisePrior (data: Observations) : NoisePrior =
        if data.Scores |> Array.forall (fun y -> y >= 0.0 && y <= 1.0) then NoisePrior.Accuracies else NoisePrior.Losses

    /// The covariance function of given parameters.
    let covariance (warp: Warp) (parameters: float[]) : Covariance =
        let warped weights =
            let struct (phi, _) = Warp.apply warp parameters[Parameter.Warp] weights
            phi

        let d = parameters.Length - Parameter.Length
        let kernel = Kernel(parameters, d)

        {
            Between =
                fun a b ->
                    let phiA, phiB, scratch = warped a, warped b, Scratch b.Length

                    Array.init a.Length (fun i ->
                        let row = Array.zeroCreate b.Length
                        kernel.Row(phiB, Array.init d (fun k -> phiA[k][i]), b.Length, scratch, row)
                        row)
            Variance = fun w -> kernel.Variance(warped [| w |] |> Array.map Array.head)
        }

    /// Above this many runs the search starts from the optimum for every k-th run, which is near and cheap.
    let private subsetSize = 128

    /// Maximum a posteriori parameters of standardised data.
    let rec maximum (warp: Warp) (prior: struct (float * float)[]) (data: Observations) : float[] =
        if data.Count <= subsetSize then
            Maximum.search 100 (Posterior.logDensity warp prior data) (prior |> Array.map (fun (struct (mean, _)) -> mean))
        else
            let step = (data.Count + subsetSize - 1) / subsetSize
            let start = maximum warp prior (data.At [| 0..step .. data.Count - 1 |])
            Maximum.search 15 (Posterior.logDensity warp prior data) start

    let private noise (parameters: float[]) = exp parameters[Parameter.Noise]

    /// The Gaussian process with maximum a posteriori parameters.
    let map (name: string) (warp: Warp) : Method = {
        Name = name
        Learn =
            fun data ->
                let struct (standard, _, _) = Gaussian.standardise data
                let prior = Posterior.prior warp (noisePrior data) 0.4 data.Weights[0].Length
                Hyperparameters.Of(maximum warp prior standard)
        Condition = fun hyper data -> Gaussian.predictor name (covariance warp hyper.Values) (noise hyper.Values) data
        LeaveOut = fun hyper data folds -> Gaussian.leaveOut (covariance warp hyper.Values) (noise hyper.Values) data folds
        Design = id
    }
