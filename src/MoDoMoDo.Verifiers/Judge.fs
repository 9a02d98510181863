namespace MoDoMoDo.Verifiers

open MoDoMoDo.Domain

/// Judges anything: an attempt, a number, a test's own type.
type Reward<'s> = 's -> Verdict

/// Judges an answer that was already extracted from its completion.
type Grader = Sample -> string -> Verdict

/// From readings to verdicts. Everything about a gold is decided before the answer is looked at, so that Unscorable
/// depends on the sample alone and never on what the policy said.
module Judge =

    /// The evidence of a comparison.
    let evidence extracted expected why : Evidence = {
        Extracted = extracted
        Expected = expected
        Why = why
        Parts = [||]
    }

    /// Full marks.
    let right extracted expected why = Verdict.Scored(1.0, evidence extracted expected why)

    /// Read and wrong: zero.
    let wrong extracted expected why = Verdict.Scored(0.0, evidence extracted expected why)

    /// 1 or 0.
    let scored hit extracted expected why = if hit then right extracted expected why else wrong extracted expected why

    /// A value in [0, 1]; rounding errors beyond its ends are cut off.
    let partly (value: float) extracted expected why =
        Verdict.Scored(System.Math.Clamp(value, 0.0, 1.0), evidence extracted expected why)

    /// The verdict on an answer that could not be read.
    let unread (extracted: string) expected refusal =
        match refusal with
        | Refusal.Missing why -> Verdict.NoAnswer(evidence extracted expected why)
        | Refusal.Limit why -> Verdict.Refused(evidence "" expected why)

    /// The verdict on a gold that cannot be used.
    let unscorable why = Verdict.Unscorable(Evidence.Because why)

    /// Continues with the gold, or ends as Unscorable.
    let withGold (gold: Result<'g, string>) (judge: 'g -> Verdict) : Verdict =
        match gold with
        | Ok g -> judge g
        | Error why -> unscorable why

    /// Continues with what was read from `extracted`, or ends as NoAnswer or Refused.
    let withAnswer extracted expected (answer: Reading<'a>) (judge: 'a -> Verdict) : Verdict =
        match answer with
        | Ok a -> judge a
        | Error refusal -> unread extracted expected refusal

    /// Extracts the answer of an attempt and grades it. An answer that cannot be extracted is graded as blank first: the
    /// gold's faults come before the answer's.
    let completion (extract: Extractor<string>) (grade: Grader) : Reward<Attempt> =
        fun attempt ->
            match extract attempt.Completion.Text with
            | Ok answer -> grade attempt.Sample answer
            | Error refusal ->
                match grade attempt.Sample "" with
                | Verdict.Unscorable _ as fault -> fault
                | blank -> unread "" blank.Evidence.Expected refusal

/// What a gold says, as the form that a grader wants.
module Golds =

    /// The non-blank texts that count as right; a letter stands for its option's text where there is one.
    let texts (sample: Sample) : Result<string[], string> =
        match sample.Gold with
        | Gold.Text answers ->
            match answers |> Array.filter (System.String.IsNullOrWhiteSpace >> not) with
            | [||] -> Error "the gold is blank"
            | some -> Ok some
        | Gold.Letter letter when not (System.String.IsNullOrWhiteSpace letter) -> Ok [| letter |]
        | Gold.Letter _ -> Error "the gold is blank"
        | Gold.Boxes _
        | Gold.Region _ -> Error "wanted a text as gold, found boxes or a region"
