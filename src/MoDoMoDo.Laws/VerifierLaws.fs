/// Laws that every verifier of answers should obey, over any IVerifier: L1 to L5, L14, L17 to L22, and those of equality
/// where the verifier compares numbers or formulas.
module MoDoMoDo.Laws.VerifierLaws

open System
open System.Globalization
open System.Threading
open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Domain

/// What the laws know about a verifier: which samples it judges, and in which form it wants its answers.
type Subject = { Verifier: IVerifier; Family: Family; Wrapping: Wrapping }

let private verdict (verifier: IVerifier) sample completion = verifier.Verify(Attempt.Create(sample, completion))

/// The part that says whether the answer is right: "accuracy" or "iou" where the verdict has parts, else the score.
let private accuracyOf (v: Verdict) = v.PartOr("accuracy", v.PartOr("iou", v.Value))

let private answered (s: Subject) (case: Case) answer = verdict s.Verifier case.Sample (s.Wrapping.Wrap "so" answer)

let private isUnscorable (v: Verdict) = v.Outcome = "unscorable"

let private draw (family: Family) = Gen.sampleWithSeed (Rnd 7UL) 20 8 family.Cases |> Array.toList

/// The families that a verifier judges, each with the wrapping under which right answers earn most: full marks for all of
/// eight samples, or at least something.
let subjects (families: Family list) (verifier: IVerifier) : Subject list = [
    for family in families do
        let cases = draw family

        let worth (wrapping: Wrapping) =
            let value (c: Case) =
                try
                    match verdict verifier c.Sample (wrapping.Wrap "so" c.Right) with
                    | Verdict.Unscorable _ -> 0.0
                    | judged -> judged.Value
                with _ ->
                    0.0

            cases |> List.map value |> List.min

        let best = Families.wrappings |> List.maxBy worth

        if worth best > 0.0 then
            { Verifier = verifier; Family = family; Wrapping = best }
]

let private underCulture (name: string) (compute: unit -> 'a) : 'a =
    let before = CultureInfo.CurrentCulture

    try
        CultureInfo.CurrentCulture <- CultureInfo.GetCultureInfo name
        compute ()
    finally
        CultureInfo.CurrentCulture <- before

let private onAnotherThread (compute: unit -> 'a) : 'a =
    let mutable result = Unchecked.defaultof<'a>
    let thread = Thread(fun () -> result <- compute ())
    thread.Start()
    thread.Join()
    result

/// Cases with a completion: hostile, hostile inside the tags, right, or right with changes.
let private mixed (s: Subject) = gen {
    let! case = s.Family.Cases
    let right = s.Wrapping.Wrap "so" case.Right
    let inTags = Hostile.tagless |> Gen.map (s.Wrapping.Wrap "so")

    let! completion =
        Gen.oneof [ Hostile.text; inTags; Hostile.mutated (Gen.constant right); Gen.constant right ]

    return case, completion
}

let private repeated (length: int) (text: string) =
    String.replicate (length / max 1 text.Length + 1) (if text = "" then " " else text)

/// The laws of completions in general: they need no right answer.
let general (s: Subject) : Law list =
    let judge (case: Case) text = verdict s.Verifier case.Sample text

    [
        Law.forWithText 1 "every score is finite and lies in [0, 1]" (mixed s) (fun (case, text) ->
            match judge case text with
            | Verdict.Score(v, _) -> v >= 0.0 && v <= 1.0
            | _ -> true)

        Law.forWithText 2 "no text raises, or puts the blame on the gold" (mixed s) (fun (case, text) ->
            not (isUnscorable (judge case text)))

        Law.forWithText
            3
            "the same text gets the same verdict, in every culture and on every thread"
            (mixed s)
            (fun (case, text) ->
                let again () = judge case text
                let first = again ()

                [
                    again
                    (fun () -> underCulture "tr-TR" again)
                    (fun () -> underCulture "de-DE" again)
                    (fun () -> onAnotherThread again)
                ]
                |> List.forall (fun run -> run () = first))
        |> Law.times 40
    ]

/// The laws of long completions.
let long (s: Subject) : Law list =
    let withHostile = Gen.zip s.Family.Cases Hostile.text

    [
        Law.forFew 4 2 "a megabyte of anything is judged" withHostile (fun (case, text) ->
            not (isUnscorable (verdict s.Verifier case.Sample (s.Wrapping.Wrap "so" (repeated 1_000_000 text)))))

        // Sixteen times the text may take 64 times as long, and a fiftieth of a second more: a quadratic verifier needs 256
        // times. Processor time, measured again before it is held against the verifier.
        Law.forFew 3 4 "time grows about as the text does" withHostile (fun (case, text) ->
            let seconds length =
                let completion = s.Wrapping.Wrap "so" (repeated length text)
                let before = Environment.CpuUsage.TotalTime
                verdict s.Verifier case.Sample completion |> ignore
                (Environment.CpuUsage.TotalTime - before).TotalSeconds

            seconds 65_536 |> ignore

            Seq.init 6 (fun _ -> struct (seconds 65_536, seconds 1_048_576))
            |> Seq.exists (fun (struct (short, long)) -> long <= 64.0 * short + 0.02))
    ]

/// The laws of right and wrong answers.
let answers (s: Subject) : Law list =
    let cases = s.Family.Cases
    let full = (draw s.Family |> List.map (fun c -> (answered s c c.Right).Value)) |> List.max

    [
        Law.forAll 5 "a right answer earns full marks" cases (fun case ->
            let v = answered s case case.Right
            abs (v.Value - full) < 1e-12 && accuracyOf v > 0.0)

        Law.forAll 14 "a wrong answer earns less than a right one" cases (fun case ->
            accuracyOf (answered s case case.Wrong) < accuracyOf (answered s case case.Right))

        Law.forAll 20 "an empty answer is not right" cases (fun case ->
            [ ""; " "; "\n" ] |> List.forall (fun blank -> accuracyOf (answered s case blank) = 0.0))

        Law.forAll 21 "white space around an answer changes nothing" cases (fun case ->
            [ case.Right; case.Wrong ]
            |> List.forall (fun answer ->
                let padded = $" \n {answer} {String(' ', 500)}"
                abs (accuracyOf (answered s case padded) - accuracyOf (answered s case answer)) < 1e-12))

        Law.forAll 19 "the right answer among wrong ones is not full marks" cases (fun case ->
            accuracyOf (answered s case $"{case.Wrong} or {case.Right}") < accuracyOf (answered s case case.Right))
    ]

let private hasTags (s: Subject) = s.Wrapping.Wrap "" "" <> ""

let private hasThought (s: Subject) = s.Wrapping.Wrap "a" "" <> s.Wrapping.Wrap "b" ""

/// A prompt that speaks of the tags.
let private prompt =
    "Think first, in <think> </think> tags, then give the answer in <answer> </answer> tags. What is it?\n"

/// The laws of what stands around the answer: only for the wrappings with tags.
let surroundings (s: Subject) : Law list =
    let cases = s.Family.Cases

    [
        if hasThought s then
            // Thoughts of the right answer and of the wrong one, bare and boxed, and hostile ones.
            Law.forWithText
                17
                "what is thought never changes whether the answer is right"
                (Gen.zip cases Hostile.tagless)
                (fun (case, thought) ->
                    let thoughts = [ case.Right; $"\\boxed{{{case.Right}}}"; case.Wrong; thought ]
                    let thinking answer about = verdict s.Verifier case.Sample (s.Wrapping.Wrap $"so {about}" answer)

                    [ case.Right; case.Wrong ]
                    |> List.forall (fun answer ->
                        let plain = accuracyOf (answered s case answer)
                        thoughts |> List.forall (fun about -> accuracyOf (thinking answer about) = plain)))

        if hasTags s then
            Law.forAll 18 "a second answer never earns more format" cases (fun case ->
                let once = s.Wrapping.Wrap "so" case.Right
                let format completion = (verdict s.Verifier case.Sample completion).PartOr("format", 0.0)
                format (once + $"<answer>{case.Right}</answer>") <= format once)

            Law.forAll 20 "an answer that is not closed is not right" cases (fun case ->
                let whole = s.Wrapping.Wrap "so" case.Right
                accuracyOf (verdict s.Verifier case.Sample (whole.Replace("</answer>", ""))) = 0.0)

            // A reward that asks for a form may refuse a completion that begins with the prompt, but never prefer it.
            Law.forAll 22 "the prompt in front of the answer makes nothing right" cases (fun case ->
                let asksForForm =
                    (answered s case case.Right).Evidence.Parts |> Array.exists (fun p -> p.Name = "format")

                [ case.Right; case.Wrong ]
                |> List.forall (fun answer ->
                    let plain = accuracyOf (answered s case answer)
                    let echoed = accuracyOf (verdict s.Verifier case.Sample (prompt + s.Wrapping.Wrap "so" answer))
                    if asksForForm then echoed <= plain else echoed = plain))
    ]

/// The laws of options.
let options (s: Subject) : Law list = [
    if s.Family.Name = Families.choices.Name then
        Law.forAll 19 "an answer that names two options is not right" s.Family.Cases (fun case ->
            let letters = [ for i in 0 .. case.Sample.Options.Length - 1 -> Sample.LetterOf i ]
            let listed (separator: string) = String.Join(separator, letters)

            [ listed " or "; listed ", "; listed " "; String.Join(" or ", case.Sample.Options) ]
            |> List.forall (fun answer -> accuracyOf (answered s case answer) = 0.0))

        Law.forAll 19 "a rejected option is not chosen" s.Family.Cases (fun case ->
            accuracyOf (answered s case $"not {case.Right}") = 0.0)
]

/// When the verifier calls an answer right, as an equality of texts.
let private equality (s: Subject) : EqualityLaws.Equality = {
    Name = s.Verifier.Name
    Equal =
        fun gold answer ->
            let sample = Sample.Create("law", "law", "", [||], Gold.Text [| gold |])
            accuracyOf (verdict s.Verifier sample (s.Wrapping.Wrap "so" answer)) > 1.0 - 1e-12
}

/// The laws of equality, as far as the verifier compares values rather than texts: those of notation where "7.0" is 7, those
/// of exactness where a million and one is not a million, those of mathematics where 2 + x is x + 2.
let values (s: Subject) : Law list =
    let equality = equality s

    [
        if s.Family.Name = Families.numbers.Name && equality.Equal "7" "7.0" then
            yield! EqualityLaws.notation equality

            if not (equality.Equal "1000000" "1000001") then
                yield! EqualityLaws.exactness equality

        if s.Family.Name = Families.mathematics.Name && equality.Equal "2+x" "x+2" then
            yield! EqualityLaws.mathematics equality
    ]
    |> List.map (Law.times 10)

let private among (s: Subject) (laws: Law list) =
    laws |> List.map (fun law -> { law with Name = $"{law.Name} ({s.Family.Name})" })

let private ofSubject (s: Subject) : Law list =
    [ general; answers; surroundings; options; values ]
    |> List.collect (fun group -> group s)
    |> among s

/// The laws of a verifier that judges a completion's form and no answer: format, length, instructions. `sample` holds the
/// gold that it wants, `completion` has the form.
let ofForm (sample: Sample) (completion: string) (verifier: IVerifier) : Law list =
    let family = Families.ofExamples "form" [ sample, completion, "" ]
    let plain = Families.wrappings |> List.last
    let subject = { Verifier = verifier; Family = family; Wrapping = plain }
    general subject @ long subject

/// All laws that apply to a verifier, on those of the families that it judges. One that judges none of them is held to the
/// laws of form alone.
let over (families: Family list) (verifier: IVerifier) : Law list =
    match subjects families verifier with
    | [] -> ofForm (Sample.Create("law", "law", "", [||], Gold.Text [| "red" |])) "red" verifier
    | subjects -> (subjects |> List.collect ofSubject) @ (long subjects.Head |> among subjects.Head)

/// All laws that apply to a verifier, on the library's own families.
let ofVerifier (verifier: IVerifier) : Law list = over Families.all verifier
