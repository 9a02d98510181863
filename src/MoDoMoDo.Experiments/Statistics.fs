namespace MoDoMoDo.Experiments

open MathNet.Numerics.Distributions
open MoDoMoDo.Domain

/// A paired comparison over seeds.
type PairedDifference = {
    Mean: float
    /// Lower end of the 95 % t interval; NaN with fewer than two pairs.
    Lower: float
    /// Upper end; NaN with fewer than two pairs.
    Upper: float
    Pairs: int
}

/// Whether groups of values differ more than chance would have it.
type GroupDifference = {
    /// Variance between groups over variance within, each by its degrees of freedom.
    F: float
    /// Share of random regroupings whose F is at least as large, the given one counted among them.
    P: float
    /// Share of the variance of all values that the groups explain, in [0, 1].
    Explained: float
}

/// The few statistics that the outer loop reports.
module Statistics =

    /// Quantile of Student's t distribution.
    let studentQuantile (probability: float) (degrees: float) : float = StudentT.InvCDF(0.0, 1.0, degrees, probability)

    /// Unbiased standard deviation; NaN for fewer than two values.
    let deviation (values: float list) : float =
        match values with
        | []
        | [ _ ] -> nan
        | _ ->
            let mean = List.average values
            sqrt ((values |> List.sumBy (fun v -> (v - mean) ** 2.0)) / float (values.Length - 1))

    /// Mean of paired differences with its 95 % t interval.
    let paired (differences: float list) : PairedDifference =
        let mean = if differences.IsEmpty then nan else List.average differences
        let n = differences.Length

        let half =
            if n < 2 then
                nan
            else
                studentQuantile 0.975 (float (n - 1)) * deviation differences / sqrt (float n)

        { Mean = mean; Lower = mean - half; Upper = mean + half; Pairs = n }

    /// F statistic of groups of values, and the share of the variance that they explain.
    let private analysis (groups: float[][]) : struct (float * float) =
        let all = Array.concat groups
        let mean = Array.average all
        let between = groups |> Array.sumBy (fun g -> float g.Length * (Array.average g - mean) ** 2.0)
        let total = all |> Array.sumBy (fun x -> (x - mean) ** 2.0)
        let freeBetween, freeWithin = float (groups.Length - 1), float (all.Length - groups.Length)

        if total = 0.0 then
            // Values that are all equal tell nothing.
            struct (0.0, 0.0)
        else
            struct ((between / freeBetween) / ((total - between) / freeWithin), between / total)

    /// A permutation test of the hypothesis that all groups come from one distribution: values are dealt to groups of the
    /// same sizes at random, so many times. Wants at least two groups and more values than groups.
    let permutationTest (seed: uint64) (permutations: int) (groups: float list list) : GroupDifference =
        let groups = groups |> List.map Array.ofList |> Array.ofList
        let struct (f, explained) = analysis groups
        let stream = RandomStream(Rng.OfSeed(seed).Split "permutation test")
        let ends = groups |> Array.map _.Length |> Array.scan (+) 0

        let atLeast =
            Seq.init permutations (fun _ ->
                let dealt = stream.Shuffle(Array.concat groups)

                let struct (random, _) =
                    analysis (Array.init groups.Length (fun i -> dealt[ends[i] .. ends[i + 1] - 1]))

                random >= f - 1e-12)
            |> Seq.filter id
            |> Seq.length

        { F = f; P = float (1 + atLeast) / float (1 + permutations); Explained = explained }
