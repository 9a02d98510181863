namespace MoDoMoDo.Mixtures

/// A predictor that a user writes as a function of its parameters.
type ParametricForm = {
    Name: string
    /// Number of parameters, given the number of domains.
    Parameters: int -> int
    /// Prior mean and standard deviation of each parameter, given the number of domains.
    Prior: int -> struct (float * float)[]
    /// The standardised score of a mixture under some parameters.
    Score: D[] -> float[] -> D
}

/// Predictors of any differentiable form, fitted by maximum a posteriori with gradients by Autodiff; their uncertainty is that of
/// the form linearised at the optimum (Laplace). The mixing laws of the literature are such forms.
module Parametric =

    /// Prior of the logarithm of the noise variance.
    let private noisePrior = struct (-3.0, 2.0)

    /// Log posterior density of the parameters, the last of which is the log noise variance.
    let private logDensity (form: ParametricForm) (data: Observations) (p: D[]) : D =
        let count = p.Length - 1
        let own, logNoise = p[.. count - 1], p[count]
        let prior = Array.append (form.Prior data.Weights[0].Length) [| noisePrior |]

        let likelihood =
            Array.map3
                (fun w (y: float) (known: float) ->
                    let error = form.Score own w - y
                    let variance = exp logNoise + known
                    -0.5 * (error * error / variance + log variance))
                data.Weights
                data.Scores
                data.Noise
            |> Array.reduce (+)

        Array.fold2
            (fun sum (x: D) (struct (mean, deviation)) -> sum - 0.5 * ((x - mean) / deviation) ** 2.0)
            likelihood
            p
            prior

    /// The Gaussian covariance that the form has when linearised at its optimum: gradients of the score times prior variances.
    let private linearised (form: ParametricForm) (parameters: float[]) (domains: int) : Covariance =
        let own = parameters[.. parameters.Length - 2]
        let variances = form.Prior domains |> Array.map (fun (struct (_, s)) -> s * s)
        let slopes w = Autodiff.grad (fun p -> form.Score p w) own
        let product (a: float[]) (b: float[]) = Array.map3 (fun x y v -> x * y * v) a b variances |> Array.sum

        {
            Between =
                fun a b ->
                    (let sb = b |> Array.map slopes in
                     a |> Array.map (fun w -> let s = slopes w in sb |> Array.map (product s)))
            Variance = fun w -> let s = slopes w in product s s
        }

    /// The scores at the optimum, as those of a Gaussian whose data are the residuals and whose prior mean is the form.
    let private value (form: ParametricForm) (parameters: float[]) w =
        (form.Score (parameters[.. parameters.Length - 2] |> Array.map D) w).Value

    /// Observations of what the linear part has to explain: score - form(optimum) + slopes . (optimum - prior mean).
    let private residuals (form: ParametricForm) (parameters: float[]) (standard: Observations) =
        let means = form.Prior standard.Weights[0].Length |> Array.map (fun (struct (m, _)) -> m)
        let own = parameters[.. parameters.Length - 2]

        let offset w =
            let slopes = Autodiff.grad (fun p -> form.Score p w) own
            value form parameters w - (Array.map3 (fun s x m -> s * (x - m)) slopes own means |> Array.sum)

        struct ({ standard with Scores = Array.map2 (fun y w -> y - offset w) standard.Scores standard.Weights }, offset)

    /// The method of a form.
    let method' (form: ParametricForm) : Method =
        let learn (data: Observations) =
            let struct (standard, mean, scale) = Gaussian.standardise data

            let start =
                Array.append (form.Prior data.Weights[0].Length |> Array.map (fun (struct (m, _)) -> m)) [| -2.0 |]

            let optimum = Maximum.search 200 (Autodiff.gradv (logDensity form standard)) start
            // The shift and scale of the scores belong to the parameters: they are kept when data are left out or added.
            Hyperparameters.Of [| yield! optimum; mean; scale |]

        let parts (hyper: Hyperparameters) (data: Observations) =
            let parameters, mean, scale =
                hyper.Values[.. hyper.Values.Length - 3],
                hyper.Values[hyper.Values.Length - 2],
                hyper.Values[hyper.Values.Length - 1]

            let standard = {
                data with
                    Scores = data.Scores |> Array.map (fun y -> (y - mean) / scale)
                    Noise = data.Noise |> Array.map (fun v -> v / (scale * scale))
            }

            let struct (linear, offset) = residuals form parameters standard
            struct (parameters, mean, scale, linear, offset)

        let restored mean scale offset w (p: Prediction) = {
            Mean = mean + scale * (p.Mean + offset w)
            Variance = scale * scale * p.Variance
            Noise = scale * scale * p.Noise
        }

        let condition hyper (data: Observations) =
            let struct (parameters, mean, scale, linear, offset) = parts hyper data
            let noise = exp (Array.last parameters)

            let inner =
                Gaussian.predictorAbout
                    0.0
                    1.0
                    form.Name
                    (linearised form parameters data.Weights[0].Length)
                    noise
                    linear

            {
                new IPredictor with
                    member _.Name = form.Name
                    member _.Predict(weights) = Array.map2 (restored mean scale offset) weights (inner.Predict weights)

                    member _.Covariance(weights) =
                        inner.Covariance weights |> Array.map (Array.map ((*) (scale * scale)))
            }

        let leaveOut hyper (data: Observations) folds =
            let struct (parameters, mean, scale, linear, offset) = parts hyper data
            let covariance = linearised form parameters data.Weights[0].Length

            Gaussian.leaveOutAbout 0.0 1.0 covariance (exp (Array.last parameters)) linear folds
            |> Array.map2 (restored mean scale offset) data.Weights

        {
            Name = form.Name
            Learn = learn
            Condition = condition
            LeaveOut = leaveOut
            Design = id
            NeedsRank = false
            Shares = fun _ -> [||]
        }

    /// c + s exp(t . w), s = 1 for losses and -1 for scores that more data raise (Ye et al., "Data Mixing Laws", 2024, equation 7;
    /// its factor k is part of t, as weights sum to 1).
    let exponentialLaw (sign: float) : ParametricForm = {
        Name = if sign > 0.0 then "exponential-law" else "exponential-law-rising"
        Parameters = fun d -> d + 1
        Prior =
            fun d -> [|
                struct (-sign, 1.0)
                for _ in 1..d do
                    struct (0.0, 1.5)
            |]
        Score = fun p w -> p[0] + sign * exp (D.Dot(p[1..], w))
    }

    /// c + s (a . w)^-alpha with positive a: a power of the effective amount of data (the form of Olmix and BiMix; its offset b is part
    /// of a, as weights sum to 1).
    let powerLaw (sign: float) : ParametricForm = {
        Name = if sign > 0.0 then "power-law" else "power-law-rising"
        Parameters = fun d -> d + 2
        Prior =
            fun d -> [|
                struct (-sign, 1.0)
                struct (-0.7, 0.5)
                for _ in 1..d do
                    struct (0.0, 1.0)
            |]
        Score =
            fun p w ->
                let amount = Array.map2 (fun (a: D) x -> exp a * x) p[2..] w |> Array.reduce (+)
                p[0] + sign * exp (-(exp p[1]) * log amount)
    }
