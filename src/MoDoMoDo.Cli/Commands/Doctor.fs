namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Experiments
open MoDoMoDo.Model
open MoDoMoDo.Training

[<RequireQualifiedAccess>]
type DoctorArguments =
    | Settings of file: string
    | Set of assignment: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Settings _ -> "say whether a run with these settings fits into the memory and onto the disk here"
            | Set _ -> "path.to.field=value on top of the settings; may be repeated"

/// `modomodo doctor`
module DoctorCommand =

    let private line (name: string) (value: string) = Console.Out.WriteLine(name.PadRight 14 + value)

    let private attempt (work: unit -> string) : string =
        try
            work ()
        with e ->
            "no: " + snd (Errors.describe e)

    let private mebibytes (bytes: int64) = string (bytes / 1048576L) + " MiB"

    let private gigas (x: float) = Json.line (Json.Number(Math.Round(x / 1e9, 1)))

    let private hasBrowser () =
        (string (Environment.GetEnvironmentVariable "PATH")).Split Path.PathSeparator
        |> Array.exists (fun folder -> File.Exists(Path.Combine(folder, "chromium")))

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<DoctorArguments> "doctor" given

        for version in Version.lines () do
            Console.Out.WriteLine version

        line "processors" (string Environment.ProcessorCount)
        line "memory" (mebibytes (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes))
        line "cache" (WorldStart.cache ())

        let device = Option.defaultValue "cpu" common.Device

        line
            "device"
            (attempt (fun () ->
                ComputeDevice.Parse device |> ignore
                device))

        line "threads" (attempt (fun () -> string ComputeDevice.Threads))

        line
            "bf16"
            (attempt (fun () ->
                ComputeDevice.Parse(device, "bf16") |> ignore
                "yes"))

        line
            "cuda"
            (try
                ComputeDevice.Parse "cuda" |> ignore
                "yes"
             with _ ->
                 "no: it takes a build with -p:Torch=cuda and a device (docs/cuda.md)")

        line "arithmetic" (attempt (fun () -> gigas (MachineSpeed.Arithmetic()) + " GFLOP/s (32-bit products)"))
        line "bandwidth" (attempt (fun () -> gigas (MachineSpeed.Bandwidth()) + " GB/s (read)"))

        line
            "chromium"
            (if hasBrowser () then
                 "yes"
             else
                 "no: the test that draws reports in a browser is skipped (apt-get install chromium)")

        match arguments.TryGetResult DoctorArguments.Settings with
        | Some file ->
            let settings = RunInput.settings common (Some file) "" (arguments.GetResults DoctorArguments.Set)

            for text in DryRun.fit settings "." do
                Console.Out.WriteLine text
        | None -> ()

        Errors.Done

    let command = {
        Name = "doctor"
        Summary = "what this machine offers: device, natives, memory, threads, measured speed, what is missing"
        Examples = [
            "modomodo doctor"
            "modomodo doctor --device cuda"
            "modomodo doctor --settings run.json --set model.path=Qwen2-VL-2B-Instruct"
        ]
        Usage = Arguments.help<DoctorArguments> "doctor"
        Run = run
    }
