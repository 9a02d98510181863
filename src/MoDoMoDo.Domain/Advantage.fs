namespace MoDoMoDo.Domain

open System

/// What the centred rewards of a group are divided by (TRL 1.16 `scale_rewards`).
type AdvantageScale =
    /// The standard deviation of the group.
    | Group = 0
    /// The standard deviation of all rewards of the batch: couples domains.
    | Batch = 1
    /// Nothing.
    | None = 2

/// How several rewards become one advantage (TRL 1.16 `multi_objective_aggregation`).
type RewardAggregation =
    /// Weighted sum first, then centred and scaled.
    | SumThenNormalise = 0
    /// Each reward centred and scaled in its group, weighted sum, then centred and scaled over the batch (GDPO): couples domains.
    | NormaliseThenSum = 1

/// Group-relative advantages in float64, exactly as TRL 1.16 defines them (goldens/grpo/advantages; grpo.md 1.4).
module Advantage =

    /// Added to every standard deviation before dividing.
    [<Literal>]
    let Epsilon = 1e-4

    let private known = Array.filter (Double.IsNaN >> not)

    /// Mean of the values that are not NaN; NaN when there is none.
    let private mean xs =
        match known xs with
        | [||] -> nan
        // Taken from the first value, so that the mean of equal values is exactly that value and their advantage exactly 0.
        | ks -> ks[0] + (ks |> Array.averageBy (fun x -> x - ks[0]))

    /// Unbiased standard deviation of the values that are not NaN; NaN when there are fewer than two.
    let private deviation xs =
        match known xs with
        | ks when ks.Length < 2 -> nan
        | ks ->
            let m = mean ks
            sqrt ((ks |> Array.sumBy (fun x -> (x - m) * (x - m))) / float (ks.Length - 1))

    /// Weighted sum of the values that are not NaN; NaN when `raw` holds no other.
    let private weightedSum (weights: float[]) (raw: float[]) (values: float[]) =
        if (known raw).Length = 0 then
            nan
        else
            Array.zip weights values |> Array.sumBy (fun (w, v) -> if Double.IsNaN v then 0.0 else w * v)

    let private finiteOrZero x = if Double.IsFinite x then x else 0.0

    /// Advantages [N] of rewards [N][K]: N rows, `groupSize` consecutive rows a group, K reward functions with K weights;
    /// NaN = not scorable by that function. A row that no function scores gets 0 and does not move its siblings; a group
    /// with fewer than two scored rows gets zeros under Group scaling. Raises ArgumentException when N is no multiple of groupSize.
    [<CompiledName "Compute">]
    let compute
        (scale: AdvantageScale)
        (aggregation: RewardAggregation)
        (groupSize: int)
        (weights: float[])
        (rewards: float[][])
        : float[] =
        if groupSize < 1 || rewards.Length % groupSize <> 0 then
            raise (ArgumentException $"wanted a multiple of {groupSize} rows, found {rewards.Length}")

        let standardised xs =
            let m, s = mean xs, deviation xs
            xs |> Array.map (fun x -> (x - m) / (s + Epsilon))

        match aggregation with
        | RewardAggregation.NormaliseThenSum ->
            rewards
            |> Array.chunkBySize groupSize
            |> Array.collect (fun group -> group |> Array.transpose |> Array.map standardised |> Array.transpose)
            // A row that is scored, but alone in its group, has no standardised reward: it counts as 0.
            |> Array.map2 (weightedSum weights) rewards
            |> standardised
        | _ ->
            let sums = rewards |> Array.map (fun row -> weightedSum weights row row)
            let batchDeviation = deviation sums

            sums
            |> Array.chunkBySize groupSize
            |> Array.collect (fun group ->
                let m = mean group

                let divisor =
                    match scale with
                    | AdvantageScale.Group -> deviation group + Epsilon
                    | AdvantageScale.Batch -> batchDeviation + Epsilon
                    | _ -> 1.0

                group |> Array.map (fun r -> (r - m) / divisor))
        |> Array.map finiteOrZero

    /// True when no row of the group differs from the others (rewards [G], NaN = not scorable): it carries no signal.
    [<CompiledName "HasNoSignal">]
    let hasNoSignal (groupRewards: float[]) : bool =
        match known groupRewards with
        | ks when ks.Length < 2 -> true
        | ks -> Array.max ks - Array.min ks <= 1e-8
