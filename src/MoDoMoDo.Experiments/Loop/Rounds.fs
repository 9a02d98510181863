namespace MoDoMoDo.Experiments

open System.Diagnostics
open System.IO
open System.Threading
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

/// A sweep over given mixtures, followed by rounds of fit, propose, train.
module Rounds =

    /// What is wanted.
    type Plan = {
        Settings: Settings
        Folder: string
        /// None: the paper's seed mixtures.
        Mixtures: NamedMixture[] option
        Rounds: int
        PerRound: int
        /// How the mixtures of a round are chosen.
        Acquisition: Acquisition
        /// Gains are divided by the seconds that a run on the mixture is expected to take.
        PerCost: bool
        /// Where they are chosen from.
        Space: MixtureSpace
        Jobs: int
    }

    let private check (plan: Plan) (mixtures: NamedMixture[]) =
        let domains = plan.Settings.Names "data.domains"

        for mixture in mixtures do
            for domain in mixture.Weights.Domains do
                if not (Array.contains domain domains) then
                    raise (
                        InputException(
                            "--mixtures",
                            mixture.Run,
                            "domains of the settings",
                            Nearest.found domains domain
                        )
                    )

    /// Pilots are judged only where there are rounds: without them there is nothing to save steps for.
    let private rule (plan: Plan) = if plan.Rounds = 0 then None else Pilots.rule plan.Settings

    let private planned (plan: Plan) (mixtures: NamedMixture seq) : PlannedRun list = [
        for mixture in mixtures do
            for i in 0 .. plan.Settings.Whole "sweep.pilotSeeds" - 1 do
                {
                    Name = (if i = 0 then mixture.Run else mixture.Run + "-" + string i)
                    Settings =
                        Sweep.settingsOf
                            plan.Settings
                            mixture.Weights
                            (plan.Settings.Whole "seed" + i)
                            (Pilots.settings (rule plan))
                }
    ]

    /// All finished runs that were trained on their mixture, with the scores that they had under way. A run that ran out of prompts
    /// has come to its end: it is of the same level as the others.
    let private ledger (plan: Plan) : Ledger =
        let steps = plan.Settings.Whole "training.steps"

        let ended (run: RunFolder) (rows: LedgerRow list) =
            match run.Result with
            | Some result when result.Stopped = "" ->
                rows
                |> List.map (fun row -> if row.Step = Some result.Steps then { row with Step = Some steps } else row)
            | _ -> rows

        let runs =
            RunFolder.ofSweep plan.Folder
            |> List.filter (fun run -> run.Result |> Option.exists (fun r -> r.Scale <> "") |> not)

        {
            RunFolder.ledger runs with
                Domains = plan.Settings.Names "data.domains"
                Rows = [|
                    for run in runs do
                        yield! ended run (RunFolder.ledgerRows run)
                |]
        }

    /// The proposals of a round: made once, then read back, so that a repeated command trains the same ones.
    let private proposals (plan: Plan) (progress: ISweepProgress) (round: int) : NamedMixture[] =
        let file = Path.Combine(plan.Folder, "plan", $"round-{round}.csv")

        if not (File.Exists file) then
            let ledger = ledger plan
            let target = Target.parse (plan.Settings.Text "sweep.target")

            let surrogate = MixtureCommands.surrogate (Some PredictorCatalogue.smooth) "" None target ledger

            progress.Notice($"round {round} proposes by " + Surrogate.words surrogate)
            let standard = MoDoMoDo.Mixtures.Plan.Of(plan.Acquisition, Goal.Max, plan.Space, uint64 round)

            let wanted =
                if plan.PerCost then
                    { standard with MoDoMoDo.Mixtures.Plan.Cost = MixtureCommands.costs surrogate.Level.Value ledger }
                else
                    standard

            MixtureCommands.proposeBy wanted plan.PerRound ledger surrogate
            |> Array.mapi (fun i proposal -> {
                NamedMixture.Run = $"round-{round}-{i + 1}"
                Weights = Weights.Normalised(ledger.Domains, proposal.Weights)
            })
            |> MixtureFile.write file

        MixtureFile.read file

    /// Progress of one batch (0 = the given mixtures, then the rounds) as that of the whole plan.
    let private overall (plan: Plan) (first: int) (progress: ISweepProgress) (batch: int) : ISweepProgress =
        let each = plan.PerRound * plan.Settings.Whole "sweep.pilotSeeds"
        let before = if batch = 0 then 0 else first + (batch - 1) * each

        {
            new ISweepProgress with
                member _.Runs(finished, _, busy) = progress.Runs(before + finished, first + plan.Rounds * each, busy)

                member _.Notice message = progress.Notice message
        }

    let private summary (plan: Plan) (seconds: float) (report: PredictorReport option) : Json =
        let results =
            RunFolder.ofSweep plan.Folder |> List.filter (RunFolder.isMerged >> not) |> List.choose _.Result

        let stopped = results |> List.filter (fun r -> r.Stopped <> "")

        Json.Object [
            "runs", Json.Number(float (results.Length - stopped.Length))
            "stopped", Json.Number(float stopped.Length)
            "seconds", Json.Number seconds
            match report with
            | Some r -> "predictor", Sweep.predictorJson r
            | None -> ()
        ]

    /// Carries the plan out; repeated, it continues. Writes ledger.csv, predictor.json (with more than three mixtures),
    /// result.json and report.html. Raises WorkException when a run failed, OperationCanceledException when stopped.
    let run (plan: Plan) (progress: ISweepProgress) (stop: CancellationToken) : unit =
        let started = Stopwatch.GetTimestamp()

        let first =
            plan.Mixtures |> Option.defaultWith (fun () -> Design.paper (plan.Settings.Names "data.domains"))

        check plan first
        let seeds = plan.Settings.Whole "sweep.pilotSeeds"

        let later =
            if plan.Rounds = 0 then
                ""
            else
                $", then {plan.Rounds} rounds of {plan.PerRound * seeds} proposed by what is known"

        progress.Notice $"{plan.Folder}: {first.Length * seeds} runs on given mixtures{later}; {plan.Jobs} at a time"
        let inAll = overall plan (first.Length * seeds) progress
        planned plan first |> Sweep.run plan.Folder plan.Jobs (inAll 0) stop

        for round in 1 .. plan.Rounds do
            let runs = planned plan (proposals plan progress round)

            let progress = inAll round

            match rule plan with
            | Some rule ->
                Pilots.run rule plan.Folder $"round-{round}" (fun () -> ledger plan) plan.Jobs progress stop runs
            | None -> Sweep.run plan.Folder plan.Jobs progress stop runs

        let all = RunFolder.ledgerOfSteps (RunFolder.ofSweep plan.Folder)
        Sweep.writeLedger plan.Folder all
        let ledger = ledger plan

        let report =
            let target = plan.Settings.Text "sweep.target"

            if
                ledger.Targets.Length > 0
                && Validation.canCheck (Target.parse target) (MixtureCommands.longest "" ledger)
            then
                Some(snd (Sweep.fit plan.Folder target ledger))
            else
                None

        let seconds = Stopwatch.GetElapsedTime(started).TotalSeconds
        Files.write (RunFolder.resultFile plan.Folder) (Json.indented (summary plan seconds report))
        Report.write plan.Folder (Path.Combine(plan.Folder, "report.html"))
