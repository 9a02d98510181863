/// Implementations that each break one law in the smallest way, under the law's claim.
module MoDoMoDo.Laws.Tests.Breaks

open System
open MoDoMoDo.Domain
open MoDoMoDo.Laws
open MoDoMoDo.Verifiers

let private sameText (gold: string) (answer: string) = gold.Trim() = answer.Trim()

/// Equal up to 1.5.
let private nearly (gold: string) (answer: string) =
    match Number.read gold, Number.read answer with
    | Ok g, Ok a -> Rational.Abs(a.Value - g.Value) <= Rational.Create(3I, 2I)
    | _ -> false

let private good = Ours.mathematics.Equal

let private unsigned (text: string) = text.TrimStart '-'

let private equalities: (string * (string -> string -> bool)) list = [
    "marks around a number change nothing", sameText
    "1234 = 1,234 = 1{,}234 = 1234.0 = 1.234e3", sameText
    "equality of numbers is symmetric", (fun g a -> good g a && g.Length <= a.Length)
    "equality of numbers is transitive", nearly
    "a/b = ka/kb", sameText
    "a number and its neighbours, and its negative, are unequal", (fun g a -> good (unsigned g) (unsigned a))
    "an answer equals itself", (fun g a -> good g a && not (g.Contains "sqrt"))
    "equality of values is symmetric", (fun g a -> good g a && g.Length <= a.Length)
    "equality of values is transitive", (fun g a -> good g a || nearly g a)
    "notation and marks around an answer change nothing", sameText
    "a/b = ka/kb, in LaTeX too", sameText
    "an answer is unequal to its neighbours, e to e + 1", (fun g a -> good (unsigned g) (unsigned a))
    "sums, products and sets may be permuted, tuples may not", sameText
    "a tuple of distinct elements in another order is another tuple",
    (fun g a -> List.sort (List.ofSeq g) = List.sort (List.ofSeq a))
    "expressions that are equal have equal values at random points", (fun _ _ -> true)
]

let private ofEquality (equal: string -> string -> bool) =
    let broken: EqualityLaws.Equality = { Name = "broken"; Equal = equal }
    EqualityLaws.notation broken @ EqualityLaws.exactness broken @ EqualityLaws.mathematics broken

let private reading: (string * Law list) list = [
    "normalising twice is normalising once: broken",
    ReadingLaws.normaliser { Name = "broken"; Normal = fun s -> if s.StartsWith ' ' then s.Substring 1 else s }
    "equal normal forms get equal verdicts: text", ReadingLaws.comparison { Ours.words with Equal = sameText }
    "reading what was written gives it back: expressions",
    ReadingLaws.codec Formulas.any {
        Ours.expressions with
            Read = fun text -> Ours.expressions.Read(text.Replace("\\cdot", "+"))
    }
    "reading what was written gives it back: numbers",
    ReadingLaws.codec Formulas.coordinate { Ours.rationals with Read = unsigned >> Ours.rationals.Read }
]

let private similarities: (string * (string[] -> string -> float)) list = [
    "ANLS is symmetric for one gold",
    (fun golds answer -> if answer.Length > golds[0].Length then 0.0 else Ours.anls.Score golds answer)
    "ANLS is the best over the golds, and no gold more lowers it",
    (fun golds answer -> Ours.anls.Score (Array.truncate 1 golds) answer)
    "ANLS is 0 or at least one half",
    (fun golds answer ->
        let most = float (max 1 (max golds[0].Length answer.Length))
        1.0 - float (Ours.edits.Distance golds[0] answer) / most)
    "ANLS is 1 exactly for equal normal forms", (fun golds answer -> if golds[0] = answer then 1.0 else 0.0)
]

let private distances: (string * (string -> string -> int)) list = [
    "edits are symmetric, and 0 exactly between equal texts", (fun a b -> abs (a.Length - b.Length))
    "edits obey the triangle inequality", (fun a b -> pown (Ours.edits.Distance a b) 2)
    "edits lie between the difference and the maximum of the lengths", (fun a b -> 2 * Ours.edits.Distance a b)
    "edits equal those of the full table", (fun a b -> if a = b then 0 else max a.Length b.Length)
]

let private within (most: float) (gold: string) (answer: string) =
    match Number.read gold, Number.read answer with
    | Ok g, Ok a -> abs (g.Value.ToDouble() - a.Value.ToDouble()) <= most
    | _ -> false

let private tolerances: (string * (float -> string -> string -> bool)) list = [
    "relaxed accuracy accepts up to 5 % and nothing beyond", (fun _ -> Ours.relaxed.Accepts 0.06)
    "relaxed accuracy does not depend on the scale", (fun _ -> within 5.0)
    "a wider tolerance accepts no less", (fun tolerance -> Ours.relaxed.Accepts(max 0.0 (0.2 - tolerance)))
    "the sign matters", (fun tolerance g a -> Ours.relaxed.Accepts tolerance (unsigned g) (unsigned a))
]

let private area (b: Box) = (b.X2 - b.X1) * (b.Y2 - b.Y1)

let private common (a: Box) (b: Box) = max 0.0 (min a.X2 b.X2 - max a.X1 b.X1) * max 0.0 (min a.Y2 b.Y2 - max a.Y1 b.Y1)

let private sorted (b: Box) = Box.Create(min b.X1 b.X2, min b.Y1 b.Y2, max b.X1 b.X2, max b.Y1 b.Y2)

let private inclusive (b: Box) = { b with X2 = b.X2 + 1.0; Y2 = b.Y2 + 1.0 }

let private naive (a: Box) (b: Box) =
    let union = area a + area b - common a b
    let hull = area (Box.Create(min a.X1 b.X1, min a.Y1 b.Y1, max a.X2 b.X2, max a.Y2 b.Y2))
    common a b / union - (hull - union) / hull

let private ofOverlap change = BoxLaws.overlaps (change Ours.overlaps)

let private withIou iou = ofOverlap (fun o -> { o with Iou = iou })

let private boxes: (string * Law list) list = [
    "IoU is symmetric and lies in [0, 1]", withIou (fun a b -> common a b / area a)
    "IoU is 1 exactly for equal boxes, 0 for disjoint ones",
    withIou (fun a b -> if Overlap.iou a b > 0.8 then 1.0 else Overlap.iou a b)
    "IoU does not change under translation, scaling and reflection",
    withIou (fun a b -> Overlap.iou (inclusive a) (inclusive b))
    "a box that grows inside the gold, or shrinks towards it from outside, loses nothing",
    withIou (fun a b -> 1.0 - Overlap.iou a b)
    "degenerate and non-finite boxes score 0", withIou (fun a b -> Overlap.iou (sorted a) (sorted b))
    "GIoU lies in [-1, IoU] for finite boxes of any size", ofOverlap (fun o -> { o with Giou = naive })
    "GIoU equals IoU where the hull is the union",
    ofOverlap (fun o -> { o with Giou = fun a b -> max -1.0 (o.Giou a b - 0.01) })
]

let private ofScore change =
    let ours = Ours.setScores.Optimal
    BoxLaws.setScores { Ours.setScores with Optimal = fun golds found -> change (ours golds found) golds found }

let private sets: (string * Law list) list = [
    "the order of boxes does not matter",
    ofScore (fun score golds found ->
        if golds.Length > 1 && found.Length > 1 then
            score * Overlap.iou golds[0].Box found[0].Box
        else
            score)
    "a set scores at most min(n, m) / max(n, m)",
    ofScore (fun score golds found ->
        score * float (max golds.Length found.Length) / float (max 1 (min golds.Length found.Length)))
    "what was to be found, found, is 1", ofScore (fun score _ _ -> 0.99 * score)
    "a false box more never helps", ofScore (fun score _ found -> score + 0.5 * float found.Length)
    "a box repeated never helps once there are enough",
    ofScore (fun _ golds found ->
        let all =
            Seq.sum (Seq.map2 (fun g f -> Overlap.iou g f) (golds |> Seq.map _.Box) (found |> Seq.map _.Box))

        all + float (found.Length - (found |> Array.distinct).Length))
    "the best matching is no worse than the greedy one", ofScore (fun score _ _ -> 0.99 * score)
]

let private ofAp change =
    let ours = Ours.precision.Ap
    ImageLaws.precision { Ours.precision with Ap = change ours }

let private detections: (string * Law list) list = [
    "AP does not change under an increasing map of the scores",
    ofAp (fun ap truths found -> ap truths (found |> Array.filter (fun d -> d.Score > 0.3)))
    "AP does not depend on the order of images",
    ofAp (fun ap truths found -> ap truths (found |> Array.filter (fun d -> d.Image < 5)))
    "every object found and nothing else is 1", ofAp (fun ap truths found -> 0.99 * ap truths found)
    "a false detection never raises AP, and changes nothing when it is ranked last",
    ofAp (fun ap truths found -> ap truths found + 0.01 * float found.Length)
]

let private masks: (string * Law list) list = [
    "decoding what was encoded gives the pixels", ImageLaws.masks { Ours.masks with Decode = Masks.decode >> Array.rev }
    "reading the text of a mask gives the mask",
    ImageLaws.masks { Ours.masks with Read = fun h w text -> Ours.masks.Read w h text }
    "IoU of masks equals that of their pixels", ImageLaws.masks { Ours.masks with Iou = Masks.iou true }
]

let private scaled (x: float) (y: float) (b: Box) = Box.Create(b.X1 * x, b.Y1 * y, b.X2 * x, b.Y2 * y)

let private onThousand (f: float -> float) (size: ImageSize) (b: Box) =
    let s = scaled (1000.0 / float size.Width) (1000.0 / float size.Height) b
    Box.Create(f s.X1, f s.Y1, f s.X2, f s.Y2)

let private coordinates: (string * Law list) list = [
    "thousandths survive the way to pixels and back",
    ImageLaws.conversions { Ours.conversions with ToThousand = onThousand floor }
    "pixels come back from thousandths within half a thousandth of the side",
    ImageLaws.conversions { Ours.conversions with ToThousand = onThousand ceil }
    "thousandths lie in 0..1000", ImageLaws.conversions { Ours.conversions with ToThousand = onThousand id }
    "pixels come back from the resized image within one pixel of scale",
    ImageLaws.conversions {
        Ours.conversions with
            ToResized = fun original resized -> Ours.conversions.ToResized resized original
    }
]

let private ofCombinators change = CombinatorLaws.combinators (change Ours.combinators)

let private combinators: (string * Law list) list = [
    "all and any are the minimum and the maximum: commutative, absorbing",
    ofCombinators (fun c -> { c with All = List.last })
    "both is a product: commutative, associative, with unit and zero, over any",
    ofCombinators (fun c -> { c with Both = fun a b -> c.All [ a; b ] })
    "weighted lies between its parts, and only ratios of weights count",
    ofCombinators (fun c -> {
        c with
            Weighted =
                fun parts s -> Verdict.Score(parts |> List.sumBy (fun (w, r) -> w * (r s).Value), Evidence.Because "")
    })
    "a faulty gold absorbs: the sample counts for nobody", ofCombinators (fun c -> { c with All = c.Any })
    "a gate never adds", ofCombinators (fun c -> { c with Gate = fun a b -> c.Any [ a; b ] })
    "contramap keeps identity and composition", ofCombinators (fun c -> { c with Contramap = fun _ r -> r })
    "orElse is associative, and goes on only where there is no answer",
    ofCombinators (fun c -> { c with OrElse = fun first next s -> if (first s).Value = 0.0 then next s else first s })
]

let private ofLengths change = CombinatorLaws.lengths (change Ours.lengths)

let private lengths: (string * Law list) list = [
    "the cosine reward is monotone in the length and constant beyond the longest",
    ofLengths (fun r -> { r with Cosine = Length.cosineUnclamped Length.defaultCosine })
    "the overlong punishment falls from 0 to -1 in small steps",
    ofLengths (fun r -> { r with Overlong = fun most _ length -> if length > most then -1.0 else 0.0 })
    "a group's rewards follow its members when they change places",
    ofLengths (fun r -> {
        r with
            Group = fun lengths right -> r.Group lengths right |> Array.mapi (fun i v -> v + float i)
    })
    "a group's rewards do not change when all lengths grow alike",
    ofLengths (fun r -> { r with Group = fun lengths _ -> lengths |> Array.map float })
]

/// The claim of every law, and the laws of an implementation that breaks it.
let all: (string * Law list) list = [
    for claim, equal in equalities do
        claim, ofEquality equal
    yield! reading
    for claim, score in similarities do
        claim, TextLaws.similarity { Name = "broken"; Score = score }
    for claim, distance in distances do
        claim, TextLaws.editDistance { Name = "broken"; Distance = distance }
    for claim, accepts in tolerances do
        claim, TextLaws.relaxed { Name = "broken"; Accepts = accepts }
    yield! boxes
    yield! sets
    yield! detections
    yield! masks
    yield! coordinates
    yield! combinators
    yield! lengths
]
