namespace MoDoMoDo.Mixtures.GaussianProcess

open MoDoMoDo.Mixtures

/// Gaussian processes on warped weights.
module Methods =

    /// Scores in [0, 1] are accuracies, whose seeds differ; anything else is taken for a loss.
    let noisePrior (data: Observations) : NoisePrior =
        if data.Scores |> Array.forall (fun y -> y >= 0.0 && y <= 1.0) then
            NoisePrior.Accuracies
        else
            NoisePrior.Losses

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
            Maximum.search
                100
                (Posterior.logDensity warp prior data)
                (prior |> Array.map (fun (struct (mean, _)) -> mean))
        else
            let step = (data.Count + subsetSize - 1) / subsetSize
            let start = maximum warp prior (data.At [| 0..step .. data.Count - 1 |])
            Maximum.search 15 (Posterior.logDensity warp prior data) start

    /// Up to this many runs sampling is affordable, and matters.
    let private sampledUpTo = 64

    let private draws = 12

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
        LeaveOut =
            fun hyper data folds -> Gaussian.leaveOut (covariance warp hyper.Values) (noise hyper.Values) data folds
        Design = id
        NeedsRank = false
        Shares = fun _ -> [||]
    }

    /// The Gaussian process averaged over draws of its parameters from their posterior (up to 64 runs; beyond, the maximum).
    let sampled (name: string) (seed: uint64) (warp: Warp) : Method =
        let maximum' = map name warp

        let learn (data: Observations) =
            if data.Count > sampledUpTo then
                { Values = [||]; Members = [| maximum'.Learn data |] }
            else
                let struct (standard, _, _) = Gaussian.standardise data
                let prior spread = Posterior.prior warp (noisePrior data) spread data.Weights[0].Length
                let scale = prior 0.75 |> Array.map (fun (struct (_, deviation)) -> deviation)
                let start = maximum warp (prior 0.4) standard
                let points = Hmc.sample seed draws scale (Posterior.logDensity warp (prior 0.75) standard) start
                { Values = [||]; Members = points |> Array.map Hyperparameters.Of }

        let shares (hyper: Hyperparameters) = Array.create hyper.Members.Length (1.0 / float hyper.Members.Length)

        {
            Name = name
            Learn = learn
            Condition =
                fun hyper data ->
                    hyper.Members
                    |> Array.map (fun h -> maximum'.Condition h data)
                    |> Ensemble.predictor name (shares hyper)
            LeaveOut =
                fun hyper data folds ->
                    hyper.Members
                    |> Array.map (fun h -> maximum'.LeaveOut h data folds)
                    |> Ensemble.predictions (shares hyper)
            Design = id
            NeedsRank = false
            Shares = fun _ -> [||]
        }
