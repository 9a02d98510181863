/// How rewards combine. The operators act on the four outcomes as follows: Unscorable absorbs in all of them but `any`
/// and `orElse`; NoAnswer and Refused count as 0, and stay what they are when they decide the result.
module MoDoMoDo.Verifiers.Combine

open MoDoMoDo.Domain

let private isUnscorable =
    function
    | Verdict.Unscorable _ -> true
    | _ -> false

let private withEvidence (evidence: Evidence) verdict =
    match verdict with
    | Verdict.Score(v, _) -> Verdict.Score(v, evidence)
    | Verdict.NoAnswer _ -> Verdict.NoAnswer evidence
    | Verdict.Unscorable _ -> Verdict.Unscorable evidence
    | Verdict.Refused _ -> Verdict.Refused evidence

/// The same number for everybody. Raises ArgumentException outside [0, 1].
let constant (value: float) : Reward<'s> =
    let verdict = Verdict.Scored(value, Evidence.Because $"constant {value}")
    fun _ -> verdict

/// The reward of what `f` makes of the input: contravariant in its input.
let contramap (f: 't -> 's) (reward: Reward<'s>) : Reward<'t> = f >> reward

/// Applies a function from [0, 1] to [0, 1] to scores. Raises ArgumentException where it leaves the range.
let rescale (f: float -> float) (reward: Reward<'s>) : Reward<'s> =
    fun s ->
        match reward s with
        | Verdict.Score(v, e) -> Verdict.Scored(f v, e)
        | other -> other

/// 1 where the score is at least `floor`, else 0.
let threshold (floor: float) (reward: Reward<'s>) : Reward<'s> =
    rescale (fun v -> if v >= floor then 1.0 else 0.0) reward

/// The score where it is above `floor`, else 0.
let above (floor: float) (reward: Reward<'s>) : Reward<'s> = rescale (fun v -> if v > floor then v else 0.0) reward

/// The reward that the schedule has for the attempt's optimiser step.
let byStep (schedule: Schedule<Reward<Attempt>>) : Reward<Attempt> = fun attempt -> schedule.At attempt.Step attempt

/// The verdict with its score as one named part of weight 1; parts that it had are replaced.
let named (name: string) (reward: Reward<'s>) : Reward<'s> =
    fun s ->
        let verdict = reward s
        let value = if isUnscorable verdict then 0.0 else verdict.Value

        let parts = [| { VerdictPart.Name = name; Value = value; Weight = 1.0 } |]
        withEvidence { verdict.Evidence with Parts = parts } verdict

/// The next reward where the first finds no answer. Associative.
let orElse (next: Reward<'s>) (first: Reward<'s>) : Reward<'s> =
    fun s ->
        match first s with
        | Verdict.NoAnswer _ -> next s
        | verdict -> verdict

let private fold (choose: Verdict[] -> Verdict) (rewards: Reward<'s> list) : Reward<'s> =
    if rewards.IsEmpty then
        invalidArg (nameof rewards) "wanted at least one reward"

    let rewards = List.toArray rewards
    fun s -> rewards |> Array.map (fun reward -> reward s) |> choose

/// The lowest score. Raises ArgumentException on an empty list.
let all (rewards: Reward<'s> list) : Reward<'s> =
    rewards
    |> fold (fun verdicts ->
        match Array.tryFind isUnscorable verdicts with
        | Some fault -> fault
        | None -> verdicts |> Array.minBy _.Value)

/// The highest score; a faulty gold is left out of the choice unless there is nothing else. Raises ArgumentException on
/// an empty list.
let any (rewards: Reward<'s> list) : Reward<'s> =
    rewards
    |> fold (fun verdicts ->
        match Array.filter (isUnscorable >> not) verdicts with
        | [||] -> verdicts[0]
        | scorable -> scorable |> Array.maxBy _.Value)

/// The product of two scores.
let both (first: Reward<'s>) (second: Reward<'s>) : Reward<'s> =
    fun s ->
        match first s, second s with
        | Verdict.Unscorable _ as fault, _
        | _, (Verdict.Unscorable _ as fault) -> fault
        | Verdict.Score(a, _), Verdict.Score(b, e) -> Verdict.Scored(a * b, e)
        | Verdict.Score _, other -> other
        | other, _ -> other

let private evidenceOf (verdicts: Verdict[]) (parts: VerdictPart[]) : Evidence =
    // The part that carries most of the weight speaks for the whole; the others' reasons follow where they are not full.
    let main = verdicts[parts |> Array.indexed |> Array.maxBy (fun (_, p) -> p.Weight) |> fst].Evidence

    let why =
        Array.zip parts verdicts
        |> Array.map (fun (part, verdict) -> $"{part.Name}: {verdict.Evidence.Why}")
        |> String.concat "; "

    { main with Parts = parts; Why = why }

/// The weighted mean of named rewards: sum of w * r over the sum of w. NoAnswer and Refused count as 0 and decide the
/// outcome only where nothing else scores. Raises ArgumentException on negative weights or a sum of 0.
let weighted (rewards: (string * float * Reward<'s>) list) : Reward<'s> =
    let total = rewards |> List.sumBy (fun (_, w, _) -> w)

    if not (total > 0.0) || rewards |> List.exists (fun (_, w, _) -> not (w >= 0.0)) then
        invalidArg (nameof rewards) "wanted weights that are not negative, and one that is positive"

    let rewards = List.toArray rewards

    fun s ->
        let verdicts = rewards |> Array.map (fun (_, _, reward) -> reward s)

        match Array.tryFind isUnscorable verdicts with
        | Some fault -> fault
        | None ->
            let parts =
                Array.map2
                    (fun (name, weight, _) (verdict: Verdict) -> {
                        VerdictPart.Name = name
                        Value = verdict.Value
                        Weight = weight / total
                    })
                    rewards
                    verdicts

            let evidence = evidenceOf verdicts parts
            let value = parts |> Array.sumBy (fun p -> p.Value * p.Weight)

            let refused = verdicts |> Array.tryFind _.IsRefused
            let silent = verdicts |> Array.tryFind _.IsNoAnswer

            match Option.orElse silent refused with
            | Some verdict when value = 0.0 -> withEvidence evidence verdict
            | _ -> Verdict.Scored(min 1.0 value, evidence)

/// `reward` where `condition` scores above 0, else 0 with every part at 0. A faulty gold stays Unscorable either way.
let gate (condition: Reward<'s>) (reward: Reward<'s>) : Reward<'s> =
    fun s ->
        match condition s, reward s with
        | Verdict.Unscorable _ as fault, _
        | _, (Verdict.Unscorable _ as fault) -> fault
        | passed, verdict when passed.Value > 0.0 -> verdict
        | failed, verdict ->
            let closed = verdict.Evidence.Parts |> Array.map (fun part -> { part with Value = 0.0 })

            let evidence = { verdict.Evidence with Parts = closed; Why = $"gate closed: {failed.Evidence.Why}" }

            match failed with
            | Verdict.Score _ -> Verdict.Scored(0.0, evidence)
            | outcome -> withEvidence evidence outcome
