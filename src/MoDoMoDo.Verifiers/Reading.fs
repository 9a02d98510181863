namespace MoDoMoDo.Verifiers

open System

/// Why a text could not be read.
[<RequireQualifiedAccess>]
type Refusal =
    /// Nothing readable is there.
    | Missing of Why: string
    /// A limit on size, depth or work was hit.
    | Limit of Why: string

/// What a reader found in a text, or why it found nothing.
type Reading<'a> = Result<'a, Refusal>

/// Finds something in a text. Extractors are Kleisli arrows of Reading: `>=>` chains them, `<|>` tries the next.
type Extractor<'a> = string -> Reading<'a>

/// Limits on what a model's text may ask for. They are counts, not times: the same text is refused everywhere.
module Limits =
    /// Longest completion that is looked at, in UTF-16 units.
    let completion = 16 * 1024 * 1024
    /// Longest answer that text metrics and box readers look at, in UTF-16 units.
    let answer = 64 * 1024
    /// Longest answer that is read as a number or formula, in UTF-16 units.
    let formula = 4 * 1024
    /// Deepest nesting of brackets and braces.
    let depth = 200
    /// Longest numerator or denominator, in bits.
    let bits = 4096
    /// Largest number of box pairs that are compared.
    let pairs = 16_000_000

/// Signals that a computation used up its fuel; never leaves Fuel.within.
exception internal OutOfFuel

/// A budget of work. Bounds are counters rather than timers, so that a verdict depends on the text alone.
[<Sealed>]
type Fuel(budget: int) =
    let mutable left = budget

    /// Takes `amount` units, or ends the computation that Fuel.within started.
    member _.Spend(amount: int) =
        left <- left - amount

        if left < 0 then
            raise OutOfFuel

/// Running computations within a budget.
module Fuel =

    /// The result of a computation, or Limit when it spends more than `budget` units.
    let within (budget: int) (compute: Fuel -> Reading<'a>) : Reading<'a> =
        try
            compute (Fuel budget)
        with OutOfFuel ->
            Error(Refusal.Limit $"more than {budget} units of work")

/// Readers and how they combine.
module Reading =

    /// A failed reading with its reason.
    let missing why : Reading<'a> = Error(Refusal.Missing why)

    /// A refused reading with the limit it hit.
    let limit why : Reading<'a> = Error(Refusal.Limit why)

    /// The value of an option, or Missing with the reason.
    let ofOption why (value: 'a option) : Reading<'a> =
        match value with
        | Some v -> Ok v
        | None -> missing why

    /// The text itself when it has at most `longest` UTF-16 units.
    let atMost (longest: int) (text: string) : Reading<string> =
        if text.Length <= longest then
            Ok text
        else
            limit $"{text.Length} characters, more than {longest}"

    /// True when nothing of the text can be seen: white space, control characters, characters of no width.
    let isBlank (text: string) : bool =
        text
        |> Seq.forall (fun c ->
            Char.IsWhiteSpace c
            || Char.IsControl c
            || Char.GetUnicodeCategory c = Globalization.UnicodeCategory.Format)

    /// The reading that holds when the text is blank: Missing.
    let notBlank (text: string) : Reading<string> = if isBlank text then missing "blank answer" else Ok text

    /// `first` and then `second` on what it found.
    let (>=>) (first: 'a -> Reading<'b>) (second: 'b -> Reading<'c>) : 'a -> Reading<'c> = first >> Result.bind second

    /// `first`, or `second` on the same text when `first` found nothing. A hit limit is final.
    let (<|>) (first: 'a -> Reading<'b>) (second: 'a -> Reading<'b>) : 'a -> Reading<'b> =
        fun text ->
            match first text with
            | Error(Refusal.Missing _) -> second text
            | found -> found

    /// The only distinct value that the extractor of all candidates finds; Missing when there are none or several.
    let unique (candidates: string -> 'a list) : Extractor<'a> =
        fun text ->
            match candidates text |> List.distinct with
            | [ one ] -> Ok one
            | [] -> missing "no candidate"
            | several -> missing $"{several.Length} different candidates"
