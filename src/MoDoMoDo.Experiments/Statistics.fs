namespace MoDoMoDo.Experiments

open MathNet.Numerics.Distributions

/// A paired comparison over seeds.
type PairedDifference = {
    Mean: float
    /// Lower end of the 95 % t interval; NaN with fewer than two pairs.
    Lower: float
    /// Upper end; NaN with fewer than two pairs.
    Upper: float
    Pairs: int
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
        let half = if n < 2 then nan else studentQuantile 0.975 (float (n - 1)) * deviation differences / sqrt (float n)

        {
            Mean = mean
            Lower = mean - half
            Upper = mean + half
            Pairs = n
        }
