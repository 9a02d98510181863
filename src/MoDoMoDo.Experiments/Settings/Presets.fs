namespace MoDoMoDo.Experiments

open MoDoMoDo.Domain

/// Named settings: what differs from the defaults, as JSON.
module Presets =

    let private preset =
        function
        | "tiny-train" -> Some """{ "training": { "steps": 160 }, "checkpoint": { "every": 1 } }"""
        | "small" -> Some """{ "checkpoint": { "every": 40 } }"""
        // Long enough, and with fresh images at every draw, that greedy scores rise too (experiments/LOG.md).
        | "full" ->
            Some
                """{ "data": { "world": { "trainItems": 8000, "fitItems": 400, "confirmItems": 800 } },
                     "training": { "steps": 240 }, "checkpoint": { "every": 80 },
                     "sweep": { "spaceFilling": 12, "heuristics": true, "confirmationSeeds": 8 } }"""
        // Paper, "Training" and "Mixtures": Qwen2-VL-2B-Instruct, frozen tower, k = 6, 2 prompts an update, beta 0.04. Not what
        // the paper does: held-back items and tests are cut from the files, unless they are left to have none.
        | "paper" ->
            Some
                """{ "seed": 42, "model": { "path": "Qwen2-VL-2B-Instruct", "dtype": "bf16" },
                     "data": { "domains": {
                                 "coco": { "files": ["data/ViRFT_COCO/*.parquet"], "format": "virft-coco" },
                                 "lisa": { "files": ["data/lisa/*.parquet"], "format": "lisa" },
                                 "geoqav": { "files": ["data/multimodal-open-r1-8k-verified/*.parquet"], "format": "geoqav" },
                                 "sat": { "files": ["data/SAT/*.parquet"], "format": "sat", "limit": 15000 },
                                 "scienceqa": { "files": ["data/ScienceQA/*.parquet"], "format": "scienceqa" } },
                               "benchmarks": {
                                 "chartqa": { "files": ["data/ChartQA/*.parquet"], "format": "chartqa" },
                                 "infovqa": { "files": ["data/InfographicVQA/*.parquet"], "format": "infovqa" },
                                 "mathvista": { "files": ["data/MathVista/*.parquet"], "format": "mathvista" },
                                 "mmmu": { "files": ["data/MMMU/*.parquet"], "format": "mmmu" } },
                               "scoring": "compat" },
                     "mixture": { "weights": null, "draw": "iid", "exhausted": "stop" },
                     "rollout": { "prompts": 2, "generations": 6, "maxNewTokens": 1024, "rewardScale": 3 },
                     "training": { "steps": 2000, "loss": "grpo", "beta": 0.04, "biasCorrectedKl": false,
                                   "optimiser": "adam_w", "learningRate": 1e-6, "maxGradientNorm": 1, "warmupSteps": 200,
                                   "warmupFromZero": true, "finalShare": 0 },
                     "evaluation": { "decoding": "greedy", "aggregate": "weighted" },
                     "checkpoint": { "every": 500, "keep": 4 } }"""
        | "qwen2-vl-lora" ->
            Some
                """{ "model": { "path": "Qwen2-VL-2B-Instruct", "trainable": "lora", "dtype": "bf16", "maxPixels": 401408 },
                     "rollout": { "prompts": 4, "generations": 8, "maxNewTokens": 512 },
                     "training": { "steps": 500, "loss": "dapo", "optimiser": "adam_w", "learningRate": 1e-5, "maxGradientNorm": 1,
                                   "microBatchPrompts": 1, "activationCheckpointing": true, "warmupSteps": 20, "finalShare": 0 },
                     "evaluation": { "decoding": "greedy" },
                     "checkpoint": { "every": 50 } }"""
        | _ -> None

    /// Names of the presets.
    let names = [ "tiny-train"; "small"; "full"; "paper"; "qwen2-vl-lora" ]

    /// The fields that a preset sets, over those of the embedded world. Raises InputException on an unknown name.
    let find (name: string) : Json =
        match preset name with
        | None ->
            raise (
                InputException("--preset", "", "one of " + System.String.Join(", ", names), Nearest.found names name)
            )
        | Some text ->
            let share = 1.0 / float Embedded.domains.Length
            let weights = Json.Object [ for domain in Embedded.domains -> domain, Json.Number share ]
            let under = Json.Object [ "mixture", Json.Object [ "weights", weights ] ]
            Schema.overlay Fields.all under (Json.parse ("preset " + name) text)
