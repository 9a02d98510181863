namespace MoDoMoDo.Mixtures

open System
open MoDoMoDo.Domain

/// What a predictor learns from: n runs over d domains and one score each.
type Observations = {
    /// [n][d]; each row sums to 1.
    Weights: float[][]
    /// [n]
    Scores: float[]
    /// [n]; known variance of each score's measurement, 0 where nothing is known.
    Noise: float[]
} with

    /// Number of runs.
    member o.Count = o.Scores.Length

    /// The runs at these positions.
    member o.At(positions: int[]) = {
        Weights = positions |> Array.map (fun i -> o.Weights[i])
        Scores = positions |> Array.map (fun i -> o.Scores[i])
        Noise = positions |> Array.map (fun i -> o.Noise[i])
    }

    /// One more run.
    member o.With(weights: float[], score: float, noise: float) = {
        Weights = Array.append o.Weights [| weights |]
        Scores = Array.append o.Scores [| score |]
        Noise = Array.append o.Noise [| noise |]
    }

/// A predicted score.
[<Struct>]
type Prediction = {
    /// Expected score.
    Mean: float
    /// Variance of the expected score: what more runs would remove.
    Variance: float
    /// Variance of one new measurement around the expected score: what only more items or seeds would remove.
    Noise: float
} with

    /// Standard deviation of a new measurement.
    member p.Deviation = sqrt (p.Variance + p.Noise)

/// A fitted predictor: from mixtures to scores.
type IPredictor =
    /// Name of the method that made it.
    abstract Name: string
    /// Predictions for m mixtures [m][d].
    abstract Predict: weights: float[][] -> Prediction[]
    /// Covariance [m][m] of the expected scores of m mixtures [m][d].
    abstract Covariance: weights: float[][] -> float[][]

/// What a method has learned from data beside the data itself; enough, with the data, to make the predictor again.
type Hyperparameters = {
    Values: float[]
    /// Of the members of an ensemble.
    Members: Hyperparameters[]
} with

    /// Without members.
    static member Of(values: float[]) = { Values = values; Members = [||] }

/// What a stack made of one of its members.
type MemberShare = {
    Name: string
    /// In [0, 1]; the shares sum to 1.
    Share: float
    /// Its left-out root mean squared error, in units of the constant's.
    Error: float
}

/// A way of predicting. Learning is separate from conditioning, so that hyper-parameters can be kept while data are left
/// out (cross-validation), added (believed runs of a batch, replayed searches) or read back from a file.
type Method = {
    Name: string
    /// Hyper-parameters from the data.
    Learn: Observations -> Hyperparameters
    /// The predictor of some data under given hyper-parameters.
    Condition: Hyperparameters -> Observations -> IPredictor
    /// The prediction of every run by the data without its fold, under given hyper-parameters.
    LeaveOut: Hyperparameters -> Observations -> int[][] -> Prediction[]
    /// The design matrix [n][columns] of a linear predictor, or of another's linear part.
    Design: float[][] -> float[][]
    /// The design alone determines the predictor, so that it means nothing where the rank falls short: least squares without a prior.
    NeedsRank: bool
    /// What a stack chose and why; empty for other methods.
    Shares: Hyperparameters -> MemberShare[]
}

module Method =

    /// Learning and conditioning in one.
    let fit (method': Method) (data: Observations) : IPredictor = method'.Condition (method'.Learn data) data

    /// Leaving out by conditioning once for each fold: what methods without a closed form do.
    let refit
        (condition: Hyperparameters -> Observations -> IPredictor)
        (hyper: Hyperparameters)
        (data: Observations)
        (folds: int[][])
        : Prediction[] =
        let predictions = Array.zeroCreate data.Count

        for fold in folds do
            let others = Array.except fold (Array.init data.Count id)
            let predicted = (condition hyper (data.At others)).Predict((data.At fold).Weights)
            Array.iter2 (fun i p -> predictions[i] <- p) fold predicted

        predictions

/// Methods that see more of a mixture than its weights.
module Inputs =

    /// The method on functions of the weights.
    let over (inputs: float[] -> float[]) (inner: Method) : Method =
        let seen (data: Observations) = { data with Weights = data.Weights |> Array.map inputs }

        {
            inner with
                Learn = seen >> inner.Learn
                Condition =
                    fun hyper data ->
                        let predictor = inner.Condition hyper (seen data)

                        {
                            new IPredictor with
                                member _.Name = predictor.Name
                                member _.Predict(weights) = predictor.Predict(Array.map inputs weights)
                                member _.Covariance(weights) = predictor.Covariance(Array.map inputs weights)
                        }
                LeaveOut = fun hyper data folds -> inner.LeaveOut hyper (seen data) folds
        }

/// An order of runs and domains that depends on their content alone, so that what is learned depends neither on the order of
/// the rows nor on that of the columns.
module Canonical =

    /// Positions of the runs in canonical order: by symmetric functions of their weights, then by score.
    let runs (data: Observations) : int[] =
        let power k (w: float[]) = Math.Round(w |> Array.sumBy (fun x -> x ** k), 9)

        Array.init data.Count id
        |> Array.sortBy (fun i -> power 2.0 data.Weights[i], power 3.0 data.Weights[i], data.Scores[i])

    let private domains (data: Observations) : int[] =
        Array.init data.Weights[0].Length id
        |> Array.sortBy (fun k -> data.Weights |> Array.map (fun w -> w[k]))

    let private permuted (columns: int[]) (weights: float[][]) =
        weights |> Array.map (fun w -> columns |> Array.map (fun k -> w[k]))

    /// The method with rows and columns put in canonical order before it sees them. The order of the columns is a hyper-parameter.
    let method' (inner: Method) : Method =
        let columns (hyper: Hyperparameters) = hyper.Values |> Array.map int
        let ordered order (sorted: Observations) = { sorted with Weights = permuted order sorted.Weights }

        {
            Name = inner.Name
            Learn =
                fun data ->
                    let sorted = data.At(runs data)
                    let order = domains sorted
                    { Values = Array.map float order; Members = [| inner.Learn(ordered order sorted) |] }
            Condition =
                fun hyper data ->
                    let columns = columns hyper
                    let predictor = inner.Condition hyper.Members[0] (ordered columns (data.At(runs data)))

                    {
                        new IPredictor with
                            member _.Name = predictor.Name
                            member _.Predict(weights) = predictor.Predict(permuted columns weights)
                            member _.Covariance(weights) = predictor.Covariance(permuted columns weights)
                    }
            LeaveOut =
                fun hyper data folds ->
                    let order = runs data
                    let place = Array.zeroCreate order.Length
                    order |> Array.iteri (fun position run -> place[run] <- position)
                    let moved = folds |> Array.map (Array.map (fun run -> place[run]))
                    let predicted = inner.LeaveOut hyper.Members[0] (ordered (columns hyper) (data.At order)) moved
                    place |> Array.map (fun position -> predicted[position])
            Design = inner.Design
            NeedsRank = inner.NeedsRank
            Shares = fun hyper -> inner.Shares hyper.Members[0]
        }

/// Which runs are left out together.
module Folds =

    /// The positions of the runs of each mixture, in canonical order.
    let mixtures (data: Observations) : int[][] =
        Canonical.runs data
        |> Array.groupBy (fun i -> data.Weights[i] |> Array.map (fun w -> Math.Round(w, 9)))
        |> Array.map snd

    /// One fold a mixture up to `most` mixtures; beyond, ten folds of mixtures. Runs of the same mixture share a fold, as they are
    /// each other's answer. Folds do not depend on the order of the runs.
    let upTo (most: int) (data: Observations) : int[][] =
        let mixtures = mixtures data

        if mixtures.Length <= most then
            mixtures
        else
            Array.init 10 (fun k -> [|
                for i in k..10 .. mixtures.Length - 1 do
                    yield! mixtures[i]
            |])

    /// The folds for predictions under kept hyper-parameters.
    let ofRuns (data: Observations) : int[][] = upTo 64 data
