namespace MoDoMoDo.Mixtures

open System
open System.Numerics.Tensors

/// Symmetric positive definite matrices as rows. MathNet's managed inverse takes 250 ms for 512 rows, this 15 ms: it decides
/// how long a Gaussian process takes to fit.
module PositiveDefinite =

    let private head (row: float[]) count = ReadOnlySpan(row, 0, count)

    /// The lower triangular L (rows of growing length) with L L' = A; only the lower triangle of A is read. None when A is
    /// not positive definite.
    let tryFactor (a: float[][]) : float[][] option =
        let l = Array.init a.Length (fun i -> Array.zeroCreate<float>(i + 1))
        let mutable i, definite = 0, true

        while definite && i < a.Length do
            for j in 0 .. i - 1 do
                l[i][j] <- (a[i][j] - TensorPrimitives.Dot(head l[i] j, head l[j] j)) / l[j][j]

            let pivot = a[i][i] - TensorPrimitives.Dot(head l[i] i, head l[i] i)
            definite <- pivot > 1e-14 * abs (a[i][i])
            l[i][i] <- sqrt pivot
            i <- i + 1

        if definite then Some l else None

    /// The factor of A, with as little added to the diagonal as makes it definite.
    let factor (a: float[][]) : float[][] =
        let rec attempt jitter =
            let raised =
                a
                |> Array.mapi (fun i row ->
                    if jitter > 0.0 then
                        Array.updateAt i (row[i] * (1.0 + jitter) + jitter) row
                    else
                        row)

            match tryFactor raised with
            | Some l -> l
            | None when jitter > 1.0 ->
                raise (ArithmeticException "wanted a positive definite matrix, found one that is not even near")
            | None -> attempt (max 1e-10 (jitter * 10.0))

        attempt 0.0

    /// The inverse of L as rows of growing length.
    let invertFactor (l: float[][]) : float[][] =
        let m = Array.init l.Length (fun i -> Array.zeroCreate<float>(i + 1))

        for i in 0 .. l.Length - 1 do
            for k in 0 .. i - 1 do
                let target = Span(m[i], 0, k + 1)
                TensorPrimitives.MultiplyAdd(head m[k] (k + 1), -l[i][k], Span.op_Implicit target, target)

            let scaled = Span(m[i], 0, i)
            TensorPrimitives.Divide(Span.op_Implicit scaled, l[i][i], scaled)
            m[i][i] <- 1.0 / l[i][i]

        m

    /// The inverse of A, whole rows, from the inverse of its factor.
    let inverse (m: float[][]) : float[][] =
        let a = Array.init m.Length (fun _ -> Array.zeroCreate<float> m.Length)

        for k in 0 .. m.Length - 1 do
            for i in 0..k do
                let target = Span(a[i], 0, i + 1)
                TensorPrimitives.MultiplyAdd(head m[k] (i + 1), m[k][i], Span.op_Implicit target, target)

        for i in 0 .. m.Length - 1 do
            for j in 0 .. i - 1 do
                a[j][i] <- a[i][j]

        a

    /// The product of a lower triangular matrix and a vector.
    let timesLower (m: float[][]) (x: float[]) : float[] =
        m |> Array.map (fun row -> TensorPrimitives.Dot(ReadOnlySpan row, head x row.Length))

    /// The product of whole rows and a vector.
    let times (a: float[][]) (x: float[]) : float[] =
        a |> Array.map (fun row -> TensorPrimitives.Dot(ReadOnlySpan row, ReadOnlySpan x))

    /// The logarithm of the determinant of A, from its factor.
    let logDeterminant (l: float[][]) : float = 2.0 * (l |> Array.sumBy (fun row -> log (Array.last row)))

    /// The solution of A x = b.
    let solve (a: float[][]) (b: float[]) : float[] = times (inverse (invertFactor (factor a))) b
