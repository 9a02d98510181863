namespace MoDoMoDo.Mixtures.GaussianProcess

open System
open System.Numerics.Tensors

/// Positions of the parameters in the vector that is learned; all but the warp's are logarithms.
module Parameter =
    [<Literal>]
    let Warp = 0

    /// Variance of the term over all domains jointly.
    [<Literal>]
    let Joint = 1

    /// Variance of the additive term.
    [<Literal>]
    let Additive = 2

    /// Variance of a linear coefficient.
    [<Literal>]
    let Linear = 3

    /// Variance of a measurement.
    [<Literal>]
    let Noise = 4

    /// Length scale of the additive term.
    [<Literal>]
    let AdditiveLength = 5

    /// Length scale of the first domain in the joint term; the others follow.
    [<Literal>]
    let Length = 6

/// Working memory for rows of up to `size` covariances.
[<Sealed>]
type Scratch(size: int) =
    member val Distance = Array.zeroCreate<float> size
    member val Argument = Array.zeroCreate<float> size
    member val Exponential = Array.zeroCreate<float> size

/// The covariance function over warped weights phi (mixtures.md 7):
/// k = 1 + b <phi, phi'> + s_a mean_i m(|phi_i - phi'_i| / l_a) + s_f m(sqrt(sum_i (phi_i - phi'_i)^2 / l_i^2)),
/// with the Matern-5/2 function m(u) = (1 + sqrt 5 u + 5 u^2 / 3) exp(-sqrt 5 u). Scores are standardised.
[<Sealed>]
type Kernel(parameters: float[], domains: int) =
    let root5 = sqrt 5.0

    let joint, additive, linear =
        exp parameters[Parameter.Joint], exp parameters[Parameter.Additive], exp parameters[Parameter.Linear]

    let additiveEach = additive / float domains
    let additiveLength = exp parameters[Parameter.AdditiveLength]
    let inverseSquare = Array.init domains (fun k -> exp (-2.0 * parameters[Parameter.Length + k]))

    /// Variance of the constant term: the prior knows the standardised mean to about this.
    static member Constant = 1.0

    /// The variance of a mixture with these warped weights.
    member _.Variance(phi: float[]) = Kernel.Constant + additive + joint + linear * Array.sumBy (fun p -> p * p) phi

    /// The covariances of one mixture (warped weights [domain]) with the first `count` of many ([domain][mixture]), into `row`.
    member _.Row(many: float[][], one: float[], count: int, scratch: Scratch, row: float[]) : unit =
        let k = Span(row, 0, count)
        let distance = Span(scratch.Distance, 0, count)
        let u = Span(scratch.Argument, 0, count)
        let e = Span(scratch.Exponential, 0, count)
        k.Fill Kernel.Constant
        distance.Clear()

        for d in 0 .. domains - 1 do
            let phi = ReadOnlySpan(many[d], 0, count)
            TensorPrimitives.MultiplyAdd(phi, linear * one[d], Span.op_Implicit k, k)
            TensorPrimitives.Subtract(phi, one[d], u)
            TensorPrimitives.Multiply(Span.op_Implicit u, Span.op_Implicit u, e)
            TensorPrimitives.MultiplyAdd(Span.op_Implicit e, inverseSquare[d], Span.op_Implicit distance, distance)
            TensorPrimitives.Abs(Span.op_Implicit u, u)
            TensorPrimitives.Multiply(Span.op_Implicit u, root5 / additiveLength, u)
            Kernel.AddMatern(additiveEach, u, e, k)

        TensorPrimitives.Sqrt(Span.op_Implicit distance, distance)
        TensorPrimitives.Multiply(Span.op_Implicit distance, root5, u)
        Kernel.AddMatern(joint, u, e, k)

    /// k += s (1 + v + v^2 / 3) exp(-v) for v = sqrt 5 u; `e` is overwritten.
    static member private AddMatern(s: float, v: Span<float>, e: Span<float>, k: Span<float>) =
        TensorPrimitives.Negate(Span.op_Implicit v, e)
        TensorPrimitives.Exp(Span.op_Implicit e, e)

        for i in 0 .. k.Length - 1 do
            k[i] <- k[i] + s * (1.0 + v[i] + v[i] * v[i] / 3.0) * e[i]

    /// Adds to `gradient` the derivatives of sum_j g_j k_j by every parameter, k being the row that `Row` computes; `slopes` and
    /// `oneSlope` are derivatives of the warped weights by the warp's parameter.
    member _.AddGradient
        (
            many: float[][],
            slopes: float[][],
            one: float[],
            oneSlope: float[],
            g: float[],
            count: int,
            scratch: Scratch,
            gradient: float[]
        ) =
        let distance = Span(scratch.Distance, 0, count)
        let u = Span(scratch.Argument, 0, count)
        let e = Span(scratch.Exponential, 0, count)
        distance.Clear()
        let mutable ofWarp, ofAdditive, ofAdditiveLength, ofLinear = 0.0, 0.0, 0.0, 0.0

        for d in 0 .. domains - 1 do
            let phi, slope, x, xSlope = many[d], slopes[d], one[d], oneSlope[d]

            for j in 0 .. count - 1 do
                let delta = phi[j] - x
                distance[j] <- distance[j] + delta * delta * inverseSquare[d]
                u[j] <- abs delta * (root5 / additiveLength)

            TensorPrimitives.Negate(Span.op_Implicit u, e)
            TensorPrimitives.Exp(Span.op_Implicit e, e)

            for j in 0 .. count - 1 do
                let v = u[j]
                let delta, deltaSlope = phi[j] - x, slope[j] - xSlope
                // dm/du = -(5/3) u (1 + sqrt 5 u) exp(-sqrt 5 u), times -u: the derivative by the log length.
                let steepness = additiveEach * (1.0 + v) * e[j] / 3.0
                ofAdditive <- ofAdditive + g[j] * additiveEach * (1.0 + v + v * v / 3.0) * e[j]
                ofAdditiveLength <- ofAdditiveLength + g[j] * steepness * v * v
                ofLinear <- ofLinear + g[j] * linear * phi[j] * x

                ofWarp <-
                    ofWarp
                    + g[j]
                      * (linear * (slope[j] * x + phi[j] * xSlope)
                         - steepness * delta * deltaSlope * 5.0 / (additiveLength * additiveLength))

        TensorPrimitives.Sqrt(Span.op_Implicit distance, distance)
        TensorPrimitives.Multiply(Span.op_Implicit distance, -root5, e)
        TensorPrimitives.Exp(Span.op_Implicit e, e)
        let mutable ofJoint = 0.0

        for j in 0 .. count - 1 do
            let r = distance[j]
            ofJoint <- ofJoint + g[j] * joint * (1.0 + root5 * r + 5.0 * r * r / 3.0) * e[j]
            // -(dm/dr) / r, which stays finite at r = 0.
            u[j] <- g[j] * joint * (5.0 / 3.0) * (1.0 + root5 * r) * e[j]

        for d in 0 .. domains - 1 do
            let phi, slope, x, xSlope = many[d], slopes[d], one[d], oneSlope[d]
            let mutable ofLength, ofDistance = 0.0, 0.0

            for j in 0 .. count - 1 do
                let delta = phi[j] - x
                ofLength <- ofLength + u[j] * delta * delta
                ofDistance <- ofDistance + u[j] * delta * (slope[j] - xSlope)

            gradient[Parameter.Length + d] <- gradient[Parameter.Length + d] + ofLength * inverseSquare[d]
            ofWarp <- ofWarp - ofDistance * inverseSquare[d]

        gradient[Parameter.Warp] <- gradient[Parameter.Warp] + ofWarp
        gradient[Parameter.Joint] <- gradient[Parameter.Joint] + ofJoint
        gradient[Parameter.Additive] <- gradient[Parameter.Additive] + ofAdditive
        gradient[Parameter.AdditiveLength] <- gradient[Parameter.AdditiveLength] + ofAdditiveLength
        gradient[Parameter.Linear] <- gradient[Parameter.Linear] + ofLinear
