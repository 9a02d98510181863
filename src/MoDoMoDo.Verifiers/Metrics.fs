/// Figures over a whole set that are no mean of verdicts.
module MoDoMoDo.Verifiers.Metrics

open System
open System.Collections.Generic
open MoDoMoDo.Domain

/// The boxes of an answer in its gold's coordinates; none where the answer has none.
let private predicted (system: CoordinateSystem) (attempt: Attempt) : LabelledBox[] =
    let inherited =
        match attempt.Sample.Gold with
        | Gold.Region _ -> CoordinateSystem.Thousand
        | _ -> system

    match
        Coordinates.conversion attempt.Sample inherited system,
        Scan.lenientAnswer attempt.Completion.Text |> Result.bind BoxReader.any
    with
    | Ok convert, Ok boxes -> boxes |> Array.map (fun b -> { b with Box = convert b.Box })
    | _ -> [||]

let private evaluation name value error count further : Evaluation = {
    Name = name
    Mean = value
    StandardError = error
    Count = count
    Further = further
}

/// The mean of values and its standard error; 0 without values.
let private meanOf name (values: float[]) : Evaluation =
    let n = float values.Length
    let mean = if values.Length = 0 then 0.0 else Array.average values

    let error =
        if values.Length < 2 then
            0.0
        else
            sqrt ((values |> Array.sumBy (fun v -> (v - mean) * (v - mean))) / (n - 1.0) / n)

    evaluation name mean error values.Length (Dictionary())

let private cocoBox (b: Box) : AveragePrecision.CocoBox = { X = b.X1; Y = b.Y1; W = b.X2 - b.X1; H = b.Y2 - b.Y1 }

/// COCO's twelve statistics over the attempts, each attempt an image: the mean is AP (0 where nothing was to be found), the
/// others stand beside it. Labels are classes; unlabelled boxes are of the attempt's first gold class. Areas are those of the
/// gold's coordinate system.
let cocoAp: IMetric = {
    new IMetric with
        member _.Name = "coco_ap"

        member _.Evaluate attempts =
            let classes = Dictionary<string, int>()

            let classOf (label: string) =
                match classes.TryGetValue label with
                | true, known -> known
                | _ ->
                    classes[label] <- classes.Count
                    classes[label]

            let images =
                attempts
                |> Seq.indexed
                |> Seq.choose (fun (image, attempt) ->
                    match Coordinates.goldBoxes attempt.Sample with
                    | Ok(golds, system) -> Some(image, golds, predicted system attempt)
                    | Error _ -> None)
                |> Seq.toArray

            let truths =
                images
                |> Array.collect (fun (image, golds, _) ->
                    golds
                    |> Array.map (fun gold ->
                        let box = cocoBox gold.Box

                        ({
                            Image = image
                            Category = classOf gold.Label
                            Box = box
                            Area = box.W * box.H
                            Crowd = false
                        }
                        : AveragePrecision.Truth)))

            let detections =
                images
                |> Array.collect (fun (image, golds, found) ->
                    found
                    |> Array.map (fun box ->
                        let label = if box.Label = "" && golds.Length > 0 then golds[0].Label else box.Label

                        ({ Image = image; Category = classOf label; Box = cocoBox box.Box; Score = box.Confidence }
                        : AveragePrecision.Detection)))

            let statistics = AveragePrecision.statistics truths detections
            let further = Dictionary<string, float>()

            for name, value in Seq.zip AveragePrecision.names statistics do
                further[name] <- value

            evaluation "coco_ap" (max 0.0 statistics[0]) 0.0 images.Length further
}

/// How many pixels an answer and its gold share, and how many either covers. Boxes are filled; pixels whose centres lie in
/// an ignored polygon count in neither. None where the gold is no area.
let private areas (attempt: Attempt) : struct (float * float) option =
    match attempt.Sample.Gold with
    | Gold.Region(target, ignored, size) ->
        let pixels polygons = Masks.ofPolygons size.Height size.Width polygons |> Masks.decode
        let wanted, left = pixels target, pixels ignored
        let found = Array.zeroCreate<bool> wanted.Length

        for box in predicted CoordinateSystem.Pixel attempt |> Seq.truncate 100 do
            let first side x = int (Math.Clamp(ceil (x - 0.5), 0.0, float (side: int)))
            let last side x = int (Math.Clamp(floor (x - 0.5), -1.0, float (side - 1)))

            if box.Box.IsValid then
                for x in first size.Width box.Box.X1 .. last size.Width box.Box.X2 do
                    for y in first size.Height box.Box.Y1 .. last size.Height box.Box.Y2 do
                        found[x * size.Height + y] <- true

        let mutable common, either = 0, 0

        for i in 0 .. wanted.Length - 1 do
            if not left[i] then
                (if wanted[i] && found[i] then
                     common <- common + 1)

                (if wanted[i] || found[i] then
                     either <- either + 1)

        Some(struct (float common, float either))
    | Gold.Boxes([| gold |], system) when gold.Box.IsValid ->
        let area (b: Box) = (b.X2 - b.X1) * (b.Y2 - b.Y1)

        match predicted system attempt with
        | [| one |] when one.Box.IsValid ->
            let overlap = Overlap.iou gold.Box one.Box
            // I / (A + B - I) = overlap gives I.
            let common = overlap * (area gold.Box + area one.Box) / (1.0 + overlap)
            Some(struct (common, area gold.Box + area one.Box - common))
        | _ -> Some(struct (0.0, area gold.Box))
    | _ -> None

let private ratio common either = if either > 0.0 then common / either else 1.0

/// gIoU of referring segmentation: the mean over answers of shared over covered area; nothing to find and nothing found is
/// 1. Source: LISA (arXiv 2308.00692), whose code adds 1e-5 to the covered area.
let giou: IMetric = {
    new IMetric with
        member _.Name = "gIoU"

        member _.Evaluate attempts =
            let overlaps =
                attempts
                |> Seq.choose areas
                |> Seq.map (fun (struct (common, either)) -> ratio common either)
                |> Seq.toArray

            meanOf "gIoU" overlaps
}

/// cIoU of referring segmentation: the shared area of all answers over their covered area. Source: LISA.
let ciou: IMetric = {
    new IMetric with
        member _.Name = "cIoU"

        member _.Evaluate attempts =
            let areas = attempts |> Seq.choose areas |> Seq.toArray
            let common = areas |> Array.sumBy (fun (struct (common, _)) -> common)
            let either = areas |> Array.sumBy (fun (struct (_, either)) -> either)
            let value = if areas.Length = 0 then 0.0 else ratio common either
            evaluation "cIoU" value 0.0 areas.Length (Dictionary())
}

/// The mean score of a reward over the attempts that `counts` admits, under a name; faulty golds are left out.
let mean (name: string) (counts: Attempt -> bool) (reward: Reward<Attempt>) : IMetric = {
    new IMetric with
        member _.Name = name

        member _.Evaluate attempts =
            attempts
            |> Seq.filter counts
            |> Seq.map (fun attempt -> (reward attempt).Value)
            |> Seq.filter (Double.IsNaN >> not)
            |> Seq.toArray
            |> meanOf name
}
