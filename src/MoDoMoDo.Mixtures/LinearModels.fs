namespace MoDoMoDo.Mixtures

open MathNet.Numerics.LinearAlgebra

/// How far a design can tell the terms of a linear predictor apart.
type DesignRank = {
    Rank: int
    Columns: int
    /// For each direction that the design cannot see: the terms that take part in it, as positions of columns.
    Aliased: int[][]
} with

    /// Every term can be estimated.
    member d.Identifiable = d.Rank = d.Columns

/// Predictors that are linear in features of the mixture, and the constant.
module LinearModels =

    let private singularTolerance = 1e-9

    /// Rank and aliased terms of a design matrix [n][columns], from its singular values.
    let rank (design: float[][]) : DesignRank =
        let x = Matrix<float>.Build.DenseOfRowArrays design
        let svd = x.Svd true
        let rank = svd.S |> Seq.filter (fun s -> s > singularTolerance * svd.S[0]) |> Seq.length

        {
            Rank = rank
            Columns = x.ColumnCount
            Aliased = [|
                for r in rank .. x.ColumnCount - 1 ->
                    svd.VT.Row r |> Seq.indexed |> Seq.filter (fun (_, v) -> abs v > 1e-6) |> Seq.map fst |> Array.ofSeq
            |]
        }

    /// The mean of all runs, whatever the mixture: what every other predictor has to beat.
    let constant: Method =
        let condition _ (data: Observations) =
            let mean = Array.average data.Scores
            let n = float data.Count

            let variance =
                if data.Count < 2 then
                    1.0
                else
                    (data.Scores |> Array.sumBy (fun y -> (y - mean) ** 2.0)) / (n - 1.0)

            {
                new IPredictor with
                    member _.Name = "constant"

                    member _.Predict(weights) =
                        weights |> Array.map (fun _ -> { Mean = mean; Variance = variance / n; Noise = variance })

                    member _.Covariance(weights) =
                        weights |> Array.map (fun _ -> Array.create weights.Length (variance / n))
            }

        {
            Name = "constant"
            Learn = fun _ -> Hyperparameters.Of [||]
            Condition = condition
            LeaveOut = Method.refit condition
            Design = Array.map (fun _ -> [| 1.0 |])
            NeedsRank = false
            Shares = fun _ -> [||]
        }

    /// Least squares on features: the solution of smallest norm where the design does not determine it. The variance is that of
    /// the coefficients under the residual variance; with no run to spare for it, the variance of the scores.
    let leastSquares (name: string) (features: float[] -> float[]) (design: float[] -> float[]) : Method =
        let condition _ (data: Observations) =
            let x = data.Weights |> Array.map features |> Matrix<float>.Build.DenseOfRowArrays
            let y = Vector<float>.Build.Dense data.Scores
            let svd = x.Svd true
            let rank = svd.S |> Seq.filter (fun s -> s > singularTolerance * svd.S[0]) |> Seq.length
            // Rows v_k / s_k of the pseudo-inverse: coefficients = sum_k (u_k . y) v_k / s_k.
            let directions = Array.init rank (fun k -> svd.VT.Row k / svd.S[k])

            let coefficients =
                (directions |> Array.mapi (fun k v -> (svd.U.Column k * y) * v))
                |> Array.fold (+) (Vector<float>.Build.Dense x.ColumnCount)

            let residual = y - x * coefficients
            let spare = data.Count - rank

            let noise =
                if spare > 0 then
                    residual * residual / float spare
                else
                    Array.averageBy (fun s -> (s - Array.average data.Scores) ** 2.0) data.Scores

            let reduced (w: float[]) = directions |> Array.map (fun v -> v * Vector<float>.Build.Dense(features w))

            {
                new IPredictor with
                    member _.Name = name

                    member _.Predict(weights) =
                        weights
                        |> Array.map (fun w -> {
                            Mean = coefficients * Vector<float>.Build.Dense(features w)
                            Variance = noise * (reduced w |> Array.sumBy (fun z -> z * z))
                            Noise = noise
                        })

                    member _.Covariance(weights) =
                        let z = weights |> Array.map reduced
                        z |> Array.map (fun a -> z |> Array.map (fun b -> noise * (Array.map2 (*) a b |> Array.sum)))
            }

        {
            Name = name
            Learn = fun _ -> Hyperparameters.Of [||]
            Condition = condition
            LeaveOut = Method.refit condition
            Design = Array.map design
            NeedsRank = true
            Shares = fun _ -> [||]
        }

    /// The covariance function of a ridge regression: prior variance v for every coefficient, and a free intercept.
    let private ridgeCovariance (features: float[] -> float[]) (v: float) : Covariance =
        let intercept = 100.0 * v
        let product a b = Array.map2 (*) a b |> Array.sum

        {
            Between =
                fun a b ->
                    let fb = b |> Array.map features

                    a
                    |> Array.map (fun x ->
                        let fx = features x in fb |> Array.map (fun fy -> intercept + v * product fx fy))
            Variance = fun w -> let f = features w in intercept + v * product f f
        }

    /// Ridge regression on features, as the Gaussian conditioning that it is. The ratio of noise to coefficient variance is the
    /// one of largest marginal likelihood on a grid; the scale has its closed form; known noise is a floor.
    let ridge (name: string) (features: float[] -> float[]) (design: float[] -> float[]) : Method =
        let ratios = [| for e in -4.0 .. 0.5..2.0 -> 10.0 ** e |]

        /// Log marginal likelihood at the best scale, and that scale, for standardised scores.
        let likelihood (data: Observations) ratio =
            let k = (ridgeCovariance features 1.0).Between data.Weights data.Weights
            k |> Array.iteri (fun i row -> row[i] <- row[i] + ratio)
            let l = PositiveDefinite.factor k
            let z = PositiveDefinite.timesLower (PositiveDefinite.invertFactor l) data.Scores
            let n = float data.Count
            let scale = max 1e-9 (Array.sumBy (fun x -> x * x) z / n)
            -0.5 * (n * log scale + PositiveDefinite.logDeterminant l), scale

        let learn (data: Observations) =
            let struct (standard, _, _) = Gaussian.standardise data

            let ratio, (_, scale) =
                ratios |> Array.map (fun r -> r, likelihood standard r) |> Array.maxBy (snd >> fst)

            Hyperparameters.Of [| scale; scale * ratio |]

        {
            Name = name
            Learn = learn
            Condition =
                fun hyper data ->
                    Gaussian.predictor name (ridgeCovariance features hyper.Values[0]) hyper.Values[1] data
            LeaveOut =
                fun hyper data folds ->
                    Gaussian.leaveOut (ridgeCovariance features hyper.Values[0]) hyper.Values[1] data folds
            Design = Array.map design
            NeedsRank = false
            Shares = fun _ -> [||]
        }
