module MoDoMoDo.Docs.Verifiers

#if INTERACTIVE
#load "../experiments/load.fsx"
#endif

(**
# Writing a verifier

A verifier judges one answer: it gets a sample with its gold and what the policy wrote, and gives a verdict. This page
writes one, holds it to the laws that every verifier should obey, and puts it to use. It is made from `docs/verifiers.fsx`,
which is compiled and run by a test; `dotnet fsi build.fsx pages` writes it again.

## Four outcomes

A verdict is one of four things, and always says what was extracted, what it was compared to, and why.

| outcome | means | in a group of rollouts |
|---|---|---|
| `Score` | the answer was read and judged, in [0, 1] | as it stands |
| `NoAnswer` | no answer could be read: the policy's fault | 0, counted apart |
| `Unscorable` | the gold is at fault, which says nothing about the policy | left out, advantage 0 |
| `Refused` | a limit on size, depth or work was hit | 0, counted apart |

A verifier never raises on a model's text, never runs it, and gives the same verdict to the same text every time.

## A first version, and what is wrong with it

The task: read a clock. The gold is a time such as `7:05`.
*)
open System
open FsCheck.FSharp
open MoDoMoDo.Domain
open MoDoMoDo.Laws
open MoDoMoDo.Verifiers

let naive =
    Verifier.OfReward "clock" (fun attempt ->
        match attempt.Sample.Gold with
        | Gold.Text [| gold |] ->
            let hit = attempt.Completion.Text.Contains gold
            Judge.scored hit attempt.Completion.Text gold "the gold stands in the completion"
        | _ -> Judge.unscorable "wanted a time as gold")
(**
It says what its samples look like, with a right and a wrong answer each, and asks the laws:
*)
let times: Family = {
    Name = "times"
    Cases = gen {
        let! hour = Gen.choose (0, 23)
        let! minute = Gen.choose (0, 59)
        let time h = sprintf "%d:%02d" h minute
        let sample = Sample.Create("clock", "clocks", "What time is it?", [||], Gold.Text [| time hour |])
        return { Sample = sample; Right = time hour; Wrong = time ((hour + 5) % 24) }
    }
}
(**
{{first}}

Searching for the gold rewards a policy that lists every time, thinks the right one and answers another, or writes `17:05`
for `7:05`. Each law that fails comes with the smallest input that was found for it.

## Extraction, reading, judging

The library takes a verifier apart. An **extractor** finds the answer in a completion, a **reader** makes a value of it, a
**grader** compares the value with the gold. Extractors and readers are functions from text to `Ok value`, `Missing` or a hit
`Limit`; `>=>` chains them and `<|>` tries the next where the first finds nothing.
*)
open Reading

/// Minutes after midnight.
let minutes: Extractor<int> =
    notBlank
    >=> fun text ->
        match text.Trim().TrimEnd('.').Split ':' |> Array.map Int32.TryParse with
        | [| true, hour; true, minute |] when hour >= 0 && hour < 24 && minute >= 0 && minute < 60 ->
            Ok(60 * hour + minute)
        | _ -> missing "no time"

let clock: Grader =
    fun sample answer ->
        let gold =
            match sample.Gold with
            | Gold.Text [| text |] -> minutes text |> Result.mapError (fun _ -> $"'{text}' is no time")
            | _ -> Error "wanted one time as gold"

        Judge.withGold gold (fun wanted ->
            Judge.withAnswer answer (string wanted) (minutes answer) (fun found ->
                let apart = abs (found - wanted)
                let value = if apart = 0 then 1.0 elif apart <= 5 then 0.5 else 0.0
                Judge.partly value answer (string wanted) $"{apart} minutes apart"))

let verifier = Verifier.OfReward "clock" (Judge.completion Scan.taggedAnswer clock |> Combine.named "accuracy")
(**
`Judge.withGold` comes first, so that a faulty gold is `Unscorable` whatever the policy said. `Scan.taggedAnswer` takes the last
complete `<answer>` behind the last `</think>`. There is half a point for five minutes.

{{second}}

The laws print what holds, by number; the list of all 35 kinds is at the end of this page.

## Verdicts

{{verdicts}}

## Combining

Rewards combine by an algebra that the laws check too: `all` (minimum), `any` (maximum), `both` (product), `weighted` (mean),
`gate`, `orElse` (goes on where there is no answer), `threshold`, `above`, `rescale`, `contramap`. A complete reward, with a format that closes
the gate and is worth a tenth:
*)
let reward =
    Combine.weighted [
        "accuracy", 0.9, Judge.completion Scan.taggedAnswer clock
        "format", 0.1, Format.thinkAnswer
    ]
    |> Combine.gate Format.thinkAnswer

let strict = Verifier.OfReward "clock-strict" reward
(**
{{parts}}

## Many at once

`Verifier.VerifyAll` judges in parallel and keeps the order; verifiers are pure, so it does not matter on which thread.

{{batch}}

## Use

- **Training from a script**: [experiments/02-custom-verifier](../experiments/02-custom-verifier/run.fsx) does all of this and trains on it.
- **Training from settings**: build it into an assembly and name it there: `"verifier": "rewards.dll:verifier"`.
- **Another trainer**: [other-trainers.md](other-trainers.md) scores through `modomodo score --completions -`.
- **Golds first**: `Catalogue.check verifier source 1000` finds golds that it cannot judge before training starts.

## Laws of parts

What a verifier is made of can be checked alone: an equality, a normal form, a similarity, overlaps, box sets, average precision,
masks, coordinates, combinators, lengths. Here an IoU that counts pixels inclusively, as several public rewards do:
*)
let inclusive (a: Box) (b: Box) =
    let wider (c: Box) = { c with X2 = c.X2 + 1.0; Y2 = c.Y2 + 1.0 }
    Overlap.iou (wider a) (wider b)
(**
{{inclusive}}

## The 35 kinds of laws

{{titles}}
*)
// ---- What the marks above stand for: the call that is shown, and what it prints.
let judged (verifier: IVerifier) (completion: string) =
    let sample = Sample.Create("clock", "clocks", "What time is it?", [||], Gold.Text [| "7:05" |])
    verifier.Verify(Attempt.Create(sample, completion))

let show (verdict: Verdict) =
    let parts = verdict.Evidence.Parts |> Array.map (fun p -> $"{p.Name} {p.Value}") |> String.concat ", "
    printfn "%-10s %.2f  %s (%s)" verdict.Outcome verdict.Value verdict.Evidence.Why parts

let outputs: (string * (unit -> unit)) list = [
    "first", (fun () -> Laws.check (naive, [ times ]) |> ignore)
    "second", (fun () -> Laws.check (verifier, [ times ]) |> ignore)
    "verdicts",
    (fun () ->
        for answer in [ "7:05"; "7:09"; "12:30"; "noon"; "7:05 or 8:05" ] do
            show (judged verifier $"<think>so</think><answer>{answer}</answer>"))
    "parts",
    (fun () ->
        show (judged strict "<think>so</think><answer>7:09</answer>")
        show (judged strict "<answer>7:05</answer>"))
    "batch",
    (fun () ->
        let sample = Sample.Create("clock", "clocks", "What time is it?", [||], Gold.Text [| "7:05" |])

        let attempts = [|
            for minute in 0..59 -> Attempt.Create(sample, $"<answer>7:%02d{minute}</answer>")
        |]

        printfn "mean %.3f" (Verifier.VerifyAll(verifier, attempts) |> Array.averageBy _.Value))
    "inclusive", (fun () -> Laws.check { Ours.overlaps with Name = "inclusive"; Iou = inclusive } |> ignore)
    "titles",
    (fun () ->
        for number, title in Laws.Titles do
            printfn "L%-3d %s" number title)
]
