namespace MoDoMoDo.Cli

open System
open System.Diagnostics
open System.Globalization
open MoDoMoDo.Experiments
open MoDoMoDo.Training
open Spectre.Console

/// Progress on standard error: a bar with the time left on a terminal, a plain line every few seconds otherwise.
module Progress =

    let private secondsBetweenLines = 4.0

    let private figure (x: float) = x.ToString("0.00", CultureInfo.InvariantCulture)

    let private timeLeft (started: int64) (first: int) (finished: int) (total: int) =
        let seconds = Stopwatch.GetElapsedTime(started).TotalSeconds

        if finished <= first then
            ""
        else
            let left = seconds / float (finished - first) * float (total - finished)

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
                    lines.Always $"training: step {step} of {steps}"

                member _.Stepped(figures, steps) =
                    lines.Sometimes(fun () ->
                        $"step {figures.Step} of {steps}{meanReward figures}{timeLeft started first figures.Step steps}")

                member _.Evaluating(name, finished, items) =
                    lines.Sometimes(fun () -> $"scoring {name}: {finished} of {items} items")

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

    /// A line at each change, no closer together than a few seconds, and one every half minute while nothing changes.
    let private lineSweep () : ISweepProgress =
        let lines = Lines()
        let mutable started = Stopwatch.GetTimestamp()
        let mutable first = 0
        let mutable expected = -1
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
                    // Pilots and confirmation runs come one after the other: each has its own clock.
                    if total <> expected then
                        started <- Stopwatch.GetTimestamp()
                        first <- finished
                        expected <- total

                    let names = String.Join(", ", busy)

                    current <-
                        $"runs: {finished} of {total} finished{timeLeft started first finished total}; busy: {names}"

                    lines.Sometimes(fun () -> current)
                    timer.Change(30_000, 30_000) |> ignore

                member _.Notice message = lines.Always message
        }

    let private barSweep (context: ProgressContext) : ISweepProgress =
        let mutable task: ProgressTask option = None

        {
            new ISweepProgress with
                member _.Runs(finished, total, busy) =
                    let current =
                        match task with
                        | Some t when t.MaxValue = float total -> t
                        | _ -> context.AddTask("runs", true, float total)

                    current.Description <- Markup.Escape("runs (" + String.Join(", ", busy) + ")")
                    current.Value <- float finished
                    task <- Some current

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

            let progress = AnsiConsole.Create(settings).Progress().Columns columns
            progress.Start(fun context -> work (bars context))

    /// Runs the work of one run or scoring under a progress display.
    let training (work: ITrainingProgress -> 'a) : 'a = show lineTraining barTraining work

    /// Runs the work of a sweep under a progress display.
    let sweep (work: ISweepProgress -> 'a) : 'a = show lineSweep barSweep work
