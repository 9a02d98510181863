namespace MoDoMoDo.Mixtures

open System
open MoDoMoDo.Domain

/// A run that a search has chosen from its pool.
type SearchChoice = {
    Run: string
    Score: float
    /// The best score so far, the start included.
    Best: float
}

/// Searches replayed over finished runs: only the scores of runs that are chosen are ever looked at.
module Search =

    /// How many choices are made before hyper-parameters are learned again.
    let private relearnEvery = 6

    /// Replays a search for the best run of one level of a pool. `start` names the runs whose scores are known at first, runs of other
    /// levels among them if they are to inform the search; `count` further ones of the level are chosen one by one. Choice k depends on
    /// the start, on the mixtures of the pool and on the scores of choices before k alone.
    /// Whenever hyper-parameters were learned again, `told` hears the number of choices before and the surrogate.
    /// Raises InputException when a start run is not in the pool, has no score, or fewer than `count` others have one.
    let replayTold
        (told: int -> Surrogate -> unit)
        (level: FidelityLevel)
        (method': Method)
        (acquisition: Acquisition)
        (seed: uint64)
        (goal: Goal)
        (target: Target)
        (start: string[])
        (count: int)
        (pool: Ledger)
        : SearchChoice[] =
        let struct (here, elsewhere) = Fidelity.split level pool
        let rows = here.Rows |> Array.filter (fun r -> (Ledger.value target pool r).IsSome)
        let score i = (Ledger.value target pool rows[i]).Value
        let weights = rows |> Array.map (Ledger.weights pool)
        let pilots = elsewhere.Rows |> Array.filter (fun r -> Array.contains r.Run start)

        let positions = [|
            for name in Array.distinct start do
                match rows |> Array.tryFindIndex (fun r -> r.Run = name) with
                | Some i -> i
                | None when pilots |> Array.exists (fun r -> r.Run = name) -> ()
                | None -> raise (InputException("", "--start", "runs of the pool that have the target's score", name))
        |]

        if rows.Length - positions.Length < count then
            raise (
                InputException("", "--count", $"at most {rows.Length - positions.Length} further runs", string count)
            )

        let better a b = if Optimise.sign goal * a > Optimise.sign goal * b then a else b

        let seen chosen = {
            pool with
                Rows = Array.append pilots (chosen |> List.rev |> List.map (fun i -> rows[i]) |> Array.ofList)
        }

        let fit = Fidelity.fitter method' target level (seen (List.ofArray positions))

        let rec choose k (chosen: int list) given best acc =
            if k = count then
                List.rev acc |> Array.ofList
            else
                let relearns = k % relearnEvery = 0
                let s = fit (if relearns then Map.empty else given) (seen chosen)

                if relearns then
                    told k s

                let left = Array.init rows.Length id |> Array.except chosen

                let value =
                    left |> Array.map (fun i -> weights[i]) |> Acquisition.values acquisition (seed + uint64 k) goal s

                let next = left[value |> Array.indexed |> Array.maxBy snd |> fst]
                let best = better (score next) best
                let choice = { Run = rows[next].Run; Score = score next; Best = best }

                choose
                    (k + 1)
                    (next :: chosen)
                    (s.Parts |> Array.map (fun p -> p.Target, p.Hyper) |> Map.ofArray)
                    best
                    (choice :: acc)

        let first = positions |> List.ofArray |> List.rev

        if first.IsEmpty then
            raise (InputException("", "--start", "runs of the scale that is searched", "none"))

        choose 0 first Map.empty (first |> List.map score |> List.reduce better) []

    /// As `replayTold`, told to nobody.
    let replay level method' acquisition seed goal target start count pool : SearchChoice[] =
        replayTold (fun _ _ -> ()) level method' acquisition seed goal target start count pool

    /// Writes a search as `order,run,score,best`.
    let write (file: string) (choices: SearchChoice[]) : unit =
        Csv.write
            file
            [ "order"; "run"; "score"; "best" ]
            (choices |> Seq.mapi (fun i c -> [ string (i + 1); c.Run; Csv.ofFloat c.Score; Csv.ofFloat c.Best ]))
