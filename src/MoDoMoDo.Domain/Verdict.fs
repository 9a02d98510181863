namespace MoDoMoDo.Domain

open System

/// One named ingredient of a verdict: format, accuracy, IoU ...
type VerdictPart = {
    Name: string
    /// In [0, 1].
    Value: float
    /// Its share in the verdict's score; not negative.
    Weight: float
}

/// What was judged and why: what was extracted from the answer, what it was compared to, and the reason in words.
type Evidence = {
    Extracted: string
    Expected: string
    Why: string
    Parts: VerdictPart[]
} with

    /// Evidence that consists of a reason alone.
    static member Because(why: string) : Evidence = { Extracted = ""; Expected = ""; Why = why; Parts = [||] }

/// The four outcomes of judging an answer (DESIGN.md 5).
[<RequireQualifiedAccess>]
type Verdict =
    /// The answer was read and judged; the value is finite and lies in [0, 1].
    | Score of Value: float * Evidence: Evidence
    /// No answer could be read: the policy's fault. Counts as 0, and is counted apart.
    | NoAnswer of Evidence: Evidence
    /// The gold is at fault: says nothing about the policy. Left out of the group's statistics, advantage 0.
    | Unscorable of Evidence: Evidence
    /// A limit on size, depth or work was hit. Counts as 0, and is counted apart.
    | Refused of Evidence: Evidence

    /// A score with its evidence; a value outside [0, 1] or not finite is a bug of the verifier and raises ArgumentException.
    static member Scored(value: float, evidence: Evidence) =
        if not (value >= 0.0 && value <= 1.0) then
            raise (ArgumentException(FormattableString.Invariant $"wanted a score in [0, 1], found {value}"))

        Score(value, evidence)

    /// What was judged and why.
    member verdict.Evidence =
        match verdict with
        | Score(_, e)
        | NoAnswer e
        | Unscorable e
        | Refused e -> e

    /// The score; 0 for NoAnswer and Refused; NaN for Unscorable.
    member verdict.Value =
        match verdict with
        | Score(v, _) -> v
        | NoAnswer _
        | Refused _ -> 0.0
        | Unscorable _ -> nan

    /// The word that files and reports use: score, no_answer, unscorable, refused.
    member verdict.Outcome =
        match verdict with
        | Score _ -> "score"
        | NoAnswer _ -> "no_answer"
        | Unscorable _ -> "unscorable"
        | Refused _ -> "refused"

    /// The value of a named part, or the fallback when the verdict has no such part.
    member verdict.PartOr(name: string, fallback: float) =
        verdict.Evidence.Parts
        |> Array.tryFind (fun p -> p.Name = name)
        |> Option.map _.Value
        |> Option.defaultValue fallback

    /// Calls the function of the case at hand; the only complete way to take a union apart in C#.
    member verdict.Match
        (
            score: Func<float, Evidence, 'r>,
            noAnswer: Func<Evidence, 'r>,
            unscorable: Func<Evidence, 'r>,
            refused: Func<Evidence, 'r>
        ) : 'r =
        match verdict with
        | Score(v, e) -> score.Invoke(v, e)
        | NoAnswer e -> noAnswer.Invoke e
        | Unscorable e -> unscorable.Invoke e
        | Refused e -> refused.Invoke e
