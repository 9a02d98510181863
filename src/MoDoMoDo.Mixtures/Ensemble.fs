namespace MoDoMoDo.Mixtures

/// Several predictors as one.
module Ensemble =

    let private combine (shares: float[]) (values: float[]) = Array.fold2 (fun sum s v -> sum + s * v) 0.0 shares values

    /// The mixture distribution of some predictors: the variance holds their own and their disagreement.
    let predictor (name: string) (shares: float[]) (members: IPredictor[]) : IPredictor =
        let used = Array.zip shares members |> Array.filter (fun (s, _) -> s > 0.0)
        let shares, members = Array.unzip used

        {
            new IPredictor with
                member _.Name = name

                member _.Predict(weights) =
                    let predictions = members |> Array.map _.Predict(weights)

                    Array.init weights.Length (fun i ->
                        let at = predictions |> Array.map (fun p -> p[i])
                        let mean = at |> Array.map _.Mean |> combine shares

                        {
                            Mean = mean
                            Variance = at |> Array.map (fun p -> p.Variance + (p.Mean - mean) ** 2.0) |> combine shares
                            Noise = at |> Array.map _.Noise |> combine shares
                        })

                member this.Covariance(weights) =
                    let covariances = members |> Array.map _.Covariance(weights)
                    let means = members |> Array.map (fun m -> m.Predict weights |> Array.map _.Mean)
                    let mean = Array.init weights.Length (fun i -> means |> Array.map (fun m -> m[i]) |> combine shares)

                    Array.init weights.Length (fun i ->
                        Array.init weights.Length (fun j ->
                            Array.map2
                                (fun (c: float[][]) (m: float[]) -> c[i][j] + (m[i] - mean[i]) * (m[j] - mean[j]))
                                covariances
                                means
                            |> combine shares))
        }

    /// As `predictor`, for predictions that are already made: [member][run].
    let predictions (shares: float[]) (members: Prediction[][]) : Prediction[] =
        Array.init members[0].Length (fun i ->
            let at = members |> Array.map (fun p -> p[i])
            let mean = at |> Array.map _.Mean |> combine shares

            {
                Mean = mean
                Variance = at |> Array.map (fun p -> p.Variance + (p.Mean - mean) ** 2.0) |> combine shares
                Noise = at |> Array.map _.Noise |> combine shares
            })

    let private learnAll (members: Method[]) data = members |> Array.map (fun m -> m.Learn data)

    let private conditionAll (members: Method[]) (hyper: Hyperparameters) data =
        Array.map2 (fun (m: Method) h -> m.Condition h data) members hyper.Members

    let private leaveOutAll (members: Method[]) (hyper: Hyperparameters) data folds =
        Array.map2 (fun (m: Method) h -> m.LeaveOut h data folds) members hyper.Members

    /// The equal mixture of some methods.
    let average (name: string) (members: Method[]) : Method =
        let shares = Array.create members.Length (1.0 / float members.Length)

        {
            Name = name
            Learn = fun data -> { Values = shares; Members = learnAll members data }
            Condition = fun hyper data -> predictor name shares (conditionAll members hyper data)
            LeaveOut = fun hyper data folds -> predictions shares (leaveOutAll members hyper data folds)
            Design = members[0].Design
            NeedsRank = false
            Shares = fun _ -> [||]
        }

    /// Shares on the simplex with the least squared error of the mixed left-out means, shrunk towards prior shares as `strength`
    /// further runs would (Wolpert, "Stacked generalization", 1992; Breiman 1996 for the constraint).
    let private shares (strength: float) (prior: float[]) (scores: float[]) (means: float[][]) : float[] =
        let errors = means |> Array.map (fun m -> Array.map2 (-) m scores)
        let gram = errors |> Array.map (fun a -> errors |> Array.map (fun b -> Array.map2 (*) a b |> Array.sum))
        // In units of the members' mean squared error: between the median one and the best, so that a far better member is soon trusted.
        let diagonal = gram |> Array.mapi (fun i row -> row[i]) |> Array.sort
        let unit = sqrt (diagonal[0] * diagonal[diagonal.Length / 2])
        let strength = strength * max 1e-18 (unit / float scores.Length)

        let h =
            gram
            |> Array.mapi (fun i row -> row |> Array.mapi (fun j g -> g + (if i = j then strength else 0.0)))

        let lipschitz = h |> Array.map (Array.sumBy abs) |> Array.max
        let mutable a = prior

        for _ in 1..500 do
            let gradient = Array.map2 (fun row p -> (Array.map2 (*) row a |> Array.sum) - strength * p) h prior
            a <- Simplex.project (Array.map2 (fun x g -> x - g / lipschitz) a gradient)

        a
        |> Array.map (fun x -> if x < 1e-3 then 0.0 else x)
        |> (fun a -> let sum = Array.sum a in a |> Array.map (fun x -> x / sum))

    /// Root mean squared error of left-out means in units of that of the other scores' mean.
    let relativeError (scores: float[]) (means: float[]) =
        let n, mean = float scores.Length, Array.average scores
        let sum f = Array.map2 (fun y m -> (y - f m) ** 2.0) scores means |> Array.sum
        let constant = sum (fun _ -> mean)
        if constant > 0.0 then sqrt (sum id / constant) * (n - 1.0) / n else 1.0

    /// As many runs as the prior shares are worth: with 16 runs they matter, with 64 hardly.
    let private shrinkage = 16.0

    /// The cross-validated stack of some methods with prior shares that sum to 1. Left-out predictions of the stack use shares that
    /// were chosen without the fold. Hyper-parameters: the shares, then the members' relative errors.
    let stack (name: string) (members: (Method * float)[]) : Method =
        let members, prior = Array.unzip members

        let leaveOut hyper (data: Observations) folds =
            let predicted = leaveOutAll members hyper data folds
            let result = Array.zeroCreate data.Count

            for fold in folds do
                let others = Array.except fold (Array.init data.Count id)
                let at (positions: int[]) (p: Prediction[]) = positions |> Array.map (fun i -> p[i])

                let chosen =
                    shares
                        shrinkage
                        prior
                        (others |> Array.map (fun i -> data.Scores[i]))
                        (predicted |> Array.map (at others >> Array.map _.Mean))

                let mixed = predictions chosen (predicted |> Array.map (at fold))
                Array.iter2 (fun i p -> result[i] <- p) fold mixed

            result

        {
            Name = name
            Learn =
                fun data ->
                    let hyper = { Values = [||]; Members = learnAll members data }
                    let means = leaveOutAll members hyper data (Folds.ofRuns data) |> Array.map (Array.map _.Mean)

                    {
                        hyper with
                            Values =
                                Array.append
                                    (shares shrinkage prior data.Scores means)
                                    (means |> Array.map (relativeError data.Scores))
                    }
            Condition =
                fun hyper data -> predictor name hyper.Values[.. members.Length - 1] (conditionAll members hyper data)
            LeaveOut = leaveOut
            Design = members[0].Design
            NeedsRank = false
            Shares =
                fun hyper ->
                    members
                    |> Array.mapi (fun k m -> {
                        Name = m.Name
                        Share = hyper.Values[k]
                        Error = hyper.Values[members.Length + k]
                    })
        }
