namespace MoDoMoDo.Experiments

open System
open System.IO
open System.Threading
open System.Threading.Tasks
open MoDoMoDo.Domain

/// Greedy scores of the policies that the confirmation compares. Sampled scores rise already when a policy becomes reliable at
/// what it can do; greedy ones rise only when its likeliest answer does.
module internal GreedyScores =

    let private file (name: string) (folder: string) = Path.Combine(folder, "plan", name + "-greedy.json")

    /// Scores each policy (a name, and its folder; without one, the policy of the settings) on the benchmarks of these settings, several at a time; what is
    /// there already is kept. Raises WorkException when a scoring failed and OperationCanceledException when stopped.
    let measure
        (s: Settings)
        (folder: string)
        (jobs: int)
        (notice: string -> unit)
        (stop: CancellationToken)
        (policies: (string * string option) list)
        : unit =
        let waiting = policies |> List.filter (fun (name, _) -> not (File.Exists(file name folder)))

        if not waiting.IsEmpty then
            notice $"scoring the likeliest answers of {waiting.Length} policies"

        let scored = ref 0

        let settings = Path.Combine(folder, "plan", "greedy.json")
        Files.write settings (s.ToText())
        let benchmarks = String.Join(',', s.Names "data.benchmarks")

        let score (name: string, model: string option) =
            let words = [
                "evaluate"
                match model with
                | Some folder -> yield! [ "--model"; folder ]
                | None -> ()
                yield! [ "--settings"; settings ]
                yield! [ "--benchmarks"; benchmarks ]
                yield! [ "--decoding"; "greedy" ]
                yield! [ "--out"; file name folder ]
            ]

            if not stop.IsCancellationRequested then
                match Backend.run words (Path.Combine(folder, "plan", name + "-greedy.log")) ignore stop with
                | 0, _ ->
                    notice $"likeliest answers: {Interlocked.Increment scored} of {waiting.Length} policies scored"
                | code, said ->
                    stop.ThrowIfCancellationRequested()
                    raise (WorkException $"greedy scoring of {name} failed (exit code {code}): {said}")

        try
            Parallel.ForEach(waiting, ParallelOptions(MaxDegreeOfParallelism = jobs), score) |> ignore
        with :? AggregateException as several ->
            raise (several.GetBaseException())

        stop.ThrowIfCancellationRequested()

    /// The scores of a policy that was measured; none where it was not.
    let read (folder: string) (name: string) : FileScore list =
        match Files.tryReadJson (file name folder) with
        | Some json -> RunFolder.scoresOf (Json.field "scores" json)
        | None -> []
