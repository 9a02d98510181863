namespace MoDoMoDo.Mixtures

open System
open MoDoMoDo.Domain

/// Whether high or low scores are wanted.
type Goal =
    | Max = 0
    | Min = 1

/// Maxima of functions over a mixture space.
module Optimise =

    /// Gradient by forward differences, all domains in one call. The step is a weight that can be realised: predictors are steep at 0.
    let private gradient (f: float[][] -> float[]) (step: float) (w: float[]) (value: float) =
        Array.init w.Length (fun i -> Array.mapi (fun j x -> if i = j then x + step else x) w)
        |> f
        |> Array.map (fun moved -> (moved - value) / step)

    /// Projected gradient ascent with a step that grows while it helps and shrinks while it does not.
    let private ascend (f: float[][] -> float[]) (space: MixtureSpace) (start: float[], startValue: float) =
        let rec climb (w: float[]) value step left =
            if left = 0 || step < 1e-5 then
                w, value
            else
                let g = gradient f 1e-4 w value
                let centred = let mean = Array.average g in g |> Array.map (fun x -> x - mean)
                let norm = sqrt (Array.sumBy (fun x -> x * x) centred)

                if norm = 0.0 then
                    w, value
                else
                    // Four step lengths in one call; the best one tells the next.
                    let steps = [| 2.0; 1.0; 0.3; 0.1 |] |> Array.map ((*) step)

                    let moved =
                        steps
                        |> Array.map (fun s ->
                            MixtureSpace.project space (Array.map2 (fun x c -> x + s * c / norm) w centred))

                    let k, best = f moved |> Array.indexed |> Array.maxBy snd

                    if best > value then
                        climb moved[k] best steps[k] (left - 1)
                    else
                        climb w value (step * 0.05) (left - 1)

        climb start startValue 0.2 40

    /// Moves weight between pairs of domains while that helps: reaches faces and corners exactly, and needs no slope.
    let private exchange (f: float[][] -> float[]) (space: MixtureSpace) (start: float[], startValue: float) =
        let pairs = [|
            for i in 0 .. start.Length - 1 do
                for j in 0 .. start.Length - 1 do
                    if i <> j then
                        struct (i, j)
        |]

        let rec refine (w: float[]) value amount left =
            if amount < 1e-4 || left = 0 then
                w, value
            else
                let moved =
                    pairs
                    |> Array.choose (fun (struct (i, j)) ->
                        let x = min amount w[j]

                        if x <= 0.0 then
                            None
                        else
                            let candidate =
                                Array.mapi
                                    (fun k v ->
                                        if k = i then v + x
                                        elif k = j then v - x
                                        else v)
                                    w

                            if MixtureSpace.violation space candidate <= 1e-9 then Some candidate else None)

                if moved.Length = 0 then
                    refine w value (amount / 4.0) (left - 1)
                else
                    let k, best = f moved |> Array.indexed |> Array.maxBy snd

                    if best > value + 1e-12 * abs value then
                        refine moved[k] best amount (left - 1)
                    else
                        refine w value (amount / 4.0) (left - 1)

        refine start startValue 0.05 60

    /// Vertices of the simplex, brought into the space.
    let private corners (space: MixtureSpace) =
        Array.init space.Domains.Count (fun i ->
            MixtureSpace.project space (Array.init space.Domains.Count (fun j -> if i = j then 1.0 else 0.0)))

    /// The mixture of the space where `f` is largest, and its value: multi-start projected gradient from the best of the given
    /// starts, vertices and random mixtures, then exchanges between pairs. `f` takes many mixtures [m][d] at once.
    let maximise
        (seed: uint64)
        (f: float[][] -> float[])
        (space: MixtureSpace)
        (starts: float[][])
        : struct (float[] * float) =
        let stream = RandomStream(Rng.OfSeed(seed).Split "optimise")
        let inside = starts |> Array.map (MixtureSpace.project space)
        let random = Array.init 200 (fun _ -> MixtureSpace.sample stream space)
        let candidates = Array.concat [ inside; corners space; random ]
        let value = f candidates

        let best =
            Array.zip candidates value
            |> Array.sortByDescending snd
            |> Array.truncate 8
            |> Array.map (ascend f space)
            |> Array.sortByDescending snd
            |> Array.truncate 2
            |> Array.map (exchange f space)
            |> Array.maxBy snd

        struct (fst best, snd best)

    /// `f` less `strength` times the Kullback-Leibler divergence (nats) of each mixture from a reference: stays near what is known to
    /// work. The reference's zeros count as 1e-6.
    let near (strength: float) (reference: float[]) (f: float[][] -> float[]) : float[][] -> float[] =
        let divergence w =
            Array.map2 (fun x r -> if x > 0.0 then x * log (x / max 1e-6 r) else 0.0) w reference |> Array.sum

        fun weights -> Array.map2 (fun value w -> value - strength * divergence w) (f weights) weights

    /// +1 when high scores are wanted, -1 when low ones are.
    let sign (goal: Goal) : float = if goal = Goal.Max then 1.0 else -1.0

    /// The mixture that a surrogate expects to be best, less `caution` standard deviations of the expected score: 0 takes it at
    /// its word, 1 is the better choice on few runs (mixtures.md 3b).
    let best
        (seed: uint64)
        (caution: float)
        (goal: Goal)
        (space: MixtureSpace)
        (s: Surrogate)
        : struct (float[] * Prediction) =
        let f weights =
            Surrogate.predict s weights |> Array.map (fun p -> sign goal * p.Mean - caution * sqrt p.Variance)

        let starts =
            s.LeftOut
            |> Array.sortByDescending (fun l -> sign goal * l.Measured)
            |> Array.truncate 5
            |> Array.map _.Weights

        let struct (w, _) = maximise seed f space starts
        struct (w, (Surrogate.predict s [| w |])[0])
