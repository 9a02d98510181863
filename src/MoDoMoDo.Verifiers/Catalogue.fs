namespace MoDoMoDo.Verifiers

open System
open System.Collections.Generic
open System.Globalization
open MoDoMoDo.Domain

/// A parameter of a catalogue entry.
type Parameter = {
    Name: string
    /// The value without a setting, as settings write it.
    Default: string
    /// What it does, in one sentence.
    Meaning: string
}

/// What kinds of gold an entry judges.
[<Flags>]
type GoldKinds =
    | None = 0
    | Letter = 1
    | Text = 2
    | Boxes = 4
    | Region = 8
    | All = 15

/// A verifier that settings can name.
type Entry = {
    Name: string
    /// One sentence.
    Description: string
    Golds: GoldKinds
    Parameters: Parameter[]
    /// A gold and a completion that earn full marks.
    Example: Sample * string
    /// The reward under these parameters; raises InputException on a value that cannot be used.
    Make: IReadOnlyDictionary<string, string> -> Reward<Attempt>
}

/// The verifiers by name.
module Catalogue =

    let private none: Parameter[] = [||]

    let private value (parameters: IReadOnlyDictionary<string, string>) (parameter: Parameter) =
        match parameters.TryGetValue parameter.Name with
        | true, text -> text
        | _ -> parameter.Default

    let private floor = { Name = "floor"; Default = "0"; Meaning = "overlaps up to this value count as 0" }

    let private coordinates = {
        Name = "coords"
        Default = "gold"
        Meaning = "the system of the answer's numbers: pixel, thousand, unit, resized, or gold (as the gold has them)"
    }

    let private strategy = {
        Name = "matching"
        Default = "greedy"
        Meaning = "greedy, optimal, or confidence (each box in the order of its confidence)"
    }

    let private bad name wanted (found: string) = raise (InputException("", name, wanted, $"'{found}'"))

    let private fraction parameters parameter =
        let text = value parameters parameter

        match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, v when v >= 0.0 && v <= 1.0 -> v
        | _ -> bad parameter.Name "a number in [0, 1]" text

    let private boxOptions (parameters: IReadOnlyDictionary<string, string>) : Grade.BoxOptions = {
        Floor = fraction parameters floor
        System =
            match value parameters coordinates with
            | "gold" -> None
            | "pixel" -> Some CoordinateSystem.Pixel
            | "thousand" -> Some CoordinateSystem.Thousand
            | "unit" -> Some CoordinateSystem.Unit
            | "resized" -> Some CoordinateSystem.Resized
            | other -> bad coordinates.Name "gold, pixel, thousand, unit or resized" other
        Strategy =
            match value parameters strategy with
            | "greedy" -> Matching.Greedy
            | "optimal" -> Matching.Optimal
            | "confidence" -> Matching.ByConfidence
            | other -> bad strategy.Name "greedy, optimal or confidence" other
    }

    let private example gold options completion =
        { Sample.Create("example", "example", "", [||], gold) with Options = options }, completion

    let private oneText = Gold.Text [| "42" |]

    let private oneBox =
        let box = { Box = Box.Create(100.0, 100.0, 300.0, 200.0); Label = ""; Confidence = 1.0 }
        Gold.Boxes([| box |], CoordinateSystem.Thousand)

    let private letters = [| "dog"; "cat" |]

    let private entry name description golds parameters example make = {
        Name = name
        Description = description
        Golds = golds
        Parameters = parameters
        Example = example
        Make = make
    }

    let private plain name description golds example (grade: Grader) =
        entry name description golds none example (fun _ ->
            Judge.completion Scan.taggedAnswer grade |> Combine.named "accuracy")

    let private texts = GoldKinds.Letter ||| GoldKinds.Text
    let private areas = GoldKinds.Boxes ||| GoldKinds.Region
    let private boxParameters = [| floor; coordinates; strategy |]
    let private tagged answer = $"<think>so</think><answer>{answer}</answer>"
    let private python = tagged "[{'Position': [100, 100, 300, 200], 'Confidence': 0.9}]"

    /// All entries, in the order in which help shows them.
    let entries: Entry[] = [|
        entry
            "world"
            "the embedded world: accuracy or IoU 0.9, format 0.1; one <answer>, at most two words before it"
            GoldKinds.All
            none
            (example oneText [||] "<answer> 42 </answer>")
            (fun _ -> Presets.world)
        entry
            "modomodo"
            "both tags required; accuracy or box-set IoU 2, format 1"
            GoldKinds.All
            boxParameters
            (example oneText [||] (tagged "42"))
            (boxOptions >> Presets.modomodo)
        entry
            "modomodo-coco"
            "modomodo for detection: by confidence, matched above IoU 0.5, over the larger count"
            areas
            none
            (example oneBox [||] python)
            (fun _ -> Presets.modomodoCoco)
        entry
            "modomodo-lisa"
            "modomodo for grounding: IoU of exactly one box"
            areas
            none
            (example oneBox [||] python)
            (fun _ -> Presets.modomodoLisa)
        entry
            "r1v"
            "accuracy and format added, one each"
            GoldKinds.All
            none
            (example oneText [||] (tagged "42"))
            (fun _ -> Presets.r1v)
        entry
            "visual-rft"
            "boxes by confidence matched above IoU 0.5 (or accuracy) and format added, one each"
            GoldKinds.All
            none
            (example oneBox [||] python)
            (fun _ -> Presets.visualRft)
        entry
            "open-r1"
            "accuracy and format with each tag on its own line, one each"
            GoldKinds.All
            none
            (example oneText [||] "<think>\nso\n</think>\n<answer>\n42\n</answer>")
            (fun _ -> Presets.openR1)
        entry
            "format"
            "each of <think> and <answer> once, non-empty, nothing outside"
            GoldKinds.All
            none
            (example oneText [||] (tagged "7"))
            (fun _ -> Combine.named "format" Format.thinkAnswer)
        plain
            "accuracy"
            "the option, mathematical answer or text that the gold calls for"
            texts
            (example (Gold.Letter "B") letters (tagged "cat"))
            Grade.accuracy
        plain "text" "equal text in normal form" texts (example oneText [||] (tagged "42.")) Grade.text
        plain
            "exact_ci"
            "equal after trimming and lower-casing"
            texts
            (example oneText [||] (tagged "42"))
            Grade.caseless
        plain
            "choice"
            "the letter of an option, or its text; several letters are no answer"
            texts
            (example (Gold.Letter "B") letters (tagged "(B) cat"))
            Grade.choice
        plain
            "number"
            "exactly equal numbers; percent is a factor, a unit may stand on one side"
            texts
            (example oneText [||] (tagged "42.0 cm"))
            Grade.number
        plain
            "math"
            "mathematically equal: exact numbers, radicals, sets, intervals, equations, expressions; units on one side"
            texts
            (example (Gold.Text [| "\\frac{1}{2}" |]) [||] (tagged "$0.5$"))
            Grade.math
        plain "relaxed" "numbers within 5 %, other texts equal" texts (example oneText [||] (tagged "43")) Grade.relaxed
        plain
            "anls"
            "average normalised Levenshtein similarity, lengths after normalisation"
            texts
            (example oneText [||] (tagged "42"))
            Grade.anls
        entry "iou" "IoU of exactly one box" areas boxParameters (example oneBox [||] python) (fun parameters ->
            Judge.completion Scan.taggedAnswer (Grade.iou (boxOptions parameters)) |> Combine.named "iou")
        entry
            "box-set"
            "matched IoU over the larger number of boxes"
            areas
            boxParameters
            (example oneBox [||] python)
            (fun parameters ->
                Judge.completion Scan.taggedAnswer (Grade.boxSet (boxOptions parameters)) |> Combine.named "iou")
        entry
            "point-in-box"
            "a point, or the centre of a box, inside the gold box"
            areas
            [| coordinates |]
            (example oneBox [||] (tagged "[150, 120]"))
            (fun parameters ->
                Judge.completion Scan.taggedAnswer (Grade.pointInBox (boxOptions parameters))
                |> Combine.named "accuracy")
    |]

    /// The names, in order.
    let names: IReadOnlyList<string> = entries |> Array.map _.Name :> _

    let private nearest (name: string) =
        names
        |> Seq.minBy (fun known -> TextMetrics.levenshtein (Text.codePoints name) (Text.codePoints known))

    /// The entry of a name. Raises InputException, which suggests the nearest name, when there is none.
    [<CompiledName "Entry">]
    let entryOf (name: string) : Entry =
        match entries |> Array.tryFind (fun e -> e.Name = name) with
        | Some found -> found
        | None ->
            raise (InputException("", "verifier", $"a known verifier (did you mean '{nearest name}'?)", $"'{name}'"))

    /// The verifier of a name under parameters. Raises InputException on an unknown name, parameter or value.
    [<CompiledName "FindWith">]
    let findWith (name: string) (parameters: IReadOnlyDictionary<string, string>) : IVerifier =
        let found = entryOf name
        let known = found.Parameters |> Array.map _.Name

        match parameters.Keys |> Seq.tryFind (fun key -> not (Array.contains key known)) with
        | Some key when known.Length = 0 -> bad $"verifier {name}" "no parameters" key
        | Some key -> bad $"verifier {name}" (String.concat ", " known) key
        | None -> Verifier.OfReward name (found.Make parameters)

    /// The verifier of a name with its default parameters. Raises InputException when there is none.
    [<CompiledName "Find">]
    let find (name: string) : IVerifier = findWith name (Dictionary<string, string>())

    /// Checks that a verifier can judge the golds of a source, before training starts: at most `limit` samples, evenly
    /// spread. Raises InputException on the first gold that is at fault. A gold's fault never depends on the answer, so an
    /// empty completion finds it.
    [<CompiledName "Check">]
    let check (verifier: IVerifier) (source: ISampleSource) (limit: int) : unit =
        let stride = max 1 ((source.Count + limit - 1) / max 1 limit)

        for index in 0..stride .. source.Count - 1 do
            let sample = source.Get index

            match verifier.Verify(Attempt.Create(sample, "")) with
            | Verdict.Unscorable evidence ->
                raise (
                    InputException(
                        source.Name,
                        $"sample {sample.Id}",
                        $"a gold for verifier {verifier.Name}",
                        evidence.Why
                    )
                )
            | _ -> ()
