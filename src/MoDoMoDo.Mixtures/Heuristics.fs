namespace MoDoMoDo.Mixtures

open MathNet.Numerics.LinearAlgebra
open MoDoMoDo.Domain

/// A finished seed run as the paper's heuristics see it.
type SeedScore = {
    Weights: Weights
    /// Average score on the tests of the training domains.
    In: float
    /// Average score on the benchmarks that are never trained on.
    Out: float
}

/// The paper's heuristic mixtures (paper.md, "Mixtures"), computed from the scores of the seed runs.
module Heuristics =

    let private domainsOf (runs: SeedScore[]) = runs[0].Weights.Domains

    let private used (run: SeedScore) = Seq.map (fun w -> w > 0.0) run.Weights.Values |> Array.ofSeq

    let private minMax (xs: float[]) =
        let low, high = Array.min xs, Array.max xs

        if high > low then
            xs |> Array.map (fun x -> (x - low) / (high - low))
        else
            Array.create xs.Length 0.5

    /// The alpha family: for each domain the In- and Out-Scores of all runs that used it are added up (single-domain runs
    /// times `alphaSingle`), both sums are scaled to [0, 1] over the domains, and the weights are proportional to
    /// alpha * in + (1 - alpha) * out. The paper's A_in has alpha 1, A_bal 0.5, A_out 0.
    let alpha (alphaSingle: float) (alpha: float) (runs: SeedScore[]) : Weights =
        let sums score =
            runs
            |> Array.map (fun run ->
                let uses = used run
                let share = if Array.sumBy (fun u -> if u then 1 else 0) uses = 1 then alphaSingle else 1.0
                uses |> Array.map (fun u -> if u then share * score run else 0.0))
            |> Array.reduce (Array.map2 (+))
            |> minMax

        let blend = Array.map2 (fun i o -> alpha * i + (1.0 - alpha) * o) (sums _.In) (sums _.Out)
        Weights.Normalised(domainsOf runs, blend)

    /// Coli: ridge regression without intercept (lambda 1e-3) of the Out-Score on the 0/1 inclusion of the domains; each
    /// coefficient is divided by its variance inflation diag((X'X + lambda I)^-1); negative ones become 0.
    let coli (runs: SeedScore[]) : Weights =
        let x =
            runs
            |> Array.map (used >> Array.map (fun u -> if u then 1.0 else 0.0))
            |> Matrix.Build.DenseOfRowArrays

        let y = runs |> Array.map _.Out |> Vector.Build.Dense
        let inverse = (x.TransposeThisAndMultiply x + 1e-3 * Matrix.Build.DenseIdentity x.ColumnCount).Inverse()
        let scores = (inverse * x.TransposeThisAndMultiply y).PointwiseDivide(inverse.Diagonal())
        Weights.Normalised(domainsOf runs, scores.PointwiseMaximum(0.0).ToArray())

    /// Norm: the Out-Scores of the exclude-one runs scaled to [0, 1]; each domain gets 0.2 - 0.1 * (scaled score of the run
    /// without it), normalised. Domains that no exclude-one run leaves out get the middle, 0.15. The paper's headline row.
    let norm (runs: SeedScore[]) : Weights =
        let domains = domainsOf runs
        let leftOut run = used run |> Array.indexed |> Array.filter (snd >> not) |> Array.map fst

        let without =
            runs
            |> Array.filter (fun r -> (leftOut r).Length = 1 && domains.Count > 2)
            |> Array.distinctBy (leftOut >> Array.head)

        let scaled = without |> Array.map _.Out |> (fun xs -> if xs.Length = 0 then [||] else minMax xs)
        let amounts = Array.create domains.Count 0.15
        Array.iter2 (fun run s -> amounts[(leftOut run)[0]] <- 0.2 - 0.1 * s) without scaled
        Weights.Normalised(domains, amounts)

    /// Runs of the same mixture as one, with their mean scores: the paper's "step-averaged" heuristics take the scores of a run after
    /// 500, 1500 and 2000 steps as such runs.
    let averaged (runs: SeedScore[]) : SeedScore[] =
        runs
        |> Array.groupBy _.Weights
        |> Array.map (fun (weights, same) -> {
            Weights = weights
            In = Array.averageBy _.In same
            Out = Array.averageBy _.Out same
        })

    /// The paper's five heuristic mixtures: heuristic-in, -balanced, -out (alphaSingle 1), -coli and -norm. Two or more
    /// domains that no score tells apart keep equal shares. Raises ArgumentException when there is no run.
    let all (runs: SeedScore[]) : NamedMixture[] =
        if runs.Length = 0 then
            invalidArg (nameof runs) "wanted the scores of the seed runs, found none"

        let named run weights = { NamedMixture.Run = run; Weights = weights }

        [|
            named "heuristic-in" (alpha 1.0 1.0 runs)
            named "heuristic-balanced" (alpha 1.0 0.5 runs)
            named "heuristic-out" (alpha 1.0 0.0 runs)
            named "heuristic-coli" (coli runs)
            named "heuristic-norm" (norm runs)
        |]
