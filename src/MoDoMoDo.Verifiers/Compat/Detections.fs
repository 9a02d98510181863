/// Rewards of public projects for sets of boxes, quirks included (verifiers.md 2, Boxes).
module MoDoMoDo.Verifiers.Detections

open System
open MoDoMoDo.Domain

/// Visual-RFT: repeated boxes dropped, by falling confidence each takes the best free gold; its overlap counts above 0.5.
let private visualRft (golds: LabelledBox[]) (predicted: LabelledBox[]) : (float * float)[] =
    let boxes = predicted |> Matching.distinct |> List.ofArray |> List.sortBy (fun b -> -b.Confidence)
    let taken = Array.zeroCreate<bool> golds.Length

    [|
        for box in boxes do
            let free = [| 0 .. golds.Length - 1 |] |> Array.filter (fun g -> not taken[g])
            let overlap g = Overlap.iou golds[g].Box box.Box

            match free with
            | [||] -> 0.0, box.Confidence
            | _ ->
                let best = free |> Array.maxBy overlap
                let value = overlap best

                if value > 0.5 then
                    taken[best] <- true
                    value, box.Confidence
                else
                    0.0, box.Confidence
    |]

/// Visual-RFT's IoU reward (v2): the sum over the larger number of boxes.
let visualRftIou (golds: LabelledBox[]) (predicted: LabelledBox[]) : float =
    match visualRft golds predicted with
    | [||] -> 0.0
    | hits -> min 1.0 ((hits |> Array.sumBy fst) / float (max golds.Length hits.Length))

/// Visual-RFT's confidence reward: the mean of c for hits and 1 - c for misses.
let visualRftConfidence (golds: LabelledBox[]) (predicted: LabelledBox[]) : float =
    match visualRft golds predicted with
    | [||] -> 0.0
    | hits -> hits |> Array.averageBy (fun (overlap, c) -> if overlap > 0.0 then c else 1.0 - c)

/// VLM-R1's weighted sum: greedy on the largest IoU while it is at least one half; 0.7 of the mean overlap over the golds, a
/// wrong label being 0, and 0.3 of one minus the mean of miss rate and false alarm rate.
let vlmR1WeightedSum (golds: LabelledBox[]) (predicted: LabelledBox[]) : float =
    match golds.Length, predicted.Length with
    | 0, 0 -> 1.0
    | 0, _
    | _, 0 -> 0.0
    | n, m ->
        let unlabelled = Array.map (fun (b: LabelledBox) -> { b with Label = "" })

        let pairs =
            Matching.pairs Matching.Greedy (Math.BitDecrement 0.5) (unlabelled golds) (unlabelled predicted)

        let same (pair: Matching.Pair) =
            String.Equals(golds[pair.Gold].Label, predicted[pair.Predicted].Label, StringComparison.OrdinalIgnoreCase)

        let position = (pairs |> Array.sumBy (fun pair -> if same pair then pair.Overlap else 0.0)) / float n
        let missed, alarms = float (n - pairs.Length) / float n, float (m - pairs.Length) / float m
        0.7 * position + 0.3 * (1.0 - (missed + alarms) / 2.0)

/// COCO's AP over one image with all scores 1, as VLM-R1 computes it; the statistic's index as in AveragePrecision.names.
let private vlmR1Ap (statistic: int) (golds: LabelledBox[]) (predicted: LabelledBox[]) : float =
    match golds.Length, predicted.Length with
    | 0, 0 -> 1.0
    | 0, _
    | _, 0 -> 0.0
    | _ ->
        let labels = golds |> Array.map _.Label |> Array.distinct
        let coco (b: Box) : AveragePrecision.CocoBox = { X = b.X1; Y = b.Y1; W = b.X2 - b.X1; H = b.Y2 - b.Y1 }
        let category (b: LabelledBox) = Array.IndexOf(labels, b.Label)

        let truths =
            golds
            |> Array.map (fun b ->
                let box = coco b.Box

                ({ Image = 0; Category = category b; Box = box; Area = box.W * box.H; Crowd = false }
                : AveragePrecision.Truth))

        let detections =
            predicted
            |> Array.filter (fun b -> category b >= 0)
            |> Array.map (fun b ->
                ({ Image = 0; Category = category b; Box = coco b.Box; Score = 1.0 }: AveragePrecision.Detection))

        if detections.Length = 0 then
            0.0
        else
            (AveragePrecision.statistics truths detections)[statistic]

/// VLM-R1's od_ap.
let odAp = vlmR1Ap 0
/// VLM-R1's od_ap50.
let odAp50 = vlmR1Ap 1

/// VLM-R1's odLength: od_ap, less where more boxes are given than there are golds.
let odLength (golds: LabelledBox[]) (predicted: LabelledBox[]) : float =
    if predicted.Length = 0 then
        odAp golds predicted
    else
        odAp golds predicted * min 1.0 (float golds.Length / float predicted.Length)

/// The rewards by name.
let all: (string * (LabelledBox[] -> LabelledBox[] -> float)) list =
    let unlabelled = Array.map (fun (b: LabelledBox) -> { b with Label = "" })
    let mean strategy golds predicted = Matching.setScore strategy 0.0 (unlabelled golds) (unlabelled predicted)

    [
        "visual_rft_iou_reward", visualRftIou
        "visual_rft_confidence_reward", visualRftConfidence
        "vlm_r1_weighted_sum", vlmR1WeightedSum
        "vlm_r1_od_ap", odAp
        "vlm_r1_od_ap50", odAp50
        "vlm_r1_odLength", odLength
        "mean_iou_greedy_over_max", mean Matching.Greedy
        "mean_iou_optimal_over_max", mean Matching.Optimal
    ]
