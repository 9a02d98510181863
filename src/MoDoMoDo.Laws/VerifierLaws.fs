/// Laws that every verifier of answers should obey, over any IVerifier.
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
            let verdicts = cases |> List.map (fun c -> verdict verifier c.Sample (wrapping.Wrap "so" c.Right))

            if List.exists isUnscorable verdicts then
                0.0
            else
                verdicts |> List.map _.Value |> List.min

        let best = Generators.wrappings |> List.maxBy worth

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

let private withHostile (s: Subject) = Gen.zip s.Family.Cases Generators.hostileText

/// Cases with a completion: hostile, hostile inside the tags, or right.
let private mixed (s: Subject) = gen {
    let! case = s.Family.Cases
    let! hostile = Generators.hostileText
    let! inside = Generators.tagless
    let! completion = Gen.elements [ hostile; s.Wrapping.Wrap "so" inside; s.Wrapping.Wrap "so" case.Right ]
    return case, completion
}

/// The laws of completions in general: they need no right answer.
let general (s: Subject) : Law list = [
    Law.forAll "every score is finite and lies in [0, 1]" (mixed s) (fun (case, text) ->
        match verdict s.Verifier case.Sample text with
        | Verdict.Score(v, _) -> v >= 0.0 && v <= 1.0
        | _ -> true)

    Law.forAll "no text raises, or puts the blame on the gold" (mixed s) (fun (case, text) ->
        try
            not (isUnscorable (verdict s.Verifier case.Sample text))
        with _ ->
            false)

    Law.forAll "a megabyte of anything is judged" (withHostile s) (fun (case, text) ->
        let long = String.replicate (1_000_000 / max 1 text.Length) text
        not (isUnscorable (verdict s.Verifier case.Sample (s.Wrapping.Wrap "so" long))))
    |> Law.times 4

    Law.forAll
        "the same text gets the same verdict, in every culture and on every thread"
        (mixed s)
        (fun (case, text) ->
            let judge () = verdict s.Verifier case.Sample text
            let first = judge ()

            [
                judge
                (fun () -> underCulture "tr-TR" judge)
                (fun () -> underCulture "de-DE" judge)
                (fun () -> onAnotherThread judge)
            ]
            |> List.forall (fun again -> again () = first))
    |> Law.times 40
]

/// The laws of right and wrong answers.
let answers (s: Subject) : Law list =
    let cases = s.Family.Cases
    let full = (draw s.Family |> List.map (fun c -> (answered s c c.Right).Value)) |> List.max

    [
        Law.forAll "a right answer earns full marks" cases (fun case ->
            let v = answered s case case.Right
            abs (v.Value - full) < 1e-12 && accuracyOf v > 0.0)

        Law.forAll "a wrong answer earns less than a right one" cases (fun case ->
            accuracyOf (answered s case case.Wrong) < accuracyOf (answered s case case.Right))

        Law.forAll "an empty answer is not right" cases (fun case ->
            [ ""; " "; "\n" ] |> List.forall (fun blank -> accuracyOf (answered s case blank) = 0.0))

        Law.forAll "white space around an answer changes nothing" cases (fun case ->
            [ case.Right; case.Wrong ]
            |> List.forall (fun answer ->
                let padded = $" \n {answer} {String(' ', 500)}"
                abs (accuracyOf (answered s case padded) - accuracyOf (answered s case answer)) < 1e-12))

        Law.forAll "the right answer repeated among wrong ones is not full marks" cases (fun case ->
            accuracyOf (answered s case $"{case.Wrong} or {case.Right}") < accuracyOf (answered s case case.Right))
    ]

/// The laws of completions with a thought: only for the wrappings with tags.
let thoughts (s: Subject) : Law list =
    let text = Gen.zip s.Family.Cases Generators.tagless

    [
        if s.Wrapping.Name = "think and answer" then
            Law.forAll "what is thought never changes whether the answer is right" text (fun (case, thought) ->
                let thinking answer = verdict s.Verifier case.Sample (s.Wrapping.Wrap $"so {thought}" answer)

                accuracyOf (thinking case.Right) = accuracyOf (answered s case case.Right)
                && accuracyOf (thinking case.Wrong) = accuracyOf (answered s case case.Wrong))

        if s.Wrapping.Name <> "plain" then
            Law.forAll "a second answer never earns more format" s.Family.Cases (fun case ->
                let once = s.Wrapping.Wrap "so" case.Right
                let format (v: Verdict) = v.PartOr("format", 0.0)
                let twice = verdict s.Verifier case.Sample (once + $"<answer>{case.Right}</answer>")
                format twice <= format (verdict s.Verifier case.Sample once))

            Law.forAll "a truncated answer is not right" s.Family.Cases (fun case ->
                let whole = s.Wrapping.Wrap "so" case.Right
                accuracyOf (verdict s.Verifier case.Sample (whole.Replace("</answer>", ""))) = 0.0)
    ]

/// The laws of options.
let options (s: Subject) : Law list = [
    if s.Family.Name = Generators.choices.Name then
        Law.forAll "an answer that names two options is not right" s.Family.Cases (fun case ->
            let letters = [ for i in 0 .. case.Sample.Options.Length - 1 -> Sample.LetterOf i ]
            let listed (separator: string) = String.Join(separator, letters)

            [ listed " or "; listed ", "; listed " "; String.Join(" or ", case.Sample.Options) ]
            |> List.forall (fun answer -> accuracyOf (answered s case answer) = 0.0))

        Law.forAll "a rejected option is not chosen" s.Family.Cases (fun case ->
            accuracyOf (answered s case $"not {case.Right}") = 0.0)
]

/// True when "7.0" is as right as "7": the verifier compares values, not texts.
let private readsNumbers (s: Subject) =
    s.Family.Name = Generators.numbers.Name
    && draw s.Family
       |> List.forall (fun c -> accuracyOf (answered s c $"{c.Right}.0") = accuracyOf (answered s c c.Right))

/// The laws of numbers as answers.
let numbers (s: Subject) : Law list = [
    if readsNumbers s then
        Law.forAll "marks around a number change nothing" s.Family.Cases (fun case ->
            let n = case.Right

            [ $"${n}$"; $"\\({n}\\)"; $"\\boxed{{{n}}}"; $"**{n}**"; $"{n}."; $"\\text{{{n}}}" ]
            |> List.forall (fun answer -> accuracyOf (answered s case answer) = accuracyOf (answered s case n)))
]

let private all (s: Subject) : Law list =
    [ general; answers; thoughts; options; numbers ]
    |> List.collect (fun group -> group s)
    |> List.map (fun law -> { law with Name = $"{law.Name} ({s.Family.Name})" })

/// All laws that apply to a verifier, on the families of samples that it judges. One that judges none of them is only
/// asked not to raise and to be deterministic.
let ofVerifier (verifier: IVerifier) : Law list =
    match subjects Generators.families verifier with
    | [] -> general { Verifier = verifier; Family = Generators.texts; Wrapping = Generators.wrappings[0] }
    | subjects -> subjects |> List.collect all
