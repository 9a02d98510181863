namespace MoDoMoDo.Mixtures

open MathNet.Numerics.LinearAlgebra
open MoDoMoDo.Domain

/// How other systems choose a mixture under a predictor, by name, for comparison. `f` is to be maximised and takes many mixtures at once.
module NamedOptimisers =

    /// RegMix (sail-sg/regmix, commit b004d3a): the mean of the best 128 of 100 000 draws from the Dirichlet distribution around a
    /// reference mixture.
    let regmix (seed: uint64) (reference: float[]) (f: float[][] -> float[]) : float[] =
        let stream = RandomStream(Rng.OfSeed(seed).Split "regmix")
        let concentrations = reference |> Array.map (fun w -> max 1e-3 (w * float reference.Length))

        Seq.init 100 (fun _ -> Array.init 1000 (fun _ -> Simplex.dirichlet stream concentrations))
        |> Seq.collect (fun batch -> Array.zip batch (f batch) |> Array.sortByDescending snd |> Array.truncate 128)
        |> Seq.sortByDescending snd
        |> Seq.truncate 128
        |> Seq.map fst
        |> Array.ofSeq
        |> Array.transpose
        |> Array.map Array.average

    /// MoDoMoDo (paper, Algorithm 4): one Gaussian fitted to the mixtures that have run; of `count` draws the non-negative ones are
    /// divided by their sum; the `top` best are returned, best first.
    let gaussian (seed: uint64) (observed: float[][]) (count: int) (top: int) (f: float[][] -> float[]) : float[][] =
        let stream = RandomStream(Rng.OfSeed(seed).Split "gaussian")
        let d = observed[0].Length
        let mean = Array.init d (fun k -> observed |> Array.averageBy (fun w -> w[k]))

        let covariance =
            Matrix<float>
                .Build.Dense(
                    d,
                    d,
                    fun i j ->
                        (observed |> Array.averageBy (fun w -> (w[i] - mean[i]) * (w[j] - mean[j])))
                        + (if i = j then 1e-6 else 0.0)
                )

        let factor = covariance.Cholesky().Factor

        let candidates =
            Array.init count (fun _ ->
                (factor * Vector<float>.Build.Dense(d, fun _ -> stream.NextGaussian())).ToArray()
                |> Array.map2 (+) mean)
            |> Array.filter (fun w -> Array.forall (fun x -> x >= 0.0) w && Array.sum w > 0.0)
            |> Array.map (fun w -> let sum = Array.sum w in w |> Array.map (fun x -> x / sum))

        Array.zip candidates (f candidates)
        |> Array.sortByDescending snd
        |> Array.truncate top
        |> Array.map fst
