namespace MoDoMoDo.Mixtures

open System
open MoDoMoDo.Domain

/// The predictor of one benchmark within a target.
type SurrogatePart = {
    Target: string
    /// In the target; 1 for each part of a worst case.
    Share: float
    Method: Method
    Hyper: Hyperparameters
    Data: Observations
    /// Names of the runs, in the order of Data.
    Runs: string[]
    Predictor: IPredictor
    /// Prediction of each run by the others.
    LeftOut: Prediction[]
}

/// A measured run beside its prediction from the other runs.
type LeftOutRun = { Run: string; Weights: float[]; Prediction: Prediction; Measured: float; Variance: float }

/// A fitted target: one predictor for each benchmark, added up with the correlation of their errors. One model of the sum
/// would be far worse (mixtures.md 0.3), and adding variances as if errors were independent is overconfident (2d).
type Surrogate = {
    Target: Target
    /// The level of the ledger that it predicts; None where all rows were taken as alike.
    Level: FidelityLevel option
    /// Other levels whose runs are in the same likelihood, furthest first.
    Informing: FidelityLevel list
    Domains: string[]
    Parts: SurrogatePart[]
    /// [part][part]: correlation of standardised left-out errors.
    Correlation: float[][]
    /// What standard deviations are multiplied by, so that left-out errors have the size that they claim.
    Calibration: float
    /// Runs in which the whole target was measured.
    LeftOut: LeftOutRun[]
}

module Surrogate =

    /// Standard normal draws [256][parts] for the worst of several correlated benchmarks: the same for every mixture, so that the
    /// prediction is a smooth function of it.
    let private normals parts =
        let stream = RandomStream(Rng.OfSeed(0UL).Split "worst case")
        Array.init 256 (fun _ -> Array.init parts (fun _ -> stream.NextGaussian()))

    /// Mean and variance of the worst of normal variables with these means, deviations and correlation factor.
    let private worst (draws: float[][]) (factor: float[][]) (means: float[]) (deviations: float[]) =
        let minima =
            draws
            |> Array.map (fun z ->
                let correlated = PositiveDefinite.timesLower factor z
                Array.map3 (fun m s x -> m + s * x) means deviations correlated |> Array.min)

        let mean = Array.average minima
        struct (mean, minima |> Array.averageBy (fun x -> (x - mean) ** 2.0))

    /// One prediction of the target from one of each part.
    let private combine (target: Target) (shares: float[]) (correlation: float[][]) : Prediction[] -> Prediction =
        match target with
        | Target.Min when shares.Length > 1 ->
            let draws, factor = normals shares.Length, PositiveDefinite.factor correlation

            fun parts ->
                let means = parts |> Array.map _.Mean
                let struct (mean, total) = worst draws factor means (parts |> Array.map _.Deviation)
                let struct (_, latent) = worst draws factor means (parts |> Array.map (fun p -> sqrt p.Variance))
                { Mean = mean; Variance = latent; Noise = max 0.0 (total - latent) }
        | _ ->
            fun parts ->
                let spread (deviation: Prediction -> float) =
                    let scaled = Array.map2 (fun s p -> s * deviation p) shares parts

                    Array.map2 (fun x row -> x * (Array.map2 (*) row scaled |> Array.sum)) scaled correlation
                    |> Array.sum

                let latent = spread (fun p -> sqrt p.Variance)

                {
                    Mean = Array.map2 (fun s (p: Prediction) -> s * p.Mean) shares parts |> Array.sum
                    Variance = latent
                    Noise = max 0.0 (spread _.Deviation - latent)
                }

    let private scaled factor (p: Prediction) = {
        p with
            Variance = factor * factor * p.Variance
            Noise = factor * factor * p.Noise
    }

    let private combined (s: Surrogate) : Prediction[] -> Prediction =
        let combine = combine s.Target (s.Parts |> Array.map _.Share) s.Correlation
        combine >> scaled s.Calibration

    /// Predictions for mixtures [m][d], in the order of the surrogate's domains.
    let predict (s: Surrogate) (weights: float[][]) : Prediction[] =
        s.Parts |> Array.map _.Predictor.Predict(weights) |> Array.transpose |> Array.map (combined s)

    /// Covariance [m][m] of the expected scores of mixtures [m][d].
    let covariance (s: Surrogate) (weights: float[][]) : float[][] =
        let square = s.Calibration * s.Calibration

        if s.Parts.Length = 1 then
            s.Parts[0].Predictor.Covariance weights |> Array.map (Array.map ((*) square))
        else
            // Correlation over mixtures: the average of the parts' own; size: that of the combined variance.
            let unit (c: float[][]) =
                c
                |> Array.mapi (fun i row -> row |> Array.mapi (fun j x -> x / sqrt (max 1e-18 (c[i][i] * c[j][j]))))

            let units = s.Parts |> Array.map (fun p -> unit (p.Predictor.Covariance weights))
            let deviations = predict s weights |> Array.map (fun p -> sqrt p.Variance)

            let shares =
                s.Parts |> Array.map (fun p -> abs p.Share) |> (fun a -> a |> Array.map (fun x -> x / Array.sum a))

            Array.init weights.Length (fun i ->
                Array.init weights.Length (fun j ->
                    deviations[i]
                    * deviations[j]
                    * (Array.map2 (fun w (u: float[][]) -> w * u[i][j]) shares units |> Array.sum)))

    /// Correlations of the standardised left-out errors of parts, over the runs that have both; not centred.
    let private correlations (parts: SurrogatePart[]) : float[][] =
        let errors =
            parts
            |> Array.map (fun p ->
                Array.map3
                    (fun run (l: Prediction) y -> run, (y - l.Mean) / l.Deviation)
                    p.Runs
                    p.LeftOut
                    p.Data.Scores
                |> dict)

        let product
            (a: System.Collections.Generic.IDictionary<string, float>)
            (b: System.Collections.Generic.IDictionary<string, float>)
            =
            let shared = a.Keys |> Seq.filter b.ContainsKey |> Array.ofSeq
            let sum f = shared |> Array.sumBy f
            let xx, yy, xy = sum (fun r -> a[r] * a[r]), sum (fun r -> b[r] * b[r]), sum (fun r -> a[r] * b[r])
            if xx * yy > 0.0 then xy / sqrt (xx * yy) else 0.0

        errors
        |> Array.mapi (fun i a -> errors |> Array.mapi (fun j b -> if i = j then 1.0 else product a b))

    /// The observations of one benchmark, and the names of their runs. The variance between replicates stands in where a measurement's
    /// own is not known.
    let observations (ledger: Ledger) (target: string) : struct (Observations * string[]) =
        let rows =
            ledger.Rows
            |> Array.choose (fun row -> Ledger.measurement target row |> Option.map (fun m -> row, m))

        let between = Ledger.replicateVariance target ledger |> Option.defaultValue 0.0

        struct ({
                    Weights = rows |> Array.map (fst >> Ledger.weights ledger)
                    Scores = rows |> Array.map (fun (_, m) -> m.Score)
                    Noise = rows |> Array.map (fun (_, m) -> if m.Variance > 0.0 then m.Variance else between)
                },
                rows |> Array.map (fst >> Ledger.rowName ledger))

    /// The fewest runs that anything can be fitted on and checked with.
    let leastRuns = 3

    /// The surrogate of parts that are fitted, with the correlation and calibration of their left-out errors.
    let private ofParts (target: Target) (ledger: Ledger) (parts: SurrogatePart[]) : Surrogate =
        let correlation = correlations parts
        let shares = parts |> Array.map _.Share
        let combine = combine target shares correlation
        let rowName = Ledger.rowName ledger
        let byRun = parts |> Array.map (fun p -> Array.zip p.Runs p.LeftOut |> dict)

        let leftOut =
            ledger.Rows
            |> Array.choose (fun row ->
                Ledger.value target ledger row
                |> Option.map (fun y -> {
                    Run = rowName row
                    Weights = Ledger.weights ledger row
                    Prediction = byRun |> Array.map (fun d -> d[rowName row]) |> combine
                    Measured = y
                    Variance =
                        Array.map2
                            (fun w (p: SurrogatePart) -> w * w * (Ledger.measurement p.Target row).Value.Variance)
                            shares
                            parts
                        |> Array.sum
                }))

        let z = leftOut |> Array.map (fun l -> (l.Measured - l.Prediction.Mean) / l.Prediction.Deviation)

        let calibration =
            (max 0.8 (sqrt (z |> Array.averageBy (fun x -> x * x))))
            * (1.0 + 0.6 / sqrt (float (max 4 z.Length)))

        {
            Target = target
            Level = None
            Informing = []
            Domains = ledger.Domains
            Parts = parts
            Correlation = correlation
            Calibration = calibration
            LeftOut = leftOut |> Array.map (fun l -> { l with Prediction = scaled calibration l.Prediction })
        }

    /// Fits a target on the measured runs of a ledger, each part by the method of its name: hyper-parameters are `given` for parts of
    /// the same name, else learned. Raises InputException when a part has fewer than three runs or all are of one mixture.
    let fitEach
        (methodOf: string -> Method)
        (given: Map<string, Hyperparameters>)
        (target: Target)
        (ledger: Ledger)
        : Surrogate =
        Ledger.parts target ledger
        |> Array.map (fun (name, share) ->
            let struct (data, runs) = observations ledger name

            if data.Count < leastRuns then
                raise (InputException("", name, $"at least {leastRuns} runs with this score", string data.Count))

            if (Folds.mixtures data).Length < 2 then
                raise (
                    InputException("", name, "runs of at least 2 different mixtures with this score", "one mixture")
                )

            let method' = methodOf name
            let hyper = given |> Map.tryFind name |> Option.defaultWith (fun () -> method'.Learn data)

            {
                Target = name
                Share = share
                Method = method'
                Hyper = hyper
                Data = data
                Runs = runs
                Predictor = method'.Condition hyper data
                LeftOut = method'.LeaveOut hyper data (Folds.ofRuns data)
            })
        |> ofParts target ledger

    /// As `fitEach`, with one method for all parts.
    let fitWith (method': Method) given target ledger : Surrogate =
        let method' = Canonical.method' method'
        fitEach (fun _ -> method') given target ledger

    /// Fits a target on the measured runs of a ledger.
    let fit (method': Method) (target: Target) (ledger: Ledger) : Surrogate = fitWith method' Map.empty target ledger

    /// Root mean squared left-out error of the whole target, in units of that of the constant.
    let relativeError (s: Surrogate) : float =
        Ensemble.relativeError (s.LeftOut |> Array.map _.Measured) (s.LeftOut |> Array.map _.Prediction.Mean)

    let private levelWords (level: FidelityLevel) =
        let step = level.Step |> Option.map (fun n -> $"step {n}") |> Option.toList
        String.Join(" at ", (if level.Scale = "" then [] else [ level.Scale ]) @ step)

    /// What predicts and how well, and for a stack what it is made of and why: shares and left-out errors, averaged over the parts.
    /// With runs of other levels: which of them are in the likelihood.
    let words (s: Surrogate) : string =
        let members = s.Parts |> Array.map (fun p -> p.Method.Shares p.Hyper)

        let member' k =
            let mean f = members |> Array.averageBy (fun m -> f m[k])
            FormattableString.Invariant $"{members[0].[k].Name} {mean _.Share:F2} ({mean _.Error:F2})"

        let name =
            FormattableString.Invariant
                $"{s.Parts[0].Method.Name} (left-out error {relativeError s:F2} of the constant's)"

        match members[0].Length, s.Informing with
        | 0, [] -> name
        | 0, levels -> name + ", on top of the runs of " + String.Join(", then ", levels |> List.map levelWords)
        | n, _ -> name + ", made by left-out errors of " + String.Join(", ", Seq.init n member')

    /// The surrogate after one more run whose scores are taken to be the expected ones: batches and pending runs (the kriging
    /// believer of Ginsbourger, Le Riche and Carraro, 2010). Means stay, variances near the run shrink.
    let believe (s: Surrogate) (weights: float[]) : Surrogate = {
        s with
            Parts =
                s.Parts
                |> Array.map (fun p ->
                    let typical = Gaussian.typicalNoise p.Data
                    let data = p.Data.With(weights, (p.Predictor.Predict [| weights |] |> Array.head).Mean, typical)

                    {
                        p with
                            Data = data
                            Runs = Array.append p.Runs [| "" |]
                            Predictor = p.Method.Condition p.Hyper data
                    })
    }
