namespace MoDoMoDo.Mixtures

open System
open MathNet.Numerics.Distributions
open MoDoMoDo.Domain

/// What can be said about one mixture being better than another.
type ClaimReport = {
    Best: string
    Against: string
    /// Probability that the expected score of the first is better.
    Probability: float
    /// Expected difference in the direction of the goal, with its 95 % interval.
    Difference: float
    Lower: float
    Upper: float
    /// Expected loss of running the first instead of the mixture that is truly best among those that have run.
    ExpectedRegret: float
    /// Seeds that both have in common, and the mean and 95 % t interval of their differences; NaN with fewer than two.
    Pairs: int
    PairedDifference: float
    PairedLower: float
    PairedUpper: float
    /// Pairs of runs with common seeds after which a difference of the expected size is found with probability 0.8 at the 5 % level.
    ReplicatesNeeded: int
}

/// The final claim: is it better, how sure is that, what would it take to show it.
module Claim =

    let private mostReplicates = 10_000

    /// Pairs needed to find a difference with probability 0.8 by a two-sided t test at 5 %, given the standard deviation of one pair's
    /// difference; at least 2, at most 10 000.
    let replicates (difference: float) (deviation: float) : int =
        let normal p = Normal.InvCDF(0.0, 1.0, p)
        let wanted = ((normal 0.975 + normal 0.8) * deviation / difference) ** 2.0
        // The t distribution's heavier tails cost about two pairs more.
        if wanted > float mostReplicates then
            mostReplicates
        else
            max 2 (int (ceil (wanted + 2.0)))

    let private distinctMixtures (s: Surrogate) = s.LeftOut |> Array.map _.Weights |> Array.distinct

    /// E[best of all runs' mixtures - first of them], by draws of their joint expected scores.
    let private regret (seed: uint64) goal (s: Surrogate) (chosen: float[]) =
        let mixtures = Array.append [| chosen |] (distinctMixtures s |> Array.filter ((<>) chosen))
        let means = Surrogate.predict s mixtures |> Array.map (fun p -> Optimise.sign goal * p.Mean)
        let factor = Surrogate.covariance s mixtures |> PositiveDefinite.factor
        let stream = RandomStream(Rng.OfSeed(seed).Split "regret")

        Array.init 2000 (fun _ ->
            let draw =
                means
                |> Array.map (fun _ -> stream.NextGaussian())
                |> PositiveDefinite.timesLower factor
                |> Array.map2 (+) means

            Array.max draw - draw[0])
        |> Array.average

    /// Differences by common seed between runs of two mixtures.
    let private paired target (ledger: Ledger) goal (a: float[]) (b: float[]) =
        let bySeed w =
            ledger.Rows
            |> Array.choose (fun (r: LedgerRow) ->
                match r.Seed, Ledger.value target ledger r with
                | Some seed, Some y when Ledger.weights ledger r = w -> Some(seed, y)
                | _ -> None)
            |> Map.ofArray

        let ofB = bySeed b

        bySeed a
        |> Map.toArray
        |> Array.choose (fun (seed, y) -> ofB |> Map.tryFind seed |> Option.map (fun z -> Optimise.sign goal * (y - z)))

    /// The claim that run `best` is better than run `against` (names in the ledger; replicates of their mixtures under other seeds
    /// count) at the level of the surrogate, which was fitted on the ledger. Raises InputException when a run is unknown.
    let make
        (seed: uint64)
        (goal: Goal)
        (best: string)
        (against: string)
        (ledger: Ledger)
        (s: Surrogate)
        : ClaimReport =
        let struct (ledger, _) = Fidelity.split s.Level.Value ledger

        let weightsOf option name =
            match ledger.Rows |> Array.tryFind (fun r -> r.Run = name) with
            | Some r -> Ledger.weights ledger r
            | None -> raise (InputException("", option, "a run of the ledger", name))

        let a, b = weightsOf "--best" best, weightsOf "--against" against
        let p, c = Surrogate.predict s [| a; b |], Surrogate.covariance s [| a; b |]
        let difference = Optimise.sign goal * (p[0].Mean - p[1].Mean)
        let deviation = sqrt (max 1e-24 (c[0][0] + c[1][1] - 2.0 * c[0][1]))
        let pairs = paired s.Target ledger goal a b
        let n = float pairs.Length
        let mean = if pairs.Length > 0 then Array.average pairs else nan

        let pairDeviation =
            if pairs.Length > 1 then
                sqrt ((pairs |> Array.sumBy (fun d -> (d - mean) ** 2.0)) / (n - 1.0))
            else
                nan

        let half =
            if pairs.Length > 1 then
                StudentT.InvCDF(0.0, 1.0, n - 1.0, 0.975) * pairDeviation / sqrt n
            else
                nan

        let noise = if pairs.Length > 1 then pairDeviation else sqrt (p[0].Noise + p[1].Noise)

        {
            Best = best
            Against = against
            Probability = Normal.CDF(0.0, 1.0, difference / deviation)
            Difference = difference
            Lower = difference - 1.959963984540054 * deviation
            Upper = difference + 1.959963984540054 * deviation
            ExpectedRegret = regret seed goal s a
            Pairs = pairs.Length
            PairedDifference = mean
            PairedLower = mean - half
            PairedUpper = mean + half
            ReplicatesNeeded = if difference = 0.0 then mostReplicates else replicates difference noise
        }

    /// The report as JSON; what does not exist is null.
    let json (report: ClaimReport) : string =
        let number (x: float) = if Double.IsFinite x then Nullable x else Nullable()

        Text.Json.JsonSerializer.Serialize(
            {|
                best = report.Best
                against = report.Against
                probability = report.Probability
                difference = {| mean = report.Difference; lower = report.Lower; upper = report.Upper |}
                expected_regret = report.ExpectedRegret
                paired = {|
                    pairs = report.Pairs
                    mean = number report.PairedDifference
                    lower = number report.PairedLower
                    upper = number report.PairedUpper
                |}
                replicates_needed = report.ReplicatesNeeded
            |},
            Text.Json.JsonSerializerOptions(WriteIndented = true)
        )
