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

/// `bench images`: the page's section about it.
let private images (modomodo: string list -> string * string) : string list =
    let result, _ = modomodo [ "bench"; "images"; "--threads"; "1" ]
    use json = JsonDocument.Parse result
    let milliseconds name = number "0.00" (1000.0 * figure json.RootElement name)

    [
        "## Images"
        ""
        "From the bytes of a file to patches as the model reads them, on one core: decode, Pillow's bicubic bit for bit, patches. Least"
        "of each stage over many images; `dotnet fsi build.fsx bench images` renews this section alone."
        ""
        provenance ()
        ""
        "| image | images/s | decode, ms | resize, ms | patches, ms | all, least | median |"
        "|---|---|---|---|---|---|---|"
        [
            json.RootElement.GetProperty("workload").GetString()
            number "0.0" (figure json.RootElement "images_per_s")
            milliseconds "decode"
            milliseconds "resize"
            milliseconds "patches"
            milliseconds "seconds_min"
            milliseconds "seconds_median"
        ]
        |> String.concat " | "
        |> sprintf "| %s |"
    ]

let private page (doctor: string) (measured: (string * string) list) (images: string list) = [
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
    yield! images
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

/// The page with one section renewed, or put before the others when it is new.
let private renewed (page: string[]) (section: string list) : string[] =
    let heading (from: int) =
        Seq.tryFindIndex (fun (line: string) -> line.StartsWith "## ") page[from..]
        |> Option.map ((+) from)
        |> Option.defaultValue page.Length

    let start = Array.tryFindIndex ((=) section.Head) page |> Option.defaultValue (heading 0)

    let stop =
        if start < page.Length && page[start] = section.Head then
            heading (start + 1)
        else
            start

    Array.concat [ page[.. start - 1]; [| yield! section; "" |]; page[stop..] ]

let private workloads (modomodo: string list -> string * string) (name: string option) : (string * string) list =
    let folder = at "../shared/workloads"

    if not (Directory.Exists folder) then
        raise (Stop(2, "../shared/workloads: wanted the folder of workloads, found none"))

    let wanted = rows |> List.filter (fun row -> name |> Option.forall ((=) row.Workload))

    if wanted.IsEmpty then
        let known = "images" :: List.map _.Workload rows |> List.distinct |> String.concat ", "
        raise (Stop(2, $"workload: wanted one of {known}, found {name.Value}"))

    List.iter (printfn "%s") header

    wanted
    |> List.map (fun row ->
        let file = Path.Combine(folder, row.Workload + ".json")
        let result, stages = modomodo [ "bench"; row.Command; "--workload"; file ]
        use json = JsonDocument.Parse result
        let text = line row json.RootElement
        printfn "%s" text
        text, $"{row.Command} {row.Workload}\n{stages}")

/// Measures the workloads of a name, or all; with all, writes docs/benchmarks.md.
let run (modomodo: string list -> string * string) (name: string option) : unit =
    match name with
    | Some "images" ->
        let section, file = images modomodo, at "docs/benchmarks.md"
        List.iter (printfn "%s") section
        File.WriteAllLines(file, renewed (File.ReadAllLines file) section)
    | Some _ -> workloads modomodo name |> ignore
    | None ->
        let measured = workloads modomodo None
        let images = images modomodo
        List.iter (printfn "%s") images
        let doctor, _ = modomodo [ "doctor" ]
        File.WriteAllLines(at "docs/benchmarks.md", page doctor measured images)
