// A million random and mutated texts through every verifier: no exception, and no verdict over its time limit.
//   dotnet fsi experiments/06-verifier-fuzz/run.fsx [FIRST LAST]
// Works in a hundred pieces of 10 000 texts, each a function of its number alone, and appends a line for each to log.csv beside
// this script. Pieces that stand there are not done again; several runs may share the work by ranges of pieces.
#load "../load.fsx"

open System
open System.Collections.Generic
open System.Diagnostics
open System.Globalization
open System.IO
open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Domain
open MoDoMoDo.Laws
open MoDoMoDo.Verifiers

let texts = 10_000
let pieces = 100

/// Longest time for a verdict, in milliseconds of processor time.
let limit = 250.0

let log = Path.Combine(__SOURCE_DIRECTORY__, "log.csv")

/// The pure verifiers, each with its own example's sample.
let subjects = [|
    for entry in Catalogue.entries -> struct (entry.Name, entry.Make(Dictionary<string, string>()), fst entry.Example)
|]

/// Completions that earn something: examples of the catalogue and right answers of every family.
let honest =
    Gen.oneof [
        Catalogue.entries |> Array.map (fun entry -> snd entry.Example) |> Gen.elements
        gen {
            let! family = Gen.elements Families.all
            let! case = family.Cases
            let! wrapping = Gen.elements Families.wrappings
            return wrapping.Wrap "so" case.Right
        }
    ]

let completions =
    Gen.frequency [
        1, Hostile.text
        1, Hostile.tagless |> Gen.map (fun text -> $"<think>so</think><answer>{text}</answer>")
        8, Hostile.mutated honest
    ]

/// Golds as hostile as the answers, for one text in eight.
let golds =
    Gen.oneof [
        Families.all |> List.map (fun family -> family.Cases |> Gen.map (_.Sample >> Some)) |> Gen.oneof
        Hostile.mutated (Notations.any |> Gen.map _.Same.Head)
        |> Gen.map (fun gold -> Some(Sample.Create("", "", "", [||], Gold.Text [| gold |])))
        yield! List.replicate 6 (Gen.constant None)
    ]

let outcomes = [| "score"; "no_answer"; "refused"; "unscorable" |]

let processorTime work =
    let before = Environment.CpuUsage.TotalTime
    work () |> ignore
    (Environment.CpuUsage.TotalTime - before).TotalMilliseconds

/// Judges the texts of one piece; gives its line of the log. Raises when a verdict does or takes too long.
let run (piece: int) =
    let counts = Dictionary<string, int>()
    let mutable slowest = struct (0.0, "")
    let clock = Stopwatch.StartNew()

    for text, gold in Gen.sampleWithSeed (Rnd(uint64 piece)) 50 texts (Gen.zip completions golds) do
        for struct (name, reward, own) in subjects do
            let judge () = reward (Attempt.Create(defaultArg gold own, text))
            let start = Stopwatch.GetTimestamp()

            let verdict =
                try
                    judge ()
                with e ->
                    failwith
                        $"piece {piece}: {name} raised {e.GetType().Name}: {e.Message} on %A{text} with gold %A{gold}"

            counts[verdict.Outcome] <- counts.GetValueOrDefault verdict.Outcome + 1
            let elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds
            let struct (most, _) = slowest

            // The clock also runs while other programs have the processor: what looks slow is measured again.
            if elapsed > max 5.0 most then
                let again = Seq.init 3 (fun _ -> processorTime judge) |> Seq.min

                if again > limit then
                    failwith $"piece {piece}: {name} took {again} ms on %A{text} with gold %A{gold}"

                if again > most then
                    slowest <- struct (again, name)

    let struct (most, name) = slowest

    [
        string piece
        string texts
        string (texts * subjects.Length)
        yield! outcomes |> Array.map (fun outcome -> string (counts.GetValueOrDefault outcome))
        most.ToString("0.0", CultureInfo.InvariantCulture)
        name
        clock.Elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)
    ]
    |> String.concat ","

if not (File.Exists log) then
    File.WriteAllText(
        log,
        "piece,texts,verdicts," + String.Join(",", outcomes) + ",slowest_ms,slowest_verifier,seconds\n"
    )

let first, last =
    match fsi.CommandLineArgs with
    | [| _; first; last |] -> int first, int last
    | _ -> 1, pieces

let isFinished (piece: int) =
    File.ReadAllLines log
    |> Array.exists (fun line -> line.StartsWith($"{piece},", StringComparison.Ordinal))

for piece in first..last do
    if not (isFinished piece) then
        File.AppendAllText(log, run piece + "\n")
        eprintfn "piece %d is done" piece

let rows = File.ReadAllLines log |> Array.skip 1 |> Array.map _.Split(',')
let sum column = rows |> Array.sumBy (fun row -> int64 (row[column]: string))
let slowest = rows |> Array.maxBy (fun row -> Double.Parse(row[7], CultureInfo.InvariantCulture))

printfn
    "%d texts, %d verdicts: no exception, none over %g ms; slowest %s ms (%s)"
    (sum 1)
    (sum 2)
    limit
    slowest[7]
    slowest[8]
