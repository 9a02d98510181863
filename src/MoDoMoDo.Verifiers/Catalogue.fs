namespace MoDoMoDo.Verifiers

open System
open System.Collections.Generic
open System.Globalization
open MoDoMoDo.Domain

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
    let private parameter name usual meaning = { Name = name; Default = usual; Meaning = meaning }

    let private floorAt usual =
        parameter "floor" usual "overlaps up to this value count as 0; may be a schedule: 0:0, 500:0.5"

    let private threshold =
        parameter
            "threshold"
            "0"
            "above 0: overlaps of at least this value count as 1, others as 0; may be a schedule: 0:0.5, 500:0.75"

    let private coordinates =
        parameter
            "coords"
            "gold"
            "the system of the answer's numbers: pixel, thousand, unit, resized, or gold (as the gold has them)"

    let private matchingBy usual =
        parameter "matching" usual "greedy, optimal, or confidence (each box in the order of its confidence)"

    let private systems = [
        "gold", None
        "pixel", Some CoordinateSystem.Pixel
        "thousand", Some CoordinateSystem.Thousand
        "unit", Some CoordinateSystem.Unit
        "resized", Some CoordinateSystem.Resized
    ]

    let private strategies = [
        "greedy", Matching.Greedy
        "optimal", Matching.Optimal
        "confidence", Matching.ByConfidence
    ]

    /// The parameters of box rewards, with the usual floor and matching; and the reward under them, step by step.
    let private overBoxes
        floor
        matching
        (reward: IReadOnlyDictionary<string, string> -> Grade.BoxOptions -> Reward<Attempt>)
        =
        let floor, matching = floorAt floor, matchingBy matching

        let make given =
            let floors, thresholds = Parameter.fractions given floor, Parameter.fractions given threshold
            let system = Parameter.choice systems given coordinates
            let strategy = Parameter.choice strategies given matching

            Schedule.map2
                (fun floor threshold ->
                    reward given { System = system; Strategy = strategy; Floor = floor; Threshold = threshold })
                floors
                thresholds
            |> Combine.byStep

        [| floor; threshold; coordinates; matching |], make

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

    /// An entry whose reward depends on how boxes are read and matched.
    let private boxes name description golds example floor matching reward =
        let parameters, make = overBoxes floor matching (fun _ -> reward)
        entry name description golds parameters example make

    /// The reward of a grader on the answer that stands where the parameters say.
    let private answered part (grade: Grader) given =
        Judge.completion (Extraction.chosen given) grade |> Combine.named part

    let private plain name description golds example (grade: Grader) =
        entry name description golds [| Extraction.parameter |] example (answered "accuracy" grade)

    /// As `boxes`, by a grader of an answer that may stand anywhere.
    let private answeredBoxes name description golds example floor matching (grade: Grade.BoxOptions -> Grader) =
        let parameters, make =
            overBoxes floor matching (fun given options -> answered "iou" (grade options) given)

        entry name description golds (Array.append parameters [| Extraction.parameter |]) example make

    let private texts = GoldKinds.Letter ||| GoldKinds.Text
    let private areas = GoldKinds.Boxes ||| GoldKinds.Region
    let private tagged answer = $"<think>so</think><answer>{answer}</answer>"
    let private python = tagged "[{'Position': [100, 100, 300, 200], 'Confidence': 0.9}]"

    let private mode = parameter "mode" "all" "all: 1 when every check holds; share: the share that holds"

    let private checks =
        let shown (name: string, fields: string list) =
            if fields.IsEmpty then
                name
            else
                let list = String.concat ", " fields
                $"{name} ({list})"

        let all = Instructions.fieldsOf |> List.map shown |> String.concat "; "

        parameter
            "checks"
            ""
            $"a JSON list of checks for every sample, in place of the gold's. Checks and their fields: {all}"

    let private instructions = """[{"check": "bullets", "min": 2}, {"check": "words", "max": 5}]"""

    let private url = parameter "url" "http://127.0.0.1:8000/score" "where the scorer listens"
    let private timeout = parameter "timeout" "10" "seconds for one request with its answer"

    let private retries =
        parameter "retries" "2" "further attempts after no connection, no time, or a status 408, 429 or 5xx"

    let private answerLimit = parameter "limit" "65536" "longest answer in bytes"

    /// All pure entries, in the order in which help shows them.
    let entries: Entry[] = [|
        entry
            "world"
            "the embedded world: accuracy or IoU 0.9, format 0.1; one <answer>, at most two words before it"
            GoldKinds.All
            none
            (example oneText [||] "<answer> 42 </answer>")
            (fun _ -> Presets.world)
        boxes
            "modomodo"
            "both tags required; accuracy or box-set IoU 2, format 1"
            GoldKinds.All
            (example oneText [||] (tagged "42"))
            "0"
            "greedy"
            Presets.modomodo
        boxes
            "modomodo-coco"
            "modomodo for detection: by confidence, matched above IoU 0.5, over the larger count"
            areas
            (example oneBox [||] python)
            "0.5"
            "confidence"
            Presets.modomodo
        boxes
            "modomodo-lisa"
            "modomodo for grounding: IoU of exactly one box"
            areas
            (example oneBox [||] python)
            "0"
            "greedy"
            Presets.modomodoLisaBy
        entry
            "r1v"
            "accuracy and format added, one each"
            GoldKinds.All
            none
            (example oneText [||] (tagged "42"))
            (fun _ -> Presets.r1v)
        boxes
            "visual-rft"
            "boxes by confidence matched above IoU 0.5 (or accuracy) and format added, one each"
            GoldKinds.All
            (example oneBox [||] python)
            "0.5"
            "confidence"
            Presets.visualRftBy
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
        answeredBoxes "iou" "IoU of exactly one box" areas (example oneBox [||] python) "0" "greedy" Grade.iou
        answeredBoxes
            "box-set"
            "matched IoU over the larger number of boxes"
            areas
            (example oneBox [||] python)
            "0"
            "greedy"
            Grade.boxSet
        entry
            "point-in-box"
            "a point, or the centre of a box, inside the gold box"
            areas
            [| coordinates; Extraction.parameter |]
            (example oneBox [||] (tagged "[150, 120]"))
            (fun given ->
                let system = Parameter.choice systems given coordinates
                answered "accuracy" (Grade.pointInBox { Grade.defaultBoxes with System = system }) given)
        entry
            "instructions"
            "the form that was asked for (IFEval): counts, keywords, bullets, case, JSON, start and end; the gold is a JSON list of checks"
            GoldKinds.Text
            [| mode; checks |]
            (example (Gold.Text [| instructions |]) [||] "- red\n- green")
            (fun given ->
                let mode = Parameter.choice [ "all", Instructions.All; "share", Instructions.Share ] given mode

                match Parameter.text given checks with
                | "" -> Instructions.ofGold mode
                | json ->
                    match Instructions.ofJson json with
                    | Ok fixedOnes -> Instructions.fixedList mode fixedOnes
                    | Error wanted -> Parameter.bad checks wanted json)
    |]

    /// The verifier that asks a scorer of the user's over HTTP. It stands apart from the entries: it is not pure.
    let http: Entry =
        let scorer given =
            let seconds = Parameter.number 0.01 3600.0 given timeout

            new HttpScorer(
                {
                    Url = Parameter.url given url
                    Timeout = TimeSpan.FromSeconds seconds
                    Retries = Parameter.whole 0 given retries
                    AnswerLimit = Parameter.whole 16 given answerLimit
                }
            )

        entry
            "http"
            "a score in [0, 1] from a program or judge of yours that answers HTTP posts; any failure is unscorable"
            GoldKinds.All
            [| url; timeout; retries; answerLimit |]
            (example oneText [||] "42")
            (fun given -> (scorer given).Verify)

    /// The benchmarks' scorers by name, strict and compat.
    let private scorers = [|
        for name in Benchmarks.names do
            for mode in [ ScoringMode.Strict; ScoringMode.Compat ] -> Benchmarks.scorer name mode
    |]

    /// The names of verifiers, in order: entries, http, then the benchmarks' scorers ("chartqa", "chartqa:compat").
    let names: IReadOnlyList<string> = [|
        yield! entries |> Array.map _.Name
        http.Name
        yield! scorers |> Array.map _.Name
    |]

    let private unknown (name: string) =
        let nearest =
            names
            |> Seq.minBy (fun known -> TextMetrics.levenshtein (Text.codePoints name) (Text.codePoints known))

        raise (InputException("", "verifier", $"a known verifier (did you mean '{nearest}'?)", $"'{name}'"))

    /// The entry of a name. Raises InputException, which suggests the nearest name, when there is none.
    [<CompiledName "Entry">]
    let entryOf (name: string) : Entry =
        match Array.append entries [| http |] |> Array.tryFind (fun e -> e.Name = name) with
        | Some found -> found
        | None -> unknown name

    /// The verifier of a name under parameters: an entry, a benchmark's scorer, or a user's as ASSEMBLY.dll:NAME. Raises
    /// InputException on an unknown name, parameter or value.
    [<CompiledName "FindWith">]
    let findWith (name: string) (parameters: IReadOnlyDictionary<string, string>) : IVerifier =
        match scorers |> Array.tryFind (fun scorer -> scorer.Name = name) with
        | _ when UserVerifier.isReference name -> UserVerifier.load name parameters
        | Some scorer ->
            Parameter.requireKnown $"verifier {name}" none parameters
            scorer
        | None ->
            let found = entryOf name
            Parameter.requireKnown $"verifier {name}" found.Parameters parameters
            Verifier.OfReward name (found.Make parameters)

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
