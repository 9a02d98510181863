namespace MoDoMoDo.Experiments

open System

/// What may be asked of a machine.
module Machine =

    /// The most threads of a run, and the most runs at a time: four for each processor, and 64 where there are few. More would
    /// starve everything else that runs here.
    let mostThreads: int = max 64 (4 * Environment.ProcessorCount)

    /// Bytes of memory that a new process can have: what is free and what the system gives back at once, within this process's
    /// own limit.
    let availableMemory () : float =
        let limit = float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
        let file = "/proc/meminfo"

        if not (IO.File.Exists file) then
            limit
        else
            IO.File.ReadLines file
            |> Seq.tryFind (fun line -> line.StartsWith("MemAvailable:", StringComparison.Ordinal))
            |> Option.bind (fun line ->
                match Double.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) with
                | true, kibibytes -> Some(min limit (1024.0 * kibibytes))
                | _ -> None)
            |> Option.defaultValue limit

    /// The most tokens of a completion: four times what the model families read at all.
    let mostTokens: int = 131072
