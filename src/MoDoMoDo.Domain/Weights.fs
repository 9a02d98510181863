namespace MoDoMoDo.Domain

open System
open System.Collections.Generic

/// A mixture: one non-negative weight for each named domain, summing to 1. The order of the domains is kept.
[<Sealed>]
type Weights private (domains: string[], values: float[]) =

    /// How far a sum may be from 1 and still be read as 1 (the rest is divided out).
    static member Tolerance = 1e-6

    /// A sum this close to 1 is 1: dividing again would move the last bits of weights that were written and read back.
    static member private Rounding = 1e-12

    /// The domain names, in order.
    member _.Domains: IReadOnlyList<string> = domains
    /// The weights, in the order of Domains.
    member _.Values: IReadOnlyList<float> = values
    /// Number of domains.
    member _.Count = domains.Length

    /// The weight of a domain; 0 for a domain that the mixture does not name.
    member _.Item
        with get (domain: string) =
            match Array.IndexOf(domains, domain) with
            | -1 -> 0.0
            | i -> values[i]

    /// The mixture of these weights, or why they are none: a repeated or empty name, a negative or non-finite weight,
    /// or a sum further than Tolerance from 1.
    static member TryCreate(pairs: (string * float) seq) : Result<Weights, string> =
        let domains, values = pairs |> Array.ofSeq |> Array.unzip
        let sum = Array.sum values

        if domains.Length = 0 then
            Error "wanted at least one domain, found none"
        elif domains |> Array.exists String.IsNullOrWhiteSpace then
            Error "wanted a name for each domain, found an empty one"
        elif (Array.distinct domains).Length <> domains.Length then
            Error $"""wanted each domain once, found {String.Join(", ", domains)}"""
        else
            match Array.tryFindIndex (fun v -> not (Double.IsFinite v) || v < 0.0) values with
            | Some i ->
                Error(
                    FormattableString.Invariant $"{domains[i]}: wanted a finite weight of at least 0, found {values[i]}"
                )
            | None when abs (sum - 1.0) > Weights.Tolerance ->
                Error(FormattableString.Invariant $"wanted weights that sum to 1, found a sum of {sum}")
            | None ->
                let exact = abs (sum - 1.0) <= Weights.Rounding
                Ok(Weights(domains, (if exact then values else Array.map (fun v -> v / sum) values)))

    /// The mixture of these weights. Raises ArgumentException where TryCreate gives an error.
    static member Create(domains: IReadOnlyList<string>, values: IReadOnlyList<float>) : Weights =
        if domains.Count <> values.Count then
            raise (ArgumentException $"wanted {domains.Count} weights, found {values.Count}")

        match Weights.TryCreate(Seq.zip domains values) with
        | Ok w -> w
        | Error why -> raise (ArgumentException why)

    /// The mixture proportional to these non-negative, not all zero amounts. Raises ArgumentException otherwise.
    static member Normalised(domains: IReadOnlyList<string>, amounts: IReadOnlyList<float>) : Weights =
        let sum = Seq.sum amounts

        match Seq.tryFind (fun amount -> not (Double.IsFinite amount) || amount < 0.0) amounts with
        | Some amount ->
            raise (
                ArgumentException(FormattableString.Invariant $"wanted finite amounts of at least 0, found {amount}")
            )
        | None -> Weights.Create(domains, amounts |> Seq.map (fun v -> v / sum) |> Array.ofSeq)

    /// Equal weights for all domains.
    static member Uniform(domains: IReadOnlyList<string>) : Weights =
        Weights.Create(domains, Array.create domains.Count (1.0 / float domains.Count))

    /// All weight on one of the domains.
    static member Single(domains: IReadOnlyList<string>, domain: string) : Weights =
        Weights.Create(domains, domains |> Seq.map (fun d -> if d = domain then 1.0 else 0.0) |> Array.ofSeq)

    override _.Equals(other) =
        match other with
        | :? Weights as o ->
            Seq.forall2 (=) domains o.Domains && domains.Length = o.Count && Seq.forall2 (=) values o.Values
        | _ -> false

    override _.GetHashCode() = hash (domains, values)

    override _.ToString() =
        Seq.map2
            (fun d (v: float) -> d + " " + v.ToString("0.###", Globalization.CultureInfo.InvariantCulture))
            domains
            values
        |> String.concat ", "
