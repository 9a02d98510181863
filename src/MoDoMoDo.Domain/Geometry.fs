namespace MoDoMoDo.Domain

open System

/// What the numbers of a box mean. A box without its system means nothing, and none is ever guessed from magnitudes.
type CoordinateSystem =
    /// Pixels of the image as it was loaded.
    | Pixel = 0
    /// 0 .. 1000 relative to the image's width and height (Qwen2-VL's grounding format).
    | Thousand = 1
    /// 0 .. 1 relative to the image's width and height.
    | Unit = 2
    /// Pixels of the image after the processor's smart resize (Qwen2.5-VL's grounding format).
    | Resized = 3

/// An axis-aligned rectangle with corners (X1, Y1) and (X2, Y2), x to the right, y down.
[<Struct>]
type Box = {
    X1: float
    Y1: float
    X2: float
    Y2: float
} with

    /// The box with these corners, as given: a box with swapped or equal corners is representable, and not Valid.
    static member Create(x1: float, y1: float, x2: float, y2: float) = { X1 = x1; Y1 = y1; X2 = x2; Y2 = y2 }

    /// True when all corners are finite and both sides are positive.
    member b.IsValid =
        Double.IsFinite b.X1
        && Double.IsFinite b.Y1
        && Double.IsFinite b.X2
        && Double.IsFinite b.Y2
        && b.X1 < b.X2
        && b.Y1 < b.Y2

/// A box whose coordinate system is part of its type; the marker types below are the systems.
[<Struct>]
type BoxIn<'system> = BoxIn of Box

/// Marker of CoordinateSystem.Pixel.
type Pixel = interface end
/// Marker of CoordinateSystem.Thousand.
type Thousand = interface end
/// Marker of CoordinateSystem.Unit.
type UnitSquare = interface end
/// Marker of CoordinateSystem.Resized.
type Resized = interface end

/// A box with what it shows and how sure its author is.
type LabelledBox = {
    Box: Box
    /// Category or expression; empty when unlabelled.
    Label: string
    /// In [0, 1]; 1 when the author states none.
    Confidence: float
}

/// A closed polygon in pixels: x0, y0, x1, y1, ...
type Polygon = { Points: float[] }

/// Pixel size of an image, in the order height, width as in the reference processors.
[<Struct>]
type ImageSize = { Height: int; Width: int }

/// Sizes and coordinates that several sciences share.
module Geometry =

    /// The size that Qwen2-VL's image processor resizes to: multiples of `factor` whose product lies in
    /// [minPixels, maxPixels] where possible, sides rounded half to even. Error when a side is below 1 or the sides'
    /// ratio is above 200. Source: transformers 5.23 `smart_resize` (goldens/processors 1.2).
    [<CompiledName "TrySmartResize">]
    let trySmartResize (factor: int) (minPixels: int) (maxPixels: int) (size: ImageSize) : Result<ImageSize, string> =
        let h, w, f = float size.Height, float size.Width, float factor

        if size.Height < 1 || size.Width < 1 then
            Error $"wanted sides of at least 1 pixel, found {size.Width} x {size.Height}"
        elif max h w / min h w > 200.0 then
            Error $"wanted an aspect ratio of at most 200, found {size.Width} x {size.Height}"
        else
            let round side = Math.Round(side / f, MidpointRounding.ToEven) * f
            let rh, rw = round h, round w

            let h', w' =
                if rh * rw > float maxPixels then
                    let b = sqrt (h * w / float maxPixels)
                    max f (floor (h / b / f) * f), max f (floor (w / b / f) * f)
                elif rh * rw < float minPixels then
                    let b = sqrt (float minPixels / (h * w))
                    ceil (h * b / f) * f, ceil (w * b / f) * f
                else
                    rh, rw

            Ok { Height = int h'; Width = int w' }

    /// As trySmartResize; raises ArgumentException instead of giving an error.
    [<CompiledName "SmartResize">]
    let smartResize (factor: int) (minPixels: int) (maxPixels: int) (size: ImageSize) : ImageSize =
        match trySmartResize factor minPixels maxPixels size with
        | Ok resized -> resized
        | Error why -> raise (ArgumentException why)

    let private roundEven (x: float) = Math.Round(x, MidpointRounding.ToEven)

    let private mapCorners horizontal vertical (b: Box) =
        Box.Create(horizontal b.X1, vertical b.Y1, horizontal b.X2, vertical b.Y2)

    /// Pixels to 0..1000: round(x / width * 1000), half to even, clamped.
    [<CompiledName "PixelToThousand">]
    let pixelToThousand (size: ImageSize) (BoxIn b: BoxIn<Pixel>) : BoxIn<Thousand> =
        let scale (side: int) x = Math.Clamp(roundEven (x / float side * 1000.0), 0.0, 1000.0)
        BoxIn(mapCorners (scale size.Width) (scale size.Height) b)

    /// 0..1000 to pixels: v / 1000 * side.
    [<CompiledName "ThousandToPixel">]
    let thousandToPixel (size: ImageSize) (BoxIn b: BoxIn<Thousand>) : BoxIn<Pixel> =
        let scale (side: int) v = v / 1000.0 * float side
        BoxIn(mapCorners (scale size.Width) (scale size.Height) b)

    /// Pixels to pixels of the resized image: round(x * resized / original), half to even, clamped to 0 .. side - 1.
    [<CompiledName "PixelToResized">]
    let pixelToResized (original: ImageSize) (resized: ImageSize) (BoxIn b: BoxIn<Pixel>) : BoxIn<Resized> =
        let scale (from: int) (into: int) x = Math.Clamp(roundEven (x * float into / float from), 0.0, float (into - 1))

        BoxIn(mapCorners (scale original.Width resized.Width) (scale original.Height resized.Height) b)

    /// Pixels of the resized image to pixels: v / resized * original.
    [<CompiledName "ResizedToPixel">]
    let resizedToPixel (original: ImageSize) (resized: ImageSize) (BoxIn b: BoxIn<Resized>) : BoxIn<Pixel> =
        let scale (from: int) (into: int) v = v / float from * float into
        BoxIn(mapCorners (scale resized.Width original.Width) (scale resized.Height original.Height) b)

    /// Pixels to the unit square: x / side.
    [<CompiledName "PixelToUnit">]
    let pixelToUnit (size: ImageSize) (BoxIn b: BoxIn<Pixel>) : BoxIn<UnitSquare> =
        BoxIn(mapCorners (fun x -> x / float size.Width) (fun y -> y / float size.Height) b)

    /// The unit square to pixels: u * side.
    [<CompiledName "UnitToPixel">]
    let unitToPixel (size: ImageSize) (BoxIn b: BoxIn<UnitSquare>) : BoxIn<Pixel> =
        BoxIn(mapCorners (fun x -> x * float size.Width) (fun y -> y * float size.Height) b)
