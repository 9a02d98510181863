namespace MoDoMoDo.Cli.Commands

open System
open System.Collections.Generic
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Model

[<RequireQualifiedAccess>]
type GenerateArguments =
    | [<MainCommand>] Question of question: string
    | [<Mandatory>] Model of folder: string
    | Adapter of folder: string
    | Image of file: string
    | Greedy
    | Temperature of temperature: float
    | Top_P of share: float
    | Top_K of count: int
    | Max_New_Tokens of count: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Question _ -> "what the policy is asked"
            | Model _ -> "folder of the policy: a checkpoint, final/ or best/ of a run, or 'world'"
            | Adapter _ -> "folder of a LoRA adapter on top of the policy"
            | Image _ -> "a picture that the question is about; may be repeated"
            | Greedy -> "the likeliest token each time"
            | Temperature _ -> "sampling temperature; default 1"
            | Top_P _ -> "draw from the most likely tokens that hold this share; default 1"
            | Top_K _ -> "draw from this many most likely tokens; default 0 = all"
            | Max_New_Tokens _ -> "longest answer in tokens; default 256"

/// `modomodo generate`
module GenerateCommand =

    let private inRange (option: string) (wanted: string) (holds: float -> bool) (value: float) =
        if not (holds value) then
            raise (InputException(option, "", wanted, value.ToString("R", Globalization.CultureInfo.InvariantCulture)))

        value

    let private sampling (arguments: ParseResults<GenerateArguments>) =
        SamplingOptions(
            Greedy = arguments.Contains GenerateArguments.Greedy,
            Temperature =
                inRange
                    "--temperature"
                    "a number above 0"
                    (fun x -> x > 0.0)
                    (arguments.GetResult(GenerateArguments.Temperature, defaultValue = 1.0)),
            TopP =
                inRange
                    "--top-p"
                    "a number in (0, 1]"
                    (fun x -> x > 0.0 && x <= 1.0)
                    (arguments.GetResult(GenerateArguments.Top_P, defaultValue = 1.0)),
            TopK =
                int (
                    inRange
                        "--top-k"
                        "at least 0"
                        (fun x -> x >= 0.0)
                        (float (arguments.GetResult(GenerateArguments.Top_K, defaultValue = 0)))
                )
        )

    /// The embedded world's own policy reads questions word by word; others get their chat template.
    let private promptOf (policy: Policy) (question: string) (images: Image[]) : Prompt =
        let template =
            if policy.Tokenizer.IdOf WorldWords.AnswerStart >= 0 then
                World.Template
            else
                Templates.find "" "" "chat"

        Prompt.render template (Sample.Create("question", "question", question, images, Gold.Text [||]))

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<GenerateArguments> "generate" given

        let question =
            match arguments.GetResults GenerateArguments.Question with
            | [ question ] -> question
            | [] -> Errors.usage "generate" "a question" "nothing"
            | several -> Errors.usage "generate" "one question (in quotes)" (string several.Length)

        let length = arguments.GetResult(GenerateArguments.Max_New_Tokens, defaultValue = 256)

        if length < 1 || length > Machine.mostTokens then
            raise (InputException("--max-new-tokens", "", $"1 to {Machine.mostTokens}", string length))

        let sampling = sampling arguments
        let model = RunInput.model (arguments.GetResult GenerateArguments.Model)

        let adapter =
            arguments.GetResults GenerateArguments.Adapter
            |> List.map (fun folder -> "model.adapter=" + Json.line (Json.Text folder))

        let settings = RunInput.settings common None "small" (model :: adapter)
        ComputeDevice.Threads <- settings.Whole "threads"

        use policy =
            (StartingPolicy.create Console.Error.WriteLine Threading.CancellationToken.None settings).Invoke()

        let images = arguments.GetResults GenerateArguments.Image |> List.map Image.OfFile |> Array.ofList
        let encoded = policy.Encode(promptOf policy question images, ImageSource())
        let detokenizer = Detokenizer policy.Tokenizer

        let print (text: string) =
            Console.Out.Write text
            Console.Out.Flush()

        let options =
            GenerationOptions(Sampling = sampling, MaxNewTokens = length, Seed = uint64 (settings.Whole "seed"))

        let onToken = Action<int, int>(fun _ id -> print (detokenizer.Next id))
        policy.Generate([| encoded |] :> IReadOnlyList<_>, 1, options, onToken = onToken) |> ignore
        print (detokenizer.Flush() + "\n")
        Errors.Done

    let command = {
        Name = "generate"
        Summary = "ask a policy one question, with pictures or without"
        Examples = [
            "modomodo data world world-geoqav --out pictures     (pictures that the world's policies can be asked about, with questions)"
            "modomodo generate --model world --image pictures/world-geoqav-0.png --greedy \"QUESTION\""
            "modomodo generate --model Qwen2-VL-2B-Instruct --image photo.jpg --max-new-tokens 100 \"What is in the photo?\""
        ]
        Usage = Arguments.help<GenerateArguments> "generate"
        Run = run
    }
