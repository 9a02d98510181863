/// The laws of everything but verifiers: this library keeps them, and each catches an implementation that does not.
module MoDoMoDo.Laws.Tests.OwnLawsTests

open System
open System.IO
open Xunit
open MoDoMoDo.Laws

// One of the laws measures the processor time of this process.
[<assembly: CollectionBehavior(DisableTestParallelization = true)>]
do ()

let private report (findings: Finding[]) =
    use out = new StringWriter()
    Law.write out findings
    out.ToString()

/// The names of our implementations.
let ours () = Laws.OfOurs |> Seq.map (fun (name, _) -> [| box name |]) |> Seq.distinct

[<Theory>]
[<MemberData(nameof ours)>]
let ``our implementation keeps its laws`` (name: string) =
    let findings =
        Laws.OfOurs
        |> Array.filter (fun (known, _) -> known = name)
        |> Seq.collect snd
        |> List.ofSeq
        |> Law.checkAll

    Assert.True(findings |> Array.forall _.Holds, report findings)

/// The claims that a break is written for.
let claims () = Breaks.all |> Seq.map (fun (claim, _) -> [| box claim |])

[<Theory>]
[<MemberData(nameof claims)>]
let ``the law catches an implementation that breaks it`` (claim: string) =
    let law =
        Breaks.all
        |> List.find (fun (known, _) -> known = claim)
        |> snd
        |> List.find (fun law -> law.Name = claim)

    let finding = Law.check 20_250_524UL law
    Assert.False(finding.Holds, $"no counterexample against '{claim}'")
    Assert.NotEqual<string>("", finding.Counterexample)

[<Fact>]
let ``every law has a break`` () =
    let kinds = [ "normalising twice is normalising once" ]

    let isBroken (law: Law) =
        Breaks.all
        |> List.exists (fun (claim, _) ->
            claim = law.Name
            || kinds
               |> List.exists (fun kind ->
                   claim.StartsWith(kind, StringComparison.Ordinal)
                   && law.Name.StartsWith(kind, StringComparison.Ordinal)))

    Assert.Empty(Laws.OfOurs |> Seq.collect snd |> Seq.filter (isBroken >> not) |> Seq.map _.Name)

[<Fact>]
let ``all 35 kinds of laws are stated`` () =
    let ofVerifiers =
        VerifierLaws.ofVerifier (MoDoMoDo.Verifiers.Catalogue.find "modomodo") |> List.map _.Number

    let stated =
        Laws.OfOurs
        |> Seq.collect snd
        |> Seq.map _.Number
        |> Seq.append ofVerifiers
        |> Seq.distinct
        |> Seq.sort

    Assert.Equal<int list>([ 1..35 ], List.ofSeq stated)
    Assert.Equal<int list>([ 1..35 ], Laws.Titles |> Array.map fst |> List.ofArray)

[<Fact>]
let ``a counterexample is the smallest that is found`` () =
    let law = Law.forText 1 "no text holds a brace" Hostile.text (fun text -> not (text.Contains '{'))

    Assert.Equal("\"{\"", (Law.check 1UL law).Counterexample)
