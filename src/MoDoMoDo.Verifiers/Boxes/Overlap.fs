/// Overlap of two boxes in one coordinate system.
module MoDoMoDo.Verifiers.Overlap

open System
open MoDoMoDo.Domain

/// Both boxes brought near 1 by a power of two, which is exact: products of finite coordinates then never overflow.
let private scaled (a: Box) (b: Box) =
    let extent (c: Box) = max (max (abs c.X1) (abs c.Y1)) (max (abs c.X2) (abs c.Y2))
    let largest = max (extent a) (extent b)

    if largest > 1e-100 && largest < 1e100 then
        struct (a, b)
    else
        let by = -Math.ILogB largest

        let scale (c: Box) =
            let s x = Math.ScaleB(x, by)
            Box.Create(s c.X1, s c.Y1, s c.X2, s c.Y2)

        struct (scale a, scale b)

let private area (b: Box) = (b.X2 - b.X1) * (b.Y2 - b.Y1)

let private intersection (a: Box) (b: Box) =
    let w = min a.X2 b.X2 - max a.X1 b.X1
    let h = min a.Y2 b.Y2 - max a.Y1 b.Y1
    if w > 0.0 && h > 0.0 then w * h else 0.0

let private ratio part whole = if whole > 0.0 then part / whole else 0.0

/// Intersection over union, in [0, 1]; 0 unless both boxes are valid.
let iou (a: Box) (b: Box) : float =
    if not (a.IsValid && b.IsValid) then
        0.0
    else
        let struct (a, b) = scaled a b
        let common = intersection a b
        min 1.0 (ratio common (area a + area b - common))

/// Generalised IoU, in [-1, 1]: IoU minus the share of the hull that the union leaves empty; -1 unless both boxes are
/// valid. Source: Rezatofighi et al. 2019, algorithm 1.
let giou (a: Box) (b: Box) : float =
    if not (a.IsValid && b.IsValid) then
        -1.0
    else
        let struct (a, b) = scaled a b
        let common = intersection a b
        let union = area a + area b - common
        let hull = area (Box.Create(min a.X1 b.X1, min a.Y1 b.Y1, max a.X2 b.X2, max a.Y2 b.Y2))
        max -1.0 (ratio common union - ratio (max 0.0 (hull - union)) hull)

/// True when the point lies in the valid box, edges included.
let contains (box: Box) (x: float) (y: float) : bool =
    box.IsValid && x >= box.X1 && x <= box.X2 && y >= box.Y1 && y <= box.Y2

/// The centre of a box.
let centre (b: Box) : struct (float * float) = struct (b.X1 / 2.0 + b.X2 / 2.0, b.Y1 / 2.0 + b.Y2 / 2.0)
