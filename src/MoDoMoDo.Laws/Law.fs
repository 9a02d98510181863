namespace MoDoMoDo.Laws

open System
open System.IO
open FsCheck
open FsCheck.FSharp

/// A statement about an implementation, checked on random inputs.
type Law = {
    /// A claim in one sentence.
    Name: string
    Property: Property
    /// Number of random inputs.
    Tests: int
}

/// What checking a law found.
type Finding = {
    /// The law's claim.
    Law: string
    Holds: bool
    /// The smallest input for which the law fails; empty where it holds.
    Counterexample: string
}

/// Stating and checking laws.
module Law =

    /// The law that `predicate` holds for everything that the generator gives, shrinking with `shrink`.
    let forAllShrunk (name: string) (gen: Gen<'a>) (shrink: 'a -> seq<'a>) (predicate: 'a -> bool) : Law = {
        Name = name
        Property = Prop.forAll (Arb.fromGenShrink (gen, shrink)) predicate
        Tests = 100
    }

    /// The law on another number of inputs: fewer for slow ones.
    let times (tests: int) (law: Law) : Law = { law with Tests = tests }

    /// The law that `predicate` holds for everything that the generator gives.
    let forAll (name: string) (gen: Gen<'a>) (predicate: 'a -> bool) : Law =
        forAllShrunk name gen (fun _ -> Seq.empty) predicate

    /// The law of a predicate over a text, shrunk by leaving out pieces.
    let forText (name: string) (gen: Gen<string>) (predicate: string -> bool) : Law =
        let shrink (text: string) = seq {
            if text.Length > 1 then
                yield text.Substring(text.Length / 2)
                yield text.Substring(0, text.Length / 2)

            for i in 0 .. min 40 text.Length - 1 do
                yield text.Remove(i, 1)
        }

        forAllShrunk name gen shrink predicate

    /// Keeps the last outcome instead of printing it.
    type private Collector() =
        member val Result: TestResult option = None with get, set

        interface IRunner with
            member _.OnStartFixture _ = ()
            member _.OnArguments(_, _, _) = ()
            member _.OnShrink(_, _) = ()
            member collector.OnFinished(_, result) = collector.Result <- Some result

    /// Checks one law on inputs drawn from `seed`; the same seed always draws the same inputs.
    let check (seed: uint64) (law: Law) : Finding =
        let collector = Collector()

        let config =
            Config.Quick.WithMaxTest(law.Tests).WithRunner(collector).WithReplay(Some { Rnd = Rnd seed; Size = None })

        Check.One(config, law.Property)

        match collector.Result with
        | Some(TestResult.Passed _) -> { Law = law.Name; Holds = true; Counterexample = "" }
        | Some(TestResult.Failed(_, _, shrunk, _, _, _, _)) -> {
            Law = law.Name
            Holds = false
            Counterexample = shrunk |> List.map (sprintf "%A") |> String.concat ", "
          }
        | _ -> { Law = law.Name; Holds = false; Counterexample = "too few inputs met the law's condition" }

    /// Checks laws one after the other, on the same inputs every time.
    let checkAll (laws: Law list) : Finding[] = laws |> List.map (check 20_250_524UL) |> List.toArray

    /// Writes findings, one a line, counterexamples below.
    let write (out: TextWriter) (findings: Finding[]) : unit =
        for finding in findings do
            let mark = if finding.Holds then "holds" else "FAILS"
            out.WriteLine $"{mark}  {finding.Law}"

            if not finding.Holds then
                out.WriteLine
                    $"       {finding.Counterexample.ReplaceLineEndings(Environment.NewLine + String(' ', 7))}"
