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
    | [<Hidden>] Unused

    interface IArgParserTemplate with
        member _.Usage = ""

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
        Arguments.parse<DoctorArguments> "doctor" given |> ignore

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

        Errors.Done

    let command = {
        Name = "doctor"
        Summary = "what this machine offers: device, natives, memory, threads, measured speed, what is missing"
        Examples = [ "modomodo doctor"; "modomodo doctor --device cuda" ]
        Usage = Arguments.help<DoctorArguments> "doctor"
        Run = run
    }
