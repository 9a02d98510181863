namespace MoDoMoDo.Mixtures

open MathNet.Numerics.LinearAlgebra
open MoDoMoDo.Domain

/// How the best mixture under a predictor is sought.
type Optimiser =
    /// Multi-start projected gradient and exchanges between pairs of domains.
    | Gradient = 0
    /// The paper's: draws from one Gaussian fitted to the mixtures that have run.
    | Gmm = 1
    /// RegMix's: the mean of the best 128 of 100 000 draws around a reference mixture.
    | RegMix = 2

/// How other systems choose a mixture under a predictor, by name, for comparison. `f` is to be maximised and takes many mixtures at once.
module NamedOptimisers =

    let private names = [ "gradient"; "gmm"; "regmix" ]

    /// The optimiser of a name as on the command line. Raises InputException when there is none.
    let parse (name: string) : Optimiser =
        match List.tryFindIndex ((=) name) names with
        | Some i -> enum i
        | None -> raise (InputException("", "--optimiser", $"""one of {System.String.Join(", ", names)}""", name))

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

    /// The mixture of a space where `f` is largest as an optimiser sees it, and its value there. `observed` has the mixtures that have run,
    /// best first; draws outside the space are projected into it.
    let maximise
        (optimiser: Optimiser)
        (seed: uint64)
        (reference: float[])
        (observed: float[][])
        (space: MixtureSpace)
        (f: float[][] -> float[])
        : struct (float[] * float) =
        let inside =
            Array.map (fun w ->
                if MixtureSpace.violation space w > 1e-9 then
                    MixtureSpace.project space w
                else
                    w)

        let within (weights: float[][]) = f (inside weights)
        let valued w = struct (w, (f [| w |])[0])

        match optimiser with
        | Optimiser.Gmm ->
            match gaussian seed observed 10_000 1 within with
            | [||] -> Optimise.maximise seed f space observed
            | best -> (inside best)[0] |> valued
        | Optimiser.RegMix -> inside [| regmix seed reference within |] |> Array.head |> valued
        | _ -> Optimise.maximise seed f space (observed |> Array.truncate 5)
