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

/// `modomodo bench grpo` and `modomodo bench decode`
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

    let grpo =
        command "bench grpo" "time whole GRPO steps on a workload" (fun (w, rounds, device) ->
            StepBenchmark.Run(w, rounds, device))

    let decode =
        command "bench decode" "time sampling alone on a workload" (fun (w, rounds, device) ->
            StepBenchmark.Decode(w, rounds, device))
