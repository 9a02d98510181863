namespace MoDoMoDo.Mixtures

open System
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures.GaussianProcess

/// The predictors that settings and command lines name.
module PredictorCatalogue =

    let private tau = 0.05

    let private seen = Inputs.over Features.withEvenness
    let private power = Methods.map "gp-power" Warp.Power |> seen
    let private log = Methods.map "gp-log" Warp.Log |> seen
    let private gp = Ensemble.average "gp" [| power; log |]
    let private additive = LinearModels.ridge "additive-log" (Features.additiveLog tau) id
    let private quadraticRidge = LinearModels.ridge "quadratic-ridge" Features.quadratic Features.quadratic

    let private bayes =
        Ensemble.average "gp-bayes" [|
            Methods.sampled "gp-power-bayes" 0UL Warp.Power |> seen
            Methods.sampled "gp-log-bayes" 1UL Warp.Log |> seen
        |]

    let private laws =
        [|
            Parametric.exponentialLaw 1.0
            Parametric.exponentialLaw -1.0
            Parametric.powerLaw 1.0
            Parametric.powerLaw -1.0
        |]
        |> Array.map Parametric.method'

    /// The default: the cross-validated stack, the constant among its members. Trees err where Gaussian processes do not, which helps
    /// most with few runs (mixtures.md 2e).
    let standard: Method =
        Ensemble.stack "stack" [| bayes, 0.49; Trees.method', 0.49; LinearModels.constant, 0.02 |]

    /// What optimisers, searches and batches use by default: smooth, quick to condition, and the strongest single one.
    let smooth: Method = gp

    /// Every predictor with a word on what it is.
    let all: (Method * string)[] = [|
        standard, "cross-validated stack of the predictors below (the default)"
        LinearModels.constant, "the mean of all runs"
        LinearModels.leastSquares "linear" Features.linear id, "least squares in the weights"
        LinearModels.leastSquares "quadratic" Features.quadratic Features.quadratic,
        "the paper's least squares in weights and their products"
        LinearModels.ridge "ridge" id id, "ridge regression in the weights"
        quadraticRidge, "ridge regression in weights and their products (Scheffe)"
        additive, "ridge regression in log(1 + w / 0.05) of each weight"
        power, "Gaussian process on w^p, p learned"
        log, "Gaussian process on log(1 + w / eps), eps learned"
        gp, "the average of both Gaussian processes"
        bayes, "the same, averaged over draws of their parameters (up to 64 runs)"
        Trees.method', "gradient-boosted regression trees"
        laws[0], "c + exp(t . w)"
        laws[1], "c - exp(t . w)"
        laws[2], "c + (a . w)^-alpha"
        laws[3], "c - (a . w)^-alpha"
    |]

    /// The predictor of a name. Raises InputException when there is none.
    let find (name: string) : Method =
        match all |> Array.tryFind (fun (m, _) -> m.Name = name) with
        | Some(m, _) -> m
        | None ->
            raise (
                InputException(
                    "",
                    "--predictor",
                    $"""one of {String.Join(", ", all |> Array.map (fun (m, _) -> m.Name))}""",
                    name
                )
            )
