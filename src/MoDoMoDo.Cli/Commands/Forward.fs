namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Model

[<RequireQualifiedAccess>]
type ForwardArguments =
    | [<Mandatory>] Model of folder: string
    | Adapter of folder: string
    | [<Mandatory>] Inputs of file: string
    | [<Mandatory>] Out of file: string
    | What of names: string
    | Dtype of name: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Model _ -> "folder of the policy"
            | Adapter _ -> "folder of a LoRA adapter on top of the policy"
            | Inputs _ ->
                "safetensors with input_ids, attention_mask and, with images, pixel_values and image_grid_thw; other tensors are ignored"
            | Out _ -> "safetensors to write"
            | What _ ->
                "names with commas: logits (default), logps, logps_t07, entropies, position_ids, rope_deltas, mm_token_type_ids, vision_last_hidden, image_features, inputs_embeds, hidden_layer_0 ..., hidden_final; or all"
            | Dtype _ -> "fp32 (default) or bf16"

/// `modomodo forward`
module ForwardCommand =

    /// The names that --what lists; all = whatever these inputs have.
    let private wanted (config: PolicyConfig) (batch: TokenBatch) (given: string) : string[] =
        match given.Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries) with
        | [||] -> raise (InputException("--what", "", "at least one name", "nothing"))
        | [| "all" |] -> [|
            for name in RecordedForward.Names config do
                let ofImages = name = "vision_last_hidden" || name = "image_features"

                if not ofImages || batch.Images.Count > 0 then
                    name
          |]
        | names -> Array.distinct names

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<ForwardArguments> "forward" given

        let model, inputs, out =
            arguments.GetResult ForwardArguments.Model,
            arguments.GetResult ForwardArguments.Inputs,
            arguments.GetResult ForwardArguments.Out

        let dtype = arguments.GetResult(ForwardArguments.Dtype, defaultValue = "fp32")
        let device = ComputeDevice.Parse(Option.defaultValue "cpu" common.Device, dtype)
        common.Threads |> Option.iter (fun threads -> ComputeDevice.Threads <- threads)

        // Small files first: a wrong one is named before the weights are read.
        let config = PolicyConfig.Read model
        let batch = RecordedInputs.Read(inputs, config)
        let names = wanted config batch (arguments.GetResult(ForwardArguments.What, defaultValue = "logits"))
        use policy = Policy.Load(model, device)

        arguments.TryGetResult ForwardArguments.Adapter
        |> Option.iter (fun folder -> policy.LoadAdapter folder)

        try
            RecordedForward.Write(policy, batch, names, out)
        with e when Errors.lacksMemory e ->
            let help = "fewer or shorter rows in a file, or --dtype bf16, would help"
            let size = $"{batch.Rows} rows of {batch.Columns} tokens"
            raise (WorkException $"{inputs}: {size}: the memory does not suffice; {help}")

        Errors.Done

    let command = {
        Name = "forward"
        Summary = "run a policy on recorded inputs, to compare it with another implementation"
        Examples = [
            "modomodo forward --model Qwen2-VL-2B-Instruct --inputs batch.safetensors --out logits.safetensors"
            "modomodo forward --model Qwen2.5-VL-3B-Instruct --inputs batch.safetensors --out all.safetensors --what logps,entropies --dtype bf16"
        ]
        Usage = Arguments.help<ForwardArguments> "forward"
        Run = run
    }
