namespace MoDoMoDo.Cli.Commands

open System
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Model
open MoDoMoDo.Training

[<RequireQualifiedAccess>]
type BenchArguments =
    | [<Mandatory>] Workload of file: string
    | Rounds of count: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Workload _ -> "a workload: architecture, prompts, generations, tokens"
            | Rounds _ -> "timed rounds; default 3"

[<RequireQualifiedAccess>]
type CheckpointArguments =
    | [<Mandatory>] Workload of file: string
    | [<Mandatory>] Out of folder: string
    | Layers of count: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Workload _ -> "a workload: architecture, text tokens of the prompt, tokens to generate"
            | Out _ -> "folder for the checkpoint; removed at the end"
            | Layers _ -> "use so many of the decoder's layers, and as large a share of the tower's blocks"

/// `modomodo bench grpo`, `modomodo bench checkpoint` and `modomodo bench decode`
module BenchCommand =

    let private run
        (name: string)
        (measure: Workload * int * string -> BenchmarkResult)
        (common: Common)
        (given: string[])
        =
        let arguments = Arguments.parse<BenchArguments> name given
        let rounds = arguments.GetResult(BenchArguments.Rounds, defaultValue = 3)

        if rounds < 1 then
            raise (InputException("--rounds", "", "at least 1", string rounds))

        let workload = Workload.Read(arguments.GetResult BenchArguments.Workload)
        common.Threads |> Option.iter (fun threads -> ComputeDevice.Threads <- threads)
        let result = measure (workload, rounds, Option.defaultValue "cpu" common.Device)

        for KeyValue(stage, seconds) in result.Stages do
            Console.Error.WriteLine(stage.PadRight 18 + " " + Json.line (Json.Number(Math.Round(seconds, 4))) + " s")

        Console.Out.WriteLine(
            Json.line (
                Json.Object [
                    "workload", Json.Text result.Workload
                    "seconds_min", Json.Number result.SecondsMin
                    "seconds_median", Json.Number result.SecondsMedian
                    "tokens_per_s", Json.Number result.TokensPerSecond
                    "peak_mib", Json.Number result.PeakMib
                ]
            )
        )

        Errors.Done

    let private command name summary measure = {
        Name = name
        Summary = summary
        Examples = [ "modomodo " + name + " --workload workload.json --rounds 5 --threads 2" ]
        Usage = Arguments.help<BenchArguments> name
        Run = run name measure
    }

    /// Layers of the decoder and blocks of the tower, both scaled, so that a machine with less memory can run it.
    let private shortened (layers: int option) (workload: Workload) =
        match layers with
        | None -> workload
        | Some count ->
            let config = workload.Config

            if count < 1 || count > config.Decoder.Layers then
                raise (InputException("--layers", "", $"1 to {config.Decoder.Layers}", string count))

            workload.OfLayers count

    let private runCheckpoint (common: Common) (given: string[]) =
        let arguments = Arguments.parse<CheckpointArguments> "bench checkpoint" given
        let workload = Workload.Read(arguments.GetResult CheckpointArguments.Workload)
        ComputeDevice.Threads <- Option.defaultValue ComputeDevice.Threads common.Threads

        CheckpointBenchmark.Run(
            shortened (arguments.TryGetResult CheckpointArguments.Layers) workload,
            arguments.GetResult CheckpointArguments.Out,
            fun line ->
                Console.Out.WriteLine(
                    line.Name.PadRight 24 + Json.line (Json.Number(Math.Round(line.Value, 3))) + " " + line.Unit
                )
        )

        Errors.Done

    let checkpoint = {
        Name = "bench checkpoint"
        Summary =
            "take a checkpoint of real size with random weights the whole way: build, save, load, generate, one LoRA step"
        Examples = [
            "modomodo bench checkpoint --workload decode_2b.json --out /tmp/checkpoint --threads 2"
            "modomodo bench checkpoint --workload decode_2b.json --out /tmp/checkpoint --layers 14"
        ]
        Usage = Arguments.help<CheckpointArguments> "bench checkpoint"
        Run = runCheckpoint
    }

    let grpo =
        command "bench grpo" "time whole GRPO steps on a workload" (fun (w, rounds, device) ->
            StepBenchmark.Run(w, rounds, device))

    let decode =
        command "bench decode" "time sampling alone on a workload" (fun (w, rounds, device) ->
            StepBenchmark.Decode(w, rounds, device))
