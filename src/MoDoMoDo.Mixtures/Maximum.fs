namespace MoDoMoDo.Mixtures

open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Optimization

/// Maxima of smooth functions of many parameters.
module Maximum =

    /// The best point that limited-memory BFGS (MathNet) visits from a start, within some iterations. MathNet raises when its line
    /// search can go no further, which near an optimum is an end like any other.
    let search (iterations: int) (f: float[] -> struct (float * float[])) (start: float[]) : float[] =
        let mutable best, bestValue = start, -infinity

        let evaluate (x: Vector<float>) =
            let point = x.ToArray()
            let struct (value, gradient) = f point

            if value > bestValue then
                best <- point
                bestValue <- value

            // A finite wall, so that the line search halves its step instead of computing with infinities.
            struct ((if System.Double.IsFinite value then -value else 1e10), -(Vector<float>.Build.Dense gradient))

        let objective = ObjectiveFunction.Gradient(fun x -> evaluate x)

        try
            LimitedMemoryBfgsMinimizer(1e-4, 1e-6, 1e-7, 10, iterations)
                .FindMinimum(objective, Vector<float>.Build.Dense start)
            |> ignore
        with
        | :? OptimizationException
        | :? MaximumIterationsException
        | :? EvaluationException -> ()

        best
