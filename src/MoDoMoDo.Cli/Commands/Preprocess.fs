namespace MoDoMoDo.Cli.Commands

open System
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Model

[<RequireQualifiedAccess>]
type PreprocessArguments =
    | [<Mandatory>] Image of file: string
    | Min_Pixels of count: int
    | Max_Pixels of count: int
    | Model of folder: string
    | [<Mandatory>] Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Image _ -> "a PNG, JPEG, WebP, GIF or BMP file; EXIF orientation is applied, alpha is dropped"
            | Min_Pixels _ -> "smaller images are enlarged to about this area; default 3136"
            | Max_Pixels _ -> "larger images are shrunk to about this area; default 12845056"
            | Model _ -> "folder with preprocessor_config.json; default: the settings published for Qwen2-VL"
            | Out _ -> "safetensors to write: pixel_values, image_grid_thw, resized"

/// `modomodo preprocess`
module PreprocessCommand =

    let private area (option: string) (given: int option) : Nullable<int> =
        match given with
        | Some n when n < 1 -> raise (InputException(option, "", "at least 1", string n))
        | Some n -> Nullable n
        | None -> Nullable()

    let private run (_: Common) (given: string[]) =
        let arguments = Arguments.parse<PreprocessArguments> "preprocess" given

        let file, out =
            arguments.GetResult PreprocessArguments.Image, arguments.GetResult PreprocessArguments.Out

        let least = area "--min-pixels" (arguments.TryGetResult PreprocessArguments.Min_Pixels)
        let most = area "--max-pixels" (arguments.TryGetResult PreprocessArguments.Max_Pixels)

        let processor =
            match arguments.TryGetResult PreprocessArguments.Model with
            | Some folder -> ImageProcessor.Load folder
            | None -> ImageProcessor()

        let image = ImageSource().Load(Image.OfFile file)

        try
            RecordedImage.Write(processor.Within(least, most), image, out)
        with :? ArgumentException as error ->
            raise (InputException(file, "size", "an image that can be resized", error.Message))

        Errors.Done

    let command = {
        Name = "preprocess"
        Summary = "the patches of an image, as the model sees them"
        Examples = [
            "modomodo preprocess --image photo.jpg --out photo.safetensors"
            "modomodo preprocess --image photo.jpg --min-pixels 3136 --max-pixels 401408 --out photo.safetensors"
        ]
        Usage = Arguments.help<PreprocessArguments> "preprocess"
        Run = run
    }
