/// Run-length masks as COCO has them: column by column, the first run counts zeros. Source: cocoapi 8c9bcc3,
/// common/maskApi.c (rleFrPoly, rleToString, rleFrString, rleToBbox, rleIou, rleMerge).
module MoDoMoDo.Verifiers.Masks

open System
open System.Text
open MoDoMoDo.Domain

/// A mask of Height x Width pixels as runs of zeros and ones in turn, column by column.
type Mask = { Height: int; Width: int; Counts: int[] }

/// Number of pixels set.
let area (mask: Mask) : int64 =
    mask.Counts |> Seq.indexed |> Seq.sumBy (fun (i, n) -> if i % 2 = 1 then int64 n else 0L)

/// The pixels as [column * height + row].
let decode (mask: Mask) : bool[] =
    let pixels = Array.zeroCreate (mask.Height * mask.Width)
    let mutable at = 0

    for i in 0 .. mask.Counts.Length - 1 do
        if i % 2 = 1 then
            Array.fill pixels at mask.Counts[i] true

        at <- at + mask.Counts[i]

    pixels

/// The mask of pixels given as [column * height + row]. Raises ArgumentException when their number is not height * width.
let encode (height: int) (width: int) (pixels: bool[]) : Mask =
    if pixels.Length <> height * width then
        invalidArg (nameof pixels) $"wanted {height * width} pixels, found {pixels.Length}"

    let counts = Collections.Generic.List<int>()
    let mutable value, run = false, 0

    for pixel in pixels do
        if pixel <> value then
            counts.Add run
            run <- 0
            value <- pixel

        run <- run + 1

    counts.Add run
    { Height = height; Width = width; Counts = counts.ToArray() }

/// COCO's compressed text: five bits a character, lowest first, differences to the run two before from the fourth on.
let toString (mask: Mask) : string =
    let out = StringBuilder()

    mask.Counts
    |> Array.iteri (fun i count ->
        let mutable x = if i > 2 then count - mask.Counts[i - 2] else count
        let mutable more = true

        while more do
            let bits = x &&& 0x1f
            x <- x >>> 5
            more <- if bits &&& 0x10 <> 0 then x <> -1 else x <> 0
            out.Append(char ((if more then bits ||| 0x20 else bits) + 48)) |> ignore)

    out.ToString()

/// The mask of a compressed text. Missing when it is none, or when its runs do not fill the image.
let ofString (height: int) (width: int) (text: string) : Reading<Mask> =
    let counts = Collections.Generic.List<int>()
    let mutable at, valid = 0, true

    while valid && at < text.Length do
        let mutable x, shift, more = 0L, 0, true

        while more && valid do
            let bits = if at < text.Length then int text[at] - 48 else -1
            valid <- bits >= 0 && bits < 64 && shift < 40

            if valid then
                x <- x ||| (int64 (bits &&& 0x1f) <<< shift)
                more <- bits &&& 0x20 <> 0
                at <- at + 1
                shift <- shift + 5

                if not more && bits &&& 0x10 <> 0 then
                    x <- x ||| (-1L <<< shift)

        let count = if counts.Count > 2 then x + int64 counts[counts.Count - 2] else x
        valid <- valid && count >= 0L && count <= int64 height * int64 width
        counts.Add(if valid then int count else 0)

    if valid && (counts |> Seq.sumBy int64) = int64 height * int64 width then
        Ok { Height = height; Width = width; Counts = counts.ToArray() }
    else
        Reading.missing "no run-length mask of this size"

/// Left, top, width, height of the smallest box around the mask; zeros when it is empty.
let boundingBox (mask: Mask) : float[] =
    let m = mask.Counts.Length / 2 * 2

    if m = 0 then
        [| 0.0; 0.0; 0.0; 0.0 |]
    else
        let h = mask.Height
        let mutable xs, ys, xe, ye, sum, before = mask.Width, h, 0, 0, 0, 0

        for j in 0 .. m - 1 do
            sum <- sum + mask.Counts[j]
            let t = sum - j % 2
            let y, x = t % h, t / h

            if j % 2 = 0 then
                before <- x
            elif before < x then
                ys <- 0
                ye <- h - 1

            xs <- min xs x
            xe <- max xe x
            ys <- min ys y
            ye <- max ye y

        [| float xs; float ys; float (xe - xs + 1); float (ye - ys + 1) |]

/// Runs through two masks of one size side by side: how long each pair of values lasts.
let private walk (a: Mask) (b: Mask) (visit: bool -> bool -> int -> unit) =
    let mutable i, j, leftA, leftB = 0, 0, a.Counts[0], b.Counts[0]
    let mutable go = true

    while go do
        let step = min leftA leftB

        if step > 0 then
            visit (i % 2 = 1) (j % 2 = 1) step

        leftA <- leftA - step
        leftB <- leftB - step

        while leftA = 0 && i + 1 < a.Counts.Length do
            i <- i + 1
            leftA <- a.Counts[i]

        while leftB = 0 && j + 1 < b.Counts.Length do
            j <- j + 1
            leftB <- b.Counts[j]

        go <- leftA > 0 && leftB > 0

/// Pixels in both, and in either.
let intersectionAndUnion (a: Mask) (b: Mask) : struct (int64 * int64) =
    let mutable both, either = 0L, 0L

    walk a b (fun x y n ->
        if x || y then
            either <- either + int64 n

        if x && y then
            both <- both + int64 n)

    struct (both, either)

let private boxesOverlap (a: Mask) (b: Mask) =
    let p, q = boundingBox a, boundingBox b
    min (p[0] + p[2]) (q[0] + q[2]) > max p[0] q[0] && min (p[1] + p[3]) (q[1] + q[3]) > max p[1] q[1]

/// IoU of two masks; with a crowd as gold, the share of the prediction inside it. 0 for empty masks, -1 for masks of
/// different sizes whose boxes overlap.
let iou (crowd: bool) (gold: Mask) (predicted: Mask) : float =
    if not (boxesOverlap gold predicted) then
        0.0
    elif gold.Height <> predicted.Height || gold.Width <> predicted.Width then
        -1.0
    else
        let struct (both, either) = intersectionAndUnion gold predicted

        if both = 0L then
            0.0
        else
            float both / float (if crowd then area predicted else either)

/// The mask of all pixels set in either of two masks of one size.
let union (a: Mask) (b: Mask) : Mask = encode a.Height a.Width (Array.map2 (||) (decode a) (decode b))

/// The dense points of a polygon's boundary at five times the resolution.
let private boundary (xy: float[]) : struct (int * int)[] =
    let k = xy.Length / 2
    let scaled offset j = int (5.0 * xy[j % k * 2 + offset] + 0.5)
    let points = Collections.Generic.List<struct (int * int)>()

    for j in 0 .. k - 1 do
        let x0, y0, x1, y1 = scaled 0 j, scaled 1 j, scaled 0 (j + 1), scaled 1 (j + 1)
        let dx, dy = abs (x1 - x0), abs (y1 - y0)
        let flip = (dx >= dy && x0 > x1) || (dx < dy && y0 > y1)
        let xs, ys, xe, ye = if flip then x1, y1, x0, y0 else x0, y0, x1, y1

        if dx >= dy then
            let slope = if dx = 0 then 0.0 else float (ye - ys) / float dx

            for d in 0..dx do
                let t = if flip then dx - d else d
                points.Add(struct (t + xs, int (float ys + slope * float t + 0.5)))
        else
            let slope = float (xe - xs) / float dy

            for d in 0..dy do
                let t = if flip then dy - d else d
                points.Add(struct (int (float xs + slope * float t + 0.5), t + ys))

    points.ToArray()

/// The mask of one polygon in pixels (x0, y0, x1, y1, ...), rasterised as COCO does.
let ofPolygon (height: int) (width: int) (polygon: Polygon) : Mask =
    let points = boundary polygon.Points
    let crossings = Collections.Generic.List<int>()

    for j in 1 .. points.Length - 1 do
        let struct (u, v), struct (u0, v0) = points[j], points[j - 1]

        if u <> u0 then
            let x = (float (if u < u0 then u else u - 1) + 0.5) / 5.0 - 0.5

            if floor x = x && x >= 0.0 && x <= float (width - 1) then
                let y = (float (min v v0) + 0.5) / 5.0 - 0.5
                crossings.Add(int x * height + int (ceil (Math.Clamp(y, 0.0, float height))))

    crossings.Add(height * width)
    crossings.Sort()

    // Differences of sorted crossings are runs; a run of zero length joins its neighbours.
    let runs = [| for j in 0 .. crossings.Count - 1 -> crossings[j] - (if j = 0 then 0 else crossings[j - 1]) |]
    let counts = Collections.Generic.List [ runs[0] ]
    let mutable j = 1

    while j < runs.Length do
        if runs[j] > 0 then
            counts.Add runs[j]
            j <- j + 1
        else
            if j + 1 < runs.Length then
                counts[counts.Count - 1] <- counts[counts.Count - 1] + runs[j + 1]

            j <- j + 2

    { Height = height; Width = width; Counts = counts.ToArray() }

/// The mask of all polygons together; empty without one.
let ofPolygons (height: int) (width: int) (polygons: Polygon[]) : Mask =
    match polygons |> Array.filter (fun p -> p.Points.Length >= 6) |> Array.map (ofPolygon height width) with
    | [||] -> { Height = height; Width = width; Counts = [| height * width |] }
    | masks -> masks |> Array.reduce union
