/// Laws of what counts as the same answer: L5 to L8 and L12 to L16.
module MoDoMoDo.Laws.EqualityLaws

open FsCheck.FSharp
open MoDoMoDo.Verifiers

/// When an answer counts as equal to a gold, both as text.
type Equality = { Name: string; Equal: string -> string -> bool }

let private pool (n: Notations) = n.Same @ n.Different

let private isSymmetric (equality: Equality) (texts: string list) =
    List.allPairs texts texts |> List.forall (fun (a, b) -> equality.Equal a b = equality.Equal b a)

let private isTransitive (equality: Equality) (texts: string list) =
    let n = texts.Length
    let equal = Array2D.init n n (fun i j -> equality.Equal texts[i] texts[j])
    let all = [ 0 .. n - 1 ]

    List.allPairs all all
    |> List.forall (fun (i, j) -> not equal[i, j] || all |> List.forall (fun k -> not equal[j, k] || equal[i, k]))

/// L8, L12: how a number is written does not matter. Asked of everything that compares numbers, also with a tolerance.
let notation (equality: Equality) : Law list = [
    Law.forAll 8 "marks around a number change nothing" Notations.integers (fun n ->
        (fun s -> $"\\text{{{s}}}") :: Notations.wrappings
        |> List.forall (fun wrap -> equality.Equal n.Same.Head (wrap n.Same.Head)))

    Law.forAll 12 "1234 = 1,234 = 1{,}234 = 1234.0 = 1.234e3" Notations.integers (fun n ->
        n.Same |> List.forall (equality.Equal n.Same.Head))
]

/// L6, L7, L13, L14 on numbers: exact equality.
let exactness (equality: Equality) : Law list =
    let numbers = Gen.oneof [ Notations.integers; Notations.fractions ]

    [
        Law.forAll 6 "equality of numbers is symmetric" numbers (pool >> isSymmetric equality)

        Law.forAll 7 "equality of numbers is transitive" numbers (pool >> isTransitive equality)

        Law.forAll 13 "a/b = ka/kb" Notations.fractions (fun n ->
            let plain = n.Same |> List.filter (fun s -> not (s.Contains '\\'))
            List.allPairs plain plain |> List.forall (fun (a, b) -> equality.Equal a b))

        Law.forAll 14 "a number and its neighbours, and its negative, are unequal" numbers (fun n ->
            let plain = n.Different |> List.filter (fun s -> not (s.Contains '\\'))
            plain |> List.forall (fun other -> not (equality.Equal n.Same.Head other)))
    ]

let private written = Formulas.any |> Gen.map Formulas.write

let private permuted = gen {
    let! e = Formulas.any
    let! other = Formulas.shuffled e
    return Formulas.write e, Formulas.write other
}

/// L5 to L8 and L13 to L16 on mathematical answers of every kind and on random rational expressions.
let mathematics (equality: Equality) : Law list = [
    Law.forAll 5 "an answer equals itself" (Gen.zip Notations.any written) (fun (n, e) ->
        e :: pool n |> List.forall (fun a -> equality.Equal a a))

    Law.forAll 6 "equality of values is symmetric" Notations.any (pool >> isSymmetric equality)

    Law.forAll 7 "equality of values is transitive" Notations.any (pool >> isTransitive equality)

    Law.forAll 8 "notation and marks around an answer change nothing" Notations.any (fun n ->
        let gold = n.Same.Head

        n.Same |> List.forall (equality.Equal gold)
        && Notations.wrappings
           |> List.forall (fun wrap -> equality.Equal gold (wrap gold) && equality.Equal (wrap gold) gold))

    Law.forAll 13 "a/b = ka/kb, in LaTeX too" Notations.fractions (fun n ->
        List.allPairs n.Same n.Same |> List.forall (fun (a, b) -> equality.Equal a b))

    Law.forAll 14 "an answer is unequal to its neighbours, e to e + 1" (Gen.zip Notations.any written) (fun (n, e) ->
        n.Same
        |> List.forall (fun same -> n.Different |> List.forall (fun other -> not (equality.Equal same other)))
        && not (equality.Equal e (e + " + 1")))

    Law.forAll 15 "sums, products and sets may be permuted, tuples may not" permuted (fun (a, b) -> equality.Equal a b)

    Law.forAll
        15
        "a tuple of distinct elements in another order is another tuple"
        (Notations.mathematics |> Gen.oneof |> Gen.filter (fun n -> n.Kind = "tuple" || n.Kind = "set"))
        (fun n -> n.Different |> List.forall (fun other -> not (equality.Equal n.Same.Head other)))
    |> Law.times 40

    Law.forAll
        16
        "expressions that are equal have equal values at random points"
        (gen {
            let! a = Formulas.any
            let! other = Formulas.any
            let! same = Formulas.shuffled a
            let! b = Gen.elements [ same; other ]
            let! at = Formulas.point
            return a, b, (Formulas.value at a, Formulas.value at b)
        })
        (fun (a, b, values) ->
            match values with
            | Some x, Some y -> not (equality.Equal (Formulas.write a) (Formulas.write b)) || x = y
            | _ -> true)
]
