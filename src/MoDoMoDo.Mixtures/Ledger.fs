namespace MoDoMoDo.Mixtures

open System
open MoDoMoDo.Domain

/// One benchmark score of one run.
type Measurement = {
    Score: float
    /// Items behind a score in [0, 1], where known.
    Items: float option
    /// Known standard deviation of the measurement, where known.
    Deviation: float option
} with

    /// A score of which nothing else is known.
    static member Of(score: float) = { Score = score; Items = None; Deviation = None }

    /// The known variance of the measurement: the square of the standard deviation; else binomial p (1 - p) / items, p kept
    /// half an item away from 0 and 1; else 0.
    member m.Variance =
        match m.Deviation, m.Items with
        | Some sd, _ -> sd * sd
        | None, Some n when n > 0.0 && m.Score >= 0.0 && m.Score <= 1.0 ->
            let p = Math.Clamp(m.Score, 0.5 / n |> min 0.5, 1.0 - (0.5 / n |> min 0.5))
            p * (1.0 - p) / n
        | _ -> 0.0

/// One row of a ledger: a mixture, how it was trained, and what was measured. A row without scores is a pending run.
type LedgerRow = {
    Run: string
    Weights: Weights
    /// By target, the `score:` columns: the benchmarks that are never trained on.
    Scores: Map<string, Measurement>
    /// By domain, the `test:` columns: the training domains' own tests; never part of a composite.
    Tests: Map<string, Measurement>
    Seed: int option
    /// Optimiser steps taken.
    Step: int option
    /// Size of the model, such as 1M or 1B; empty when there is only one.
    Scale: string
    /// Cost of the run in any unit.
    Cost: float option
    /// Columns that the library knows nothing about, kept as they are.
    Further: Map<string, string>
} with

    /// A run of which only the mixture and some scores are known.
    static member Create(run: string, weights: Weights, scores: (string * float) seq) = {
        Run = run
        Weights = weights
        Scores = scores |> Seq.map (fun (t, s) -> t, Measurement.Of s) |> Map.ofSeq
        Tests = Map.empty
        Seed = None
        Step = None
        Scale = ""
        Cost = None
        Further = Map.empty
    }

/// Finished and pending runs of one set of domains.
type Ledger = {
    /// In the order of the columns.
    Domains: string[]
    /// Targets (the `score:` columns), in the order of the columns.
    Targets: string[]
    Rows: LedgerRow[]
}

/// One scale and training step: runs of one level are comparable.
type FidelityLevel = { Scale: string; Step: int option }

/// What is predicted and optimised.
[<RequireQualifiedAccess>]
type Target =
    /// One benchmark, by the name of its `score:` column, or `test:DOMAIN`.
    | Single of Name: string
    /// The mean of all `score:` columns.
    | Mean
    /// The worst of all `score:` columns.
    | Min
    /// The mean of all `score:` columns, each weighted by its number of items (the `n:` columns).
    | Items
    /// A weighted mean of `score:` columns; the weights are divided by their sum.
    | Weighted of Parts: (string * float) list

module Target =

    /// The target that a command line names: a column with or without `score:`, `composite:mean`, `composite:min` or
    /// `composite:a=2,b=1`. Raises InputException when it is none of these.
    let parse (text: string) : Target =
        let refuse found =
            raise (
                InputException(
                    "",
                    "--target",
                    "a score column, composite:mean, composite:min, composite:items or composite:a=2,b=1",
                    found
                )
            )

        if text.StartsWith("composite:", StringComparison.Ordinal) then
            match text.Substring "composite:".Length with
            | "mean" -> Target.Mean
            | "min" -> Target.Min
            | "items" -> Target.Items
            | parts ->
                let part (p: string) =
                    let cut = p.LastIndexOf '='

                    match
                        Double.TryParse(
                            p.Substring(cut + 1),
                            Globalization.NumberStyles.Float,
                            Globalization.CultureInfo.InvariantCulture
                        )
                    with
                    | true, w when cut > 0 && Double.IsFinite w && w <> 0.0 -> p.Substring(0, cut).Trim(), w
                    | _ -> refuse $"'{p}'"

                Target.Weighted(parts.Split ',' |> Array.map part |> List.ofArray)
        elif String.IsNullOrWhiteSpace text then
            refuse "nothing"
        else
            Target.Single(
                if text.StartsWith("score:", StringComparison.Ordinal) then
                    text.Substring 6
                else
                    text
            )

    /// The name that files show: the inverse of `parse`.
    let name (target: Target) : string =
        match target with
        | Target.Single t -> t
        | Target.Mean -> "composite:mean"
        | Target.Min -> "composite:min"
        | Target.Items -> "composite:items"
        | Target.Weighted parts ->
            "composite:"
            + String.Join(",", parts |> List.map (fun (t, w) -> FormattableString.Invariant $"{t}={w}"))

module Ledger =

    /// The measurement of a single target in a row; None when it was not measured. `test:DOMAIN` names a training domain's own test.
    let measurement (target: string) (row: LedgerRow) : Measurement option =
        if target.StartsWith("test:", StringComparison.Ordinal) then
            row.Tests |> Map.tryFind (target.Substring 5)
        else
            row.Scores |> Map.tryFind target

    /// The single targets that a target consists of, with their share (of 1) in it; for the worst case the shares are 1.
    /// Raises InputException when the ledger has no such column.
    let parts (target: Target) (ledger: Ledger) : (string * float)[] =
        let known (t: string) =
            if
                not (Array.contains t ledger.Targets)
                && not (
                    t.StartsWith("test:", StringComparison.Ordinal)
                    && ledger.Rows |> Array.exists (measurement t >> Option.isSome)
                )
            then
                raise (InputException("", "--target", $"""one of {String.Join(", ", ledger.Targets)}""", t))

        match target with
        | Target.Single t ->
            known t
            [| t, 1.0 |]
        | Target.Mean -> ledger.Targets |> Array.map (fun t -> t, 1.0 / float ledger.Targets.Length)
        | Target.Min -> ledger.Targets |> Array.map (fun t -> t, 1.0)
        | Target.Items ->
            let items t =
                match ledger.Rows |> Array.choose (measurement t >> Option.bind _.Items) with
                | [||] ->
                    raise (InputException("", $"n:{t}", "the items behind each score, for composite:items", "none"))
                | counts -> Array.average counts

            let counts = ledger.Targets |> Array.map items
            Array.map2 (fun t n -> t, n / Array.sum counts) ledger.Targets counts
        | Target.Weighted parts ->
            let sum = parts |> List.sumBy snd
            parts |> List.iter (fst >> known)

            if abs sum < 1e-12 then
                raise (InputException("", "--target", "weights with a sum other than 0", Target.name target))

            parts |> List.map (fun (t, w) -> t, w / sum) |> Array.ofList

    /// The measured value of a target in a row; None unless all its parts were measured.
    let value (target: Target) (ledger: Ledger) (row: LedgerRow) : float option =
        let parts = parts target ledger
        let scores = parts |> Array.map (fun (t, _) -> measurement t row |> Option.map _.Score)

        if scores |> Array.contains None then
            None
        else
            match target with
            | Target.Min -> Some(scores |> Array.map Option.get |> Array.min)
            | _ -> Some(Array.map2 (fun (_, w) (s: float option) -> w * s.Value) parts scores |> Array.sum)

    /// Runs with the same weights, scale and step are replicates. The variance of a score between them, pooled over all mixtures; None with
    /// fewer than three degrees of freedom, which say too little.
    let replicateVariance (target: string) (ledger: Ledger) : float option =
        let groups =
            ledger.Rows
            |> Array.choose (fun r ->
                measurement target r |> Option.map (fun m -> (r.Weights, r.Scale, r.Step), m.Score))
            |> Array.groupBy fst
            |> Array.map (snd >> Array.map snd)

        let squares (ys: float[]) = let mean = Array.average ys in ys |> Array.sumBy (fun y -> (y - mean) ** 2.0)
        let freedom = groups |> Array.sumBy (fun ys -> ys.Length - 1)

        if freedom < 3 then
            None
        else
            Some((groups |> Array.sumBy squares) / float freedom)

    /// Names of rows, unique in their ledger: the run, with `@step` where runs have several rows.
    let rowName (ledger: Ledger) : LedgerRow -> string =
        if (ledger.Rows |> Array.distinctBy _.Run).Length = ledger.Rows.Length then
            _.Run
        else
            fun row ->
                match row.Step with
                | Some s -> $"{row.Run}@{s}"
                | None -> row.Run

    /// The weights of a row in the order of the ledger's domains.
    let weights (ledger: Ledger) (row: LedgerRow) : float[] = ledger.Domains |> Array.map (fun d -> row.Weights[d])

    /// Rows without any score: runs that were started or planned.
    let pending (ledger: Ledger) : LedgerRow[] = ledger.Rows |> Array.filter _.Scores.IsEmpty
