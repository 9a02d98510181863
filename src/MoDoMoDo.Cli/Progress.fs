namespace MoDoMoDo.Cli

open System
open System.Collections.Generic
open System.Diagnostics
open System.Globalization
open MoDoMoDo.Experiments
open MoDoMoDo.Training
open Spectre.Console

/// Progress on standard error: a bar with the time left on a terminal, a plain line every few seconds otherwise.
module Progress =

    let private secondsBetweenLines = 4.0

    let private figure (x: float) = x.ToString("0.00", CultureInfo.InvariantCulture)

    /// The time that is left when the work from `first` to `finished` of `total` took the time since the start.
    let private timeLeft (started: int64) (first: float) (finished: float) (total: float) =
        let seconds = Stopwatch.GetElapsedTime(started).TotalSeconds

        if finished <= first then
            ""
        else
            let left = seconds / (finished - first) * (total - finished)

            if left < 90.0 then
                ", " + left.ToString("0", CultureInfo.InvariantCulture) + " s left"
            else
                ", " + (left / 60.0).ToString("0.0", CultureInfo.InvariantCulture) + " min left"

    /// Lines that come no closer together than a few seconds.
    type private Lines() =
        let mutable last = 0L

        member _.Always(line: string) = Console.Error.WriteLine line

        member lines.Sometimes(line: unit -> string) =
            if last = 0L || Stopwatch.GetElapsedTime(last).TotalSeconds >= secondsBetweenLines then
                last <- Stopwatch.GetTimestamp()
                lines.Always(line ())

    let private meanReward (figures: StepFigures) =
        if figures.Reward.Count = 0 then
            ""
        else
            ", reward " + figure (Seq.average figures.Reward.Values)

    let private lineTraining () : ITrainingProgress =
        let lines = Lines()
        let mutable started = Stopwatch.GetTimestamp()
        let mutable first = 0

        {
            new ITrainingProgress with
                member _.Started(step, steps) =
                    started <- Stopwatch.GetTimestamp()
                    first <- step
                    lines.Always(ProgressLine.text (Heard.Step(step, steps)))

                member _.Stepped(figures, steps) =
                    lines.Sometimes(fun () ->
                        ProgressLine.text (Heard.Step(figures.Step, steps))
                        + meanReward figures
                        + timeLeft started (float first) (float figures.Step) (float steps))

                member _.Evaluating(name, finished, items) =
                    lines.Sometimes(fun () -> ProgressLine.text (Heard.Scoring(name, finished, items)))

                member _.Evaluated(step, scores) = lines.Always $"step {step}: scored {scores.Count} sets"
                member _.Noticed message = lines.Always message
        }

    let private barTraining (context: ProgressContext) : ITrainingProgress =
        let mutable steps: ProgressTask option = None
        let mutable scoring: ProgressTask option = None

        let taskOf (current: ProgressTask option) (name: string) (total: int) =
            match current with
            | Some task when task.Description = Markup.Escape name -> task
            | _ -> context.AddTask(Markup.Escape name, true, float total)

        {
            new ITrainingProgress with
                member _.Started(step, total) =
                    let task = taskOf None "training" total
                    task.Value <- float step
                    steps <- Some task

                member _.Stepped(figures, _) = steps |> Option.iter (fun task -> task.Value <- float figures.Step)

                member _.Evaluating(name, finished, items) =
                    let task = taskOf scoring ("scoring " + name) items
                    task.Value <- float finished
                    scoring <- Some task

                member _.Evaluated(_, _) = ()
                member _.Noticed message = Console.Error.WriteLine message
        }

    let private described (run: BusyRun) = if run.Doing = "" then run.Name else run.Name + " (" + run.Doing + ")"

    /// Runs that are done, those under way by their share.
    let private done' (finished: int) (busy: BusyRun list) = float finished + (busy |> List.sumBy _.Share)

    /// A line at each change, no closer together than a few seconds, and one every half minute while nothing changes.
    let private lineSweep () : ISweepProgress =
        let lines = Lines()
        let mutable started = 0L
        let mutable first = 0.0
        let mutable current = ""

        let timer =
            new Threading.Timer(
                (fun _ ->
                    if current <> "" then
                        lines.Always current),
                null,
                30_000,
                30_000
            )

        {
            new ISweepProgress with
                member _.Runs(finished, total, busy) =
                    // The clock starts when the first run says how far it is: the start of a process would count as work.
                    if started = 0L && busy |> List.exists (fun run -> run.Doing <> "") then
                        started <- Stopwatch.GetTimestamp()
                        first <- done' finished busy

                    let left =
                        if started = 0L then
                            ""
                        else
                            timeLeft started first (done' finished busy) (float total)

                    let names =
                        if busy.IsEmpty then
                            ""
                        else
                            "; busy: " + String.Join(", ", List.map described busy)

                    current <- $"runs: {finished} of {total} finished{left}{names}"
                    lines.Sometimes(fun () -> current)
                    timer.Change(30_000, 30_000) |> ignore

                member _.Notice message = lines.Always message
        }

    /// A bar over all runs, and one for each run under way; those of finished runs vanish.
    let private barSweep (context: ProgressContext) : ISweepProgress =
        let single = Dictionary<string, ProgressTask>()
        let mutable whole: ProgressTask option = None

        let show (task: ProgressTask) (description: string) (value: float) =
            task.Description <- Markup.Escape description
            task.Value <- value

        let ofRun (run: BusyRun) =
            match single.TryGetValue run.Name with
            | true, task -> task
            | _ ->
                let task = context.AddTask(Markup.Escape run.Name, true, 1.0)
                single[run.Name] <- task
                task

        let runs finished total (busy: BusyRun list) =
            let all = whole |> Option.defaultWith (fun () -> context.AddTask("runs", true, float total))
            all.MaxValue <- float total
            whole <- Some all
            show all $"runs: {finished} of {total} finished" (done' finished busy)

            for name in List.ofSeq single.Keys do
                if busy |> List.forall (fun run -> run.Name <> name) then
                    single[name].Value <- 1.0
                    single[name].StopTask()
                    single.Remove name |> ignore

            // A bar that is full would vanish while its run is still scored.
            for run in busy do
                show (ofRun run) (described run) (min run.Share 0.99)

        {
            new ISweepProgress with
                member _.Runs(finished, total, busy) = lock single (fun () -> runs finished total busy)
                member _.Notice message = Console.Error.WriteLine message
        }

    let private show (lines: unit -> 'p) (bars: ProgressContext -> 'p) (work: 'p -> 'a) : 'a =
        if Console.IsErrorRedirected then
            work (lines ())
        else
            let settings = AnsiConsoleSettings()
            settings.Out <- AnsiConsoleOutput Console.Error

            let columns: ProgressColumn[] = [|
                TaskDescriptionColumn()
                ProgressBarColumn()
                PercentageColumn()
                RemainingTimeColumn()
            |]

            let progress = AnsiConsole.Create(settings).Progress().Columns(columns).HideCompleted true
            progress.Start(fun context -> work (bars context))

    /// Runs the work of one run or scoring under a progress display.
    let training (work: ITrainingProgress -> 'a) : 'a = show lineTraining barTraining work

    /// Runs the work of a sweep under a progress display.
    let sweep (work: ISweepProgress -> 'a) : 'a = show lineSweep barSweep work
