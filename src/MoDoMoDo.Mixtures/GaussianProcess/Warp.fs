namespace MoDoMoDo.Mixtures.GaussianProcess

/// How weights are bent before distances between mixtures are taken: both forms stretch small weights, each with one learned
/// parameter. The step from no data of a domain to a little matters more than the one from much to more.
[<RequireQualifiedAccess>]
type Warp =
    /// w^p, p = 1 / (1 + exp -t).
    | Power
    /// log(1 + w / eps) / log(1 + 1 / eps), eps = exp t.
    | Log

module Warp =

    /// Prior mean and standard deviation of the parameter t.
    let prior (warp: Warp) : struct (float * float) =
        match warp with
        | Warp.Power -> struct (-1.0, 0.7)
        | Warp.Log -> struct (-5.5, 1.5)

    /// Warped weights [domain][run] of weights [run][domain], and their derivatives by t.
    let apply (warp: Warp) (t: float) (weights: float[][]) : struct (float[][] * float[][]) =
        let warped: float -> struct (float * float) =
            match warp with
            | Warp.Power ->
                let p = 1.0 / (1.0 + exp -t)

                fun w ->
                    if w <= 0.0 then
                        struct (0.0, 0.0)
                    else
                        let phi = w ** p
                        struct (phi, phi * log w * p * (1.0 - p))
            | Warp.Log ->
                let eps = exp t
                let whole = log (1.0 + 1.0 / eps)

                fun w ->
                    let part = log (1.0 + w / eps)
                    struct (part / whole, (part / (1.0 + eps) / whole - w / (eps + w)) / whole)

        let d = if weights.Length = 0 then 0 else weights[0].Length
        let phi = Array.init d (fun _ -> Array.zeroCreate weights.Length)
        let slope = Array.init d (fun _ -> Array.zeroCreate weights.Length)

        for k in 0 .. d - 1 do
            for i in 0 .. weights.Length - 1 do
                let struct (value, derivative) = warped (weights[i][k])
                phi[k][i] <- value
                slope[k][i] <- derivative

        struct (phi, slope)
