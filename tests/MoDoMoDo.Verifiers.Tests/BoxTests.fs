module MoDoMoDo.Verifiers.Tests.BoxTests

open System
open Xunit
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

let private box x1 y1 x2 y2 = Box.Create(x1, y1, x2, y2)

/// A valid box with integer corners in 0 .. 20 from four bytes.
let private ofBytes (a: byte, b: byte, c: byte, d: byte) =
    let x, y = float (a % 12uy), float (b % 12uy)
    box x y (x + 1.0 + float (c % 8uy)) (y + 1.0 + float (d % 8uy))

let private plain b = { Box = b; Label = ""; Confidence = 1.0 }

/// Counts unit cells: exact for integer corners.
let private slowIou (a: Box) (b: Box) =
    let inside (c: Box) x y = c.X1 <= x && x + 1.0 <= c.X2 && c.Y1 <= y && y + 1.0 <= c.Y2

    let cells = [
        for x in 0.0 .. 20.0 do
            for y in 0.0 .. 20.0 -> inside a x y, inside b x y
    ]

    let both = cells |> List.filter (fun (p, q) -> p && q) |> List.length
    let any = cells |> List.filter (fun (p, q) -> p || q) |> List.length
    float both / float any

[<Property>]
let ``IoU equals the count of cells and is symmetric`` p q =
    let a, b = ofBytes p, ofBytes q

    abs (Overlap.iou a b - slowIou a b) < 1e-12
    && Overlap.iou a b = Overlap.iou b a
    && Overlap.iou a a = 1.0

[<Property>]
let ``GIoU lies between -1 and IoU`` p q =
    let a, b = ofBytes p, ofBytes q
    let g = Overlap.giou a b
    g >= -1.0 && g <= Overlap.iou a b

[<Fact>]
let ``degenerate and non-finite boxes overlap nothing`` () =
    let good = box 0.0 0.0 2.0 2.0

    for bad in [ box 2.0 2.0 0.0 0.0; box 0.0 0.0 0.0 2.0; box nan 0.0 1.0 1.0; box 0.0 0.0 infinity 1.0 ] do
        Assert.Equal(0.0, Overlap.iou good bad)
        Assert.Equal(0.0, Overlap.iou bad bad)
        Assert.Equal(-1.0, Overlap.giou good bad)

[<Fact>]
let ``huge and tiny finite boxes do not overflow`` () =
    let m = 1e308
    Assert.Equal(1.0, Overlap.iou (box -m -m m m) (box -m -m m m))
    Assert.Equal(0.0, Overlap.giou (box 0.0 0.0 1.0 1.0) (box -m -m m m))
    Assert.Equal(0.5, Overlap.iou (box 0.0 0.0 1e-200 1e-200) (box 0.0 0.0 1e-200 0.5e-200), 12)

let private read text =
    match BoxReader.any text with
    | Ok boxes ->
        boxes
        |> Array.map (fun b -> $"{b.Box.X1} {b.Box.Y1} {b.Box.X2} {b.Box.Y2} {b.Label} {b.Confidence}".Trim())
        |> String.concat "; "
    | Error _ -> "none"

[<Theory>]
[<InlineData("[{'Position': [64, 0, 950, 411], 'Confidence': 0.5}]", "64 0 950 411  0.5")>]
[<InlineData("[{\"bbox_2d\": [1, 2, 3, 4], \"label\": \"cat\"}]", "1 2 3 4 cat 1")>]
[<InlineData("```json\n[{\"bbox\": [1, 2, 3, 4]}]\n```", "1 2 3 4  1")>]
[<InlineData("[1, 2, 3, 4]", "1 2 3 4  1")>]
[<InlineData("[[1,2,3,4],[5,6,7,8]]", "1 2 3 4  1; 5 6 7 8  1")>]
[<InlineData(" x250 y500 x500 y750 ", "250 500 500 750  1")>]
[<InlineData("x0 y0 x250 y250 x500 y500 x750 y750", "0 0 250 250  1; 500 500 750 750  1")>]
[<InlineData("(1, 2, 3, 4)", "1 2 3 4  1")>]
[<InlineData("(1, 2), (3, 4)", "1 2 3 4  1")>]
[<InlineData("<|box_start|>(1,2),(3,4)<|box_end|>", "1 2 3 4  1")>]
[<InlineData("[[1, 2], [3, 4]]", "1 2 3 4  1")>]
[<InlineData("{\"x_min\": 1, \"y_min\": 2, \"x_max\": 3, \"y_max\": 4}", "1 2 3 4  1")>]
[<InlineData("1, 2, 3, 4", "1 2 3 4  1")>]
[<InlineData("The box (in pixels) is [1, 2, 3, 4].", "1 2 3 4  1")>]
[<InlineData("[1, 2, 3, 4]\n[5, 6, 7, 8]", "1 2 3 4  1; 5 6 7 8  1")>]
[<InlineData("[1, 2, 3, 4] or [5, 6, 7, 8]", "1 2 3 4  1; 5 6 7 8  1")>]
[<InlineData("[1, 2, 3, 4] or [5, 6", "none")>]
[<InlineData("not [1, 2, 3, 4]", "none")>]
[<InlineData("{\"bbox\": [1, 2, 3, 4], \"box\": [5, 6, 7, 8]}", "none")>]
[<InlineData("[]", "")>]
[<InlineData("No Objects", "")>]
[<InlineData("[1, 2, 3]", "none")>]
[<InlineData("x250 y500 x500", "none")>]
[<InlineData("x250 x500 y500 y750", "none")>]
[<InlineData("{\"bbox_2d\": \"__import__('os')\"}", "none")>]
[<InlineData("[[[[", "none")>]
[<InlineData("", "none")>]
let ``boxes are read in every form`` (text: string, wanted: string) = Assert.Equal(wanted, read text)

[<Fact>]
let ``deep nesting and long numbers are refused, not run`` () =
    Assert.Equal("none", read (String('[', 60_000)))
    Assert.Equal("none", read ("[" + String('9', 50_000) + ", 0, 1, 1]"))

/// The best assignment by trying all permutations.
let private slowBest (value: float[,]) =
    let n = Array2D.length1 value

    let rec best row (free: int list) =
        if row = n then
            0.0
        else
            free |> List.map (fun c -> value[row, c] + best (row + 1) (List.except [ c ] free)) |> List.max

    best 0 [ 0 .. n - 1 ]

[<Property>]
let ``the Hungarian method finds the best assignment`` (seed: byte[]) =
    let n = 1 + seed.Length % 5

    let at i =
        if seed.Length = 0 then
            0.0
        else
            float seed[i % seed.Length * 7 % seed.Length] / 255.0

    let value = Array2D.init n n (fun i j -> at (i * 5 + j * 3 + i * j))
    let found = Matching.assign value |> Array.mapi (fun i j -> value[i, j]) |> Array.sum
    abs (found - slowBest value) < 1e-9

[<Property>]
let ``set scores ignore order and obey their bounds``
    (gs: (byte * byte * byte * byte)[])
    (ps: (byte * byte * byte * byte)[])
    =
    let golds, found =
        gs |> Array.truncate 6 |> Array.map (ofBytes >> plain), ps |> Array.truncate 6 |> Array.map (ofBytes >> plain)

    let greedy = Matching.setScore Matching.Greedy 0.0 golds found
    let optimal = Matching.setScore Matching.Optimal 0.0 golds found
    let n, m = float golds.Length, float found.Length

    optimal >= greedy - 1e-12
    && greedy <= (if max n m = 0.0 then 1.0 else min n m / max n m) + 1e-12
    && abs (optimal - Matching.setScore Matching.Optimal 0.0 (Array.rev golds) (Array.rev found)) < 1e-12
    && Matching.setScore Matching.Greedy 0.5 golds found <= greedy + 1e-12

[<Property>]
let ``a false box never helps`` (gs: (byte * byte * byte * byte)[]) (ps: (byte * byte * byte * byte)[]) =
    let golds, found = gs |> Array.map (ofBytes >> plain), ps |> Array.map (ofBytes >> plain)
    let far = plain (box 100.0 100.0 101.0 101.0)
    let score boxes = Matching.setScore Matching.Greedy 0.0 golds boxes
    (golds.Length = 0 && found.Length = 0) || score (Array.append found [| far |]) <= score found

[<Fact>]
let ``labels that differ never match`` () =
    let cat, dog =
        { plain (box 0.0 0.0 1.0 1.0) with Label = "cat" }, { plain (box 0.0 0.0 1.0 1.0) with Label = "dog" }

    Assert.Equal(0.0, Matching.setScore Matching.Greedy 0.0 [| cat |] [| dog |])
    Assert.Equal(1.0, Matching.setScore Matching.Greedy 0.0 [| cat |] [| { cat with Label = "CAT " } |])
