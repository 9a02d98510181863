namespace MoDoMoDo.Experiments

open System
open System.Collections.Concurrent
open System.IO
open System.Threading
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

/// A run that is under way.
type BusyRun = {
    Name: string
    /// The share of its optimiser steps that is done, in [0, 1].
    Share: float
    /// What it does, in a few words; empty before it has said so.
    Doing: string
}

/// Hears how far a sweep is.
type ISweepProgress =
    /// So many of so many runs are finished, and `busy` are under way.
    abstract Runs: finished: int * total: int * busy: BusyRun list -> unit
    /// Something a user should know.
    abstract Notice: message: string -> unit

/// A run of a sweep: its name is the name of its folder.
type PlannedRun = { Name: string; Settings: Settings }

/// Many runs in one folder (CLI.md, "Sweep folder"), several at a time. Finished runs are never repeated; runs that were
/// interrupted go on where they were.
module Sweep =

    /// The folder of a run.
    let runFolder (folder: string) (name: string) : string = Path.Combine(folder, "runs", name)

    /// The settings of a run on a mixture: the sweep's own with other weights and another seed.
    let settingsOf (s: Settings) (weights: Weights) (seed: int) (further: string list) : Settings =
        let table =
            Json.Object [ for domain, w in Seq.zip weights.Domains weights.Values -> domain, Json.Number w ]

        Settings.withSet ([ "mixture.weights=" + Json.line table; "seed=" + string seed ] @ further) s

    /// A run after it has said how far it is.
    let private heard (busy: BusyRun) (line: string) : BusyRun option =
        ProgressLine.read line
        |> Option.map (fun heard ->
            let share =
                match heard with
                | Heard.Step(step, steps) -> float step / float (max 1 steps)
                | Heard.Scoring _ -> busy.Share

            { busy with Share = share; Doing = ProgressLine.text heard })

    let private carryOut
        (until: int option)
        (folder: string)
        (said: string -> unit)
        (stop: CancellationToken)
        (planned: PlannedRun)
        : Result<unit, string> =
        let run = runFolder folder planned.Name
        let file = Path.Combine(folder, "plan", planned.Name + ".json")
        Files.write file (planned.Settings.ToText())
        Directory.CreateDirectory run |> ignore
        let part = until |> Option.map (fun step -> [ "--until"; string step ]) |> Option.defaultValue []
        let log = Path.Combine(folder, "plan", planned.Name + ".log")

        match Backend.run ([ "train"; "--settings"; file; "--out"; run; "--resume" ] @ part) log said stop with
        | 0, _ -> Ok()
        | _, _ when stop.IsCancellationRequested -> Ok()
        | code, said -> Error($"{planned.Name} (exit code {code}): {said}")

    let private carryOutAll
        (isDone: PlannedRun -> bool)
        (until: int option)
        (folder: string)
        (jobs: int)
        (progress: ISweepProgress)
        (stop: CancellationToken)
        (runs: PlannedRun list)
        : unit =
        let waiting = ConcurrentQueue(runs |> List.filter (isDone >> not))

        let busy = ConcurrentDictionary<string, BusyRun>()
        let failures = ConcurrentBag<string>()
        let mutable finished = runs.Length - waiting.Count
        let report () = progress.Runs(finished, runs.Length, busy.Values |> Seq.sortBy _.Name |> List.ofSeq)
        report ()

        let listen (name: string) (line: string) =
            match heard busy[name] line with
            | Some further ->
                busy[name] <- further
                report ()
            | None -> ()

        let rec work () =
            match waiting.TryDequeue() with
            | true, planned when not stop.IsCancellationRequested ->
                busy[planned.Name] <- { Name = planned.Name; Share = 0.0; Doing = "" }
                report ()
                let outcome = carryOut until folder (listen planned.Name) stop planned
                busy.TryRemove planned.Name |> ignore

                match outcome with
                | Ok() -> Interlocked.Increment &finished |> ignore
                | Error why ->
                    failures.Add why
                    progress.Notice("failed: " + why)

                report ()
                work ()
            | _ -> ()

        Array.init (max 1 (min jobs waiting.Count)) (fun _ ->
            let thread = Thread(work)
            thread.Start()
            thread)
        |> Array.iter _.Join()

        stop.ThrowIfCancellationRequested()

        if not failures.IsEmpty then
            let logs = Path.Combine(folder, "plan")
            raise (WorkException("runs failed: " + String.Join("; ", failures |> Seq.sort) + " (logs in " + logs + ")"))

    /// True when the run in a folder is finished.
    let isFinished (folder: string) (planned: PlannedRun) : bool = RunFolder.isFinished (runFolder folder planned.Name)

    /// Carries out the runs that are not finished yet, `jobs` at a time. Raises WorkException naming the runs that failed,
    /// after all others are done, and OperationCanceledException when stopped.
    let run (folder: string) (jobs: int) (progress: ISweepProgress) (stop: CancellationToken) (runs: PlannedRun list) =
        carryOutAll (isFinished folder) None folder jobs progress stop runs

    /// The scores of a run that is under way at a step, where it has come so far.
    let scoresAt (folder: string) (step: int) (planned: PlannedRun) : ScoredSets option =
        let run = runFolder folder planned.Name

        if RunFolder.isRun run then
            RunFolder.scoresUnderWay (RunFolder.read run) |> List.tryFind (fst >> (=) step) |> Option.map snd
        else
            None

    /// As run, but only until so many steps are done and scored.
    let runUntil
        (step: int)
        (folder: string)
        (jobs: int)
        (progress: ISweepProgress)
        (stop: CancellationToken)
        (runs: PlannedRun list)
        : unit =
        let isDone planned = isFinished folder planned || (scoresAt folder step planned).IsSome
        carryOutAll isDone (Some step) folder jobs progress stop runs

    /// The ledger of the finished runs whose name begins with one of these words, rebuilt from their folders.
    let ledger (folder: string) (names: string list) : Ledger =
        RunFolder.ofSweep folder
        |> List.filter (fun run ->
            names |> List.exists (fun name -> run.Name.StartsWith(name, StringComparison.Ordinal)))
        |> RunFolder.ledger

    /// Writes ledger.csv.
    let writeLedger (folder: string) (ledger: Ledger) : unit =
        Files.replace (Path.Combine(folder, "ledger.csv")) (fun temporary -> LedgerFile.write temporary ledger)

    /// What a result.json says of a predictor.
    let predictorJson (report: PredictorReport) : Json =
        Json.Object [
            "name", Json.Text report.Predictor
            "loo_rmse", Json.Number report.LeftOutRmse
            "constant_rmse", Json.Number report.ConstantRmse
            "identifiable", Json.Bool report.Design.Identifiable
            "verdict", Json.Text(Validation.words report.Verdict)
        ]

    /// Fits the target on a ledger and writes predictor.json, fit.json and comparison.json.
    let fit (folder: string) (target: string) (ledger: Ledger) : Surrogate * PredictorReport =
        let struct (surrogate, report) = MixtureCommands.fit None 0UL (Target.parse target) ledger
        MixtureCommands.writeFit folder ledger surrogate report
        PredictorComparison.write folder (Target.parse target) ledger
        surrogate, report
