/// Rows without a category: scored as the public project scores that the metric names.
module internal MoDoMoDo.Verifiers.CompatCases

open System
open System.Numerics
open System.Text.Json
open System.Text.Json.Nodes
open MoDoMoDo.Domain

let private ofReading (reading: Reading<float>) : Computed =
    match reading with
    | Ok v -> CaseJson.score v
    | Error(Refusal.Missing _) -> { CaseJson.score 0.0 with Verdict = "no_answer" }
    | Error(Refusal.Limit _) -> { CaseJson.score 0.0 with Verdict = "refused" }

let private withField name node (computed: Computed) = { computed with Fields = computed.Fields @ [ name, node ] }

let private anls (row: CaseRow) =
    let threshold = row.NumberParam "threshold" 0.5
    let normalised = TextMetrics.anlsAbove threshold row.Golds row.Pred |> Result.defaultValue 0.0

    ofReading (TextMetrics.anlsCompat threshold row.Golds row.Pred)
    |> withField "computed_normalised_length" (CaseJson.number normalised)

let private relaxed (row: CaseRow) =
    let tolerance = row.NumberParam "max_relative_change" 0.05
    let score pred = if TextMetrics.relaxedCompat tolerance row.Gold pred then 1.0 else 0.0

    CaseJson.score (score row.Pred)
    |> withField "computed_vlmevalkit" (CaseJson.number (score (Python.strip row.Pred)))

let private extract (row: CaseRow) =
    Extractors.all
    |> List.map (fun (name, extract) ->
        match extract row.Pred with
        | Ok found -> name, CaseJson.optional found
        | Error why -> name, CaseJson.text $"error:{why}")
    |> CaseJson.object
    |> CaseJson.value

let private format (row: CaseRow) =
    Formats.all
    |> List.map (fun (name, reward) -> name, CaseJson.number (reward row.Pred))
    |> CaseJson.object
    |> CaseJson.value

let private mcq (row: CaseRow) =
    CaseJson.value (
        CaseJson.object [
            "scienceqa_lmms", CaseJson.number (ChoiceParsers.scienceQa row.Gold row.Pred)
            "vlmevalkit_can_infer", CaseJson.optional (ChoiceParsers.canInfer row.Options row.Pred)
            "lmms_extract_mcq_answer", CaseJson.optional (ChoiceParsers.lmms row.Options row.Pred)
            "vlm_r1_mcq_reward", CaseJson.number (ChoiceParsers.vlmR1 row.Gold row.Pred)
        ]
    )

let private mmmuChoice (row: CaseRow) =
    match ChoiceParsers.mmmu row.Options row.Pred with
    | Some letter -> { Verdict = "score"; Fields = [ "computed", CaseJson.text letter ] }
    | None -> { Verdict = "no_answer"; Fields = [ "computed", null ] }

let private mathVista (row: CaseRow) =
    let text name = row.Param name |> Option.map CaseRow.Text |> Option.defaultValue ""

    let choices =
        row.Param "choices"
        |> Option.map (CaseRow.Items >> Array.map CaseRow.Text)
        |> Option.defaultValue [||]

    let precision = row.Param "precision" |> Option.map (CaseRow.Number >> int)

    let normalised =
        OpenAnswers.mathVistaNormalise choices (text "question_type") (text "answer_type") precision row.Pred

    CaseJson.score (OpenAnswers.mathVistaEqual normalised row.Gold)
    |> withField "computed_normalised" (CaseJson.optional normalised)

let private refCoco (row: CaseRow) =
    let overlap =
        OpenAnswers.refCoco
            (row.NumberParam "width" 0.0)
            (row.NumberParam "height" 0.0)
            (CaseRow.Box(row.Get "gold"))
            row.Pred

    CaseJson.score overlap
    |> withField "computed_hit" (CaseJson.number (if overlap >= row.NumberParam "threshold" 0.5 then 1.0 else 0.0))

let private iou (row: CaseRow) =
    let gold, pred = CaseRow.Box(row.Get "gold"), CaseRow.Box(row.Get "pred")

    CaseJson.score (Overlap.iou gold pred)
    |> withField "computed_giou" (CaseJson.number (Overlap.giou gold pred))

let private labelled (row: CaseRow) (prefix: string) : LabelledBox[] =
    let items (name: string) = if row.Has name then CaseRow.Items(row.Get name) else [||]
    let labels = items $"{prefix}_labels"
    let confidences = items $"{prefix}_confidence"

    items $"{prefix}_boxes"
    |> Array.mapi (fun i box -> {
        Box = CaseRow.Box box
        Label = if i < labels.Length then CaseRow.Text labels[i] else ""
        Confidence = if i < confidences.Length then CaseRow.Number confidences[i] else 1.0
    })

let private detectionSet (row: CaseRow) =
    let golds, predicted = labelled row "gold", labelled row "pred"

    Detections.all
    |> List.map (fun (name, reward) -> name, CaseJson.number (reward golds predicted))
    |> CaseJson.object
    |> CaseJson.value

let private cocoBox (element: JsonElement) : AveragePrecision.CocoBox =
    let box = CaseRow.Box element
    { X = box.X1; Y = box.Y1; W = box.X2; H = box.Y2 }

let private cocoAp (row: CaseRow) =
    let number (name: string) (item: JsonElement) =
        CaseRow.Field name item |> Option.map CaseRow.Number |> Option.defaultValue 0.0

    let box item =
        CaseRow.Field "bbox" item
        |> Option.map cocoBox
        |> Option.defaultWith (fun () -> raise (BadRow "no bbox"))

    let truths =
        CaseRow.Items(row.Get "gold")
        |> Array.map (fun item ->
            ({
                Image = int (number "image_id" item)
                Category = int (number "category_id" item)
                Box = box item
                Area = number "area" item
                Crowd = number "iscrowd" item <> 0.0
            }
            : AveragePrecision.Truth))

    let detections =
        CaseRow.Items(row.Get "pred")
        |> Array.map (fun item ->
            ({
                Image = int (number "image_id" item)
                Category = int (number "category_id" item)
                Box = box item
                Score = number "score" item
            }
            : AveragePrecision.Detection))

    AveragePrecision.statistics truths detections
    |> Seq.zip AveragePrecision.names
    |> Seq.map (fun (name, v) -> name, CaseJson.number v)
    |> CaseJson.object
    |> CaseJson.value

/// A mask of a row: its polygon on an image of h x w where given, else COCO's compressed text.
let private mask (row: CaseRow) (side: string) : Masks.Mask =
    let element = row.Get side

    match row.Param $"{side}_polygon" with
    | Some polygon ->
        let items = CaseRow.Items polygon
        let height, width = int (row.NumberParam "h" 0.0), int (row.NumberParam "w" 0.0)

        if items.Length > 0 && items[0].ValueKind = JsonValueKind.Array then
            items
            |> Array.map (fun p -> { Points = CaseRow.Items p |> Array.map CaseRow.Number })
            |> Masks.ofPolygons height width
        else
            Masks.ofPolygon height width { Points = items |> Array.map CaseRow.Number }
    | None ->
        let size =
            CaseRow.Field "size" element |> Option.map (CaseRow.Items >> Array.map (CaseRow.Number >> int))

        match size, CaseRow.Field "string" element with
        | Some [| height; width |], Some text ->
            match Masks.ofString height width (CaseRow.Text text) with
            | Ok mask -> mask
            | Error _ -> raise (BadRow $"the {side} is no mask")
        | _ -> raise (BadRow $"the {side} has no size or string")

let private maskIou (row: CaseRow) =
    let pred, gold = mask row "pred", mask row "gold"
    let both f = CaseJson.list [ f pred; f gold ]

    {
        Verdict = "value"
        Fields = [
            "computed", CaseJson.number (Masks.iou false gold pred)
            "computed_crowd", CaseJson.number (Masks.iou true gold pred)
            "computed_string", both (Masks.toString >> CaseJson.text)
            "computed_area", both (Masks.area >> float >> CaseJson.number)
            "computed_bbox", both (Masks.boundingBox >> CaseJson.numbers)
        ]
    }

let private size (row: CaseRow) = {
    Height = int (row.NumberParam "height" 0.0)
    Width = int (row.NumberParam "width" 0.0)
}

let private resized (row: CaseRow) =
    let whole name fallback = int (row.NumberParam name fallback)

    Geometry.trySmartResize
        (whole "factor" 28.0)
        (whole "min_pixels" 3136.0)
        (whole "max_pixels" 1_003_520.0)
        (size row)

let private smartResize (row: CaseRow) =
    match resized row with
    | Ok found -> CaseJson.value (CaseJson.numbers [ float found.Height; float found.Width ])
    | Error _ -> CaseJson.value null

let private coords (row: CaseRow) =
    match row.Param "box_pixels", resized row with
    | Some element, Ok into ->
        let original = size row
        let pixels: BoxIn<Pixel> = BoxIn(CaseRow.Box element)
        let (BoxIn inThousand) as thousand = Geometry.pixelToThousand original pixels
        let (BoxIn inResized) as small = Geometry.pixelToResized original into pixels
        let (BoxIn back) = Geometry.thousandToPixel original thousand
        let (BoxIn backResized) = Geometry.resizedToPixel original into small
        let corners (b: Box) = CaseJson.numbers [ b.X1; b.Y1; b.X2; b.Y2 ]

        CaseJson.value (
            CaseJson.object [
                "qwen2vl_0_1000", corners inThousand
                "qwen25vl_resized_pixels", corners inResized
                "resized_hw", CaseJson.numbers [ float into.Height; float into.Width ]
                "back_from_0_1000", corners back
                "back_from_resized", corners backResized
            ]
        )
    | _ -> CaseJson.value null

/// Missing variables of an expression that do not count get this value.
let private anyValue = 0.37

let private latexEval (row: CaseRow) =
    let expression = Parser.expression Parser.latex (CaseRow.Text(row.Get "latex"))

    let at (point: JsonElement) : JsonNode | null =
        let assigned =
            match CaseRow.Field "assign" point with
            | Some values -> [ for p in values.EnumerateObject() -> p.Name, CaseRow.Text p.Value ] |> Map
            | None -> Map.empty

        let exact variable =
            match variable with
            | Expr.Symbol name ->
                match Map.tryFind (name.ToLowerInvariant()) assigned |> Option.map Number.read with
                | Some(Ok quantity) -> Some quantity.Value
                | _ -> None
            | _ -> None

        let value e =
            Fuel.within 200_000 (fun fuel ->
                match Exact.rational fuel exact e with
                | Some q -> Ok(Complex(q.ToDouble(), 0.0))
                | None ->
                    Numeric.evaluate
                        fuel
                        (fun v ->
                            exact v
                            |> Option.map _.ToDouble()
                            |> Option.defaultValue anyValue
                            |> fun x -> Some(Complex(x, 0.0)))
                        e
                    |> Option.map _.Value
                    |> Reading.ofOption "no value")

        match expression |> Result.bind value with
        | Ok v -> CaseJson.object [ "re", CaseJson.number v.Real; "im", CaseJson.number v.Imaginary ]
        | Error _ -> null

    CaseJson.value (CaseRow.Items(row.Get "expected") |> Seq.map at |> CaseJson.list)

let private mathEquiv (row: CaseRow) =
    let equal =
        match (Grade.math (Sample.Create("", "", "", [||], Gold.Text row.Golds)) row.Pred) with
        | Verdict.Score(v, _) -> v = 1.0
        | _ -> false

    { Verdict = "score"; Fields = [ "computed", CaseJson.truth equal ] }

/// The compatibility scorer of a metric.
let byMetric: Map<string, CaseRow -> Computed> =
    Map [
        "anls", anls
        "relaxed_accuracy", relaxed
        "extract", extract
        "format", format
        "mcq", mcq
        "mmmu_mcq_parse", mmmuChoice
        "mmmu_open", (fun row -> CaseJson.score (OpenAnswers.mmmu row.Golds row.Pred))
        "mathvista_normalise", mathVista
        "yes_no", (fun row -> CaseJson.score (OpenAnswers.yesNo row.Gold row.Pred))
        "refcoco_text", refCoco
        "dapo_normalise", (fun row -> CaseJson.value (CaseJson.text (MathStrings.dapo row.Pred)))
        "iou", iou
        "detection_set", detectionSet
        "coco_ap", cocoAp
        "mask_iou", maskIou
        "smart_resize", smartResize
        "coords", coords
        "latex_eval", latexEval
        "math_equiv", mathEquiv
    ]
