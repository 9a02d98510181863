namespace MoDoMoDo.Mixtures

open System
open MoDoMoDo.Domain

/// What `mixture seeds` makes.
type SeedDesign =
    /// Single, exclude-one and uniform: the paper's.
    | Paper = 0
    | Single = 1
    | ExcludeOne = 2
    /// The paper's heuristics, from the scores of the seed runs.
    | Heuristic = 3
    | SpaceFilling = 4
    /// Least expected variance of the predictor over the space.
    | IOptimal = 5

/// The mixture commands of CLI.md as functions: a command line parses its arguments and calls them. Everything raises
/// InputException on bad input.
module MixtureCommands =

    let private normal90 = 1.6448536269514722

    /// Half the width of the 90 % interval of a new measurement.
    let halfWidth (p: Prediction) : float = normal90 * p.Deviation

    /// The measured rows of a scale's longest runs. Scores that runs had while they were under way, and those of pilots that were
    /// stopped early, are none of the end.
    let longest (scale: string) (ledger: Ledger) : Ledger =
        let measured = {
            ledger with
                Rows = ledger.Rows |> Array.filter (fun r -> not r.Scores.IsEmpty || not r.Tests.IsEmpty)
        }

        let struct (here, _) = Fidelity.split (Fidelity.level scale None measured) measured
        here

    /// The seed scores that the paper's heuristics need: the mean In- and Out-Score of each mixture of a ledger, over its
    /// targets, seeds and steps. Runs without all of them are left out.
    let seedScores (inTargets: string[]) (outTargets: string[]) (ledger: Ledger) : SeedScore[] =
        let mean (targets: string[]) row =
            let scores = targets |> Array.choose (fun t -> Ledger.measurement t row |> Option.map _.Score)

            if scores.Length = targets.Length && scores.Length > 0 then
                Some(Array.average scores)
            else
                None

        ledger.Rows
        |> Array.choose (fun row ->
            match mean inTargets row, mean outTargets row with
            | Some i, Some o -> Some { Weights = row.Weights; In = i; Out = o }
            | _ -> None)
        |> Heuristics.averaged

    /// How a target is fitted at one scale and step with the help of all others.
    let private fitter method' scale step target ledger =
        Fidelity.fitter method' target (Fidelity.level scale step ledger) ledger Map.empty

    /// Fits a target at one scale and step with the help of all others (without a method by the cross-validated stack). `scale` may be
    /// empty where there is only one; without a step the longest runs are meant.
    let surrogate
        (method': Method option)
        (scale: string)
        (step: int option)
        (target: Target)
        (ledger: Ledger)
        : Surrogate =
        fitter (method' |> Option.defaultValue PredictorCatalogue.standard) scale step target ledger ledger

    /// As `surrogate`, and its check by left-out runs; `seed` is that of the bootstrap.
    let fitAt
        (method': Method option)
        (seed: uint64)
        (scale: string)
        (step: int option)
        (target: Target)
        (ledger: Ledger)
        : struct (Surrogate * PredictorReport) =
        let method' = method' |> Option.defaultValue PredictorCatalogue.standard
        Validation.report seed (fitter method' scale step target ledger) ledger

    /// As `fitAt`, for the longest runs of the only scale.
    let fit method' seed target ledger : struct (Surrogate * PredictorReport) = fitAt method' seed "" None target ledger

    /// Writes what a fit leaves in a folder: fit.json and predictor.json.
    let writeFit (folder: string) (ledger: Ledger) (s: Surrogate) (report: PredictorReport) : unit =
        PredictorFile.writeReport (IO.Path.Combine(folder, "fit.json")) report
        PredictorFile.save (IO.Path.Combine(folder, "predictor.json")) ledger s

    let private inOrder (s: Surrogate) (mixtures: NamedMixture[]) =
        mixtures
        |> Array.map (fun m ->
            match m.Weights.Domains |> Seq.tryFind (fun d -> not (Array.contains d s.Domains)) with
            | Some d ->
                raise (
                    InputException(
                        "",
                        d,
                        $"""one of {String.Join(", ", s.Domains)}""",
                        "a domain that the ledger has not"
                    )
                )
            | None -> s.Domains |> Array.map (fun d -> m.Weights[d]))

    /// Predictions for named mixtures.
    let predict (s: Surrogate) (mixtures: NamedMixture[]) : Prediction[] = inOrder s mixtures |> Surrogate.predict s

    /// Writes predictions as `run,mean,sd,lower,upper`; the interval is the 90 % one of a new measurement.
    let writePredictions (file: string) (mixtures: NamedMixture[]) (predictions: Prediction[]) : unit =
        Csv.write
            file
            [ "run"; "mean"; "sd"; "lower"; "upper" ]
            (Seq.map2
                (fun (m: NamedMixture) (p: Prediction) ->
                    [ p.Mean; p.Deviation; p.Mean - halfWidth p; p.Mean + halfWidth p ]
                    |> Seq.map Csv.ofFloat
                    |> Seq.append [ m.Run ])
                mixtures
                predictions)

    /// Expected cost of mixtures from the costs of the runs of one level: ridge regression of their logarithm on the weights.
    /// Raises InputException with fewer than three costs.
    let costs (level: FidelityLevel) (ledger: Ledger) : float[][] -> float[] =
        let struct (here, _) = Fidelity.split level ledger

        let rows =
            here.Rows
            |> Array.choose (fun r ->
                r.Cost |> Option.filter (fun c -> c > 0.0) |> Option.map (fun c -> Ledger.weights ledger r, log c))

        if rows.Length < Surrogate.leastRuns then
            raise (
                InputException("", "--per-cost", $"at least {Surrogate.leastRuns} runs with a cost", string rows.Length)
            )

        let fitted =
            Method.fit (PredictorCatalogue.find "ridge") {
                Weights = Array.map fst rows
                Scores = Array.map snd rows
                Noise = Array.zeroCreate rows.Length
            }

        fitted.Predict >> Array.map (fun p -> exp p.Mean)

    /// Probability that mixtures meet wishes on single targets, by surrogates of those targets.
    let feasibility
        (method': Method)
        (scale: string)
        (step: int option)
        (constraints: Objectives.Constraint list)
        (ledger: Ledger)
        : float[][] -> float[] =
        let fitted =
            constraints
            |> List.map (fun c -> c, surrogate (Some method') scale step (Target.parse c.Target) ledger)

        fun weights ->
            (Array.create weights.Length 1.0, fitted)
            ||> List.fold (fun probability (c, s) ->
                Array.map2 (*) probability (Objectives.feasibility [ c ] s weights))

    /// The next `count` mixtures to run by a plan: fitted on the finished runs of all levels of the ledger, its pending runs taken into
    /// account. The plan's space is given for the ledger's domains.
    let proposeBy (plan: Plan) (count: int) (ledger: Ledger) (s: Surrogate) : Proposal[] =
        let pending = Ledger.pending ledger |> Array.map (Ledger.weights ledger)
        Acquisition.propose plan pending count s

    /// As `proposeBy`, by the projected gradient on the longest runs of the only scale; without a method by the optimiser's smooth default.
    let propose
        (method': Method option)
        (acquisition: Acquisition)
        (seed: uint64)
        (goal: Goal)
        (space: MixtureSpace)
        (count: int)
        (target: Target)
        (ledger: Ledger)
        : Proposal[] =
        surrogate (Some(method' |> Option.defaultValue PredictorCatalogue.smooth)) "" None target ledger
        |> proposeBy (Plan.Of(acquisition, goal, space, seed)) count ledger

    /// The expected Pareto front of the target's scores in the plan's space, all wanted as its goal says: optima of `count` random weightings,
    /// dominated and repeated ones left out, the best by the target first. The value of the acquisition is the expected target.
    let front (plan: Plan) (count: int) (s: Surrogate) : Proposal[] =
        let weights =
            Objectives.expectedFront plan.Seed count (s.Parts |> Array.map (fun _ -> plan.Goal)) plan.Space s
            |> Array.distinctBy (Array.map (fun x -> Math.Round(x, 3)))

        Array.map2
            (fun w (p: Prediction) -> { Weights = w; Prediction = p; Value = Optimise.sign plan.Goal * p.Mean })
            weights
            (Surrogate.predict s weights)
        |> Array.sortByDescending _.Value

    /// Writes proposals as `run,w:...,mean,sd,acquisition`.
    let writeProposals (file: string) (domains: string[]) (proposals: Proposal[]) : unit =
        Csv.write
            file
            (Seq.concat [ [ "run" ]; [ for d in domains -> $"w:{d}" ]; [ "mean"; "sd"; "acquisition" ] ])
            (proposals
             |> Seq.mapi (fun i p ->
                 Seq.append
                     [ $"proposal-{i + 1}" ]
                     (Seq.append p.Weights [ p.Prediction.Mean; p.Prediction.Deviation; p.Value ]
                      |> Seq.map Csv.ofFloat)))

    /// Mixtures brought into a space: those outside move to its nearest point, and none is repeated.
    let private within (space: MixtureSpace) (mixtures: NamedMixture[]) : NamedMixture[] =
        mixtures
        |> Array.map (fun m ->
            if MixtureSpace.contains space m.Weights then
                m
            else
                let w = MixtureSpace.project space [| for d in space.Domains -> m.Weights[d] |]
                { m with Weights = Weights.Normalised(space.Domains, w) })
        |> Array.distinctBy _.Weights

    /// The mixtures to start with, all in the space. `count` matters to space-filling and I-optimal designs, which complete the runs of the ledger, or
    /// the paper's seeds without one; the heuristics need the ledger of the seed runs and the targets of the alpha family.
    let seeds
        (design: SeedDesign)
        (seed: uint64)
        (count: int)
        (inTargets: string[])
        (outTargets: string[])
        (ledger: Ledger option)
        (space: MixtureSpace)
        : NamedMixture[] =
        let there =
            match ledger with
            | Some l -> l.Rows |> Array.map _.Weights
            | None -> Design.paper space.Domains |> Array.map _.Weights

        match design with
        | SeedDesign.Single -> Design.single space.Domains |> within space
        | SeedDesign.ExcludeOne -> Design.excludeOne space.Domains |> within space
        | SeedDesign.SpaceFilling -> Design.spaceFilling seed count there space
        | SeedDesign.IOptimal -> OptimalDesign.iOptimal seed count there space
        | SeedDesign.Heuristic ->
            match ledger with
            | Some l ->
                match seedScores inTargets outTargets l with
                | [||] -> raise (InputException("", "--ledger", "runs with all targets measured", "none"))
                | scores -> Heuristics.all scores |> within space
            | None -> raise (InputException("", "--ledger", "the ledger of the seed runs", "none"))
        | _ -> Design.paper space.Domains |> within space

    /// What a design of mixtures can tell of the paper's quadratic: rank and columns.
    let quadraticRank (mixtures: NamedMixture[]) : DesignRank =
        mixtures
        |> Array.map (fun m -> Features.quadratic (Array.ofSeq m.Weights.Values))
        |> LinearModels.rank
