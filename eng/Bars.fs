/// docs/verifiers-bars.md: how often the verifiers are right, beside other graders, and how fast they are.
module Bars

open System
open System.Globalization
open System.IO
open System.Text.Json
open Shell

let private milliseconds (row: JsonElement) (name: string) =
    match row.TryGetProperty name with
    | true, value -> value.GetDouble().ToString("0.00", CultureInfo.InvariantCulture)
    | _ -> ""

let private sizes = [ "ms_1kB"; "ms_10kB"; "ms_100kB"; "ms_1000kB" ]

/// A line of `modomodo bench verifiers` as a row of the table.
let private row (json: string) =
    use document = JsonDocument.Parse json
    let root = document.RootElement
    let name = string (root.GetProperty("verifier").GetString())

    name :: milliseconds root "batch_ms" :: List.map (milliseconds root) sizes
    |> String.concat " | "
    |> sprintf "| %s |"

/// The machine's load, so that times measured beside other work are known as such.
let private load () =
    let file = "/proc/loadavg"
    let average = if File.Exists file then (File.ReadAllText file).Split(' ')[0] else "unknown"
    $"Load of the machine at the end of the measurement: {average}; above the number of cores, times are too long."

let private page (rates: string) (speed: string list) = [
    "# Verifiers: how often right, how fast"
    ""
    "Written by `dotnet fsi build.fsx bars`. Cases and the verdicts of the other graders are those of"
    "../shared/data/verifiers, whose README says where they come from; the other graders were not run here. A case that has no"
    "true label, or whose label is a known quirk, is not counted in its set."
    ""
    Bench.provenance ()
    ""
    rates.TrimEnd()
    ""
    "## Speed, milliseconds"
    ""
    "`modomodo bench verifiers`: 64 completions of 2 kB in the usual form on one core, then the slowest of forty texts of each"
    "size (runs of brackets, tags, digits, formulas ...), bare and inside the tags. The fastest of the rounds counts."
    load ()
    ""
    "| verifier | 64 x 2 kB | 1 kB | 10 kB | 100 kB | 1 MB |"
    "|---|---|---|---|---|---|"
    yield! List.map row speed
]

/// Writes the page; `cases` prints the tables of recorded cases, `modomodo` runs the command line.
let run (cases: string) (modomodo: string list -> string * string) : unit =
    let speed, _ = modomodo [ "bench"; "verifiers" ]
    let lines = speed.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray
    File.WriteAllLines(at "docs/verifiers-bars.md", page cases lines)
    printfn "docs/verifiers-bars.md"
