namespace MoDoMoDo.Mixtures

open System
open Microsoft.ML
open Microsoft.ML.Data
open Microsoft.ML.Trainers.FastTree

/// A row as ML.NET reads it.
[<CLIMutable>]
type TreeRow = { Features: float32[]; Label: float32 }

/// A row as ML.NET writes it.
[<CLIMutable>]
type TreeScore = { Score: float32 }

/// Gradient-boosted regression trees (ML.NET's FastTree; LightGBM, which RegMix uses, needs a system library that a bare Debian
/// has not). Adapted to few runs: leaves may hold two of them.
module Trees =

    let private schema domains =
        let schema = SchemaDefinition.Create(typeof<TreeRow>)
        schema["Features"].ColumnType <- VectorDataViewType(NumberDataViewType.Single, [| domains |])
        schema

    let private train (data: Observations) : float[][] -> float[] =
        let context = MLContext(Nullable 0)
        let schema = schema data.Weights[0].Length
        let mean = Array.average data.Scores

        let rows (weights: float[][]) (scores: float[]) =
            Array.map2 (fun w y -> { Features = Array.map float32 w; Label = float32 (y - mean) }) weights scores

        let options =
            FastTreeRegressionTrainer.Options(
                NumberOfTrees = 100,
                NumberOfLeaves = 8,
                MinimumExampleCountPerLeaf = max 2 (min 10 (data.Count / 16)),
                LearningRate = 0.1,
                FeatureFraction = 0.7,
                NumberOfThreads = Nullable 1
            )

        let model = context.Regression.Trainers.FastTree(options).Fit(context.Data.LoadFromEnumerable(rows data.Weights data.Scores, schema))

        fun weights ->
            let view = context.Data.LoadFromEnumerable(rows weights (Array.zeroCreate weights.Length), schema)
            context.Data.CreateEnumerable<TreeScore>(model.Transform view, false, true) |> Seq.map (fun s -> mean + float s.Score) |> Array.ofSeq

    /// At most this many fits for left-out predictions, which is what trees spend their time on: folds are joined.
    let private mostFolds = 5

    let private joined (folds: int[][]) = folds |> Array.indexed |> Array.groupBy (fun (k, _) -> k % mostFolds) |> Array.map (snd >> Array.collect snd)

    let private leftOutMeans (data: Observations) (folds: int[][]) =
        let means = Array.zeroCreate data.Count

        for fold in joined folds do
            let others = Array.except fold (Array.init data.Count id)
            Array.iter2 (fun i m -> means[i] <- m) fold (train (data.At others) (data.At fold).Weights)

        means

    /// Boosted trees. Their one hyper-parameter is the mean squared left-out error, which is all they know of their uncertainty.
    let method': Method =
        let prediction variance mean = { Mean = mean; Variance = variance; Noise = 0.0 }

        let learn (data: Observations) =
            let errors = Array.map2 (-) data.Scores (leftOutMeans data (Folds.ofRuns data))
            Hyperparameters.Of [| errors |> Array.averageBy (fun e -> e * e) |]

        let condition (hyper: Hyperparameters) data =
            let predict = train data

            { new IPredictor with
                member _.Name = "trees"
                member _.Predict(weights) = predict weights |> Array.map (prediction hyper.Values[0])
                member _.Covariance(weights) =
                    Array.init weights.Length (fun i -> Array.init weights.Length (fun j -> if i = j then hyper.Values[0] else 0.0))
            }

        {
            Name = "trees"
            Learn = learn
            Condition = condition
            LeaveOut = fun hyper data folds -> leftOutMeans data folds |> Array.map (prediction hyper.Values[0])
            Design = id
        }
