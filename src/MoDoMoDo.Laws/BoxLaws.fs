/// Laws of overlaps and of scores of box sets: L26 to L31.
module MoDoMoDo.Laws.BoxLaws

open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Domain

/// Overlap of two boxes: IoU and GIoU.
type Overlaps = { Name: string; Iou: Box -> Box -> float; Giou: Box -> Box -> float }

/// Scores of a set of predicted boxes against the gold ones: pairs matched greedily, and with the largest sum.
type SetScores = {
    Name: string
    Greedy: LabelledBox[] -> LabelledBox[] -> float
    Optimal: LabelledBox[] -> LabelledBox[] -> float
}

let private close a b = abs (a - b) <= 1e-9

let private map (x: float -> float) (y: float -> float) (b: Box) = Box.Create(x b.X1, y b.Y1, x b.X2, y b.Y2)

let private isDisjoint (a: Box) (b: Box) = a.X2 <= b.X1 || b.X2 <= a.X1 || a.Y2 <= b.Y1 || b.Y2 <= a.Y1

let private nested = gen {
    let! gold = Boxes.valid
    let! outer = Boxes.inside gold
    let! inner = Boxes.inside outer
    return gold, outer, inner
}

/// L26 to L30.
let overlaps (o: Overlaps) : Law list = [
    Law.forAll 26 "IoU is symmetric and lies in [0, 1]" Boxes.pair (fun (a, b) ->
        let v = o.Iou a b
        v = o.Iou b a && v >= 0.0 && v <= 1.0)

    Law.forAll 26 "IoU is 1 exactly for equal boxes, 0 for disjoint ones" Boxes.pair (fun (a, b) ->
        (o.Iou a b = 1.0) = (a = b) && (not (isDisjoint a b) || o.Iou a b = 0.0) && o.Iou a a = 1.0)

    Law.forAll
        27
        "IoU does not change under translation, scaling and reflection"
        (Gen.zip Boxes.pair (Gen.choose (1, 64)))
        (fun ((a, b), k) ->
            let shift, by = float k * 16.0, float k / 8.0
            let swap (b: Box) = Box.Create(b.Y1, b.X1, b.Y2, b.X2)
            let mirror (b: Box) = Box.Create(1000.0 - b.X2, b.Y1, 1000.0 - b.X1, b.Y2)

            [
                map (fun x -> x + shift) (fun y -> y - shift)
                map (fun x -> x * by) (fun y -> y * (by + 1.0))
                swap
                mirror
            ]
            |> List.forall (fun change -> close (o.Iou a b) (o.Iou (change a) (change b))))

    Law.forAll
        28
        "a box that grows inside the gold, or shrinks towards it from outside, loses nothing"
        nested
        (fun (gold, outer, inner) ->
            o.Iou gold outer >= o.Iou gold inner - 1e-12 && o.Iou inner outer >= o.Iou inner gold - 1e-12)

    Law.forAll 29 "degenerate and non-finite boxes score 0" (Gen.zip Boxes.valid Boxes.invalid) (fun (good, bad) ->
        o.Iou good bad = 0.0 && o.Iou bad good = 0.0 && o.Iou bad bad = 0.0)

    Law.forAll 30 "GIoU lies in [-1, IoU] for finite boxes of any size" (Gen.two Boxes.ofAnySize) (fun (a, b) ->
        let giou, iou = o.Giou a b, o.Iou a b
        giou >= -1.0 && giou <= iou + 1e-12 && iou >= 0.0 && iou <= 1.0)

    Law.forAll 30 "GIoU equals IoU where the hull is the union" nested (fun (gold, outer, inner) ->
        let huge = Box.Create(-1e308, -1e308, 1e308, 1e308)

        close (o.Giou gold outer) (o.Iou gold outer)
        && close (o.Giou gold inner) (o.Iou gold inner)
        && close (o.Giou gold huge) 0.0)
]

let private far = { Box = Box.Create(5000.0, 5000.0, 5010.0, 5010.0); Label = ""; Confidence = 0.001 }

/// L31.
let setScores (s: SetScores) : Law list =
    let both test = [ s.Greedy; s.Optimal ] |> List.forall test

    [
        Law.forAll
            31
            "the order of boxes does not matter"
            (Gen.zip Boxes.sets (Gen.choose (0, 9)))
            (fun ((golds, found), k) ->
                let turned (xs: 'a[]) =
                    if xs.Length = 0 then
                        xs
                    else
                        Array.append xs[k % xs.Length ..] xs[.. k % xs.Length - 1]

                both (fun score -> close (score golds found) (score (turned golds) (Array.rev (turned found)))))

        Law.forAll 31 "a set scores at most min(n, m) / max(n, m)" Boxes.sets (fun (golds, found) ->
            let n, m = golds.Length, found.Length
            let most = if max n m = 0 then 1.0 else float (min n m) / float (max n m)
            both (fun score -> score golds found <= most + 1e-12))

        Law.forAll 31 "what was to be found, found, is 1" Boxes.sets (fun (golds, _) ->
            let distinct = golds |> Array.distinctBy _.Box
            both (fun score -> close (score distinct distinct) 1.0))

        Law.forAll 31 "a false box more never helps" Boxes.sets (fun (golds, found) ->
            both (fun score -> score golds (Array.append found [| far |]) <= score golds found + 1e-12))

        Law.forAll 31 "a box repeated never helps once there are enough" Boxes.sets (fun (golds, found) ->
            found.Length = 0
            || found.Length < golds.Length
            || both (fun score -> score golds (Array.append found [| found[0] |]) <= score golds found + 1e-12))

        Law.forAll 31 "the best matching is no worse than the greedy one" Boxes.sets (fun (golds, found) ->
            s.Optimal golds found >= s.Greedy golds found - 1e-12)
    ]
