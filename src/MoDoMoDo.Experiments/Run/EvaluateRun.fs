namespace MoDoMoDo.Experiments

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Threading
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Model
open MoDoMoDo.Training

/// Scoring of a policy apart from any run: `modomodo evaluate`.
module EvaluateRun =

    /// How answers are drawn.
    type Ways = { Sampled: bool; Greedy: bool }

    let private score
        (s: Settings)
        (policy: Policy)
        (features: FeatureCache)
        (progress: ITrainingProgress)
        stop
        decoding
        benchmark
        =
        Evaluator(policy, ImageSource(), features, Binding.evaluationBy decoding s, s.Whole "rollout.graderThreads")
            .Score(benchmark, progress, stop)

    let private number (further: IReadOnlyDictionary<string, float>) name =
        match further.TryGetValue name with
        | true, x -> Json.Number x
        | _ -> Json.Null

    let private completionLines (way: string) (scored: ScoredBenchmark) : string seq = seq {
        for item in scored.Items do
            for completion, verdict in Seq.zip item.Completions item.Verdicts ->
                Json.line (
                    Json.Object [
                        "id", Json.Text item.Sample.Id
                        "domain", Json.Text item.Sample.Domain
                        "decoding", Json.Text way
                        "prompt", Json.Text item.Prompt.Text
                        "completion", Json.Text completion.Text
                        "verdict", Json.Object(GoldJson.ofVerdict verdict)
                    ]
                )
    }

    let private entry (sampled: ScoredBenchmark option) (greedy: ScoredBenchmark option) : Json =
        let main = Option.orElse greedy sampled |> Option.get
        let e = main.Evaluation

        Json.Object [
            "mean", Json.Number e.Mean
            "se", Json.Number e.StandardError
            "n", Json.Number(float e.Count)
            match greedy with
            | Some g ->
                "greedy",
                Json.Object [ "mean", Json.Number g.Evaluation.Mean; "se", Json.Number g.Evaluation.StandardError ]
            | None -> ()
            "pass_at_k", number e.Further "pass_at_k"
            for KeyValue(name, value) in e.Further do
                if name <> "pass_at_k" then
                    name, Json.Number value
        ]

    /// The sets that can be scored: unseen benchmarks (one half or all of their items) and the domains' own tests.
    let sets (notice: string -> unit) (s: Settings) : Benchmark[] * Benchmark[] =
        let half =
            match s.Text "evaluation.half" with
            | "fit" -> Fit
            | "confirm" -> Confirm
            | _ -> All

        Sources.benchmarks notice s half,
        Sources.domains notice s |> Array.map snd |> Array.filter (fun test -> test.Source.Count > 0)

    /// Where the completions of a scoring go: FILE.completions.jsonl beside FILE.json.
    let completionsBeside (out: string) : string =
        let stem =
            if out.EndsWith(".json", StringComparison.OrdinalIgnoreCase) then
                out.Substring(0, out.Length - ".json".Length)
            else
                out

        stem + ".completions.jsonl"

    /// Scores the policy of the settings on the named sets (all when none is named), writes `out` and the completions
    /// beside it. Raises InputException on an unknown name.
    let run
        (s: Settings)
        (ways: Ways)
        (names: string list)
        (out: string)
        (progress: ITrainingProgress)
        (stop: CancellationToken)
        : unit =
        ComputeDevice.Threads <- s.Whole "threads"
        let benchmarks, tests = sets progress.Noticed s
        let known = Array.append benchmarks tests |> Array.map _.Name

        for name in names do
            if not (Array.contains name known) then
                raise (
                    InputException("--benchmarks", "", "one of " + String.Join(", ", known), Nearest.found known name)
                )

        let chosen (sets: Benchmark[]) = sets |> Array.filter (fun b -> names.IsEmpty || List.contains b.Name names)
        let started = Stopwatch.GetTimestamp()
        use policy = (StartingPolicy.create progress.Noticed stop s).Invoke()
        use features = new FeatureCache(policy, true, s.Whole "training.featureCacheMiB")
        let lines = List<string>()

        let scoreSet (benchmark: Benchmark) =
            let one wanted decoding (way: string) =
                if not wanted then
                    None
                else
                    let scored = score s policy features progress stop decoding benchmark
                    lines.AddRange(completionLines way scored)
                    Some scored

            benchmark.Name,
            entry (one ways.Sampled Decoding.Sampled "sampled") (one ways.Greedy Decoding.Greedy "greedy")

        let outer, inner = chosen benchmarks |> Array.map scoreSet, chosen tests |> Array.map scoreSet

        let mean (scores: (string * Json)[]) =
            TrainRun.aggregate (s.Text "evaluation.aggregate") (RunFolder.scoresOf (Json.Object(List.ofArray scores)))

        Files.write (completionsBeside out) (String.Join("\n", lines) + "\n")

        Files.write
            out
            (Json.indented (
                Json.Object [
                    "scores", Json.Object(List.ofArray (Array.append outer inner))
                    "in", Json.Number(mean inner)
                    "out", Json.Number(mean outer)
                    "seconds", Json.Number(Stopwatch.GetElapsedTime(started).TotalSeconds)
                ]
            ))
