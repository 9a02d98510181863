[<FsCheck.Xunit.Properties(Arbitrary = [| typeof<MoDoMoDo.Domain.Tests.Generators.Arbitraries> |])>]
module MoDoMoDo.Domain.Tests.GeometryTests

open System
open System.IO
open System.Text.Json
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Domain.Tests.Generators
open global.Xunit

let private factor, least, most = 28, 3136, 200704

let private smart = Geometry.smartResize factor least most

let private area (size: ImageSize) = size.Height * size.Width

let private corners (box: Box) = [ box.X1; box.Y1; box.X2; box.Y2 ]

/// Largest distance of two boxes' corners, along x and along y.
let private distance (a: Box) (b: Box) =
    max (abs (a.X1 - b.X1)) (abs (a.X2 - b.X2)), max (abs (a.Y1 - b.Y1)) (abs (a.Y2 - b.Y2))

[<Fact>]
let ``smart resize equals transformers' on every recorded row`` () =
    // Recorded from transformers 5.23 (goldens/processors 1.2): height, width, min, max, [height, width] or an error.
    use file = JsonDocument.Parse(File.ReadAllText(Repository.golden "processors/images/smart_resize.json"))

    let rows = [|
        for row in file.RootElement.GetProperty("rows").EnumerateArray() -> [| yield! row.EnumerateArray() |]
    |]

    Assert.True(rows.Length > 1000)

    for row in rows do
        let number i = (row[i]).GetInt32()
        let size = { Height = number 0; Width = number 1 }

        let wanted =
            match row[4].ValueKind with
            | JsonValueKind.Array -> Ok { Height = (row[4][0]).GetInt32(); Width = (row[4][1]).GetInt32() }
            | _ -> Error()

        let found = Geometry.trySmartResize factor (number 2) (number 3) size |> Result.mapError ignore
        Assert.True((wanted = found), $"{row[0]} x {row[1]} within {row[2]}..{row[3]}: wanted {row[4]}, found {found}")

[<Property>]
let ``resized sides are positive multiples of the factor`` (Sides size) =
    let resized = smart size
    [ resized.Height; resized.Width ] |> List.forall (fun side -> side > 0 && side % factor = 0)

[<Property>]
let ``a resized image inside the budget is not resized again`` (Sides size) =
    let resized = smart size
    area resized > most || smart resized = resized

[<Property>]
let ``turning the image turns the resized image`` (Sides size) =
    let turn (s: ImageSize) = { Height = s.Width; Width = s.Height }
    smart (turn size) = turn (smart size)

[<Fact>]
let ``sides below 1 and ratios above 200 are errors, a ratio of 200 is none`` () =
    let outcome height width =
        Geometry.trySmartResize factor least most { Height = height; Width = width } |> Result.isOk

    Assert.Equal<bool list>([ false; false; true ], [ outcome 0 10; outcome 10 2001; outcome 10 2000 ])
    Assert.Throws<ArgumentException>(fun () -> smart { Height = -1; Width = 5 } |> ignore)

[<Property>]
let ``pixels and thousandths agree to half a thousandth`` (InImage(size, box)) =
    let (BoxIn there) = Geometry.pixelToThousand size (BoxIn box)
    let (BoxIn back) = Geometry.thousandToPixel size (BoxIn there)
    let dx, dy = distance box back

    corners there |> List.forall (fun v -> v = Math.Floor v && 0.0 <= v && v <= 1000.0)
    && dx <= float size.Width / 1999.9
    && dy <= float size.Height / 1999.9

[<Property>]
let ``whole thousandths survive the way through pixels`` (Sides size) (seed: uint64) =
    let stream = RandomStream seed
    let corner () = float (stream.NextInt(0, 1000))
    let box: BoxIn<Thousand> = BoxIn(Box.Create(corner (), corner (), corner (), corner ()))
    box |> Geometry.thousandToPixel size |> Geometry.pixelToThousand size = box

[<Property>]
let ``pixels and the unit square agree to rounding`` (InImage(size, box)) =
    let (BoxIn back) = BoxIn box |> Geometry.pixelToUnit size |> Geometry.unitToPixel size
    let dx, dy = distance box back
    dx <= 1e-9 && dy <= 1e-9

[<Property>]
let ``pixels and pixels of the resized image agree to one of the latter`` (InImage(size, box)) =
    let resized = smart size
    let (BoxIn there) = Geometry.pixelToResized size resized (BoxIn box)
    let (BoxIn back) = Geometry.resizedToPixel size resized (BoxIn there)
    let dx, dy = distance box back

    there.X2 <= float (resized.Width - 1)
    && there.Y2 <= float (resized.Height - 1)
    && dx <= float size.Width / float resized.Width * 1.0001
    && dy <= float size.Height / float resized.Height * 1.0001

[<Fact>]
let ``corners outside the image are clamped to it`` () =
    let size = { Height = 100; Width = 200 }
    let (BoxIn clamped) = Geometry.pixelToThousand size (BoxIn(Box.Create(-5.0, 50.0, 300.0, 1e9)))
    Assert.Equal(Box.Create(0.0, 500.0, 1000.0, 1000.0), clamped)

[<Fact>]
let ``only finite boxes with positive sides are valid`` () =
    Assert.True(Box.Create(0.0, 0.0, 1.0, 1.0).IsValid)

    for box in
        [
            Box.Create(1.0, 0.0, 0.0, 1.0)
            Box.Create(0.0, 0.0, 0.0, 1.0)
            Box.Create(nan, 0.0, 1.0, 1.0)
            Box.Create(0.0, 0.0, infinity, 1.0)
        ] do
        Assert.False box.IsValid
