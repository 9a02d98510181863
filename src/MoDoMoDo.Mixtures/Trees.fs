namespace MoDoMoDo.Mixtures

open MoDoMoDo.Domain

/// A regression tree over the inputs of a mixture.
type private Tree =
    | Leaf of value: float
    | Split of input: int * threshold: float * below: Tree * above: Tree

/// Gradient-boosted regression trees for squared error (Friedman, "Greedy function approximation", 2001; bags as in "Stochastic gradient
/// boosting", 2002): the baseline of RegMix for few runs. Written here because of what the libraries cost: ML.NET's FastTree takes
/// 130-250 ms for 16-64 runs, and cross-validation of a composite needs hundreds of fits (this takes about 5 ms); LightGBM
/// needs a system library that a bare Debian has not.
module Trees =

    let private rounds = 100
    let private learningRate = 0.08
    let private depth = 4
    let private leastInLeaf = 2
    /// Added to the count of a leaf: shrinks leaves of few runs.
    let private ridge = 0.5
    /// Boosted ensembles that are averaged, each from its own random parts of runs and domains.
    let private bags = 6
    let private runShare, domainShare = 0.8, 0.6

    let rec private evaluate (x: float[]) tree =
        match tree with
        | Leaf value -> value
        | Split(input, threshold, below, above) -> evaluate x (if x[input] <= threshold then below else above)

    /// The split of some runs that explains most of their residuals: domain (-1 when no split is allowed), threshold and gain.
    /// `orders` has all runs sorted by each domain's weight.
    let private bestSplit (weights: float[][]) (orders: int[][]) (residuals: float[]) (domains: int[]) (rows: int[]) =
        let here = Array.zeroCreate<bool> weights.Length

        for i in rows do
            here[i] <- true

        let total, n = rows |> Array.sumBy (fun i -> residuals[i]), float rows.Length
        let worth sum count = sum * sum / (count + ridge)
        let mutable best = struct (-1, 0.0, 1e-12 + worth total n)

        for k in domains do
            let sorted = orders[k] |> Array.filter (fun i -> here[i])
            let mutable sum = 0.0

            for p in 1 .. sorted.Length - 1 do
                sum <- sum + residuals[sorted[p - 1]]
                let low, high = weights[sorted[p - 1]][k], weights[sorted[p]][k]

                if p >= leastInLeaf && sorted.Length - p >= leastInLeaf && high > low then
                    let gain = worth sum (float p) + worth (total - sum) (n - float p)
                    let struct (_, _, there) = best

                    if gain > there then
                        best <- struct (k, 0.5 * (low + high), gain)

        best

    let rec private grow weights orders (residuals: float[]) domains level (rows: int[]) =
        let leaf () = Leaf((rows |> Array.sumBy (fun i -> residuals[i])) / (float rows.Length + ridge))

        if level = 0 || rows.Length < 2 * leastInLeaf then
            leaf ()
        else
            match bestSplit weights orders residuals domains rows with
            | struct (-1, _, _) -> leaf ()
            | struct (domain, threshold, _) ->
                let below, above = rows |> Array.partition (fun i -> weights[i][domain] <= threshold)

                Split(
                    domain,
                    threshold,
                    grow weights orders residuals domains (level - 1) below,
                    grow weights orders residuals domains (level - 1) above
                )

    /// One boosted ensemble on centred scores.
    let private boost (stream: RandomStream) (weights: float[][]) (scores: float[]) =
        let residuals = Array.copy scores
        let part share count = max 1 (int (ceil (share * float count)))
        let domains = [| 0 .. weights[0].Length - 1 |]

        let orders =
            domains
            |> Array.map (fun k -> Array.init weights.Length id |> Array.sortBy (fun i -> weights[i][k]))

        Array.init rounds (fun _ ->
            let rows = stream.Shuffle [| 0 .. scores.Length - 1 |] |> Array.truncate (part runShare scores.Length)

            let tree =
                grow
                    weights
                    orders
                    residuals
                    (stream.Shuffle domains |> Array.truncate (part domainShare domains.Length))
                    depth
                    rows

            for i in 0 .. scores.Length - 1 do
                residuals[i] <- residuals[i] - learningRate * evaluate weights[i] tree

            tree)

    /// The weights and their spread: one split on it says what takes many splits on single weights, that mixtures of few domains are bad
    /// for everything else. On 16 runs of RegMix the error of the mean of 13 losses falls by a sixth.
    let private inputs (w: float[]) = Array.append w (Features.spread w)

    let private train (data: Observations) : float[][] -> float[] =
        let weights = data.Weights |> Array.map inputs
        let mean = Array.average data.Scores
        let centred = data.Scores |> Array.map (fun y -> y - mean)
        let rng = Rng.OfSeed(0UL).Split "trees"

        let trees =
            Array.init bags (fun b -> boost (RandomStream(rng.Split(uint64 b))) weights centred) |> Array.concat

        Array.map (fun w -> mean + learningRate / float bags * (let x = inputs w in trees |> Array.sumBy (evaluate x)))

    let private leftOutMeans (data: Observations) (folds: int[][]) =
        let means = Array.zeroCreate data.Count

        for fold in folds do
            let others = Array.except fold (Array.init data.Count id)
            Array.iter2 (fun i m -> means[i] <- m) fold (train (data.At others) (data.At fold).Weights)

        means

    /// Ten folds say enough about trees.
    let private mostFolds = 10

    let private joined (folds: int[][]) =
        folds
        |> Array.indexed
        |> Array.groupBy (fun (k, _) -> k % mostFolds)
        |> Array.map (snd >> Array.collect snd)

    /// Boosted trees. Their one hyper-parameter is the mean squared left-out error, which is all they know of their uncertainty.
    let method': Method =
        let prediction variance mean = { Mean = mean; Variance = variance; Noise = 0.0 }

        let learn (data: Observations) =
            let errors = Array.map2 (-) data.Scores (leftOutMeans data (joined (Folds.ofRuns data)))
            Hyperparameters.Of [| errors |> Array.averageBy (fun e -> e * e) |]

        let condition (hyper: Hyperparameters) data =
            let predict = train data

            {
                new IPredictor with
                    member _.Name = "trees"
                    member _.Predict(weights) = predict weights |> Array.map (prediction hyper.Values[0])

                    member _.Covariance(weights) =
                        Array.init weights.Length (fun i ->
                            Array.init weights.Length (fun j -> if i = j then hyper.Values[0] else 0.0))
            }

        {
            Name = "trees"
            Learn = learn
            Condition = condition
            LeaveOut =
                fun hyper data folds -> leftOutMeans data (joined folds) |> Array.map (prediction hyper.Values[0])
            Design = id
            NeedsRank = false
            Shares = fun _ -> [||]
        }
