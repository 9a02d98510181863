module MoDoMoDo.Laws.Tests.VerifierLawsTests

open System
open System.IO
open Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Laws
open MoDoMoDo.Verifiers

let private failed (findings: Finding[]) = findings |> Array.filter (_.Holds >> not)

let private report (findings: Finding[]) =
    use out = new StringWriter()
    Law.write out findings
    out.ToString()

/// The entries of the catalogue.
let entries () = Catalogue.entries |> Seq.map (fun entry -> [| box entry.Name |])

/// Entries that judge the form of a completion and no answer.
let private ofForm = [ "format"; "instructions" ]

[<Theory>]
[<MemberData(nameof entries)>]
let ``every verifier of the catalogue obeys every law`` (name: string) =
    let verifier = Catalogue.find name
    let sample, completion = (Catalogue.entryOf name).Example

    let laws =
        if List.contains name ofForm then
            VerifierLaws.ofForm sample completion verifier
        else
            VerifierLaws.ofVerifier verifier

    Assert.True(List.contains name ofForm || laws.Length > 10, $"only {laws.Length} laws apply")
    let findings = Law.checkAll laws
    Assert.True((failed findings).Length = 0, report (failed findings))

/// A verifier that does what `change` makes of the verdicts of a good one.
let private broken (change: Verdict -> Attempt -> Verdict) =
    let good = Catalogue.find "accuracy"

    {
        new IVerifier with
            member _.Name = "broken"
            member _.Verify attempt = change (good.Verify attempt) attempt
    }

let private value v = Verdict.Score(v, Evidence.Because "")

let private answerIs (judge: string -> string -> bool) =
    broken (fun _ attempt ->
        let gold =
            match attempt.Sample.Gold with
            | Gold.Letter l -> l
            | Gold.Text golds -> golds[0]
            | _ -> ""

        match Scan.taggedAnswer attempt.Completion.Text with
        | Ok answer -> value (if judge gold answer then 1.0 else 0.0)
        | Error _ -> value 0.0)

let private onScore change =
    broken (fun verdict _ ->
        match verdict with
        | Verdict.Score(v, e) -> Verdict.Score(change v, e)
        | other -> other)

/// The work of comparing every 64th character with every other.
let private quadratic (text: string) =
    let mutable equal = 0

    for i in 0..64 .. text.Length - 1 do
        for j in 0..64 .. text.Length - 1 do
            if text[i] = text[j] then
                equal <- equal + 1

    equal

/// A broken verifier for each law, under the law's claim.
let breaks: (string * IVerifier) list =
    let mutable calls = 0

    [
        "every score is finite and lies in [0, 1]", onScore (fun v -> 2.0 * v)
        "no text raises, or puts the blame on the gold",
        broken (fun v a -> if a.Completion.Text.Contains '\\' then failwith "escape" else v)
        "a megabyte of anything is judged",
        broken (fun v a -> if a.Completion.Text.Length > 100_000 then Judge.unscorable "long" else v)
        "the same text gets the same verdict, in every culture and on every thread",
        broken (fun v _ ->
            calls <- calls + 1
            if calls % 7 = 0 then value 0.5 else v)
        "the same text gets the same verdict, in every culture and on every thread",
        answerIs (fun gold answer -> gold.ToLower() = answer.ToLower() && 1.5.ToString() = "1.5")
        "time grows about as the text does",
        broken (fun v a -> if quadratic a.Completion.Text < 0 then value 0.0 else v)
        "a right answer earns full marks", broken (fun v a -> if a.Completion.Text.Contains '4' then value 0.3 else v)
        "a wrong answer earns less than a right one", answerIs (fun _ answer -> answer <> "")
        "an empty answer is not right",
        answerIs (fun gold answer -> gold.StartsWith(answer.Trim(), StringComparison.Ordinal))
        "white space around an answer changes nothing", answerIs (fun gold answer -> gold = answer)
        "the right answer among wrong ones is not full marks",
        answerIs (fun gold answer -> answer.Contains(gold, StringComparison.Ordinal))
        "what is thought never changes whether the answer is right",
        broken (fun v a -> if a.Completion.Text.Contains "42" then value 1.0 else v)
        "a second answer never earns more format",
        broken (fun v a ->
            let format = float (Scan.count "<answer>" a.Completion.Text) / 4.0
            let part = { Name = "format"; Value = min 1.0 format; Weight = 1.0 }
            Verdict.Score(v.Value, { v.Evidence with Parts = [| part |] }))
        "an answer that is not closed is not right",
        broken (fun v a -> if a.Completion.Text.EndsWith "</answer>" then v else value 1.0)
        "the prompt in front of the answer makes nothing right",
        broken (fun v a -> if a.Completion.Text.StartsWith "Think" then value 1.0 else v)
        "an answer that names two options is not right",
        answerIs (fun gold answer -> answer.Contains(gold, StringComparison.Ordinal))
        "a rejected option is not chosen", answerIs (fun gold answer -> answer.EndsWith(gold, StringComparison.Ordinal))
        "marks around a number change nothing",
        answerIs (fun gold answer -> gold = answer.Trim() || gold + ".0" = answer)
    ]

let private findings (claim: string) (verifier: IVerifier) =
    VerifierLaws.ofVerifier verifier
    |> List.filter _.Name.StartsWith(claim, StringComparison.Ordinal)
    |> Law.checkAll

[<Fact>]
let ``each law catches a verifier that breaks it`` () =
    for claim, verifier in breaks do
        Assert.True((failed (findings claim verifier)).Length > 0, $"no counterexample against '{claim}'")

[<Fact>]
let ``every law of verifiers has a break`` () =
    let claim (law: Law) = law.Name.Substring(0, law.Name.LastIndexOf " (")
    let broken = List.append (List.map fst breaks) (List.map fst Breaks.all)

    let claims =
        [ "accuracy"; "modomodo"; "anls" ]
        |> List.collect (Catalogue.find >> VerifierLaws.ofVerifier >> List.map claim)

    Assert.Empty(claims |> List.except broken)

[<Fact>]
let ``a verifier of one's own samples is held to them`` () =
    let knight = Sample.Create("1", "chess", "Which move?", [||], Gold.Text [| "Nf3" |])
    let moves = Families.ofExamples "moves" [ knight, "Nf3", "Nf6"; knight, " Nf3", "e4" ]
    let findings = VerifierLaws.over [ moves ] (Catalogue.find "text") |> Law.checkAll
    Assert.Contains(findings, fun finding -> finding.Law.EndsWith "(moves)")
    Assert.True((failed findings).Length = 0, report findings)

[<Fact>]
let ``a counterexample is printed with the law that fails`` () =
    let caught = failed (findings "every score" (onScore (fun v -> 2.0 * v)))
    let text = report caught
    Assert.Contains("FAILS  L1 every score", text)
    Assert.True(caught |> Array.forall (fun f -> f.Counterexample <> ""))

[<Fact>]
let ``findings are the same every time`` () =
    let find () = findings "a right" (Catalogue.find "number")
    Assert.Equal<Finding[]>(find (), find ())
