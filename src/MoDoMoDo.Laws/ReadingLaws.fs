/// Laws of normal forms and of readers: L9 to L11.
module MoDoMoDo.Laws.ReadingLaws

open FsCheck
open FsCheck.FSharp

/// A function to a normal form.
type Normaliser = { Name: string; Normal: string -> string }

/// A normal form beside a comparison that is meant to go by it.
type Comparison = { Name: string; Normal: string -> string; Equal: string -> string -> bool }

/// A way to write values and to read them back.
type Codec<'a> = { Name: string; Write: 'a -> string; Read: string -> 'a option }

let private decorated = gen {
    let! word = Gen.elements [ "Red"; "a cat"; "3.50"; "x+1"; "STRASSE"; "ΣΑΣ" ]

    let! marks =
        Gen.listOf (
            Gen.elements [
                fun s -> $" {s}\t"
                fun s -> $"\"{s}\""
                fun s -> $"${s}$"
                fun s -> $"**{s}**"
                fun s -> $"\\text{{{s}}}"
                fun s -> $"\\({s}\\)"
                fun s -> $"({s})."
                fun (s: string) -> s.ToUpperInvariant()
            ]
        )

    return marks |> List.truncate 5 |> List.fold (fun s mark -> mark s) word
}

let private anything = Gen.frequency [ 2, decorated; 1, Hostile.text ]

/// L9 of one normaliser.
let normaliser (normaliser: Normaliser) : Law list = [
    Law.forText 9 $"normalising twice is normalising once: {normaliser.Name}" anything (fun text ->
        let once = normaliser.Normal text
        normaliser.Normal once = once)
]

/// L10: texts with one normal form get one verdict.
let comparison (comparison: Comparison) : Law list = [
    Law.forAll 10 $"equal normal forms get equal verdicts: {comparison.Name}" (Gen.three decorated) (fun (a, b, gold) ->
        let same x y = comparison.Normal x <> comparison.Normal y || comparison.Equal gold x = comparison.Equal gold y
        let normal = comparison.Normal a
        same a b && same a normal && comparison.Equal a normal)
]

/// L11: what is written is read back, on values of a generator.
let codec (values: Gen<'a>) (codec: Codec<'a>) : Law list = [
    Law.forAll 11 $"reading what was written gives it back: {codec.Name}" values (fun value ->
        codec.Read(codec.Write value) = Some value)
]
