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
    let private proposals (plan: Plan) (round: int) : NamedMixture[] =
        let file = Path.Combine(plan.Folder, "plan", $"round-{round}.csv")

        if not (File.Exists file) then
            let ledger = ledger plan
            let target = Target.parse (plan.Settings.Text "sweep.target")

            MixtureCommands.propose None plan.Acquisition (uint64 round) Goal.Max plan.Space plan.PerRound target ledger
            |> Array.mapi (fun i proposal -> {
                NamedMixture.Run = $"round-{round}-{i + 1}"
                Weights = Weights.Normalised(ledger.Domains, proposal.Weights)
            })
            |> MixtureFile.write file

        MixtureFile.read file

    let private summary (plan: Plan) (seconds: float) (report: PredictorReport option) : Json =
        let results = RunFolder.ofSweep plan.Folder |> List.choose _.Result
        let stopped = results |> List.filter (fun r -> r.Stopped <> "")

        Json.Object [
            "runs", Json.Number(float (results.Length - stopped.Length))
            "stopped", Json.Number(float stopped.Length)
            "seconds", Json.Number seconds
            match report with
            | Some r -> "predictor", Sweep.predictorJson r
            | None -> ()
        ]

    /// Carries the plan out; repeated, it continues. Writes ledger.csv, predictor.json (with more than three runs),
    /// result.json and report.html. Raises WorkException when a run failed, OperationCanceledException when stopped.
    let run (plan: Plan) (progress: ISweepProgress) (stop: CancellationToken) : unit =
        let started = Stopwatch.GetTimestamp()

        let first =
            plan.Mixtures |> Option.defaultWith (fun () -> Design.paper (plan.Settings.Names "data.domains"))

        check plan first
        planned plan first |> Sweep.run plan.Folder plan.Jobs progress stop

        for round in 1 .. plan.Rounds do
            let runs = planned plan (proposals plan round)

            match rule plan with
            | Some rule ->
                Pilots.run rule plan.Folder $"round-{round}" (fun () -> ledger plan) plan.Jobs progress stop runs
            | None -> Sweep.run plan.Folder plan.Jobs progress stop runs

        let all = RunFolder.ledgerOfSteps (RunFolder.ofSweep plan.Folder)
        Sweep.writeLedger plan.Folder all
        let ledger = ledger plan

        let report =
            if ledger.Targets.Length > 0 && (MixtureCommands.longest "" ledger).Rows.Length > Surrogate.leastRuns then
                Some(snd (Sweep.fit plan.Folder (plan.Settings.Text "sweep.target") ledger))
            else
                None

        let seconds = Stopwatch.GetElapsedTime(started).TotalSeconds
        Files.write (RunFolder.resultFile plan.Folder) (Json.indented (summary plan seconds report))
        Report.write plan.Folder (Path.Combine(plan.Folder, "report.html"))
