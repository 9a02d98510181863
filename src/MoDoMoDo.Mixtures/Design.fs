namespace MoDoMoDo.Mixtures

open System.Collections.Generic
open MoDoMoDo.Domain

/// A mixture with the name of the run that trains on it.
type NamedMixture = { Run: string; Weights: Weights }

/// The mixtures to start with.
module Design =

    let private named run weights = { Run = run; Weights = weights }

    /// All weight on one domain, for each domain.
    let single (domains: IReadOnlyList<string>) : NamedMixture[] = [|
        for d in domains -> named $"single-{d}" (Weights.Single(domains, d))
    |]

    /// Equal weights for all domains but one, for each domain.
    let excludeOne (domains: IReadOnlyList<string>) : NamedMixture[] = [|
        for d in domains ->
            named $"without-{d}" (Weights.Normalised(domains, [| for e in domains -> if e = d then 0.0 else 1.0 |]))
    |]

    /// Equal weights for all domains.
    let uniform (domains: IReadOnlyList<string>) : NamedMixture = named "uniform" (Weights.Uniform domains)

    /// The paper's 2m + 1 seed mixtures (Table 2): single, exclude-one, uniform; the 11 runs of its five domains.
    /// With two domains the exclude-one mixtures are the single ones and are not repeated.
    let paper (domains: IReadOnlyList<string>) : NamedMixture[] =
        Array.concat [ single domains; excludeOne domains; [| uniform domains |] ]
        |> Array.distinctBy _.Weights

    /// Draws from the symmetric Dirichlet distribution with this concentration (1: uniform over the simplex).
    let dirichlet (seed: uint64) (concentration: float) (count: int) (domains: IReadOnlyList<string>) : NamedMixture[] =
        let stream = RandomStream(Rng.OfSeed(seed).Split "dirichlet")

        Array.init count (fun i ->
            named
                $"random-{i + 1}"
                (Weights.Create(domains, Simplex.dirichlet stream (Array.create domains.Count concentration))))

    /// Distance after the square root of each weight, in which small weights count: an in-between of the learned warps.
    let private warpedDistance (a: float[]) (b: float[]) =
        Array.map2 (fun x y -> (sqrt x - sqrt y) ** 2.0) a b |> Array.sum

    /// Positions of `count` candidates, each as far as possible from those before it and from the points that are already
    /// there (greedy maximin; warped weights). Without any point the first is the candidate nearest to uniform.
    let private farthest (count: int) (there: float[][]) (candidates: float[][]) : int[] =
        let nearest =
            candidates
            |> Array.map (fun c -> there |> Array.fold (fun d p -> min d (warpedDistance c p)) infinity)

        Array.init count (fun k ->
            let chosen =
                if k = 0 && there.Length = 0 then
                    let centre = Array.create candidates[0].Length (1.0 / float candidates[0].Length)
                    candidates |> Array.indexed |> Array.minBy (snd >> warpedDistance centre) |> fst
                else
                    nearest |> Array.indexed |> Array.maxBy snd |> fst

            candidates
            |> Array.iteri (fun i c -> nearest[i] <- min nearest[i] (warpedDistance c candidates[chosen]))

            chosen)

    /// Space-filling mixtures: `count` of the space's points, each far from the others and from the runs that are
    /// already there (greedy maximin over 2 000 random points of the space, in square roots of weights). Interior points
    /// fill the space better than vertices do for objectives with a balanced optimum (mixtures.md 2g).
    let spaceFilling (seed: uint64) (count: int) (there: Weights[]) (space: MixtureSpace) : NamedMixture[] =
        let stream = RandomStream(Rng.OfSeed(seed).Split "space-filling")
        let candidates = Array.init 2000 (fun _ -> MixtureSpace.sample stream space)
        let known = there |> Array.map (fun w -> [| for d in space.Domains -> w[d] |])

        farthest count known candidates
        |> Array.mapi (fun i chosen -> named $"filling-{i + 1}" (Weights.Create(space.Domains, candidates[chosen])))
