namespace MoDoMoDo.Mixtures

open System
open System.Globalization
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures.GaussianProcess

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

    /// Mixtures that are predicted at once: the level below gives their joint covariance, which grows with the square.
    let private together = 128

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
                                weights
                                |> Array.chunkBySize together
                                |> Array.collect (fun part ->
                                    inner.Predict part |> restored mean scale lowMean lowScale part)

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
            NeedsRank = false
            Shares = fun _ -> [||]
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

    /// A run that ended within this share of its scale's longest ones (a domain was exhausted, the machine stopped) counts as one of them.
    let private nearlyFinished = 0.9

    /// The ledger with the last rows of nearly finished runs at the step of the longest.
    let private settled (ledger: Ledger) : Ledger =
        let longest (rows: LedgerRow[]) = rows |> Array.map _.Step |> Array.max

        let ofScale =
            ledger.Rows |> Array.groupBy _.Scale |> Array.map (fun (s, rows) -> s, longest rows) |> dict

        let ofRun =
            ledger.Rows
            |> Array.groupBy (fun r -> r.Run, r.Scale)
            |> Array.map (fun (run, rows) -> run, longest rows)
            |> dict

        let settle (row: LedgerRow) =
            match row.Step, ofScale[row.Scale] with
            | Some step, Some most when
                row.Step = ofRun[row.Run, row.Scale] && float step >= nearlyFinished * float most
                  ->
                  { row with Step = Some most }
            | _ -> row

        { ledger with Rows = ledger.Rows |> Array.map settle }

    /// Levels beside the wanted one that take part, at most; each further from it than the next by at least this factor of size or steps.
    let private mostLevels, private factorBetween = 3, 1.3

    /// The levels with runs enough of a benchmark that inform the wanted one, furthest first: by distance in the logarithm of the size,
    /// then of the step.
    let private towards (wanted: FidelityLevel) (name: string) (ledger: Ledger) : FidelityLevel list =
        let logarithm x = log (max 1.0 x)
        let step (level: FidelityLevel) = level.Step |> Option.map float |> Option.defaultValue 0.0 |> logarithm

        let distance (l: FidelityLevel) =
            abs (logarithm (sizeOf l.Scale) - logarithm (sizeOf wanted.Scale)), abs (step l - step wanted)

        let apart (a: FidelityLevel) (b: FidelityLevel) =
            let (sizeA, stepA), (sizeB, stepB) = distance a, distance b

            a.Scale <> b.Scale && sizeA = sizeB
            || abs (sizeA - sizeB) + abs (stepA - stepB) >= log factorBetween

        ([],
         ledger.Rows
         |> Array.filter (Ledger.measurement name >> Option.isSome)
         |> Array.countBy levelOf
         |> Array.filter (fun (l, runs) -> l <> wanted && runs >= Surrogate.leastRuns)
         |> Array.map fst
         |> Array.sortBy distance)
        ||> Array.fold (fun kept l ->
            if kept.Length < mostLevels && List.forall (apart l) kept then
                l :: kept
            else
                kept)

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

    /// The rows of one level, runs that nearly reached its step among them, and all others.
    let split (level: FidelityLevel) (ledger: Ledger) : struct (Ledger * Ledger) =
        let settled = settled ledger
        let here, others = settled.Rows |> Array.partition (fun r -> levelOf r = level)
        struct ({ settled with Rows = here }, { settled with Rows = others })

    /// How a target is fitted at one level of a ledger with the help of all others: a function of the ledger, so that runs can be left
    /// out; what is learned of the other levels is kept as long as none of their runs is. A ledger of one level is fitted by `method'`
    /// alone; so is the level furthest away. Hyper-parameters of the wanted level may be given for benchmarks of some names; others are
    /// learned.
    let fitter
        (method': Method)
        (target: Target)
        (wanted: FidelityLevel)
        (whole: Ledger)
        : Map<string, Hyperparameters> -> Ledger -> Surrogate =
        let base' = Canonical.method' method'
        let at level (ledger: Ledger) = { ledger with Rows = ledger.Rows |> Array.filter (fun r -> levelOf r = level) }

        let methodOf (ledger: Ledger) name =
            let above' = Option.map (above method'.Name) >> Option.defaultValue base'

            (None, towards wanted name ledger)
            ||> List.fold (fun lower level ->
                let struct (data, _) = Surrogate.observations (at level ledger) name
                Some(Method.fit (above' lower) data))
            |> above'

        let whole = settled whole
        let others (ledger: Ledger) = ledger.Rows |> Array.filter (fun r -> levelOf r <> wanted) |> Array.length

        let known =
            Ledger.parts target whole |> Array.map (fun (name, _) -> name, lazy (methodOf whole name)) |> dict

        fun given ledger ->
            let ledger = settled ledger

            let of' =
                if others ledger = others whole then
                    fun name -> known[name].Value
                else
                    methodOf ledger

            {
                Surrogate.fitEach of' given target (at wanted ledger) with
                    Level = Some wanted
                    Informing =
                        Ledger.parts target ledger
                        |> List.ofArray
                        |> List.collect (fun (name, _) -> towards wanted name ledger)
                        |> List.distinct
            }

    /// Fits a target at one level of a ledger with the help of all others.
    let fit (method': Method) (target: Target) (wanted: FidelityLevel) (ledger: Ledger) : Surrogate =
        fitter method' target wanted ledger Map.empty ledger
