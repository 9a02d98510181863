namespace MoDoMoDo.Cli.Commands

open System
open System.Diagnostics
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Model

[<RequireQualifiedAccess>]
type BenchImagesArguments =
    | Image of file: string
    | Rounds of count: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Image _ -> "an image file; default: a drawn photograph of 640 x 480 pixels as JPEG"
            | Rounds _ -> "timed images; default 200"

/// `modomodo bench images`: from an image file to patches, on one core.
module BenchImagesCommand =

    let private width, height = 640, 480

    /// Soft shapes and the noise of a sensor: about as many bytes as a photograph of this size.
    let private drawn () : byte[] =
        let random = RandomStream(Rng.OfSeed 1UL)
        let pixels = Array.zeroCreate (3 * width * height)

        for y in 0 .. height - 1 do
            for x in 0 .. width - 1 do
                for channel in 0..2 do
                    let phase = float (channel * 40)

                    let soft =
                        sin ((float x + phase) / 37.0) * cos (float y / 53.0) * 70.0
                        + sin ((float x + 2.0 * float y) / 11.0) * 20.0

                    let value = 128.0 + soft + 5.0 * random.NextGaussian()
                    pixels[3 * (width * y + x) + channel] <- byte (Math.Clamp(value, 0.0, 255.0))

        ImageEncoding.ToJpeg(RgbImage.Create(width, height, pixels), 90)

    /// Seconds of each stage for one image.
    let private timed (file: byte[]) (options: ImageDecodingOptions) (processor: ImageProcessor) : float[] =
        let seconds (work: unit -> 'a) =
            let clock = Stopwatch.StartNew()
            let result = work ()
            result, clock.Elapsed.TotalSeconds

        let image, decode = seconds (fun () -> ImageDecoding.Decode(file, options))
        let resized, resize = seconds (fun () -> processor.Resize image)
        let _, patches = seconds (fun () -> processor.Cut resized)
        [| decode; resize; patches |]

    let private run (_: Common) (given: string[]) =
        let arguments = Arguments.parse<BenchImagesArguments> "bench images" given
        let rounds = arguments.GetResult(BenchImagesArguments.Rounds, defaultValue = 200)

        if rounds < 1 then
            raise (InputException("--rounds", "", "at least 1", string rounds))

        let name, file =
            match arguments.TryGetResult BenchImagesArguments.Image with
            | Some path when not (File.Exists path) -> raise (InputException(path, "", "a file", "none"))
            | Some path -> path, File.ReadAllBytes path
            | None -> "640x480 JPEG", drawn ()

        let options, processor = ImageDecodingOptions(), ImageProcessor()

        for _ in 1 .. min rounds 30 do
            timed file options processor |> ignore

        let all = [| for _ in 1..rounds -> timed file options processor |]
        let totals = all |> Array.map Array.sum |> Array.sort
        // Other work on the machine only ever adds time: each stage's least is its own.
        let least = Array.init 3 (fun stage -> all |> Array.map (Array.item stage) |> Array.min)
        let total = Array.sum least
        let rounded (x: float) = Json.Number(Math.Round(x, 6))

        for stage, seconds in Array.zip [| "decode"; "resize"; "patches" |] least do
            Console.Error.WriteLine(stage.PadRight 18 + " " + Json.line (rounded seconds) + " s")

        Console.Out.WriteLine(
            Json.line (
                Json.Object [
                    "workload", Json.Text name
                    "bytes", Json.Number(float file.Length)
                    "seconds_min", rounded total
                    "seconds_median", rounded totals[totals.Length / 2]
                    "images_per_s", Json.Number(Math.Round(1.0 / total, 1))
                    "decode", rounded least[0]
                    "resize", rounded least[1]
                    "patches", rounded least[2]
                ]
            )
        )

        Errors.Done

    let command = {
        Name = "bench images"
        Summary = "time images from file to patches, on one core"
        Examples = [ "modomodo bench images"; "modomodo bench images --image photo.jpg --rounds 100" ]
        Usage = Arguments.help<BenchImagesArguments> "bench images"
        Run = run
    }
