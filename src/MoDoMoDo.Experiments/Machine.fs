namespace MoDoMoDo.Experiments

open System

/// What may be asked of a machine.
module Machine =

    /// The most threads of a run, and the most runs at a time: four for each processor, and 64 where there are few. More would
    /// starve everything else that runs here.
    let mostThreads: int = max 64 (4 * Environment.ProcessorCount)

    /// The most tokens of a completion: four times what the model families read at all.
    let mostTokens: int = 131072
