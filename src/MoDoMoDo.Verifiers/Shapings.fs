/// Length and repetition as quantities that training adds to rewards: IShaping over the functions of Length.
module MoDoMoDo.Verifiers.Shapings

open System
open System.Collections.Generic
open MoDoMoDo.Domain

/// The length of a completion in tokens; in code points where its tokens are unknown.
let lengthOf (completion: Completion) : int =
    if completion.Ids.Length > 0 then
        completion.Ids.Length
    else
        Text.length completion.Text

/// A shaping that looks at one completion at a time.
let each (name: string) (shape: Attempt -> float) : IShaping = {
    new IShaping with
        member _.Name = name
        member _.Shape group = group |> Seq.map shape |> Seq.toArray
}

/// The part of a verdict that says how right the answer is, the heaviest one that is not the format, is at least one half.
let isCorrect (verdict: Verdict) : bool =
    match verdict.Evidence.Parts |> Array.filter (fun part -> part.Name <> "format") with
    | _ when verdict.IsUnscorable -> false
    | [||] -> verdict.Value >= 0.5
    | parts -> (parts |> Array.maxBy _.Weight).Value >= 0.5

/// The cosine reward of the length, by whether the answer is right.
let cosine (range: Length.CosineRange) (longest: int) (verdict: Attempt -> Verdict) : IShaping =
    each "cosine" (fun attempt ->
        Length.cosine range longest (isCorrect (verdict attempt)) (lengthOf attempt.Completion))

/// DAPO's soft overlong punishment of the length.
let softOverlong (longest: int) (cache: int) : IShaping =
    each "soft-overlong" (fun attempt -> Length.softOverlong longest cache (lengthOf attempt.Completion))

/// The penalty for repeated runs of n tokens, or of n words in lower case where the tokens are unknown.
let repetition (n: int) (worst: float) : IShaping =
    each "repetition" (fun attempt ->
        let completion = attempt.Completion

        if completion.Ids.Length > 0 then
            Length.repetition n worst completion.Ids
        else
            let words =
                completion.Text
                    .ToLowerInvariant()
                    .Split([| ' '; '\t'; '\r'; '\n' |], StringSplitOptions.RemoveEmptyEntries)

            Length.repetition n worst words)

/// Kimi's length reward within a group.
let kimi (verdict: Attempt -> Verdict) : IShaping = {
    new IShaping with
        member _.Name = "kimi"

        member _.Shape group =
            Length.kimi [| for attempt in group -> lengthOf attempt.Completion |] [|
                for attempt in group -> isCorrect (verdict attempt)
            |]
}

/// A shaping that settings can name.
type Entry = {
    Name: string
    /// One sentence.
    Description: string
    Parameters: Parameter[]
    /// The shaping under these parameters, given how attempts are judged; raises InputException on a bad value.
    Make: IReadOnlyDictionary<string, string> -> (Attempt -> Verdict) -> IShaping
}

let private parameter name usual meaning = { Name = name; Default = usual; Meaning = meaning }
let private longest = parameter "longest" "256" "longest completion, in tokens"
let private cache = parameter "cache" "64" "the punishment starts so many tokens before the longest"
let private size = parameter "n" "4" "tokens in a run"
let private worst = parameter "worst" "-1" "the penalty when every run repeats; not positive"

let private ends = [|
    parameter "minWrong" "-1" "wrong answers: the short end"
    parameter "maxWrong" "-0.5" "wrong answers: the long end"
    parameter "minCorrect" "0.5" "right answers: the long end"
    parameter "maxCorrect" "1" "right answers: the short end"
|]

/// All shapings, in the order in which help shows them.
let entries: Entry[] = [|
    {
        Name = "cosine"
        Description = "cosine of the length: right answers earn less, wrong ones lose less, the longer they are"
        Parameters = Array.append [| longest |] ends
        Make =
            fun given verdict ->
                let range: Length.CosineRange = {
                    MinWrong = Parameter.number -1e6 1e6 given ends[0]
                    MaxWrong = Parameter.number -1e6 1e6 given ends[1]
                    MinCorrect = Parameter.number -1e6 1e6 given ends[2]
                    MaxCorrect = Parameter.number -1e6 1e6 given ends[3]
                }

                cosine range (Parameter.whole 1 given longest) verdict
    }
    {
        Name = "soft-overlong"
        Description = "0 up to longest - cache, falling to -1 at longest"
        Parameters = [| longest; cache |]
        Make = fun given _ -> softOverlong (Parameter.whole 1 given longest) (Parameter.whole 0 given cache)
    }
    {
        Name = "repetition"
        Description = "penalty for the share of runs of n tokens that repeat"
        Parameters = [| size; worst |]
        Make = fun given _ -> repetition (Parameter.whole 1 given size) (Parameter.number -1e6 0.0 given worst)
    }
    {
        Name = "kimi"
        Description = "0.5 for the shortest of a group to -0.5 for the longest, never above 0 for a wrong answer"
        Parameters = [||]
        Make = fun _ verdict -> kimi verdict
    }
|]

/// The shaping of a name under parameters. Raises InputException on an unknown name, parameter or value.
[<CompiledName "Find">]
let find (name: string) (parameters: IReadOnlyDictionary<string, string>) (verdict: Func<Attempt, Verdict>) : IShaping =
    match entries |> Array.tryFind (fun entry -> entry.Name = name) with
    | None ->
        let known = entries |> Array.map _.Name |> String.concat ", "
        raise (InputException("", "shaping", known, $"'{name}'"))
    | Some entry ->
        Parameter.requireKnown $"shaping {name}" entry.Parameters parameters
        entry.Make parameters verdict.Invoke
