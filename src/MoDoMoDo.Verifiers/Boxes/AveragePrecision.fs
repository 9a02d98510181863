/// COCO's twelve detection statistics. Source: cocoapi 8c9bcc3, PythonAPI/pycocotools/cocoeval.py (evaluate, accumulate,
/// summarize) with maskApi.c's bbIou.
module MoDoMoDo.Verifiers.AveragePrecision

open System

/// A box in COCO's form: left, top, width, height in pixels.
[<Struct>]
type CocoBox = { X: float; Y: float; W: float; H: float }

/// One object to find.
type Truth = {
    Image: int
    Category: int
    Box: CocoBox
    /// In pixels; of the mask where there is one.
    Area: float
    /// A crowd may be matched any number of times and is never missed.
    Crowd: bool
}

/// One detection.
type Detection = { Image: int; Category: int; Box: CocoBox; Score: float }

/// The names of the statistics, in COCO's order.
let names = [| "AP"; "AP50"; "AP75"; "APs"; "APm"; "APl"; "AR1"; "AR10"; "AR100"; "ARs"; "ARm"; "ARl" |]

let private thresholds =
    Array.init 10 (fun i -> if i = 9 then 0.95 else 0.5 + float i * ((0.95 - 0.5) / 9.0))

let private recallPoints = Array.init 101 (fun i -> if i = 100 then 1.0 else float i * 0.01)

/// all, small, medium, large: bounds on the area in pixels.
let private areas = [| struct (0.0, 1e10); struct (0.0, 1024.0); struct (1024.0, 9216.0); struct (9216.0, 1e10) |]

let private limits = [| 1; 10; 100 |]

/// Overlap of a detection with a truth: over the union, or over the detection for a crowd.
let private overlap (d: CocoBox) (t: Truth) : float =
    let g = t.Box
    let w = min (d.W + d.X) (g.W + g.X) - max d.X g.X
    let h = min (d.H + d.Y) (g.H + g.Y) - max d.Y g.Y

    if w <= 0.0 || h <= 0.0 then
        0.0
    else
        let common = w * h
        common / (if t.Crowd then d.W * d.H else d.W * d.H + g.W * g.H - common)

/// What became of the detections of one image and class within one area range, by threshold and rank.
type private Outcome = {
    Scores: float[]
    Matched: bool[][]
    Ignored: bool[][]
    /// Truths that count.
    Counted: int
}

let private outside (struct (low, high)) (area: float) = area < low || area > high

let private evaluate (area: struct (float * float)) (truths: Truth[]) (detections: Detection[]) : Outcome =
    // Truths that do not count come last, in a stable order; so do detections by falling score.
    let ignored (t: Truth) = t.Crowd || outside area t.Area
    let truths = truths |> List.ofArray |> List.sortBy ignored |> Array.ofList

    let detections =
        detections |> List.ofArray |> List.sortBy (fun d -> -d.Score) |> List.truncate 100 |> Array.ofList

    let isIgnored = Array.map ignored truths
    let overlaps = detections |> Array.map (fun d -> truths |> Array.map (overlap d.Box))

    let atThreshold (threshold: float) =
        let taken = Array.zeroCreate<bool> truths.Length

        let choose (row: float[]) =
            let mutable best, at, go, g = min threshold (1.0 - 1e-10), -1, true, 0

            while go && g < truths.Length do
                if taken[g] && not truths[g].Crowd then
                    ()
                elif at >= 0 && not isIgnored[at] && isIgnored[g] then
                    go <- false
                elif row[g] >= best then
                    best <- row[g]
                    at <- g

                g <- g + 1

            if at >= 0 then
                taken[at] <- true

            at

        let chosen = overlaps |> Array.map choose
        let matched = chosen |> Array.map (fun at -> at >= 0)

        let skipped =
            chosen
            |> Array.mapi (fun i at ->
                if at >= 0 then
                    isIgnored[at]
                else
                    outside area (detections[i].Box.W * detections[i].Box.H))

        matched, skipped

    let byThreshold = thresholds |> Array.map atThreshold

    {
        Scores = detections |> Array.map _.Score
        Matched = Array.map fst byThreshold
        Ignored = Array.map snd byThreshold
        Counted = isIgnored |> Array.filter not |> Array.length
    }

/// Precision at the recall points and the final recall of one class at one threshold.
let private curve (counted: int) (matched: bool[]) (ignored: bool[]) : float[] * float =
    let n = matched.Length
    let recall, precision = Array.zeroCreate n, Array.zeroCreate n
    let mutable hits, misses = 0.0, 0.0

    for i in 0 .. n - 1 do
        if not ignored[i] then
            if matched[i] then hits <- hits + 1.0 else misses <- misses + 1.0

        recall[i] <- hits / float counted
        precision[i] <- hits / (hits + misses + Math.BitIncrement 1.0 - 1.0)

    for i in n - 1 .. -1 .. 1 do
        precision[i - 1] <- max precision[i - 1] precision[i]

    let mutable i = 0

    let sampled =
        recallPoints
        |> Array.map (fun point ->
            while i < n && recall[i] < point do
                i <- i + 1

            if i < n then precision[i] else 0.0)

    sampled, (if n = 0 then 0.0 else recall[n - 1])

/// Precisions [threshold][class][point] and recalls [threshold][class] of the classes that have something to find.
let private accumulate (byClass: Outcome[][]) (limit: int) =
    let classes =
        byClass
        |> Array.choose (fun outcomes ->
            let counted = outcomes |> Array.sumBy _.Counted

            if counted = 0 then
                None
            else
                let truncated (parts: 'a[][]) = parts |> Array.collect (Array.truncate limit)
                let scores = truncated (outcomes |> Array.map _.Scores)

                let order =
                    [| 0 .. scores.Length - 1 |] |> List.ofArray |> List.sortBy (fun i -> -scores[i]) |> Array.ofList

                thresholds
                |> Array.mapi (fun t _ ->
                    let matched = truncated (outcomes |> Array.map (fun o -> o.Matched[t]))
                    let ignored = truncated (outcomes |> Array.map (fun o -> o.Ignored[t]))

                    curve
                        counted
                        (order |> Array.map (fun i -> matched[i]))
                        (order |> Array.map (fun i -> ignored[i])))
                |> Some)

    let at f = thresholds |> Array.mapi (fun t _ -> classes |> Array.map (fun byThreshold -> f byThreshold[t]))
    at fst, at snd

let private mean (values: float[]) = if values.Length = 0 then -1.0 else Array.average values

/// The twelve statistics under their names, in COCO's order; -1 where nothing was to be found.
let statistics (truths: Truth[]) (detections: Detection[]) : float[] =
    let classes = truths |> Array.map _.Category |> Array.distinct |> Array.sort

    let images =
        Array.append (truths |> Array.map _.Image) (detections |> Array.map _.Image)
        |> Array.distinct
        |> Array.sort

    let truthsOf = truths |> Array.groupBy (fun t -> struct (t.Image, t.Category)) |> dict
    let detectionsOf = detections |> Array.groupBy (fun d -> struct (d.Image, d.Category)) |> dict

    let found (table: Collections.Generic.IDictionary<struct (int * int), 'a[]>) key =
        match table.TryGetValue key with
        | true, some -> some
        | _ -> [||]

    let outcomes area =
        classes
        |> Array.map (fun category ->
            images
            |> Array.map (fun image ->
                evaluate
                    area
                    (found truthsOf (struct (image, category)))
                    (found detectionsOf (struct (image, category)))))

    let byArea = areas |> Array.map outcomes

    let precision area at =
        fst (accumulate byArea[area] 100)
        |> Array.indexed
        |> Array.filter (fst >> at)
        |> Array.collect (snd >> Array.concat)
        |> mean

    let recall area limit = snd (accumulate byArea[area] limit) |> Array.concat |> mean

    [|
        precision 0 (fun _ -> true)
        precision 0 (fun t -> t = 0)
        precision 0 (fun t -> t = 5)
        precision 1 (fun _ -> true)
        precision 2 (fun _ -> true)
        precision 3 (fun _ -> true)
        recall 0 limits[0]
        recall 0 limits[1]
        recall 0 limits[2]
        recall 1 100
        recall 2 100
        recall 3 100
    |]
