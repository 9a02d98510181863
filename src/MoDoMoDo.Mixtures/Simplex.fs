namespace MoDoMoDo.Mixtures

open System
open MoDoMoDo.Domain

/// A limit on the summed weight of some domains.
type GroupBound = {
    /// Positions of the domains, ascending.
    Members: int[]
    /// In [0, 1].
    Lower: float
    /// In [0, 1].
    Upper: float
}

/// Points of the probability simplex as plain arrays: projection and sampling. Raw arrays are used inside the
/// library; Domain.Weights at its border.
module Simplex =

    /// The argument at which a continuous, non-increasing, piecewise linear function takes a value, exactly up to
    /// rounding: all kinks of the function must be among `kinks`. Infinite where the value is never taken.
    let private solve (kinks: float[]) (f: float -> float) (target: float) =
        let kinks = Array.sort kinks
        let mutable below, above = -1, kinks.Length // f(kinks[below]) >= target > f(kinks[above])

        while above - below > 1 do
            let middle = (below + above) / 2
            if f kinks[middle] >= target then below <- middle else above <- middle

        if below < 0 then
            -infinity
        elif above = kinks.Length then
            infinity
        else
            let a, b = kinks[below], kinks[above]
            let fa, fb = f a, f b
            a + (b - a) * (fa - target) / (fa - fb)

    /// The nearest point (Euclidean) of {w : lower <= w <= upper, sum w = 1, every group's sum within its bounds},
    /// for groups that share no domain. Lagrange: w_i = clip(v_i - t_i), with one t for all free domains, moved to the
    /// group's own value where its bound is active; sums are piecewise linear in t, so t is found exactly.
    let private projectDisjoint (lower: float[]) (upper: float[]) (groups: GroupBound[]) (v: float[]) : float[] =
        let clip (shift: float) i = Math.Clamp(v[i] - shift, lower[i], upper[i])
        let kinksOf members = members |> Array.collect (fun i -> [| v[i] - lower[i]; v[i] - upper[i] |])
        let sumOf members shift = members |> Array.sumBy (clip shift)
        let everyone = Array.init v.Length id
        let free = everyone |> Array.except (groups |> Array.collect _.Members)

        // The shifts at which each group's sum meets its upper and its lower bound.
        let limits =
            groups
            |> Array.map (fun g ->
                let least, most =
                    g.Members |> Array.sumBy (fun i -> lower[i]), g.Members |> Array.sumBy (fun i -> upper[i])

                let at = solve (kinksOf g.Members) (sumOf g.Members)

                (if g.Upper >= most then -infinity else at g.Upper),
                (if g.Lower <= least then infinity else at g.Lower))

        let inGroup (first: float, last: float) (shift: float) = Math.Clamp(shift, min first last, last)

        let total shift =
            sumOf free shift
            + (Array.map2 (fun g limit -> sumOf g.Members (inGroup limit shift)) groups limits |> Array.sum)

        let kinks =
            Array.append
                (kinksOf everyone)
                (limits |> Array.collect (fun (a, b) -> [| a; b |]) |> Array.filter Double.IsFinite)

        let shift = solve kinks total 1.0
        let w = Array.zeroCreate v.Length
        // An infinite shift means that the sum of the bounds is 1 up to rounding.
        let finite =
            if Double.IsFinite shift then
                shift
            else
                Math.Clamp(shift, Array.min kinks, Array.max kinks)

        for i in free do
            w[i] <- clip finite i

        Array.iter2
            (fun g limit ->
                for i in g.Members do
                    w[i] <- clip (inGroup limit finite) i)
            groups
            limits

        w

    /// Groups in families whose members share no domain.
    let private families (groups: GroupBound[]) =
        let meets (a: GroupBound) (b: GroupBound) = a.Members |> Array.exists (fun i -> Array.contains i b.Members)

        ([], groups)
        ||> Array.fold (fun families g ->
            match families |> List.tryFindIndex (List.forall (meets g >> not)) with
            | Some k -> families |> List.mapi (fun i family -> if i = k then g :: family else family)
            | None -> families @ [ [ g ] ])
        |> List.map Array.ofList

    let private distance (a: float[]) (b: float[]) = Array.map2 (fun x y -> abs (x - y)) a b |> Array.max

    /// The nearest point (Euclidean) of {w : lower <= w <= upper, sum w = 1, group sums within their bounds} to v;
    /// all arrays have one entry per domain. Exact where no two groups share a domain; otherwise by Dykstra's alternating
    /// projections (Boyle and Dykstra 1986) to 1e-12. The set must not be empty (MixtureSpace sees to that).
    let projectWithin (lower: float[]) (upper: float[]) (groups: GroupBound[]) (v: float[]) : float[] =
        match families groups with
        | [] -> projectDisjoint lower upper [||] v
        | [ family ] -> projectDisjoint lower upper family v
        | many ->
            let many = Array.ofList many
            let corrections = many |> Array.map (fun _ -> Array.zeroCreate<float> v.Length)
            let mutable w, moved, round = v, infinity, 0

            while moved > 1e-12 && round < 10_000 do
                moved <- 0.0

                for k in 0 .. many.Length - 1 do
                    let from = Array.map2 (+) w corrections[k]
                    let next = projectDisjoint lower upper many[k] from
                    corrections[k] <- Array.map2 (-) from next
                    moved <- max moved (distance w next)
                    w <- next

                round <- round + 1

            w

    /// The nearest point of the simplex (Euclidean) to v.
    let project (v: float[]) : float[] = projectWithin (Array.zeroCreate v.Length) (Array.create v.Length 1.0) [||] v

    /// A draw from the gamma distribution with this positive shape and scale 1 (Marsaglia and Tsang, ACM TOMS 26, 2000;
    /// shapes below 1 by the power of a uniform).
    let rec private gamma (stream: RandomStream) (shape: float) : float =
        if shape < 1.0 then
            let u = 1.0 - stream.NextDouble()
            gamma stream (shape + 1.0) * Math.Pow(u, 1.0 / shape)
        else
            let d = shape - 1.0 / 3.0
            let c = 1.0 / sqrt (9.0 * d)

            let rec attempt () =
                let x = stream.NextGaussian()
                let v = (1.0 + c * x) ** 3.0
                let u = 1.0 - stream.NextDouble()

                if v > 0.0 && log u < 0.5 * x * x + d * (1.0 - v + log v) then
                    d * v
                else
                    attempt ()

            attempt ()

    /// A draw from the Dirichlet distribution with these positive concentrations.
    let dirichlet (stream: RandomStream) (concentrations: float[]) : float[] =
        let draws = concentrations |> Array.map (gamma stream)
        let sum = Array.sum draws

        if sum > 0.0 then
            draws |> Array.map (fun g -> g / sum)
        else
            // Tiny concentrations underflow: the limit of the distribution puts everything on one domain.
            let chosen = stream.NextInt draws.Length
            Array.init draws.Length (fun i -> if i = chosen then 1.0 else 0.0)
