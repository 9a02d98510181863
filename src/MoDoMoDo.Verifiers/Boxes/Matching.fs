/// Matching sets of boxes, and the scores that follow. No score rewards more boxes than there are golds.
module MoDoMoDo.Verifiers.Matching

open System
open MoDoMoDo.Domain

/// Gold `Gold` and prediction `Predicted` belong together, with this overlap.
[<Struct>]
type Pair = { Gold: int; Predicted: int; Overlap: float }

/// How pairs are chosen.
type Strategy =
    /// The largest overlap first.
    | Greedy
    /// The pairs with the largest sum; falls back to Greedy above 256 boxes on a side.
    | Optimal
    /// In the order of falling confidence each prediction takes the best free gold (Visual-RFT).
    | ByConfidence

/// True unless both boxes are labelled and the labels differ.
let sameLabel (gold: LabelledBox) (predicted: LabelledBox) =
    gold.Label = ""
    || predicted.Label = ""
    || String.Equals(gold.Label.Trim(), predicted.Label.Trim(), StringComparison.OrdinalIgnoreCase)

let private overlap (gold: LabelledBox) (predicted: LabelledBox) =
    if sameLabel gold predicted then Overlap.iou gold.Box predicted.Box else 0.0

/// The positive overlaps that `keep` admits.
let private candidates (keep: float -> bool) (golds: LabelledBox[]) (predicted: LabelledBox[]) : Pair[] = [|
    for g in 0 .. golds.Length - 1 do
        for p in 0 .. predicted.Length - 1 do
            let o = overlap golds[g] predicted[p]

            if o > 0.0 && keep o then
                { Gold = g; Predicted = p; Overlap = o }
|]

let private takeFree (golds: int) (predicted: int) (ordered: Pair[]) : Pair[] =
    let goldTaken, predictedTaken = Array.zeroCreate golds, Array.zeroCreate predicted

    ordered
    |> Array.filter (fun pair ->
        let isFree = not (goldTaken[pair.Gold] || predictedTaken[pair.Predicted])

        if isFree then
            goldTaken[pair.Gold] <- true
            predictedTaken[pair.Predicted] <- true

        isFree)

/// The assignment of rows to columns with the largest sum of values, by the Hungarian method with potentials in O(n^3);
/// the matrix is square. Source: Kuhn 1955 in the form of Jonker and Volgenant 1987.
let assign (value: float[,]) : int[] =
    let n = Array2D.length1 value
    let rowPotential, columnPotential = Array.zeroCreate (n + 1), Array.zeroCreate (n + 1)
    // Columns and rows count from 1; column 0 holds the row that looks for a place.
    let rowOf, previous = Array.zeroCreate<int>(n + 1), Array.zeroCreate<int>(n + 1)

    for row in 1..n do
        rowOf[0] <- row
        let slack, seen = Array.create (n + 1) infinity, Array.zeroCreate (n + 1)
        let mutable column = 0

        while rowOf[column] <> 0 do
            seen[column] <- true
            let here = rowOf[column]
            let mutable delta, next = infinity, 0

            for j in 1..n do
                if not seen[j] then
                    let reduced = -value[here - 1, j - 1] - rowPotential[here] - columnPotential[j]

                    if reduced < slack[j] then
                        slack[j] <- reduced
                        previous[j] <- column

                    if slack[j] < delta then
                        delta <- slack[j]
                        next <- j

            for j in 0..n do
                if seen[j] then
                    rowPotential[rowOf[j]] <- rowPotential[rowOf[j]] + delta
                    columnPotential[j] <- columnPotential[j] - delta
                else
                    slack[j] <- slack[j] - delta

            column <- next

        while column <> 0 do
            rowOf[column] <- rowOf[previous[column]]
            column <- previous[column]

    let columns = Array.zeroCreate n

    for j in 1..n do
        columns[rowOf[j] - 1] <- j - 1

    columns

let private optimal (golds: LabelledBox[]) (predicted: LabelledBox[]) (pairs: Pair[]) : Pair[] =
    let n = max golds.Length predicted.Length
    let value = Array2D.zeroCreate n n

    for pair in pairs do
        value[pair.Gold, pair.Predicted] <- pair.Overlap

    assign value
    |> Array.indexed
    |> Array.choose (fun (g, p) ->
        if value[g, p] > 0.0 then
            Some { Gold = g; Predicted = p; Overlap = value[g, p] }
        else
            None)

/// The matched pairs among those whose overlap `keep` admits.
let pairsWhere (strategy: Strategy) (keep: float -> bool) (golds: LabelledBox[]) (predicted: LabelledBox[]) : Pair[] =
    let found = candidates keep golds predicted
    let free = takeFree golds.Length predicted.Length

    match strategy with
    | Optimal when max golds.Length predicted.Length <= 256 -> optimal golds predicted found
    | Optimal
    | Greedy -> found |> Array.sortWith (fun a b -> compare b.Overlap a.Overlap) |> free
    | ByConfidence ->
        found
        |> Array.sortWith (fun a b ->
            let byConfidence = compare predicted[b.Predicted].Confidence predicted[a.Predicted].Confidence

            if byConfidence <> 0 then byConfidence
            elif a.Predicted <> b.Predicted then compare a.Predicted b.Predicted
            else compare b.Overlap a.Overlap)
        |> free

/// The matched pairs among those whose overlap is above `floor`.
let pairs (strategy: Strategy) (floor: float) : LabelledBox[] -> LabelledBox[] -> Pair[] =
    pairsWhere strategy (fun overlap -> overlap > floor)

/// The sum of what `credit` gives for matched overlaps, over the larger number of boxes, in [0, 1]; overlaps without credit
/// match nothing. Nothing to find and nothing found is 1, one of them 0.
let credited (strategy: Strategy) (credit: float -> float) (golds: LabelledBox[]) (predicted: LabelledBox[]) : float =
    match max golds.Length predicted.Length with
    | 0 -> 1.0
    | larger ->
        let matched = pairsWhere strategy (fun overlap -> credit overlap > 0.0) golds predicted
        (matched |> Array.sumBy (fun pair -> credit pair.Overlap)) / float larger

/// The sum of matched overlaps above `floor` over the larger number of boxes.
let setScore (strategy: Strategy) (floor: float) : LabelledBox[] -> LabelledBox[] -> float =
    credited strategy (fun overlap -> if overlap > floor then overlap else 0.0)

/// Without boxes that repeat an earlier one's corners.
let distinct (boxes: LabelledBox[]) : LabelledBox[] = boxes |> Array.distinctBy _.Box
