module MoDoMoDo.Experiments.Tests.SyntheticSweep

open System
open System.IO
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Experiments

/// A sweep folder as a finished quickstart leaves it, with invented figures: nothing is trained.
let private figures (stream: RandomStream) (domains: string list) low high =
    Json.Object [ for domain in domains -> domain, Json.Number(stream.NextDouble(low, high)) ]

let private score mean = Json.Object [ "mean", Json.Number mean; "se", Json.Number 0.02; "n", Json.Number 200.0 ]

let private metrics (stream: RandomStream) (domains: string list) steps = [
    for step in 1..steps ->
        let progress = float step / float steps

        Json.line (
            Json.Object [
                "step", Json.Number(float step)
                "loss", Json.Number 0.1
                "reward", figures stream domains (0.3 + 0.3 * progress) (0.4 + 0.3 * progress)
                "accuracy", figures stream domains (0.2 + 0.3 * progress) (0.4 + 0.3 * progress)
                "zero_variance", figures stream domains 0.0 0.3
                "grad_share", figures stream domains 0.1 0.3
            ]
        )
]

let private completion step domain id row image (text: string) (expected: string) reward =
    Json.line (
        Json.Object [
            "step", Json.Number(float step)
            "id", Json.Text id
            "domain", Json.Text domain
            "row", Json.Number(float row)
            "images", Json.List [ Json.Text image ]
            "prompt", Json.Text " find the red <circle>"
            "completion", Json.Text text
            if domain = "world-scienceqa" then
                "options", Json.List [ Json.Text "nine"; Json.Text "seven" ]
            "verdict",
            Json.Object [
                "outcome", Json.Text "score"
                "value", Json.Number reward
                "extracted", Json.Text text
                "expected", Json.Text expected
                "why", Json.Text "overlap"
            ]
            "reward", Json.Number reward
            "advantage", Json.Number(reward - 0.5)
        ]
    )

let private writeLines (file: string) (lines: string list) = File.WriteAllText(file, String.concat "\n" lines + "\n")

let private writeRun (folder: string) (settings: Settings) (weights: Weights) (seed: int) =
    let stream = RandomStream(uint64 (seed + 100))
    Directory.CreateDirectory(Path.Combine(folder, "images")) |> ignore
    File.WriteAllText(Path.Combine(folder, "settings.json"), settings.ToText())
    writeLines (Path.Combine(folder, "metrics.jsonl")) (metrics stream Embedded.domains 40)
    let pixels = Array.init (3 * 64 * 64) (fun i -> byte ((i / 192 + i) % 256))

    File.WriteAllBytes(
        Path.Combine(folder, "images", $"p{seed}.png"),
        ImageEncoding.ToPng(RgbImage.Create(64, 64, pixels))
    )

    writeLines (Path.Combine(folder, "completions.jsonl")) [
        for step in [ 10; 20; 30; 40 ] do
            for domain in Embedded.domains do
                for row in 0..3 do
                    let box = $"[{100 + 50 * row}, 250, {500 + 50 * row}, 750]"

                    completion
                        step
                        domain
                        $"{domain}-{step}"
                        row
                        $"images/p{seed}.png"
                        box
                        (if domain = "world-scienceqa" then "B" else "[100, 250, 500, 750]")
                        (1.0 - 0.2 * float row)
    ]

    let scores shift =
        Json.Object [
            for b in Embedded.benchmarks ->
                b, score (0.3 + 0.2 * weights["world-geoqav"] + shift + stream.NextDouble(-0.02, 0.02))
        ]

    let result =
        Json.Object [
            "scores", scores 0.0
            "halves", Json.Object [ "fit", scores 0.0; "confirm", scores 0.0 ]
            "tests", Json.Object [ for d in Embedded.domains -> d, score 0.4 ]
            "seconds", Json.Number 11.0
            "steps", Json.Number 40.0
            "seed", Json.Number(float seed)
            "weights", Json.Object [ for domain, w in Seq.zip weights.Domains weights.Values -> domain, Json.Number w ]
            "provenance", Json.Object [ "tool", Json.Text "modomodo 0.1.0"; "machine", Json.Text "test" ]
        ]

    Files.write (RunFolder.resultFile folder) (Json.indented result)

/// Writes the folder. `gain` is what the proposal is better by, in points of 1.
let write (folder: string) (gain: float) : unit =
    let settings = Settings.ofPreset "small" []
    let designs = MoDoMoDo.Mixtures.Design.paper Embedded.domains

    for design in designs do
        writeRun (Path.Combine(folder, "runs", design.Run)) settings design.Weights 0

    for seed in [ 101; 102; 103 ] do
        writeRun
            (Path.Combine(folder, "runs", $"proposal-{seed}"))
            settings
            (Weights.Single(Embedded.domains, "world-geoqav"))
            seed

    let overall mean sd =
        Json.Object [
            "mean", Json.Number mean
            "sd", Json.Number sd
            "n", Json.Number 3.0
            "greedy", Json.Object [ "mean", Json.Number(mean + 0.11); "sd", Json.Number 0.01; "n", Json.Number 3.0 ]
            "per_benchmark",
            Json.Object [ for i, b in List.indexed Embedded.benchmarks -> b, Json.Number(mean + 0.02 * float (i - 1)) ]
        ]

    let seeds = [ 101, gain - 0.01; 102, gain; 103, gain + 0.01 ]
    let difference = Statistics.paired (List.map snd seeds)

    let result =
        Json.Object [
            "runs", Json.Number 14.0
            "seconds", Json.Number 431.0
            "proposal",
            Json.Object [
                "weights",
                Json.Object [
                    "world-coco", Json.Number 0.0
                    "world-lisa", Json.Number 0.0
                    "world-geoqav", Json.Number 0.6
                    "world-sat", Json.Number 0.25
                    "world-scienceqa", Json.Number 0.15
                ]
                "predicted", Json.Object [ "mean", Json.Number 0.5; "sd", Json.Number 0.02 ]
            ]
            "scores",
            Json.Object [
                "base", overall 0.29 nan
                "uniform", overall 0.44 0.012
                "best_seed", overall 0.46 0.011
                "proposal", overall (0.44 + gain) 0.012
            ]
            "difference",
            Json.Object [
                "proposal_minus_uniform",
                Json.Object [
                    "mean", Json.Number difference.Mean
                    "lower", Json.Number difference.Lower
                    "upper", Json.Number difference.Upper
                    "pairs", Json.Number 3.0
                ]
            ]
            "pairs",
            Json.List [
                for seed, gain in seeds ->
                    Json.Object [
                        "seed", Json.Number(float seed)
                        "proposal", Json.Number(0.44 + gain)
                        "uniform", Json.Number 0.44
                        "best_seed", Json.Number 0.46
                    ]
            ]
        ]

    Files.write (RunFolder.resultFile folder) (Json.indented result)

    let loo =
        designs
        |> Array.map (fun d ->
            let measured = 0.3 + 0.2 * d.Weights["world-geoqav"]

            Json.Object [
                "run", Json.Text d.Run
                "mean", Json.Number(measured + 0.01)
                "sd", Json.Number 0.02
                "measured", Json.Number measured
            ])

    Files.write
        (Path.Combine(folder, "fit.json"))
        (Json.indented (
            Json.Object [
                "predictor", Json.Text "additive-log"
                "target", Json.Text "composite:mean"
                "n", Json.Number 11.0
                "loo_rmse", Json.Number 0.02
                "constant_rmse", Json.Number 0.06
                "identifiable", Json.Bool true
                "verdict", Json.Text "predictable"
                "loo", Json.List(List.ofArray loo)
            ]
        ))
