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

    let private planned (plan: Plan) (mixtures: NamedMixture seq) : PlannedRun list = [
        for mixture in mixtures do
            for i in 0 .. plan.Settings.Whole "sweep.pilotSeeds" - 1 do
                {
                    Name = (if i = 0 then mixture.Run else mixture.Run + "-" + string i)
                    Settings = Sweep.settingsOf plan.Settings mixture.Weights (plan.Settings.Whole "seed" + i) []
                }
    ]

    /// The proposals of a round: made once, then read back, so that a repeated command trains the same ones.
    let private proposals (plan: Plan) (round: int) : NamedMixture[] =
        let file = Path.Combine(plan.Folder, "plan", $"round-{round}.csv")

        if not (File.Exists file) then
            let ledger = Sweep.ledger plan.Folder [ "" ]
            let space = MixtureSpace.simplex ledger.Domains
            let target = Target.parse (plan.Settings.Text "sweep.target")

            MixtureCommands.propose
                None
                Acquisition.ExpectedImprovement
                (uint64 round)
                Goal.Max
                space
                plan.PerRound
                target
                ledger
            |> Array.mapi (fun i proposal -> {
                NamedMixture.Run = $"round-{round}-{i + 1}"
                Weights = Weights.Normalised(ledger.Domains, proposal.Weights)
            })
            |> MixtureFile.write file

        MixtureFile.read file

    let private summary (plan: Plan) (seconds: float) (report: PredictorReport option) : Json =
        let finished = RunFolder.ofSweep plan.Folder |> List.filter _.Result.IsSome |> List.length

        Json.Object [
            "runs", Json.Number(float finished)
            "seconds", Json.Number seconds
            match report with
            | Some r -> "predictor", Sweep.predictorJson r
            | None -> ()
        ]

    /// Carries the plan out; repeated, it continues. Writes ledger.csv, predictor.json (with more than three runs),
    /// result.json and report.html. Raises WorkException when a run failed, OperationCanceledException when stopped.
    let run (plan: Plan) (progress: ISweepProgress) (stop: CancellationToken) : unit =
        let started = Stopwatch.GetTimestamp()
        let carryOut mixtures = planned plan mixtures |> Sweep.run plan.Folder plan.Jobs progress stop

        let first =
            plan.Mixtures |> Option.defaultWith (fun () -> Design.paper (plan.Settings.Names "data.domains"))

        check plan first
        carryOut first

        for round in 1 .. plan.Rounds do
            carryOut (proposals plan round)

        let ledger = Sweep.ledger plan.Folder [ "" ]
        Sweep.writeLedger plan.Folder ledger

        let report =
            if ledger.Rows.Length > Surrogate.leastRuns && ledger.Targets.Length > 0 then
                Some(snd (Sweep.fit plan.Folder (plan.Settings.Text "sweep.target") ledger))
            else
                None

        let seconds = Stopwatch.GetElapsedTime(started).TotalSeconds
        Files.write (RunFolder.resultFile plan.Folder) (Json.indented (summary plan seconds report))
        Report.write plan.Folder (Path.Combine(plan.Folder, "report.html"))
