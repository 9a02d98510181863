/// Deliberate breaks of the source, each of which a test must notice.
module Mutants

open System
open System.IO
open Shell

/// One break: a text that stands once in a file, what replaces it, and the tests that must fail then.
type Mutant = { Breaks: string; File: string; From: string; To: string; Tests: string }

let private mutant breaks file from into tests = { Breaks = breaks; File = file; From = from; To = into; Tests = tests }

let all = [
    mutant
        "biased standard deviation of a group"
        "src/MoDoMoDo.Domain/Advantage.fs"
        "/ float (ks.Length - 1))"
        "/ float ks.Length)"
        "MoDoMoDo.Domain.Tests"
    mutant
        "a token's uniform does not depend on its position"
        "src/MoDoMoDo.Domain/Rng.fs"
        "[ step; prompt; row; position ]"
        "[ step; prompt; row; position &&& 0 ]"
        "MoDoMoDo.Domain.Tests"
    mutant
        "weights that are read back move by a bit"
        "src/MoDoMoDo.Domain/Weights.fs"
        "Rounding = 1e-12"
        "Rounding = -1.0"
        "MoDoMoDo.Domain.Tests"
    mutant
        "thousandths are truncated instead of rounded"
        "src/MoDoMoDo.Domain/Geometry.fs"
        "roundEven (x / float side * 1000.0)"
        "floor (x / float side * 1000.0)"
        "MoDoMoDo.Domain.Tests"
    mutant
        "the upper clip range is ignored"
        "src/MoDoMoDo.Training/Loss/GrpoLoss.cs"
        "ratio.clamp(1 - options.EpsilonLow, 1 + options.EpsilonHigh)"
        "ratio.clamp(1 - options.EpsilonLow, 1 + options.EpsilonLow)"
        "Goldens"
    mutant
        "dapo is a mean over rows"
        "src/MoDoMoDo.Training/Loss/GrpoLoss.cs"
        "_ => sums.sum() / n.Tokens,"
        "_ => sums.sum() / n.Rows,"
        "Goldens"
    mutant
        "biases and norms decay too"
        "src/MoDoMoDo.Training/Update/Optimiser.cs"
        "decayed.Contains(name) ? weightDecay : 0"
        "weightDecay"
        "Goldens"
    mutant
        "text after an image starts one place late"
        "src/MoDoMoDo.Model/Positions.cs"
        "next += Math.Max(rows, columns);"
        "next += Math.Max(rows, columns) + 1;"
        "Goldens"
    mutant
        "the position of a generated token is one too large"
        "src/MoDoMoDo.Model/Generation.cs"
        "next[row] + ids[row].Count - 1"
        "next[row] + ids[row].Count"
        "Goldens"
    mutant
        "top-k drops ties at its border"
        "src/MoDoMoDo.Model/TokenSampler.cs"
        "scores < least"
        "scores <= least"
        "Goldens"
    mutant
        "a domain may run ahead of its quota"
        "src/MoDoMoDo.Mixtures/Quota.fs"
        "float counts[i] < n * weights[i] - rounding"
        "float counts[i] < n * weights[i] + 1.0"
        "MoDoMoDo.Mixtures.Tests"
    mutant
        "an answer inside the thought counts"
        "src/MoDoMoDo.Verifiers/Scan.fs"
        "(afterLast \"</think>\" >> Ok)\n    >=> lastElement"
        "Ok\n    >=> lastElement"
        "MoDoMoDo.Verifiers.Tests"
    mutant
        "a tag inside a block keeps the format"
        "src/MoDoMoDo.Verifiers/Format.fs"
        "Scan.count tag text <> 1"
        "Scan.count tag text < 1"
        "MoDoMoDo.Verifiers.Tests"
    mutant
        "ANLS divides by the length before normalisation"
        "src/MoDoMoDo.Verifiers/TextMetrics.fs"
        "let length text = (Text.codePoints (Text.simple text)).Length"
        "let length (text: string) = text.Length"
        "MoDoMoDo.Laws.Tests"
    mutant
        "the tolerance of relaxed accuracy is absolute"
        "src/MoDoMoDo.Verifiers/TextMetrics.fs"
        "tolerance * Rational.Abs g.Value"
        "tolerance"
        "MoDoMoDo.Laws.Tests"
    mutant
        "the cosine reward turns again beyond the longest length"
        "src/MoDoMoDo.Verifiers/Length.fs"
        "(min 1.0 (float length / float longest))"
        "(float length / float longest)"
        "MoDoMoDo.Laws.Tests"
    mutant
        "a predicted box need not be valid for GIoU"
        "src/MoDoMoDo.Verifiers/Boxes/Overlap.fs"
        "a.IsValid && b.IsValid) then\n        -1.0"
        "a.IsValid) then\n        -1.0"
        "MoDoMoDo.Verifiers.Tests"
    mutant
        "the difference of mask runs starts one run early"
        "src/MoDoMoDo.Verifiers/Boxes/Masks.fs"
        "if i > 2 then count"
        "if i > 1 then count"
        "MoDoMoDo.Laws.Tests"
    mutant
        "centimetres are metres"
        "src/MoDoMoDo.Verifiers/Math/AnswerEquality.fs"
        "Units.same unitA unitB"
        "(Units.same unitA unitB || Units.same unitA unitA)"
        "MoDoMoDo.Laws.Tests"
    mutant
        "an insertion after a deletion is free"
        "src/MoDoMoDo.Verifiers/TextMetrics.fs"
        "(1 + min row[j] row[j - 1])"
        "(min row[j] (1 + row[j - 1]))"
        "MoDoMoDo.Laws.Tests"
    mutant
        "a gate that scores 0 is open"
        "src/MoDoMoDo.Verifiers/Combine.fs"
        "when passed.Value > 0.0"
        "when passed.Value >= 0.0"
        "MoDoMoDo.Laws.Tests"
]

/// How a mutant ended.
type private Outcome =
    | Noticed
    | Unnoticed
    | NotBuilt

let private tryOne (copy: string) (mutant: Mutant) =
    let file = Path.Combine(copy, mutant.File)
    let original = File.ReadAllText file
    let tests = "tests/" + mutant.Tests

    try
        File.WriteAllText(file, original.Replace(mutant.From, mutant.To))

        // One process: MSBuild's helpers may miss each other on a busy machine, and then it waits for ever.
        if exitCodeIn copy "dotnet" [ "build"; "-c"; "Release"; "-v"; "quiet"; "--nologo"; "-m:1"; tests ] <> 0 then
            NotBuilt
        elif exitCodeIn copy "dotnet" [ "test"; "-c"; "Release"; "--no-build"; "--project"; tests ] <> 0 then
            Noticed
        else
            Unnoticed
    finally
        File.WriteAllText(file, original)

/// Breaks that no longer fit the source: their text stands there not once.
let stale () =
    all |> List.filter (fun mutant -> (File.ReadAllText(at mutant.File)).Split(mutant.From).Length <> 2)

/// Tries every break of the files whose path holds a text (of all files: "") on a copy of the last commit; raises Stop unless
/// each is noticed.
let run (files: string) : unit =
    let chosen = all |> List.filter _.File.Contains(files, StringComparison.Ordinal)

    if chosen.IsEmpty then
        raise (Stop(2, $"no break in a file named '{files}'"))

    for mutant in stale () do
        raise (Stop(1, $"{mutant.File}: '{mutant.From}' stands there not once: mend eng/Mutants.fs"))

    let copy = Path.Combine(Path.GetTempPath(), "modomodo-mutants-" + Guid.NewGuid().ToString "N")
    Shell.run "git" [ "clone"; "--quiet"; root; copy ]

    try
        let outcomes = chosen |> List.map (fun mutant -> mutant, tryOne copy mutant)

        for mutant, outcome in outcomes do
            printfn $"%-10s{string outcome} {mutant.Breaks}"

        match outcomes |> List.filter (fun (_, outcome) -> outcome <> Noticed) with
        | [] -> printfn $"all {chosen.Length} breaks are noticed"
        | missed -> raise (Stop(1, $"{missed.Length} of {chosen.Length} breaks are not noticed"))
    finally
        Directory.Delete(copy, true)
