/// Figures over a whole set that are no mean of verdicts.
module MoDoMoDo.Verifiers.Metrics

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

            {
                Name = "coco_ap"
                Mean = max 0.0 statistics[0]
                StandardError = 0.0
                Count = images.Length
                Further = further
            }
}
