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
                Judge.withAnswer
                    answer
                    (String.concat " | " golds)
                    (TextMetrics.anlsCompat 0.5 golds answer)
                    (fun value -> Judge.partly value answer (String.concat " | " golds) "ANLS of lmms-eval"))

    let private iou = answered (Grade.iou Grade.defaultBoxes)

    let private field (sample: Sample) (name: string) (fallback: string) =
        match sample.Fields.TryGetValue name with
        | true, value when value <> "" -> value
        | _ -> fallback

    /// The text that counts as right: an option's text for a letter.
    let private goldText (sample: Sample) (golds: string[]) =
        match Choice.gold sample.Options golds[0] with
        | Ok index when index < sample.Options.Length -> sample.Options[index]
        | _ -> golds[0]

    let private scienceQaCompat: Grader =
        fun sample answer ->
            Judge.withGold
                (Golds.texts sample |> Result.bind (fun golds -> Choice.gold sample.Options golds[0]))
                (fun index ->
                    let letter = Sample.LetterOf index
                    Judge.scored (ChoiceParsers.scienceQa letter answer = 1.0) answer letter "ScienceQA of lmms-eval")

    /// MMMU of lmms-eval; what it would answer at random is no answer.
    let private mmmuCompat: Grader =
        fun sample answer ->
            Judge.withGold (Golds.texts sample) (fun golds ->
                match Choice.gold sample.Options golds[0], ChoiceParsers.mmmu sample.Options answer with
                | Ok index, found when sample.Options.Length > 0 ->
                    let letter = Sample.LetterOf index

                    Judge.withAnswer
                        answer
                        letter
                        (Reading.ofOption "the reference answers at random" found)
                        (fun chosen -> Judge.scored (chosen = letter) chosen letter "MMMU of lmms-eval")
                | _ ->
                    Judge.scored
                        (OpenAnswers.mmmu golds answer = 1.0)
                        answer
                        (String.concat " | " golds)
                        "MMMU of lmms-eval")

    let private mathVistaCompat: Grader =
        fun sample answer ->
            Judge.withGold (Golds.texts sample) (fun golds ->
                let question =
                    field sample "question_type" (if sample.Options.Length > 0 then "multi_choice" else "free_form")

                let kind = field sample "answer_type" "text"

                let precision =
                    match Double.TryParse(field sample "precision" "", Globalization.CultureInfo.InvariantCulture) with
                    | true, digits -> Some(int digits)
                    | _ -> None

                let normal = OpenAnswers.mathVistaNormalise sample.Options question kind precision answer
                let gold = goldText sample golds

                Judge.scored
                    (OpenAnswers.mathVistaEqual normal gold = 1.0)
                    (defaultArg normal "")
                    gold
                    "MathVista of lmms-eval")

    /// SAT of lmms-eval: the first option named in the text, else the first word, is the letter.
    let private satCompat: Grader =
        fun sample answer ->
            Judge.withGold
                (Golds.texts sample |> Result.bind (fun golds -> Choice.gold sample.Options golds[0]))
                (fun index ->
                    let letter = Sample.LetterOf index
                    let found = ChoiceParsers.sat sample.Options answer
                    Judge.scored (Text.caseless found = Text.caseless letter) found letter "SAT of lmms-eval")

    /// Name, strict scorer, compat scorer.
    let private table: (string * Reward<Attempt> * Reward<Attempt>) list = [
        "coco",
        boxes Grade.defaultBoxes,
        boxes { Grade.defaultBoxes with Strategy = Matching.ByConfidence; Floor = 0.5 }
        "lisa", iou, iou
        "geoqa", accuracy, accuracy
        "geoqav", accuracy, accuracy
        "sat", accuracy, answered satCompat
        "scienceqa", accuracy, answered scienceQaCompat
        "chartqa", answered Grade.relaxed, answered relaxedCompat
        "infovqa", answered Grade.anls, answered anlsCompat
        "mathvista", accuracy, answered mathVistaCompat
        "mmmu", accuracy, answered mmmuCompat
    ]

    /// The benchmarks' names.
    let names: IReadOnlyList<string> = table |> List.map (fun (name, _, _) -> name) |> List.toArray :> _

    /// The benchmark's name without the world's prefix.
    let private bare (name: string) =
        if name.StartsWith("world-", StringComparison.Ordinal) then
            name.Substring 6
        else
            name

    let private everywhere (_: Attempt) = true

    /// The attempts on one kind of question of ChartQA: people wrote it, or a program did.
    let private chartQaSplit (names: string list) (attempt: Attempt) =
        [ "type"; "human_or_machine" ]
        |> List.exists (fun name -> List.contains (field attempt.Sample name "" |> Text.caseless) names)

    let private hitAt (overlap: float) = answered (Grade.iou { Grade.defaultBoxes with Threshold = overlap })

    let private grounding = [|
        Metrics.mean "refcoco_IoU" everywhere iou

        for overlap in [ 0.1; 0.3; 0.5; 0.7; 0.9 ] do
            let name = System.FormattableString.Invariant $"refcoco_ACC@{overlap}"
            Metrics.mean name everywhere (hitAt overlap)

        Metrics.mean "refcoco_Center_ACC" everywhere (answered (Grade.centreInBox Grade.defaultBoxes))
        Metrics.giou
        Metrics.ciou
    |]

    /// The figures of a benchmark under the names that lmms-eval gives them (commit 75571cf), each by the public scorer, its
    /// quirks included; detection has COCO's AP, grounding LISA's gIoU and cIoU besides, and GeoQA, which lmms-eval does
    /// not have, its accuracy. Empty for an unknown benchmark.
    [<CompiledName "Metrics">]
    let metrics (benchmark: string) : IMetric[] =
        let name = bare benchmark

        let compat =
            table |> List.tryPick (fun (known, _, compat) -> if known = name then Some compat else None)

        match name, compat with
        | "coco", _ -> [| Metrics.cocoAp |]
        | "lisa", _ -> grounding
        | "chartqa", Some scorer -> [|
            Metrics.mean "relaxed_overall" everywhere scorer
            Metrics.mean "relaxed_human_split" (chartQaSplit [ "human_test"; "human"; "0" ]) scorer
            Metrics.mean "relaxed_augmented_split" (chartQaSplit [ "augmented_test"; "machine"; "1" ]) scorer
          |]
        | "infovqa", Some scorer -> [| Metrics.mean "anls" everywhere scorer |]
        | "mmmu", Some scorer -> [| Metrics.mean "mmmu_acc" everywhere scorer |]
        | "mathvista", Some scorer -> [| Metrics.mean "acc_score" everywhere scorer |]
        | ("scienceqa" | "sat"), Some scorer -> [| Metrics.mean "exact_match" everywhere scorer |]
        | ("geoqa" | "geoqav"), Some scorer -> [| Metrics.mean "accuracy" everywhere scorer |]
        | _ -> [||]

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
