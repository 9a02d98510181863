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

/// The entries of the catalogue, but for those that judge no answers.
let entries () =
    Catalogue.entries
    |> Seq.map _.Name
    |> Seq.filter (fun name -> name <> "format")
    |> Seq.map (fun name -> [| box name |])

[<Theory>]
[<MemberData(nameof entries)>]
let ``every verifier of the catalogue obeys every law`` (name: string) =
    let findings = Laws.Findings(Catalogue.find name)
    Assert.True(findings.Length > 4, $"only {findings.Length} laws apply")
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

let private lastLine (attempt: Attempt) = attempt.Completion.Text

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

/// A broken verifier for each law, under the law's first words.
let breaks: (string * IVerifier) list =
    let mutable calls = 0

    [
        "every score", onScore (fun v -> 2.0 * v)
        "no text raises", broken (fun v a -> if a.Completion.Text.Contains '\\' then failwith "escape" else v)
        "a megabyte", broken (fun v a -> if a.Completion.Text.Length > 100_000 then Judge.unscorable "long" else v)
        "the same text",
        broken (fun v _ ->
            calls <- calls + 1
            if calls % 7 = 0 then value 0.5 else v)
        "the same text", answerIs (fun gold answer -> gold.ToLower() = answer.ToLower() && 1.5.ToString() = "1.5")
        "a right answer", broken (fun v a -> if a.Completion.Text.Contains "4<" then value 0.3 else v)
        "a wrong answer", answerIs (fun _ answer -> answer <> "")
        "an empty answer", answerIs (fun gold answer -> gold.StartsWith(answer.Trim(), StringComparison.Ordinal))
        "white space", answerIs (fun gold answer -> gold = answer)
        "the right answer repeated", answerIs (fun gold answer -> answer.Contains(gold, StringComparison.Ordinal))
        "what is thought", broken (fun v a -> if lastLine(a).Contains "42" then value 1.0 else v)
        "a truncated answer", broken (fun v a -> if a.Completion.Text.EndsWith "</answer>" then v else value 1.0)
        "an answer that names two", answerIs (fun gold answer -> answer.Contains(gold, StringComparison.Ordinal))
        "a rejected option", answerIs (fun gold answer -> answer.EndsWith(gold, StringComparison.Ordinal))
        "marks around", answerIs (fun gold answer -> gold = answer.Trim() || gold + ".0" = answer)
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
let ``a second answer that earns format is caught`` () =
    let format text = float (Scan.count "<answer>" text) / 4.0

    let counting =
        broken (fun v attempt ->
            let part = { Name = "format"; Value = min 1.0 (format attempt.Completion.Text); Weight = 1.0 }
            Verdict.Score(v.Value, { v.Evidence with Parts = [| part |] }))

    Assert.NotEmpty(failed (findings "a second answer" counting))

[<Fact>]
let ``a counterexample is printed with the law that fails`` () =
    let caught = failed (findings "every score" (onScore (fun v -> 2.0 * v)))
    let text = report caught
    Assert.Contains("FAILS  every score", text)
    Assert.True(caught |> Array.forall (fun f -> f.Counterexample <> ""))

[<Fact>]
let ``findings are the same every time`` () =
    let find () = findings "a right" (Catalogue.find "number")
    Assert.Equal<Finding[]>(find (), find ())
