module MoDoMoDo.Domain.Tests.ImageTests

open System
open MoDoMoDo.Domain
open global.Xunit

[<Fact>]
let ``equal pixels of different sides are different images`` () =
    let idOf (width, height) = (Image.OfPixels(RgbImage.Create(width, height, Array.zeroCreate 18))).Id

    Assert.Equal(4, [ 6, 1; 1, 6; 2, 3; 3, 2 ] |> List.distinctBy idOf |> List.length)
    Assert.Equal(idOf (2, 3), idOf (2, 3))

[<Fact>]
let ``bytes are named by their content`` () =
    // sha256sum of an empty file begins with e3b0c44298fc1c14.
    Assert.Equal("e3b0c44298fc1c14", (Image.OfBytes [||]).Id)

[<Fact>]
let ``pixels that do not fill the sides are refused`` () =
    for width, height, length in [ 2, 2, 11; 0, 2, 0; -1, -1, 3; 65536, 65536, 0 ] do
        Assert.Throws<ArgumentException>(fun () -> RgbImage.Create(width, height, Array.zeroCreate length) |> ignore)
        |> ignore

[<Fact>]
let ``errors of input name file, field, what was wanted and what was found`` () =
    Assert.Equal("a.json: steps: wanted a number, found x", InputException("a.json", "steps", "a number", "x").Message)
    Assert.Equal("wanted a number, found x", InputException("", "", "a number", "x").Message)
