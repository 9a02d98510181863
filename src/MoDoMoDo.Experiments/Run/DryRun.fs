namespace MoDoMoDo.Experiments

open System
open System.Globalization
open MoDoMoDo.Domain
open MoDoMoDo.Training

/// What a run would need, before it is started.
module DryRun =

    let private shown (digits: int) (x: float) = x.ToString("N" + string digits, CultureInfo.InvariantCulture)
    let private mebibytes (bytes: float) = shown 0 (bytes / 1048576.0) + " MiB"

    /// Batches of a run: each serves several optimiser steps where there are several passes over it.
    let private batches (s: Settings) =
        let stepsPerBatch = s.Whole "training.iterations" * s.Whole "training.stepsPerIteration"
        (s.Whole "training.steps" + stepsPerBatch - 1) / stepsPerBatch

    /// What a process with libtorch takes before there is any policy.
    let private processBytes = 250.0 * 1048576.0

    /// Bytes of the optimiser's state for each trained parameter.
    let private stateBytes (s: Settings) =
        let master = if s.Text "model.dtype" = "bf16" then 4.0 else 0.0
        master + (if s.Text "training.optimiser" = "adam_w" then 8.0 else 4.0)

    /// Floating-point operations of a run: 2 for each parameter and token sampled or read, 6 for each one trained on.
    let private operations (s: Settings) (parameters: float) (promptTokens: float) (tokens: float) =
        let prompts = float (batches s * s.Whole "rollout.prompts")
        let passes = float (s.Whole "training.iterations")

        parameters
        * (2.0 * (prompts * promptTokens + tokens) + 6.0 * passes * (prompts * promptTokens + tokens))

    /// The lines to print: tokens, memory, disk, time and epochs by domain. Raises InputException where training would. The
    /// time is an estimate from the machine's measured arithmetic; small policies, bound by the number of operations, take longer.
    let lines (s: Settings) : string list =
        let notices = Collections.Generic.List<string>()
        let domains = Sources.domains notices.Add s |> Array.map fst
        Sources.checkVerifiers domains
        use policy = (StartingPolicy.create notices.Add Threading.CancellationToken.None s).Invoke()
        let parameters = policy.NamedParameters |> Seq.sumBy (fun p -> float (p.Value.numel ()))
        let bytes = if s.Text "model.dtype" = "bf16" then 2.0 else 4.0

        let trained =
            policy.NamedParameters
            |> Seq.filter (fun p -> s.Text "model.trainable" = "all" || not (MoDoMoDo.Model.Policy.IsTower p.Key))
            |> Seq.sumBy (fun p -> float (p.Value.numel ()))

        let promptTokens =
            domains
            |> Array.averageBy (fun d ->
                float
                    (policy.Encode(Prompt.render d.Template (d.Source.Get 0), MoDoMoDo.Data.ImageSource())).Ids.Length)

        let prompts = batches s * s.Whole "rollout.prompts"
        let completions = prompts * s.Whole "rollout.generations"
        let tokens = float completions * float (s.Whole "rollout.maxNewTokens")

        let logits =
            float (
                s.Whole "rollout.generations"
                * s.Whole "rollout.maxNewTokens"
                * policy.Config.Decoder.VocabularySize
            )
            * 4.0

        let perPass =
            match s.Whole "training.microBatchPrompts" with
            | 0 -> s.Whole "rollout.prompts"
            | n -> n

        // About 24 numbers of the hidden width are kept for each token and layer until the backward pass.
        let passTokens =
            float perPass
            * (promptTokens + float (s.Whole "rollout.generations" * s.Whole "rollout.maxNewTokens"))

        let decoder = policy.Config.Decoder
        let activations = passTokens * float (24 * decoder.HiddenSize * decoder.Layers) * bytes

        let memory =
            processBytes
            + parameters * bytes
            + trained * (bytes + stateBytes s)
            + 3.0 * logits * float perPass
            + activations

        let checkpoint = parameters * bytes + trained * stateBytes s

        let disk =
            checkpoint * float (s.Whole "checkpoint.keep")
            + 2.0 * parameters * bytes
            + float (s.Whole "log.imagesMiB") * 1048576.0

        let speed = MachineSpeed.Arithmetic()

        [
            yield! notices
            $"parameters      {shown 0 parameters}, trained {shown 0 trained}"
            $"prompts         {prompts} in {batches s} batches, about {shown 0 promptTokens} tokens each"
            $"completions     {completions}, at most {shown 0 tokens} tokens"
            $"memory          about {mebibytes memory} for the process, weights, gradients, optimiser, activations and logits"
            $"disk            about {mebibytes disk} for checkpoints, best, final and images"
            $"time            at least {shown 0 (operations s parameters promptTokens tokens / speed)} s at {shown 0 (speed / 1e9)} GFLOP/s, scoring apart"
            for domain in domains do
                let weight = s.Weights[domain.Name]
                let epochs = weight * float prompts / float domain.Source.Count
                $"{domain.Name.PadRight 15} {shown 0 (weight * float prompts)} prompts of {domain.Source.Count}: {shown 2 epochs} epochs"
        ]
