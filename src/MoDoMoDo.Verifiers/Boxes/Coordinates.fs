/// Boxes from the coordinate system of an answer to that of its gold. The system is declared, never guessed.
module MoDoMoDo.Verifiers.Coordinates

open System.Globalization
open MoDoMoDo.Domain

/// The image's size as the gold or the sample's fields "width" and "height" state it.
let sizeOf (sample: Sample) : Result<ImageSize, string> =
    let field (name: string) =
        match sample.Fields.TryGetValue name with
        | true, text ->
            match System.Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, value when value > 0 -> Some value
            | _ -> None
        | _ -> None

    let decoded =
        match sample.Images with
        | [| { Data = ImageData.Pixels image } |] -> Some image.Size
        | _ -> None

    match sample.Gold, field "height", field "width" with
    | Gold.Region(_, _, size), _, _ -> Ok size
    | _, Some height, Some width -> Ok { Height = height; Width = width }
    | _ ->
        match decoded with
        | Some size -> Ok size
        | None -> Error "the image's width and height are unknown"

let private resizedSize (size: ImageSize) = Geometry.trySmartResize 28 3136 1_003_520 size

let private toPixel (system: CoordinateSystem) (size: ImageSize) (box: Box) : Result<Box, string> =
    let unwrap (BoxIn b: BoxIn<Pixel>) = Ok b

    match system with
    | CoordinateSystem.Thousand -> unwrap (Geometry.thousandToPixel size (BoxIn box))
    | CoordinateSystem.Unit -> unwrap (Geometry.unitToPixel size (BoxIn box))
    | CoordinateSystem.Resized ->
        resizedSize size
        |> Result.bind (fun resized -> unwrap (Geometry.resizedToPixel size resized (BoxIn box)))
    | _ -> Ok box

/// Exact, without rounding: answers are compared where they are, not where a grid would put them.
let private ofPixel (system: CoordinateSystem) (size: ImageSize) (box: Box) : Result<Box, string> =
    let scale sx sy = Ok(Box.Create(box.X1 * sx, box.Y1 * sy, box.X2 * sx, box.Y2 * sy))
    let w, h = float size.Width, float size.Height

    match system with
    | CoordinateSystem.Thousand -> scale (1000.0 / w) (1000.0 / h)
    | CoordinateSystem.Unit -> scale (1.0 / w) (1.0 / h)
    | CoordinateSystem.Resized ->
        resizedSize size |> Result.bind (fun r -> scale (float r.Width / w) (float r.Height / h))
    | _ -> Ok box

/// The conversion of boxes from one system to the other for a sample; an error when it needs a size that is unknown.
let conversion (sample: Sample) (from: CoordinateSystem) (into: CoordinateSystem) : Result<Box -> Box, string> =
    if from = into then
        Ok id
    else
        sizeOf sample
        |> Result.bind (fun size ->
            let convert box = toPixel from size box |> Result.bind (ofPixel into size)
            let corner = Box.Create(0.0, 0.0, 1.0, 1.0)

            convert corner
            |> Result.map (fun _ box ->
                match convert box with
                | Ok converted -> converted
                | Error _ -> box))

/// The gold's boxes and their system; a region gives the box around its target polygons.
let goldBoxes (sample: Sample) : Result<LabelledBox[] * CoordinateSystem, string> =
    match sample.Gold with
    | Gold.Boxes(boxes, system) ->
        match boxes |> Array.tryFind (fun b -> not b.Box.IsValid) with
        | Some _ -> Error "a gold box is not valid"
        | None -> Ok(boxes, system)
    | Gold.Region(target, _, _) ->
        let points = target |> Array.collect _.Points
        let every remainder = points |> Array.indexed |> Array.filter (fun (i, _) -> i % 2 = remainder) |> Array.map snd

        if points.Length < 6 then
            Error "the gold region has no polygon"
        else
            let xs, ys = every 0, every 1
            let box = Box.Create(Array.min xs, Array.min ys, Array.max xs, Array.max ys)

            if box.IsValid then
                Ok([| { Box = box; Label = ""; Confidence = 1.0 } |], CoordinateSystem.Pixel)
            else
                Error "the gold region is empty"
    | _ -> Error "wanted boxes or a region as gold"
