namespace MoDoMoDo.Mixtures

open System
open System.Collections.Generic
open MoDoMoDo.Domain

/// Why a mixture space would hold no mixture: the constraint that cannot be met, and what stands against it.
type SpaceConflict = { Constraint: string; Against: string }

/// The mixtures that are allowed: the simplex of some domains cut by floors, caps and group bounds (DESIGN.md 16).
/// A value of this type holds at least one mixture; what would be empty is a SpaceConflict instead.
[<CustomEquality; NoComparison>]
type MixtureSpace = private {
    Names: string[]
    Lower: float[]
    Upper: float[]
    /// Bounds of summed weight by set of positions (at least two, not all): one entry a set.
    Sums: Map<Set<int>, struct (float * float)>
} with

    /// The domains, in the order of the weights.
    member space.Domains: IReadOnlyList<string> = space.Names
    /// The least weight of each domain.
    member space.Floors: IReadOnlyList<float> = space.Lower
    /// The largest weight of each domain.
    member space.Caps: IReadOnlyList<float> = space.Upper

    /// The bounds on summed weights.
    member space.Groups: GroupBound[] = [|
        for KeyValue(members, struct (lower, upper)) in space.Sums ->
            { Members = Set.toArray members; Lower = lower; Upper = upper }
    |]

    override space.Equals(other) =
        match other with
        | :? MixtureSpace as o ->
            space.Names = o.Names && space.Lower = o.Lower && space.Upper = o.Upper && space.Sums = o.Sums
        | _ -> false

    override space.GetHashCode() = hash (space.Names, space.Lower, space.Upper)

/// The algebra of mixture spaces. Constraints are applied one after another or by `intersect`; all are pure.
module MixtureSpace =

    /// How far a weight may pass its bound by rounding.
    [<Literal>]
    let Tolerance = 1e-9

    /// All mixtures of these domains. Raises ArgumentException when a name is missing or repeated.
    let simplex (domains: IReadOnlyList<string>) : MixtureSpace =
        let names = (Weights.Uniform domains).Domains |> Array.ofSeq

        {
            Names = names
            Lower = Array.zeroCreate names.Length
            Upper = Array.create names.Length 1.0
            Sums = Map.empty
        }

    let private nameOf (space: MixtureSpace) members =
        members |> Seq.map (fun i -> space.Names[i]) |> String.concat " + "

    let private shown (x: float) = x.ToString("0.######", Globalization.CultureInfo.InvariantCulture)

    /// How far the weights are outside the space; 0 inside. Largest over all constraints.
    let violation (space: MixtureSpace) (w: float[]) : float =
        let outside lower upper x = max (lower - x) (x - upper)
        let bounds = Array.map3 outside space.Lower space.Upper w

        let sums =
            space.Groups
            |> Array.map (fun g -> outside g.Lower g.Upper (g.Members |> Array.sumBy (fun i -> w[i])))

        Array.concat [ bounds; sums; [| abs (Array.sum w - 1.0); 0.0 |] ] |> Array.max

    /// The nearest mixture of the space to any point (Euclidean).
    let project (space: MixtureSpace) (v: float[]) : float[] =
        Simplex.projectWithin space.Lower space.Upper space.Groups v

    /// The space itself when it holds a mixture, else what is in conflict.
    let private checkedFor (added: string) (space: MixtureSpace) : Result<MixtureSpace, SpaceConflict> =
        let conflict against = Error { Constraint = added; Against = against }
        let crossed = Array.map2 (fun l u -> l > u + Tolerance) space.Lower space.Upper |> Array.tryFindIndex id

        match crossed, space.Groups |> Array.tryFind (fun g -> g.Lower > g.Upper + Tolerance) with
        | Some i, _ ->
            conflict $"{space.Names[i]} has the floor {shown space.Lower[i]} and the cap {shown space.Upper[i]}"
        | None, Some g -> conflict $"{nameOf space g.Members} has the floor {shown g.Lower} and the cap {shown g.Upper}"
        | None, None ->
            let floors, caps = Array.sum space.Lower, Array.sum space.Upper

            if floors > 1.0 + Tolerance then
                conflict $"the floors sum to {shown floors}, above 1"
            elif caps < 1.0 - Tolerance then
                conflict $"the caps sum to {shown caps}, below 1"
            elif space.Sums.IsEmpty then
                Ok space
            else
                let nearest = project space (Array.create space.Names.Length (1.0 / float space.Names.Length))

                if violation space nearest <= 1e-7 then
                    Ok space
                else
                    conflict "the other floors, caps and groups"

    let private narrow lower upper (struct (l, u)) = struct (max l lower, min u upper)

    let private position (space: MixtureSpace) domain =
        match Array.IndexOf(space.Names, domain) with
        | -1 -> Error { Constraint = domain; Against = $"""the domains are {String.Join(", ", space.Names)}""" }
        | i -> Ok i

    let private bounded what lower upper domains (space: MixtureSpace) =
        let folded =
            (Ok Set.empty, domains)
            ||> Seq.fold (fun found d ->
                Result.bind (fun s -> position space d |> Result.map (fun i -> Set.add i s)) found)

        folded
        |> Result.bind (fun members ->
            let replace (array: float[]) i x = Array.updateAt i x array

            match Set.toList members with
            | [] -> Ok space
            | [ i ] ->
                let struct (l, u) = narrow lower upper (struct (space.Lower[i], space.Upper[i]))
                checkedFor what { space with Lower = replace space.Lower i l; Upper = replace space.Upper i u }
            | _ when members.Count = space.Names.Length ->
                if lower <= 1.0 + Tolerance && upper >= 1.0 - Tolerance then
                    Ok space
                else
                    Error { Constraint = what; Against = "all weights sum to 1" }
            | _ ->
                let there = space.Sums |> Map.tryFind members |> Option.defaultValue (struct (0.0, 1.0))
                checkedFor what { space with Sums = space.Sums |> Map.add members (narrow lower upper there) })

    /// At most this weight for a domain.
    let cap (domain: string) (most: float) (space: MixtureSpace) : Result<MixtureSpace, SpaceConflict> =
        bounded $"{domain} <= {shown most}" 0.0 most [ domain ] space

    /// At least this weight for a domain.
    let floor (domain: string) (least: float) (space: MixtureSpace) : Result<MixtureSpace, SpaceConflict> =
        bounded $"{domain} >= {shown least}" least 1.0 [ domain ] space

    /// Exactly this weight for a domain.
    let fix (domain: string) (weight: float) (space: MixtureSpace) : Result<MixtureSpace, SpaceConflict> =
        bounded $"{domain} = {shown weight}" weight weight [ domain ] space

    /// A summed weight within [least, most] for some domains.
    let group
        (domains: string seq)
        (least: float)
        (most: float)
        (space: MixtureSpace)
        : Result<MixtureSpace, SpaceConflict> =
        bounded $"""{shown least} <= {String.Join(" + ", domains)} <= {shown most}""" least most domains space

    /// No domain of `sizes` examples is passed more than `epochs` times in a run that draws `examples` examples.
    let epochs (sizes: IReadOnlyDictionary<string, int>) (examples: int) (epochs: float) (space: MixtureSpace) =
        (Ok space, sizes)
        ||> Seq.fold (fun s (KeyValue(domain, size)) ->
            s |> Result.bind (cap domain (min 1.0 (epochs * float size / float examples))))

    /// The mixtures that both spaces allow. An error when none does, or when the domains differ.
    let intersect (a: MixtureSpace) (b: MixtureSpace) : Result<MixtureSpace, SpaceConflict> =
        if a.Names <> b.Names then
            Error {
                Constraint = String.Join(", ", b.Names)
                Against = $"""the domains are {String.Join(", ", a.Names)}"""
            }
        else
            let sums =
                (a.Sums, b.Sums)
                ||> Map.fold (fun sums members (struct (l, u)) ->
                    sums
                    |> Map.change members (function
                        | None -> Some(struct (l, u))
                        | Some there -> Some(narrow l u there)))

            checkedFor "the second space" {
                a with
                    Lower = Array.map2 max a.Lower b.Lower
                    Upper = Array.map2 min a.Upper b.Upper
                    Sums = sums
            }

    /// Whether the space allows these weights, up to rounding.
    let contains (space: MixtureSpace) (w: Weights) : bool =
        Seq.forall
            (fun d -> Array.contains d space.Names)
            (Seq.zip w.Domains w.Values |> Seq.filter (fun (_, v) -> v > 0.0) |> Seq.map fst)
        && violation space (space.Names |> Array.map (fun d -> w[d])) <= Tolerance

    /// Moves weight between two domains by a random amount that the space allows.
    let private exchange (stream: RandomStream) (space: MixtureSpace) (groups: GroupBound[]) (w: float[]) =
        let i = stream.NextInt w.Length
        let j = (i + 1 + stream.NextInt(w.Length - 1)) % w.Length
        // w_i + x, w_j - x: the interval of x that keeps every constraint.
        let mutable least = max (space.Lower[i] - w[i]) (w[j] - space.Upper[j])
        let mutable most = min (space.Upper[i] - w[i]) (w[j] - space.Lower[j])

        for g in groups do
            let hasI, hasJ = Array.contains i g.Members, Array.contains j g.Members

            if hasI <> hasJ then
                let sum = g.Members |> Array.sumBy (fun k -> w[k])
                let down, up = g.Lower - sum, g.Upper - sum
                least <- max least (if hasI then down else -up)
                most <- min most (if hasI then up else -down)

        if most > least then
            let x = stream.NextDouble(least, most)
            w[i] <- w[i] + x
            w[j] <- w[j] - x

    /// A random mixture of the space. Uniform on the whole simplex; with constraints uniform by rejection where that is
    /// quick, else by a long random walk that exchanges weight between pairs of domains.
    let sample (stream: RandomStream) (space: MixtureSpace) : float[] =
        let d = space.Names.Length
        let draw () = Simplex.dirichlet stream (Array.create d 1.0)

        match Seq.init 20 (fun _ -> draw ()) |> Seq.tryFind (fun w -> violation space w <= Tolerance) with
        | Some w -> w
        | None ->
            let w, groups = project space (draw ()), space.Groups

            if d > 1 then
                for _ in 1 .. 20 * d do
                    exchange stream space groups w

            project space w
