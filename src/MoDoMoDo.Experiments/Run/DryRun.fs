namespace MoDoMoDo.Experiments

open System
open System.Globalization
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Model
open MoDoMoDo.Training

/// What a run would need, before it is started.
module DryRun =

    let private shown (digits: int) (x: float) = x.ToString("N" + string digits, CultureInfo.InvariantCulture)
    let private mebibytes (bytes: float) = shown 0 (bytes / 1048576.0) + " MiB"

    let private duration (seconds: float) =
        if seconds < 120.0 then shown 0 seconds + " s"
        elif seconds < 7200.0 then shown 0 (seconds / 60.0) + " min"
        else shown 1 (seconds / 3600.0) + " h"

    /// What a process with libtorch takes before there is any policy.
    let private processBytes = 280.0 * 1048576.0

    /// Shares of the machine's arithmetic that whole runs reach: the workloads of docs/benchmarks.md lie between them.
    let private leastShare, mostShare = 0.25, 0.5

    /// Prompts of a domain that are looked at for their length.
    let private looks = 5

    /// The figures that everything is computed from. Tokens are those of completions that are all of the longest.
    type private Size = {
        /// Batches of completions: each serves several optimiser steps where there are several passes over it.
        Batches: float
        Prompts: float
        PromptTokens: float
        Patches: float
        /// Completions of a prompt, and the longest one's tokens.
        Generations: float
        Length: float
        /// Parameters of the decoder and of the tower, and those that are trained.
        Decoder: float
        Tower: float
        Trained: float
        /// Bytes of a parameter, and of one that is trained: weight or adapter, gradient, optimiser's state.
        Bytes: float
        TrainedBytes: float
        /// Bytes of a trained parameter in a checkpoint.
        SavedBytes: float
        /// Items that are scored at the end.
        Scored: float
    }

    let private sizeOf (s: Settings) (policy: Policy) (domains: TrainingDomain[]) (scored: int) : Size =
        let encoded =
            domains
            |> Array.map (fun domain ->
                let step = max 1 (domain.Source.Count / looks)

                [| 0..step .. domain.Source.Count - 1 |]
                |> Array.map (fun i ->
                    policy.Encode(Prompt.render domain.Template (domain.Source.Get i), ImageSource())))

        let mean (figure: EncodedPrompt -> float) =
            Array.zip domains encoded
            |> Array.sumBy (fun (domain, prompts) -> s.Weights[domain.Name] * Array.averageBy figure prompts)

        let count (which: string -> bool) =
            policy.NamedParameters
            |> Seq.filter (fun p -> which p.Key)
            |> Seq.sumBy (fun p -> float (p.Value.numel ()))

        let stepsPerBatch = s.Whole "training.iterations" * s.Whole "training.stepsPerIteration"
        let decoder, tower = count (Policy.IsTower >> not), count Policy.IsTower
        let bytes = if s.Text "model.dtype" = "bf16" then 2.0 else 4.0
        let lora = StartingPolicy.trainsAdapter s
        let moments = if s.Text "training.optimiser" = "adam_w" then 8.0 else 4.0
        // Adapters are kept in 32 bits; weights of 16 bits have a copy in 32 bits beside the moments.
        let state = if lora || bytes = 4.0 then moments else moments + 4.0

        {
            Batches = ceil (float (s.Whole "training.steps") / float stepsPerBatch)
            Prompts = float (s.Whole "rollout.prompts")
            PromptTokens = mean (fun prompt -> float prompt.Ids.Length)
            Patches = mean (fun prompt -> prompt.Images |> Array.sumBy (fun image -> float (image.Grid.Cells 1)))
            Generations = float (s.Whole "rollout.generations")
            Length = float (s.Whole "rollout.maxNewTokens")
            Decoder = decoder
            Tower = tower
            Trained =
                if lora then policy.Trainable |> Seq.sumBy (fun p -> float (p.Value.numel ()))
                elif s.Text "model.trainable" = "all" then decoder + tower
                else decoder
            Bytes = bytes
            TrainedBytes = if lora then 8.0 + state else bytes + state
            SavedBytes = if lora then 4.0 + state else state
            Scored = float scored
        }

    /// Seconds at a share of the machine's arithmetic: 2 operations for each parameter and token or patch that is read, 6 for
    /// each one trained on; a sampled token takes at least the time to read all weights.
    let private seconds (s: Settings) (z: Size) (arithmetic: float) (bandwidth: float) (share: float) =
        let speed = arithmetic * share
        let batchTokens = z.Prompts * (z.PromptTokens + z.Generations * z.Length)
        let trainsTower = z.Trained > z.Decoder

        let readings =
            let passes = 3.0 * float (s.Whole "training.iterations")
            let old = if z.Batches < float (s.Whole "training.steps") then 1.0 else 0.0
            let reference = if s.Number "training.beta" <> 0.0 then 1.0 else 0.0
            passes + old + reference

        let prefill = 2.0 * z.Decoder * z.Prompts * z.PromptTokens
        let update = 2.0 * z.Decoder * readings * batchTokens
        let tower = 2.0 * z.Tower * z.Prompts * z.Patches * (if trainsTower then 1.0 + readings else 1.0)

        let sampling =
            z.Length
            * max (2.0 * z.Decoder * z.Prompts * z.Generations / speed) (z.Decoder * z.Bytes / bandwidth)

        let scoring =
            let answers =
                if s.Text "evaluation.decoding" = "greedy" then
                    1
                else
                    s.Whole "evaluation.samples"

            let tokens = z.PromptTokens + float answers * z.Length
            z.Scored * 2.0 * (z.Decoder * tokens + z.Tower * z.Patches)

        z.Batches * ((prefill + update + tower) / speed + sampling) + scoring / speed

    let private memory (s: Settings) (policy: Policy) (z: Size) =
        let decoder = policy.Config.Decoder

        let together =
            match s.Whole "training.microBatchPrompts" with
            | 0 -> z.Prompts
            | n -> float n

        let positions =
            match s.Whole "training.logProbPositions" with
            | 0 -> 268435456.0 / 4.0 / float decoder.VocabularySize
            | n -> float n

        let logits = min positions (together * z.Generations * z.Length) * float decoder.VocabularySize * 4.0

        // About 24 numbers of the hidden width are kept for each token and layer until the backward pass; of layers that
        // are computed again their input, and of one of them the rest.
        let tokens = together * (z.PromptTokens + z.Generations * z.Length)

        let numbers =
            if s.Switch "training.activationCheckpointing" then
                decoder.Layers + 24
            else
                24 * decoder.Layers

        let activations = tokens * float (numbers * decoder.HiddenSize) * z.Bytes

        let sampledTogether =
            match s.Whole "rollout.promptsAtOnce" with
            | 0 -> z.Prompts
            | n -> float n

        // Keys and values of all columns, and of those of the prompt once more.
        let cache =
            sampledTogether
            * z.Generations
            * (z.PromptTokens + z.Length)
            * float (2 * decoder.Layers * decoder.KeyValueHeads * decoder.HeadWidth)
            * z.Bytes

        let reference =
            if s.Number "training.beta" <> 0.0 && not (StartingPolicy.startsAtBase s) then
                2.0
            else
                1.0

        processBytes
        + (z.Decoder + z.Tower) * z.Bytes * reference
        + z.Trained * z.TrainedBytes
        + max (4.0 * logits + activations) cache

    let private disk (s: Settings) (z: Size) =
        let policy = (z.Decoder + z.Tower) * z.Bytes
        let weights = if StartingPolicy.trainsAdapter s then 0.0 else policy
        let checkpoint = weights + z.Trained * z.SavedBytes

        // best/ and final/, the checkpoints that are kept and the one being written, and the budget of pictures.
        checkpoint * float (s.Whole "checkpoint.keep" + 1)
        + 2.0 * policy
        + float (s.Whole "log.imagesMiB") * 1048576.0

    /// Whether it fits, and what would help.
    let private fits (needed: float) (there: float) (help: string) =
        if needed <= there then
            $"fits into the {mebibytes there} that are free"
        else
            $"DOES NOT FIT into the {mebibytes there} that are free; {help} would help"

    let private memoryHelp (s: Settings) =
        String.Join(
            ", ",
            [
                if s.Text "model.dtype" <> "bf16" then
                    "model.dtype=bf16"
                if not (StartingPolicy.trainsAdapter s) then
                    "model.trainable=lora"
                if s.Whole "training.microBatchPrompts" <> 1 then
                    "training.microBatchPrompts=1"
                if not (s.Switch "training.activationCheckpointing") then
                    "training.activationCheckpointing=true"
                "a smaller rollout.promptsAtOnce"
                "a smaller model.maxPixels"
            ]
        )

    let private diskHelp (s: Settings) =
        if StartingPolicy.trainsAdapter s then
            "a smaller checkpoint.keep or log.imagesMiB"
        else
            "a smaller checkpoint.keep, model.dtype=bf16 or model.trainable=lora"

    /// Memory and disk, and whether they suffice here.
    let private needs (s: Settings) (folder: string) (policy: Policy) (z: Size) : string list =
        let memory, disk = memory s policy z, disk s z

        [
            $"memory          about {mebibytes memory}: process, weights, gradients, optimiser, activations, logits"
            "                " + fits memory (Machine.availableMemory ()) (memoryHelp s)
            $"disk            at most about {mebibytes disk}: checkpoints, best, final, pictures"
            "                " + fits disk (float (AtomicFolder.FreeBytes folder)) (diskHelp s)
        ]

    /// Items that the end of a run scores.
    let private scoredItems (s: Settings) (opened: (TrainingDomain * Benchmark)[]) : int =
        let limited count =
            match s.Whole "evaluation.limit" with
            | 0 -> count
            | limit -> min limit count

        let sources = [|
            for domain, test in opened do
                domain.HeldBack
                test.Source
            for benchmark in Sources.benchmarks ignore s All do
                benchmark.Source
        |]

        sources |> Array.sumBy (fun source -> limited source.Count)

    /// The lines to print: tokens, memory, disk, time and epochs by domain. All but the numbers of prompts and parameters are
    /// estimates: for completions of the longest, and a machine as fast as it is now. Raises InputException where training would.
    let lines (s: Settings) (folder: string) : string list =
        let notices = Collections.Generic.List<string>()
        ComputeDevice.Threads <- s.Whole "threads"
        let opened = Sources.domains notices.Add s
        let domains = Array.map fst opened
        Sources.checkVerifiers domains
        Sources.shapings s domains |> ignore
        use policy = StartingPolicy.outline notices.Add s
        let z = sizeOf s policy domains (scoredItems s opened)
        let prompts = z.Batches * z.Prompts
        let arithmetic = MachineSpeed.Arithmetic()
        let time = seconds s z arithmetic (MachineSpeed.Bandwidth())

        [
            yield! notices
            $"parameters      {shown 0 (z.Decoder + z.Tower)}, trained {shown 0 z.Trained}"
            $"prompts         {shown 0 prompts} in {shown 0 z.Batches} batches, about {shown 0 z.PromptTokens} tokens each"
            $"completions     {shown 0 (prompts * z.Generations)}, at most {shown 0 (prompts * z.Generations * z.Length)} tokens"
            yield! needs s folder policy z
            $"time            about {duration (time mostShare)} to {duration (time leastShare)}, the last scoring included, at {shown 0 (arithmetic / 1e9)} GFLOP/s with {ComputeDevice.Threads} threads"
            for domain in domains do
                let drawn = s.Weights[domain.Name] * prompts
                let epochs = drawn / float domain.Source.Count
                $"{domain.Name.PadRight 15} {shown 0 drawn} prompts of {domain.Source.Count}: {shown 2 epochs} epochs"
        ]

    /// The lines about memory and disk alone. Raises InputException where training would.
    let fit (s: Settings) (folder: string) : string list =
        let opened = Sources.domains ignore s
        use policy = StartingPolicy.outline ignore s
        needs s folder policy (sizeOf s policy (Array.map fst opened) 0)
