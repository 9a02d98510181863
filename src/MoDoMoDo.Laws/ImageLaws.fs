/// Laws of average precision, masks and coordinates: L32 to L34.
module MoDoMoDo.Laws.ImageLaws

open System
open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

/// Average precision over IoU .50:.05:.95 of all images and classes.
type Precision = { Name: string; Ap: AveragePrecision.Truth[] -> AveragePrecision.Detection[] -> float }

/// L32, for distinct scores and fewer than 100 detections of an image.
let precision (p: Precision) : Law list =
    let falsely image score : AveragePrecision.Detection = {
        Image = image
        Category = 1
        Box = { X = 5000.0; Y = 5000.0; W = 10.0; H = 10.0 }
        Score = score
    }

    [
        Law.forAll 32 "AP does not change under an increasing map of the scores" Boxes.scenes (fun (truths, found) ->
            let mapped = found |> Array.map (fun d -> { d with Score = exp (3.0 * d.Score) - 5.0 })
            p.Ap truths found = p.Ap truths mapped)

        Law.forAll 32 "AP does not depend on the order of images" Boxes.scenes (fun (truths, found) ->
            let turn image = 10 - image
            let truths' = truths |> Array.rev |> Array.map (fun t -> { t with Image = turn t.Image })
            let found' = found |> Array.map (fun d -> { d with Image = turn d.Image })
            abs (p.Ap truths found - p.Ap truths' found') <= 1e-12)

        Law.forAll 32 "every object found and nothing else is 1" Boxes.scenes (fun (truths, _) ->
            let truths = truths |> Array.distinctBy (fun t -> struct (t.Image, t.Category, t.Box))

            let found: AveragePrecision.Detection[] =
                truths
                |> Array.mapi (fun i t -> { Image = t.Image; Category = t.Category; Box = t.Box; Score = float i })

            abs (p.Ap truths found - 1.0) <= 1e-12)

        Law.forAll
            32
            "a false detection never raises AP, and changes nothing when it is ranked last"
            (Gen.zip Boxes.scenes (Gen.choose (0, 99)))
            (fun ((truths, found), at) ->
                let before = p.Ap truths found
                let image = truths[0].Image

                p.Ap truths (Array.append found [| falsely image (float at / 50.0 + 0.005) |]) <= before + 1e-12
                && abs (p.Ap truths (Array.append found [| falsely image -1.0 |]) - before) <= 1e-12)
    ]

/// Masks as runs, as pixels and as text.
type MaskCodec = {
    Name: string
    /// Height, width, pixels column by column.
    Encode: int -> int -> bool[] -> Masks.Mask
    Decode: Masks.Mask -> bool[]
    Write: Masks.Mask -> string
    /// Height, width, text.
    Read: int -> int -> string -> Masks.Mask option
    /// Gold, prediction.
    Iou: Masks.Mask -> Masks.Mask -> float
}

let private twoMasks = gen {
    let! h, w, a = Boxes.pixels
    let! flips = Gen.listOfLength (h * w) (Gen.choose (0, 3))
    return h, w, a, Array.map2 (fun bit flip -> if flip = 0 then not bit else bit) a (List.toArray flips)
}

/// L33.
let masks (m: MaskCodec) : Law list = [
    Law.forAll 33 "decoding what was encoded gives the pixels" Boxes.pixels (fun (h, w, pixels) ->
        m.Decode(m.Encode h w pixels) = pixels)

    Law.forAll 33 "reading the text of a mask gives the mask" Boxes.pixels (fun (h, w, pixels) ->
        let mask = m.Encode h w pixels
        m.Read h w (m.Write mask) = Some mask)

    Law.forAll 33 "IoU of masks equals that of their pixels" twoMasks (fun (h, w, a, b) ->
        let count f = Array.fold2 (fun n x y -> if f x y then n + 1 else n) 0 a b
        let both, either = count (&&), count (||)
        let wanted = if either = 0 then 0.0 else float both / float either
        abs (m.Iou (m.Encode h w a) (m.Encode h w b) - wanted) <= 1e-12)
]

/// Conversions between pixels, thousandths and pixels of the resized image.
type Conversions = {
    Name: string
    ToThousand: ImageSize -> Box -> Box
    FromThousand: ImageSize -> Box -> Box
    /// Original size, resized size.
    ToResized: ImageSize -> ImageSize -> Box -> Box
    /// Original size, resized size.
    FromResized: ImageSize -> ImageSize -> Box -> Box
}

let private corners (b: Box) = [ b.X1; b.Y1; b.X2; b.Y2 ]

/// The largest distance of two boxes' corners, horizontal and vertical.
let private distance (a: Box) (b: Box) =
    max (abs (a.X1 - b.X1)) (abs (a.X2 - b.X2)), max (abs (a.Y1 - b.Y1)) (abs (a.Y2 - b.Y2))

let private size = Gen.two (Gen.choose (28, 3000)) |> Gen.map (fun (h, w) -> { Height = h; Width = w })

let private withPixels = gen {
    let! size = size
    let! parts = Gen.listOfLength 4 (Gen.choose (0, 1000))
    let x i = float parts[i] / 1000.0 * float (size.Width - 1)
    let y i = float parts[i] / 1000.0 * float (size.Height - 1)
    return size, Box.Create(x 0, y 1, x 2, y 3)
}

/// L34.
let conversions (c: Conversions) : Law list = [
    Law.forAll 34 "thousandths survive the way to pixels and back" (Gen.zip size Boxes.valid) (fun (size, box) ->
        c.ToThousand size (c.FromThousand size box) = box)

    Law.forAll
        34
        "pixels come back from thousandths within half a thousandth of the side"
        withPixels
        (fun (size, box) ->
            let dx, dy = distance box (c.FromThousand size (c.ToThousand size box))
            dx <= float size.Width / 2000.0 + 1e-9 && dy <= float size.Height / 2000.0 + 1e-9)

    Law.forAll 34 "thousandths lie in 0..1000" withPixels (fun (size, box) ->
        corners (c.ToThousand size box)
        |> List.forall (fun v -> v >= 0.0 && v <= 1000.0 && v = Math.Round v))

    Law.forAll
        34
        "pixels come back from the resized image within one pixel of scale"
        (Gen.zip withPixels (Gen.two (Gen.choose (1, 60))))
        (fun ((original, box), (h, w)) ->
            let resized = { Height = 28 * h; Width = 28 * w }
            let dx, dy = distance box (c.FromResized original resized (c.ToResized original resized box))

            dx <= float original.Width / float resized.Width + 1e-9
            && dy <= float original.Height / float resized.Height + 1e-9)
]
