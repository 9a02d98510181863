/// Complete rewards of whole methods: format and accuracy together.
module MoDoMoDo.Verifiers.Presets

open MoDoMoDo.Domain

/// What the sample's gold calls for: overlap for boxes and regions, accuracy for everything else.
let private task (boxes: Grade.BoxOptions) : Grader =
    fun sample answer ->
        match sample.Gold with
        | Gold.Boxes _
        | Gold.Region _ -> Grade.boxSet boxes sample answer
        | Gold.Letter _
        | Gold.Text _ -> Grade.accuracy sample answer

/// The one <answer> of a completion that has exactly one.
let private onlyAnswer: Extractor<string> =
    fun text -> text |> Reading.atMost Limits.completion |> Result.bind (Scan.onlyElement "answer")

/// The embedded world's reward: 0.9 accuracy (or IoU), 0.1 format; exactly one <answer>, at most two words before it.
let world: Reward<Attempt> =
    Combine.weighted [
        "accuracy", 0.9, Judge.completion onlyAnswer (task Grade.defaultBoxes)
        "format", 0.1, Format.thoughtThenAnswer 2
    ]

let private gated accuracyWeight formatWeight (accuracy: Reward<Attempt>) =
    Combine.weighted [ "accuracy", accuracyWeight, accuracy; "format", formatWeight, Format.thinkAnswer ]
    |> Combine.gate Format.thinkAnswer

/// MoDoMoDo's reward (arXiv 2505.24871, section on rewards): accuracy or IoU with weight 2, format with weight 1, all zero
/// where the format fails. Differences: 1. the value is divided by 3, so that it lies in [0, 1]; 2. the format is
/// checked strictly (each tag once, nothing empty); 3. answers are compared in normal form, not as raw text.
let modomodo (boxes: Grade.BoxOptions) : Reward<Attempt> =
    gated 2.0 1.0 (Judge.completion Scan.taggedAnswer (task boxes))

let private added (boxes: Grade.BoxOptions) (format: Reward<Attempt>) =
    Combine.weighted [ "accuracy", 1.0, Judge.completion Scan.taggedAnswer (task boxes); "format", 1.0, format ]

/// R1-V's reward: accuracy and format, one each, added. As in `modomodo` the value lies in [0, 1], and the format's holes are
/// closed.
let r1v: Reward<Attempt> = added Grade.defaultBoxes Format.thinkAnswer

/// How detections are matched in the paper and in Visual-RFT: by falling confidence, above IoU 0.5.
let detection: Grade.BoxOptions = { Grade.defaultBoxes with Strategy = Matching.ByConfidence; Floor = 0.5 }

/// Visual-RFT's reward without its confidence term: boxes matched as the options say, and format.
let visualRftBy (boxes: Grade.BoxOptions) : Reward<Attempt> = added boxes Format.thinkAnswer

/// Visual-RFT's reward with its own matching.
let visualRft: Reward<Attempt> = visualRftBy detection

/// open-r1's reward: accuracy and the format with each tag on a line of its own, which must not be empty.
let openR1: Reward<Attempt> =
    let onLines (attempt: Attempt) =
        let hit = Formats.byName "open_r1_strict_newlines" (attempt.Completion.Text.Trim()) = 1.0
        Judge.scored hit "" "" (if hit then "well formed" else "not each tag on its own line")

    added Grade.defaultBoxes (Combine.all [ Format.thinkAnswer; onLines ])

/// The paper's detection reward: matched overlap over the larger number of boxes.
let modomodoCoco: Reward<Attempt> = modomodo detection

/// The paper's grounding reward, IoU of one box, read and counted as the options say.
let modomodoLisaBy (boxes: Grade.BoxOptions) : Reward<Attempt> =
    gated 2.0 1.0 (Judge.completion Scan.taggedAnswer (Grade.iou boxes))

/// The paper's grounding reward.
let modomodoLisa: Reward<Attempt> = modomodoLisaBy Grade.defaultBoxes
