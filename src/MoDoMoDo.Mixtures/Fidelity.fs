namespace MoDoMoDo.Mixtures

open System
open System.Globalization
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures.GaussianProcess

/// One scale and training step: runs of one level are comparable.
type FidelityLevel = { Scale: string; Step: int option }

/// Runs of several scales and steps in one likelihood: the score at a level is an affine function of the expected score at the level
/// below plus a small Gaussian process (Kennedy and O'Hagan, Biometrika 87, 2000). p(low) p(high | low) is factorised in this order:
/// what is known of the low level enters the high one as mean and covariance, and a few high runs cannot change the low model.
module Fidelity =

    // Standardised high scores: slope on the standardised low mean a priori 0.9 +- 0.3.
    let private slope, slopeDeviation = 0.9, 0.3

    /// Grid of log variances of the discrepancy and of the noise with their priors: tight, as a free discrepancy hurts with few runs.
    let private discrepancies = [| for x in -7.0 .. 0.5..1.0 -> struct (x, -0.5 * ((x + 3.0) / 1.5) ** 2.0) |]
    let private noises = [| for x in -8.0 .. 0.5..0.0 -> struct (x, -0.5 * ((x + 4.0) / 1.5) ** 2.0) |]

    /// Kernel of the discrepancy with unit joint variance; the kernel's own constant term is the intercept.
    let private shape domains (logVariance: float) =
        let length d = log (0.6 * sqrt (float d)) + 0.3

        Methods.covariance Warp.Power [|
            -1.0
            logVariance
            logVariance - 1.0
            logVariance - 1.0
            0.0
            length 1
            for _ in 1..domains do
                length domains
        |]

    /// Positions in the hyper-parameters.
    let private unpack (hyper: Hyperparameters) =
        let v = hyper.Values
        struct (v[0], v[1], v[2], v[3], v[4], v[5])

    /// The method of a level whose next lower level is predicted by `lower`.
    let above (name: string) (lower: IPredictor) : Method =
        let standardLow lowMean lowScale weights =
            lower.Predict weights |> Array.map (fun p -> (p.Mean - lowMean) / lowScale)

        /// What the low level contributes to the covariance of standardised high scores.
        let ofLow lowMean lowScale (a: float[][]) (b: float[][]) =
            let ma, mb = standardLow lowMean lowScale a, standardLow lowMean lowScale b
            let joint = lower.Covariance(Array.append a b)
            let factor = slope * slope / (lowScale * lowScale)

            Array.init a.Length (fun i ->
                Array.init b.Length (fun j ->
                    slopeDeviation * slopeDeviation * ma[i] * mb[j] + factor * joint[i][a.Length + j]))

        let covariance lowMean lowScale domains logVariance : Covariance =
            let own = shape domains logVariance

            {
                Between = fun a b -> Array.map2 (Array.map2 (+)) (own.Between a b) (ofLow lowMean lowScale a b)
                Variance =
                    fun w -> own.Variance w + (ofLow lowMean lowScale [| w |] [| w |] |> Array.head |> Array.head)
            }

        let residual lowMean lowScale mean scale (data: Observations) = {
            data with
                Scores =
                    Array.map2
                        (fun y m -> y - mean - scale * slope * m)
                        data.Scores
                        (standardLow lowMean lowScale data.Weights)
        }

        let learn (data: Observations) =
            let struct (_, mean, scale) = Gaussian.standardise data
            let low = lower.Predict data.Weights |> Array.map _.Mean
            let lowMean = Array.average low
            let lowScale = low |> Array.averageBy (fun m -> (m - lowMean) ** 2.0) |> sqrt |> max 1e-9

            let standard =
                residual lowMean lowScale mean scale data |> fun d -> d.Scores |> Array.map (fun y -> y / scale)

            let fixed' = ofLow lowMean lowScale data.Weights data.Weights

            let density (struct (logVariance, priorVariance)) (struct (logNoise, priorNoise)) =
                let k =
                    Array.map2
                        (Array.map2 (+))
                        fixed'
                        ((shape data.Weights[0].Length logVariance).Between data.Weights data.Weights)

                k |> Array.iteri (fun i row -> row[i] <- row[i] + exp logNoise + data.Noise[i] / (scale * scale))
                let factor = PositiveDefinite.factor k
                let z = PositiveDefinite.timesLower (PositiveDefinite.invertFactor factor) standard

                priorVariance + priorNoise
                - 0.5 * (Array.sumBy (fun x -> x * x) z + PositiveDefinite.logDeterminant factor)

            let struct (logVariance, _), struct (logNoise, _) =
                Array.allPairs discrepancies noises |> Array.maxBy (fun (v, n) -> density v n)

            Hyperparameters.Of [| mean; scale; lowMean; lowScale; logVariance; logNoise |]

        let restored mean scale lowMean lowScale weights =
            Array.map2
                (fun m (p: Prediction) -> { p with Mean = p.Mean + mean + scale * slope * m })
                (standardLow lowMean lowScale weights)

        {
            Name = name
            Learn = learn
            Condition =
                fun hyper data ->
                    let struct (mean, scale, lowMean, lowScale, logVariance, logNoise) = unpack hyper
                    let covariance = covariance lowMean lowScale data.Weights[0].Length logVariance

                    let inner =
                        Gaussian.predictorAbout
                            0.0
                            scale
                            name
                            covariance
                            (exp logNoise)
                            (residual lowMean lowScale mean scale data)

                    {
                        new IPredictor with
                            member _.Name = name

                            member _.Predict(weights) =
                                inner.Predict weights |> restored mean scale lowMean lowScale weights

                            member _.Covariance(weights) = inner.Covariance weights
                    }
            LeaveOut =
                fun hyper data folds ->
                    let struct (mean, scale, lowMean, lowScale, logVariance, logNoise) = unpack hyper
                    let covariance = covariance lowMean lowScale data.Weights[0].Length logVariance

                    Gaussian.leaveOutAbout
                        0.0
                        scale
                        covariance
                        (exp logNoise)
                        (residual lowMean lowScale mean scale data)
                        folds
                    |> restored mean scale lowMean lowScale data.Weights
            Design = id
        }

    /// The size that a scale such as 1M, 60M or 1.5B stands for; 0 when it names none.
    let sizeOf (scale: string) : float =
        let units = [ 'K', 1e3; 'M', 1e6; 'B', 1e9; 'T', 1e12 ]

        match
            units
            |> List.tryFind (fun (u, _) -> scale.Length > 0 && Char.ToUpperInvariant scale[scale.Length - 1] = u)
        with
        | Some(_, unit) ->
            match
                Double.TryParse(scale.Substring(0, scale.Length - 1), NumberStyles.Float, CultureInfo.InvariantCulture)
            with
            | true, x -> x * unit
            | _ -> 0.0
        | None -> 0.0

    let private levelOf (row: LedgerRow) = { Scale = row.Scale; Step = row.Step }

    /// The levels of a ledger, furthest from the wanted one first: by distance in the logarithm of the size, then of the step.
    let private towards (wanted: FidelityLevel) (ledger: Ledger) =
        let logarithm x = log (max 1.0 x)
        let step level = level.Step |> Option.map float |> Option.defaultValue 0.0 |> logarithm

        ledger.Rows
        |> Array.map levelOf
        |> Array.distinct
        |> Array.filter ((<>) wanted)
        |> Array.sortByDescending (fun l ->
            abs (logarithm (sizeOf l.Scale) - logarithm (sizeOf wanted.Scale)), abs (step l - step wanted))

    /// The level that a scale and a step name; without a step the scale's longest runs. Raises InputException when there is none.
    let level (scale: string) (step: int option) (ledger: Ledger) : FidelityLevel =
        let scales = ledger.Rows |> Array.map _.Scale |> Array.distinct
        let scale = if scale = "" && scales.Length = 1 then scales[0] else scale

        if not (Array.contains scale scales) then
            raise (
                InputException(
                    "",
                    "--scale",
                    $"""one of {String.Join(", ", scales)}""",
                    (if scale = "" then "none" else scale)
                )
            )

        let steps = ledger.Rows |> Array.filter (fun r -> r.Scale = scale) |> Array.map _.Step |> Array.distinct

        match step with
        | None -> { Scale = scale; Step = Array.max steps }
        | Some n when Array.contains (Some n) steps -> { Scale = scale; Step = step }
        | Some n ->
            raise (
                InputException(
                    "",
                    "--step",
                    $"""one of {String.Join(", ", steps |> Array.choose id |> Array.sort)}""",
                    string n
                )
            )

    /// Fits a target at one level of a ledger with the help of all others. A ledger of one level is fitted by `method'` alone; so is
    /// the level furthest away. Levels with fewer than three runs of a benchmark are passed over, the wanted one excepted.
    let fit (method': Method) (target: Target) (wanted: FidelityLevel) (ledger: Ledger) : Surrogate =
        let at level = { ledger with Rows = ledger.Rows |> Array.filter (fun r -> levelOf r = level) }
        let base' = Canonical.method' method'

        let methodOf name =
            let chain (lower: IPredictor option) level =
                let struct (data, _) = Surrogate.observations (at level) name

                if data.Count < Surrogate.leastRuns then
                    lower
                else
                    let m =
                        match lower with
                        | Some l -> above method'.Name l
                        | None -> base'

                    Some(Method.fit m data)

            match Array.fold chain None (towards wanted ledger) with
            | Some lower -> above method'.Name lower
            | None -> base'

        Surrogate.fitEach methodOf Map.empty target (at wanted)
