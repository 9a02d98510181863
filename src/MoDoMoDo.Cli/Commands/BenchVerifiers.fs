namespace MoDoMoDo.Cli.Commands

open System
open System.Diagnostics
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Verifiers

[<RequireQualifiedAccess>]
type BenchVerifiersArguments =
    | Rounds of count: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Rounds _ -> "timed rounds, of which the fastest counts; default 5"

/// `modomodo bench verifiers`
module BenchVerifiersCommand =

    let private sizes = [| 1_000; 10_000; 100_000; 1_000_000 |]

    let private repeated (part: string) (size: int) = String.replicate (size / part.Length + 1) part

    /// Texts of one size that keep different scanners busy, in a completion's usual form and bare.
    let private shapes (size: int) : string[] = [|
        let bodies =
            [
                "the triangle has an area of 42 square units. "
                "1"
                "1,234 and "
                "x+"
                "("
                "{"
                "["
                "[1, 2, 3, 4], "
                "\\boxed{"
                "\\boxed{4} "
                "\\frac{1}{"
                "$"
                " "
                "a*b* "
                "<answer>"
                "</think>"
                "answer is "
                "A or B "
                "```"
                "x1 y2 x3 y4 "
            ]
            |> List.map (fun part -> repeated part size)

        for body in bodies do
            body
            "<think>so</think><answer>" + body + "</answer>"
    |]

    let private milliseconds (work: unit -> unit) =
        let start = Stopwatch.GetTimestamp()
        work ()
        Stopwatch.GetElapsedTime(start).TotalMilliseconds

    let private fastest rounds work = Seq.min (seq { for _ in 1..rounds -> milliseconds work })

    let private judge (verifier: IVerifier) (sample: Sample) (text: string) =
        verifier.Verify(Attempt.Create(sample, text)) |> ignore

    /// The slowest shape of each size, each at its fastest.
    let private worst rounds verifier sample (texts: string[]) =
        texts |> Array.map (fun text -> fastest rounds (fun () -> judge verifier sample text)) |> Array.max

    /// 64 completions of about 2 kB that differ, right and wrong ones, in the usual form.
    let private batch (example: string) = [|
        for i in 0..63 ->
            let thought = repeated $"step {i}: the picture shows {i} things, so the sum grows. " 1_900

            if i % 2 = 0 then
                $"<think>{thought}</think><answer>{i}</answer>"
            else
                thought + example
    |]

    let private number (x: float) = Json.Number(Math.Round(x, 4))

    let private row (rounds: int) (texts: string[][]) (name: string) (sample: Sample) (example: string) : float =
        let verifier = Catalogue.find name
        judge verifier sample example
        let completions = batch example
        let all () = completions |> Array.iter (judge verifier sample)
        all ()
        let together = fastest (4 * rounds) all
        let slowest = texts |> Array.map (worst rounds verifier sample)

        Console.Out.WriteLine(
            Json.line (
                Json.Object [
                    "verifier", Json.Text name
                    "batch_ms", number together
                    yield! [ for size, ms in Array.zip sizes slowest -> $"ms_{size / 1000}kB", number ms ]
                ]
            )
        )

        together

    let private run (_: Common) (given: string[]) =
        let arguments = Arguments.parse<BenchVerifiersArguments> "bench verifiers" given
        let rounds = arguments.GetResult(BenchVerifiersArguments.Rounds, defaultValue = 5)

        if rounds < 1 then
            raise (InputException("--rounds", "", "at least 1", string rounds))

        let texts = sizes |> Array.map shapes

        let total =
            Catalogue.entries
            |> Array.sumBy (fun entry -> row rounds texts entry.Name (fst entry.Example) (snd entry.Example))

        Console.Out.WriteLine(
            Json.line (
                Json.Object [
                    "verifier", Json.Text "all"
                    "count", Json.Number(float Catalogue.entries.Length)
                    "batch_ms", number total
                ]
            )
        )

        Errors.Done

    let command = {
        Name = "bench verifiers"
        Summary = "time every pure verifier: 64 completions of 2 kB, and the slowest of many texts of 1 kB to 1 MB"
        Examples = [ "modomodo bench verifiers --rounds 3" ]
        Usage = Arguments.help<BenchVerifiersArguments> "bench verifiers"
        Run = run
    }
