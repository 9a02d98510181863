/// The commands by which others compare their implementation with this one: forward and preprocess.
module MoDoMoDo.Cli.Tests.ComparisonTests

open System
open System.IO
open System.Runtime.InteropServices
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Model
open Xunit

let private succeeded (words: string list) =
    let outcome = Executable.run words
    Assert.True((outcome.Code = 0), outcome.Error)

let private refused (words: string list) (parts: string list) =
    let outcome = Executable.run words
    Assert.Equal(2, outcome.Code)
    let line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries))

    for part in parts do
        Assert.Contains(part, line)

let private core =
    let rec above (folder: string) =
        if File.Exists(Path.Combine(folder, "MoDoMoDo.sln")) then
            folder
        else
            above (nonNull (Path.GetDirectoryName folder))

    Path.Combine(above AppContext.BaseDirectory, "tests", "Goldens", "core", "models", "qwen2_vl_tied")

/// The numbers of a tensor of 32-bit floats.
let private numbers (file: string) (name: string) : float32[] =
    use reader = new SafeTensorsReader(file)
    let entry = reader.Entries |> Seq.find (fun e -> e.Name = name)
    let bytes = (File.ReadAllBytes file).AsSpan(int entry.Offset, int entry.Length)
    MemoryMarshal.Cast<byte, float32>(bytes).ToArray()

[<Fact>]
let ``forward writes the recorded logits and log-probabilities`` () =
    use folder = new Executable.Folder()
    let inputs = Path.Combine(core, "cases", "text_only.safetensors")
    let out = folder.File "new/out.safetensors"
    succeeded [ "forward"; "--model"; core; "--inputs"; inputs; "--out"; out; "--what"; "logits,logps" ]

    for name in [ "logits"; "logps" ] do
        let wanted, found = numbers inputs name, numbers out name
        Assert.Equal(wanted.Length, found.Length)
        Array.iter2 (fun (a: float32) b -> Assert.InRange(abs (a - b), 0f, 5e-4f)) wanted found

[<Fact>]
let ``forward names what does not fit`` () =
    use folder = new Executable.Folder()
    let inputs = Path.Combine(core, "cases", "text_only.safetensors")

    let forward model inputs further =
        [ "forward"; "--model"; model; "--inputs"; inputs; "--out"; folder.File "o" ] @ further

    refused (forward (folder.File "none") inputs []) [ "none" ]
    refused (forward core (folder.File "none.safetensors") []) [ "none.safetensors" ]
    refused (forward core (folder.Write("text", "not tensors")) []) [ "text"; "header" ]
    refused (forward core inputs [ "--what"; "logits,logit" ]) [ "'logit'"; "hidden_layer_0 .. 1" ]
    refused (forward core inputs [ "--what"; "image_features" ]) [ "image_features"; "inputs with images" ]
    refused (forward core inputs [ "--dtype"; "int8" ]) [ "dtype"; "int8" ]

[<Fact>]
let ``preprocess writes patches, their grid and the resized image`` () =
    use folder = new Executable.Folder()
    let image, out = folder.File "picture.png", folder.File "picture.safetensors"
    File.WriteAllBytes(image, ImageEncoding.ToPng(RgbImage.Create(30, 20, Array.zeroCreate 1800)))
    succeeded [ "preprocess"; "--image"; image; "--out"; out ]
    use reader = new SafeTensorsReader(out)

    let shapes = [ for e in reader.Entries -> e.Name + " " + string e.Dtype + " " + String.Join("x", e.Shape) ]

    Assert.Equal<string list>(
        [ "pixel_values Float32 24x1176"; "image_grid_thw Int64 1x3"; "resized Byte 56x84x3" ],
        shapes
    )

    // Black is (0 - mean) / deviation of the red channel.
    Assert.Equal(-1.7922626f, (numbers out "pixel_values")[0])

[<Fact>]
let ``preprocess names images that it cannot read or resize`` () =
    use folder = new Executable.Folder()
    let preprocess file further = [ "preprocess"; "--image"; file; "--out"; folder.File "o" ] @ further

    let thin = folder.File "thin.png"
    File.WriteAllBytes(thin, ImageEncoding.ToPng(RgbImage.Create(402, 2, Array.zeroCreate (3 * 804))))
    refused (preprocess thin []) [ "thin.png"; "aspect ratio"; "402 x 2" ]
    refused (preprocess (folder.File "none.png") []) [ "none.png" ]
    refused (preprocess (folder.Write("page.jpg", "<html>")) []) [ "page.jpg"; "HTML" ]
    refused (preprocess thin [ "--max-pixels"; "0" ]) [ "--max-pixels"; "at least 1" ]
