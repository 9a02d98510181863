/// Random boxes, labelled sets of them, detections and masks.
module MoDoMoDo.Laws.Boxes

open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

/// A valid box with integer corners in 0..1000.
let valid: Gen<Box> = gen {
    let! x1 = Gen.choose (0, 990)
    let! y1 = Gen.choose (0, 990)
    let! x2 = Gen.choose (x1 + 1, 1000)
    let! y2 = Gen.choose (y1 + 1, 1000)
    return Box.Create(float x1, float y1, float x2, float y2)
}

/// A finite valid box of any size, up to the ends of the doubles' range.
let ofAnySize: Gen<Box> = gen {
    let! b = valid
    let! exponent = Gen.elements [ -300; -150; 0; 0; 150; 300; 305 ]
    let by = System.Math.Pow(10.0, float exponent)
    let! centred = Gen.elements [ 0.0; 500.0 ]
    let s x = (x - centred) * by
    return Box.Create(s b.X1, s b.Y1, s b.X2, s b.Y2)
}

/// A degenerate or non-finite box.
let invalid: Gen<Box> = gen {
    let! b = valid
    let! bad = Gen.elements [ nan; infinity; -infinity ]

    return!
        Gen.elements [
            Box.Create(b.X2, b.Y1, b.X1, b.Y2)
            Box.Create(b.X1, b.Y2, b.X2, b.Y1)
            Box.Create(b.X2, b.Y2, b.X1, b.Y1)
            Box.Create(b.X1, b.Y1, b.X1, b.Y2)
            Box.Create(b.X1, b.Y1, b.X2, b.Y1)
            Box.Create(bad, b.Y1, b.X2, b.Y2)
            Box.Create(b.X1, b.Y1, b.X2, bad)
            Box.Create(-infinity, -infinity, infinity, infinity)
        ]
}

/// Two boxes that overlap more often than not.
let pair: Gen<Box * Box> = gen {
    let! a = valid
    let! b = valid
    let! dx = Gen.choose (-40, 40)
    let! dy = Gen.choose (-40, 40)
    let near = Box.Create(a.X1 + float dx, a.Y1 + float dy, a.X2 + float dx, a.Y2 + float dy)
    let! other = Gen.frequency [ 2, Gen.constant near; 2, Gen.constant b; 1, Gen.constant a ]
    return a, other
}

/// A box inside another.
let inside (outer: Box) : Gen<Box> = gen {
    let! parts = Gen.listOfLength 4 (Gen.choose (0, 9))
    let along low high part = low + (high - low) * float part / 20.0
    let x1, y1 = along outer.X1 outer.X2 parts[0], along outer.Y1 outer.Y2 parts[1]
    return Box.Create(x1, y1, along outer.X2 outer.X1 parts[2], along outer.Y2 outer.Y1 parts[3])
}

let private labelled (box: Box) = gen {
    let! label = Gen.frequency [ 3, Gen.constant ""; 1, Gen.elements [ "dog"; "cat" ] ]
    let! confidence = Gen.choose (1, 1000)
    return { Box = box; Label = label; Confidence = float confidence / 1000.0 }
}

/// Gold boxes and predicted ones near them: at most five each, confidences distinct.
let sets: Gen<LabelledBox[] * LabelledBox[]> = gen {
    let! n = Gen.choose (0, 5)
    let! pairs = Gen.listOfLength n pair
    let! golds = pairs |> List.map (fst >> labelled) |> Gen.sequenceToList
    let! found = pairs |> List.map (snd >> labelled) |> Gen.sequenceToList
    let! missed = Gen.choose (0, n)

    let found =
        found |> List.skip missed |> List.mapi (fun i b -> { b with Confidence = (float i + 1.0) / 8.0 })

    return List.toArray golds, List.toArray found
}

/// A box of COCO's form and its area.
let private coco (b: Box) : AveragePrecision.CocoBox = { X = b.X1; Y = b.Y1; W = b.X2 - b.X1; H = b.Y2 - b.Y1 }

/// Objects on up to three images in two classes, and detections near some of them with distinct scores.
let scenes: Gen<AveragePrecision.Truth[] * AveragePrecision.Detection[]> = gen {
    let! n = Gen.choose (1, 8)
    let! pairs = Gen.listOfLength n pair
    let! places = Gen.listOfLength n (Gen.two (Gen.choose (1, 3)))

    let truths: AveragePrecision.Truth[] = [|
        for (gold, _), (image, category) in List.zip pairs places ->
            let box = coco gold
            { Image = image; Category = category; Box = box; Area = box.W * box.H; Crowd = false }
    |]

    let! order = Gen.shuffle [| 1..n |]
    let! kept = Gen.choose (0, n)

    let detections: AveragePrecision.Detection[] = [|
        for i in 0 .. kept - 1 ->
            let image, category = places[i]
            { Image = image; Category = category; Box = coco (snd pairs[i]); Score = float order[i] / 10.0 }
    |]

    return truths, detections
}

/// Pixels of a small image, column by column, with its height and width.
let pixels: Gen<int * int * bool[]> = gen {
    let! h = Gen.choose (1, 9)
    let! w = Gen.choose (1, 9)
    let! share = Gen.choose (0, 3)
    let! bits = Gen.listOfLength (h * w) (Gen.choose (0, 3))
    return h, w, bits |> List.map (fun b -> b < share) |> List.toArray
}
