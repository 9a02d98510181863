/// `modomodo bench` over the workloads beside the repository, and docs/benchmarks.md from its figures.
module Bench

open System
open System.Globalization
open System.IO
open System.Text.Json
open Shell

/// What the reference libraries took for a workload, where that was measured.
type Reference = { Seconds: float option; TokensPerSecond: float option; PeakMiB: float }

/// One row of the page: what is run, and what stands beside it.
type Row = { Command: string; Workload: string; Reference: Reference }

/// TRL 1.16 and transformers 5.23 on torch 2.13, two threads, fp32, measured once on a quiet machine of two cores with
/// AVX-512 (workloads/README.md); of a range the faster end.
let rows = [
    let step command workload seconds peak = {
        Command = command
        Workload = workload
        Reference = { Seconds = Some seconds; TokensPerSecond = None; PeakMiB = peak }
    }

    let decode workload tokens peak = {
        Command = "decode"
        Workload = workload
        Reference = { Seconds = None; TokensPerSecond = Some tokens; PeakMiB = peak }
    }

    step "grpo" "world_step" 0.70 1050.0
    step "grpo" "tiny_short" 0.32 733.0
    step "grpo" "tiny_long" 3.3 2100.0
    step "grpo" "mid_long" 20.0 6100.0
    decode "tiny_short" 8650.0 733.0
    decode "decode_mid" 1233.0 611.0
]

let private number (format: string) (value: float) = value.ToString(format, CultureInfo.InvariantCulture)

let private figure (json: JsonElement) (name: string) = json.GetProperty(name).GetDouble()

/// How many times as fast as the reference.
let private speedUp row json =
    match row.Reference with
    | { Seconds = Some seconds } -> seconds / figure json "seconds_min"
    | { TokensPerSecond = Some tokens } -> figure json "tokens_per_s" / tokens
    | _ -> nan

let private line row (json: JsonElement) =
    let reference =
        match row.Reference with
        | { Seconds = Some seconds } -> $"""{number "0.00" seconds} s"""
        | { TokensPerSecond = Some tokens } -> $"""{number "0" tokens} tokens/s"""
        | _ -> ""

    [
        $"{row.Command} {row.Workload}"
        number "0.000" (figure json "seconds_min")
        number "0.000" (figure json "seconds_median")
        number "0" (figure json "tokens_per_s")
        number "0" (figure json "peak_mib")
        reference
        number "0" row.Reference.PeakMiB
        number "0.0" (speedUp row json)
    ]
    |> String.concat " | "
    |> sprintf "| %s |"

let private header = [
    "| workload | seconds, least | median | tokens/s | peak MiB | reference | its peak MiB | times as fast |"
    "|---|---|---|---|---|---|---|---|"
]

let private processor () =
    File.ReadLines "/proc/cpuinfo"
    |> Seq.tryFind (fun text -> text.StartsWith "model name")
    |> Option.map (fun text -> text[text.IndexOf ':' + 1 ..].Trim())
    |> Option.defaultValue "unknown processor"

/// Day, commit and processor of a measurement.
let provenance () =
    let day = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
    let commit = (output "git" [ "rev-parse"; "--short"; "HEAD" ]).Trim()
    $"{day}, commit {commit}, {Environment.ProcessorCount} cores of {processor ()}."

let private page (doctor: string) (measured: (string * string) list) = [
    "# Speed"
    ""
    "Written by `dotnet fsi build.fsx bench`: whole GRPO steps and decoding alone, on the workloads of ../shared/workloads, whose"
    "README says what is timed. The reference column is TRL 1.16 with transformers 5.23 and torch 2.13 on two threads, measured"
    "once on a quiet machine of two cores; it was not run here. Least and median are over the rounds of one run."
    ""
    provenance ()
    ""
    yield! header
    yield! List.map fst measured
    ""
    "## The machine, measured in the same run"
    ""
    "```"
    doctor.TrimEnd()
    "```"
    ""
    "## Where the time goes"
    ""
    "```"
    yield! measured |> List.map (fun (_, stages) -> stages.TrimEnd())
    "```"
]

/// Measures the workloads of a name, or all; with all, writes docs/benchmarks.md.
let run (modomodo: string list -> string * string) (name: string option) : unit =
    let folder = at "../shared/workloads"

    if not (Directory.Exists folder) then
        raise (Stop(2, "../shared/workloads: wanted the folder of workloads, found none"))

    let wanted = rows |> List.filter (fun row -> name |> Option.forall ((=) row.Workload))

    if wanted.IsEmpty then
        let known = rows |> List.map _.Workload |> List.distinct |> String.concat ", "
        raise (Stop(2, $"workload: wanted one of {known}, found {name.Value}"))

    List.iter (printfn "%s") header

    let measured =
        wanted
        |> List.map (fun row ->
            let file = Path.Combine(folder, row.Workload + ".json")
            let result, stages = modomodo [ "bench"; row.Command; "--workload"; file ]
            use json = JsonDocument.Parse result
            let text = line row json.RootElement
            printfn "%s" text
            text, $"{row.Command} {row.Workload}\n{stages}")

    if name.IsNone then
        let doctor, _ = modomodo [ "doctor" ]
        File.WriteAllLines(at "docs/benchmarks.md", page doctor measured)
