namespace MoDoMoDo.Mixtures

open MoDoMoDo.Domain

/// What a predictor's own check says about it.
type PredictorVerdict =
    /// Its left-out errors are smaller than the constant's, beyond chance.
    | Predictable = 0
    /// More runs may change that.
    | NotPredictableYet = 1
    /// The design cannot tell the predictor's terms apart, whatever the scores.
    | NotIdentifiable = 2

/// The check of a fitted target against the constant, by runs that the fit has not seen.
type PredictorReport = {
    Predictor: string
    Target: string
    /// Runs with the whole target.
    Count: int
    LeftOutRmse: float
    /// The same for the mean of the other runs.
    ConstantRmse: float
    /// 1 - LeftOutRmse / ConstantRmse.
    Skill: float
    /// 95 % interval of the skill, by bootstrap over mixtures.
    SkillLower: float
    SkillUpper: float
    Design: DesignRank
    Verdict: PredictorVerdict
    LeftOut: LeftOutRun[]
}

module Validation =

    /// The words of fit.json.
    let words (verdict: PredictorVerdict) : string =
        match verdict with
        | PredictorVerdict.Predictable -> "predictable"
        | PredictorVerdict.NotPredictableYet -> "not predictable yet"
        | _ -> "not identifiable"

    /// The names of the terms that a linear or quadratic design of these domains cannot tell apart.
    let aliased (domains: string[]) (design: DesignRank) : string[] =
        let terms = [|
            yield! domains
            for i in 0 .. domains.Length - 1 do
                for j in i + 1 .. domains.Length - 1 do
                    domains[i] + "*" + domains[j]
        |]

        design.Aliased
        |> Array.concat
        |> Array.distinct
        |> Array.sort
        |> Array.choose (fun i -> Array.tryItem i terms)

    let private meanSquare = Array.averageBy (fun (e: float) -> e * e)

    /// A skill below this is not worth acting on, however certain.
    let private leastSkill = 0.03

    /// Up to this many runs everything is learned again without each fold; beyond, hyper-parameters are kept, which by then know
    /// next to nothing of a single run. (With 64 runs and 17 length scales they still know enough to find skill in shuffled scores.)
    let private relearnedUpTo = 128

    /// Up to this many mixtures each is a fold of its own when everything is learned again; beyond, there are ten folds.
    let private singleFoldsUpTo = 24

    /// Every run beside its prediction by a fit without its fold, the fold's runs at other levels left out too.
    let private crossValidated
        (refit: Ledger -> Surrogate)
        (s: Surrogate)
        (ledger: Ledger)
        (data: Observations)
        : struct (LeftOutRun[] * int[][]) =
        let runs = s.LeftOut

        if runs.Length > relearnedUpTo then
            struct (runs, Folds.ofRuns data)
        else
            let folds = Folds.upTo singleFoldsUpTo data
            let name = Ledger.rowName ledger

            let run =
                dict [
                    for r in ledger.Rows do
                        yield! [ r.Run, r.Run; name r, r.Run ]
                ]

            let predictions = Array.zeroCreate<Prediction> runs.Length

            for fold in folds do
                let out = fold |> Array.map (fun i -> run[runs[i].Run])

                let without = {
                    ledger with
                        Rows = ledger.Rows |> Array.filter (fun r -> not (Array.contains r.Run out))
                }

                let predicted = Surrogate.predict (refit without) (fold |> Array.map (fun i -> runs[i].Weights))

                Array.iter2 (fun i p -> predictions[i] <- p) fold predicted

            struct (Array.map2 (fun r p -> { r with Prediction = p }) runs predictions, folds)

    /// Whether a target was measured in mixtures enough to be checked: without any one of them there must be enough to fit on.
    let canCheck (target: Target) (ledger: Ledger) : bool =
        let measured = ledger.Rows |> Array.filter (fun row -> (Ledger.value target ledger row).IsSome)
        (measured |> Array.distinctBy _.Weights).Length > Surrogate.leastRuns

    /// The report on what `refit` makes of a ledger; `seed` is that of the bootstrap. Raises InputException where the target was not measured
    /// in more than three mixtures.
    let report (seed: uint64) (refit: Ledger -> Surrogate) (ledger: Ledger) : struct (Surrogate * PredictorReport) =
        let s = refit ledger

        let data = {
            Weights = s.LeftOut |> Array.map _.Weights
            Scores = s.LeftOut |> Array.map _.Measured
            Noise = s.LeftOut |> Array.map _.Variance
        }

        let mixtures = Folds.mixtures data

        if mixtures.Length <= Surrogate.leastRuns then
            raise (
                InputException(
                    "",
                    Target.name s.Target,
                    $"runs of more than {Surrogate.leastRuns} mixtures with all its scores",
                    string mixtures.Length
                )
            )

        let struct (runs, folds) = crossValidated refit s ledger data
        let constant = Method.refit LinearModels.constant.Condition (Hyperparameters.Of [||]) data folds
        let error (p: Prediction) y = y - p.Mean
        let own = Array.map2 error (runs |> Array.map _.Prediction) data.Scores
        let others = Array.map2 error constant data.Scores

        let rounding = 1e-9 * (data.Scores |> Seq.map abs |> Seq.max)

        let skill positions =
            let rmse (e: float[]) = positions |> Array.map (fun i -> e[i]) |> meanSquare |> sqrt
            let reference = rmse others
            // Scores that do not differ, rounding apart, leave nothing to predict.
            if reference > rounding then 1.0 - rmse own / reference else 0.0

        // Mixtures are drawn, not runs: replicates share their fate.
        let stream = RandomStream(Rng.OfSeed(seed).Split "bootstrap")

        let resampled =
            Array.init 2000 (fun _ ->
                Array.init mixtures.Length (fun _ -> stream.Pick mixtures) |> Array.concat |> skill)
            |> Array.sort

        let overall, lower = skill (Array.init runs.Length id), resampled[49]

        let design =
            s.Parts
            |> Array.map (fun p -> p.Data.Weights |> p.Method.Design |> LinearModels.rank)
            |> Array.minBy (fun d -> d.Rank - d.Columns)

        let unknown = not design.Identifiable && s.Parts |> Array.exists _.Method.NeedsRank

        let report = {
            Predictor = s.Parts[0].Method.Name
            Target = Target.name s.Target
            Count = runs.Length
            LeftOutRmse = sqrt (meanSquare own)
            ConstantRmse = sqrt (meanSquare others)
            Skill = overall
            SkillLower = lower
            SkillUpper = resampled[1950]
            Design = design
            Verdict =
                if unknown then PredictorVerdict.NotIdentifiable
                elif lower > 0.0 && overall > leastSkill then PredictorVerdict.Predictable
                else PredictorVerdict.NotPredictableYet
            LeftOut = runs
        }

        struct (s, report)
