namespace MoDoMoDo.Verifiers

open System
open System.Collections.Generic
open MoDoMoDo.Domain

/// How a benchmark is scored.
type ScoringMode =
    /// As a reward should: no credit that the public scorers give away.
    | Strict = 0
    /// As the benchmark's public scorer does, its quirks included, for comparable figures.
    | Compat = 1

/// The scorers of the nine sets, for real rows and for the embedded world's sets of the same names ("world-sat").
module Benchmarks =

    let private answered (grade: Grader) = Judge.completion Scan.lenientAnswer grade

    let private accuracy = answered Grade.accuracy
    let private boxes options = answered (Grade.boxSet options)

    let private relaxedCompat: Grader =
        fun sample answer ->
            Judge.withGold (Golds.texts sample) (fun golds ->
                let hit = golds |> Array.exists (fun gold -> TextMetrics.relaxedCompat 0.05 gold answer)
                Judge.scored hit answer (String.concat " | " golds) "relaxed accuracy of lmms-eval")

    let private anlsCompat: Grader =
        fun sample answer ->
            Judge.withGold (Golds.texts sample) (fun golds ->
                Judge.withAnswer answer (String.concat " | " golds) (TextMetrics.anlsCompat 0.5 golds answer) (fun value ->
                    Judge.partly value answer (String.concat " | " golds) "ANLS of lmms-eval"))

    let private iou = answered (Grade.iou Grade.defaultBoxes)

    /// Name, strict scorer, compat scorer.
    let private table: (string * Reward<Attempt> * Reward<Attempt>) list = [
        "coco", boxes Grade.defaultBoxes, boxes { Grade.defaultBoxes with Strategy = Matching.ByConfidence; Floor = 0.5 }
        "lisa", iou, iou
        "geoqa", accuracy, accuracy
        "geoqav", accuracy, accuracy
        "sat", accuracy, accuracy
        "scienceqa", accuracy, accuracy
        "chartqa", answered Grade.relaxed, answered relaxedCompat
        "infovqa", answered Grade.anls, answered anlsCompat
        "mathvista", accuracy, accuracy
        "mmmu", accuracy, accuracy
    ]

    /// The benchmarks' names.
    let names: IReadOnlyList<string> = table |> List.map (fun (name, _, _) -> name) |> List.toArray :> _

    /// The benchmark's name without the world's prefix.
    let private bare (name: string) =
        if name.StartsWith("world-", StringComparison.Ordinal) then name.Substring 6 else name

    /// The scorer of a benchmark; its name says which ("chartqa", "chartqa:compat"). Raises InputException on an unknown
    /// benchmark.
    [<CompiledName "Scorer">]
    let scorer (benchmark: string) (mode: ScoringMode) : IVerifier =
        match table |> List.tryFind (fun (name, _, _) -> name = bare benchmark) with
        | Some(name, strict, compat) ->
            match mode with
            | ScoringMode.Compat -> Verifier.OfReward $"{name}:compat" compat
            | _ -> Verifier.OfReward name strict
        | None -> raise (InputException("", "benchmark", String.concat ", " names, $"'{benchmark}'"))
