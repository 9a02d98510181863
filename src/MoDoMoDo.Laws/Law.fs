namespace MoDoMoDo.Laws

open System
open System.IO
open FsCheck
open FsCheck.FSharp

/// A statement about an implementation, checked on random inputs.
type Law = {
    /// Which of the 35 kinds it is: Laws.Titles has them in words.
    Number: int
    /// A claim in one sentence.
    Name: string
    Property: Property
    /// Number of random inputs.
    Tests: int
}

/// What checking a law found.
type Finding = {
    /// Which of the 35 kinds of laws it is.
    Number: int
    /// The law's claim.
    Law: string
    Holds: bool
    /// The smallest input that was found for which the law fails; empty where it holds.
    Counterexample: string
}

/// Stating and checking laws.
module Law =

    /// Longest counterexample that is shown.
    let private longest = 600

    /// A value as text: invisible characters escaped, the middle of long ones left out.
    let private shown (value: objnull) : string =
        let text =
            match value with
            | :? string as s -> "\"" + s + "\""
            | other -> sprintf "%A" other

        let plain (c: char) =
            if c = '\n' || not (Char.IsControl c || Char.IsSurrogate c || c > '\u2000') then
                string c
            else
                $"\\u%04X{int c}"

        let text = text |> String.collect plain

        if text.Length <= longest then
            text
        else
            $"{text.Substring(0, longest / 2)} ... ({text.Length} characters) ... {text.Substring(text.Length - longest / 2)}"

    let private size (value: 'a) = (shown (box value)).Length

    /// Smaller inputs from the same generator, smallest first. So every generator shrinks, a user's own too.
    let private redrawn (gen: Gen<'a>) (failing: 'a) : seq<'a> =
        let most = size failing

        seq { 0..3 }
        |> Seq.collect (fun k -> Gen.sampleWithSeed (Rnd(uint64 (most * 4 + k))) (k * k) 40 gen)
        |> Seq.filter (fun candidate -> size candidate < most)
        |> Seq.sortBy size

    /// The law that `predicate` holds for everything that the generator gives. A counterexample shrinks by `shrink` and by
    /// drawing again, as long as it gets smaller.
    let forAllShrunk (number: int) (name: string) (gen: Gen<'a>) (shrink: 'a -> seq<'a>) (predicate: 'a -> bool) : Law =
        let smaller failing = Seq.append (shrink failing) (Seq.delay (fun () -> redrawn gen failing))

        {
            Number = number
            Name = name
            Property = Prop.forAll (Arb.fromGenShrink (gen, smaller)) predicate
            Tests = 100
        }

    /// The law on another number of inputs: fewer for slow ones.
    let times (tests: int) (law: Law) : Law = { law with Tests = tests }

    /// The law that `predicate`, which takes long, holds for a few inputs; a counterexample is not made smaller.
    let forFew (tests: int) (number: int) (name: string) (gen: Gen<'a>) (predicate: 'a -> bool) : Law = {
        Number = number
        Name = name
        Property = Prop.forAll (Arb.fromGen gen) predicate
        Tests = tests
    }

    /// The law that `predicate` holds for everything that the generator gives.
    let forAll (number: int) (name: string) (gen: Gen<'a>) (predicate: 'a -> bool) : Law =
        forAllShrunk number name gen (fun _ -> Seq.empty) predicate

    /// Shorter texts: halves, then single characters left out.
    let shorter (text: string) : seq<string> = seq {
        if text.Length > 1 then
            yield text.Substring(text.Length / 2)
            yield text.Substring(0, text.Length / 2)

        for i in 0 .. min 40 text.Length - 1 do
            yield text.Remove(i, 1)
    }

    /// The law of a predicate over a text, shrunk by leaving out pieces.
    let forText (number: int) (name: string) (gen: Gen<string>) (predicate: string -> bool) : Law =
        forAllShrunk number name gen shorter predicate

    /// The law of a predicate over something and a text, shrunk by leaving out pieces of the text.
    let forWithText (number: int) (name: string) (gen: Gen<'a * string>) (predicate: 'a * string -> bool) : Law =
        forAllShrunk number name gen (fun (a, text) -> shorter text |> Seq.map (fun t -> a, t)) predicate

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

        let finding holds counterexample = {
            Number = law.Number
            Law = law.Name
            Holds = holds
            Counterexample = counterexample
        }

        match collector.Result with
        | Some(TestResult.Passed _) -> finding true ""
        | Some(TestResult.Failed(_, _, shrunk, outcome, _, _, _)) ->
            let raised =
                match outcome with
                | Outcome.Failed e when not (e.Message.StartsWith("Expected true", StringComparison.Ordinal)) ->
                    $" raises {e.GetType().Name}: {e.Message}"
                | _ -> ""

            finding false ((shrunk |> List.map shown |> String.concat ", ") + raised)
        | _ -> finding false "too few inputs met the law's condition"

    /// Checks laws one after the other, on the same inputs every time.
    let checkAll (laws: Law list) : Finding[] = laws |> List.map (check 20_250_524UL) |> List.toArray

    /// Writes findings, one a line, counterexamples below.
    let write (out: TextWriter) (findings: Finding[]) : unit =
        for finding in findings do
            let mark = if finding.Holds then "holds" else "FAILS"
            out.WriteLine $"{mark}  L{finding.Number} {finding.Law}"

            if not finding.Holds then
                out.WriteLine
                    $"       {finding.Counterexample.ReplaceLineEndings(Environment.NewLine + String(' ', 7))}"
