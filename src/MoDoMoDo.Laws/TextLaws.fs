/// Laws of text similarities: L23 to L25.
module MoDoMoDo.Laws.TextLaws

open System
open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Verifiers

/// ANLS: golds and an answer to [0, 1].
type Similarity = { Name: string; Score: string[] -> string -> float }

/// The number of edits between two texts, in code points.
type EditDistance = { Name: string; Distance: string -> string -> int }

/// Relaxed accuracy under a tolerance, a share of the gold: tolerance, gold, answer.
type Relaxed = { Name: string; Accepts: float -> string -> string -> bool }

let private letters = Gen.elements [ 'a'; 'b'; 'c'; ' '; 'é'; '7' ]

let private short =
    Gen.choose (0, 12) |> Gen.bind (fun n -> Gen.listOfLength n letters) |> Gen.map String.Concat

/// Two texts, the second often a few edits away from the first.
let private near = gen {
    let! a = short
    let! b = short
    let! at = Gen.choose (0, a.Length)
    return! Gen.elements [ a, b; a, a.Insert(at, "b"); a, a.Substring at; a, a; a, a.ToUpperInvariant() ]
}

let private normal: string -> string = Text.simple

/// L23.
let similarity (anls: Similarity) : Law list = [
    Law.forAll 23 "ANLS is symmetric for one gold" near (fun (a, b) -> anls.Score [| a |] b = anls.Score [| b |] a)

    Law.forAll 23 "ANLS is the best over the golds, and no gold more lowers it" (Gen.zip near short) (fun ((a, b), c) ->
        let best = max (anls.Score [| a |] b) (anls.Score [| c |] b)
        anls.Score [| a; c |] b = best && best >= anls.Score [| a |] b)

    Law.forAll 23 "ANLS is 0 or at least one half" near (fun (a, b) ->
        let score = anls.Score [| a |] b
        score = 0.0 || (score >= 0.5 && score <= 1.0))

    Law.forAll 23 "ANLS is 1 exactly for equal normal forms" near (fun (a, b) ->
        (anls.Score [| a |] b = 1.0) = (normal a = normal b))
]

/// The full table of edit distances: slow and plain.
let private tableDistance (a: int[]) (b: int[]) =
    let d =
        Array2D.init (a.Length + 1) (b.Length + 1) (fun i j ->
            if i = 0 then j
            elif j = 0 then i
            else 0)

    for i in 1 .. a.Length do
        for j in 1 .. b.Length do
            let substituted = d[i - 1, j - 1] + (if a[i - 1] = b[j - 1] then 0 else 1)
            d[i, j] <- min substituted (1 + min d[i - 1, j] d[i, j - 1])

    d[a.Length, b.Length]

/// L24.
let editDistance (edit: EditDistance) : Law list = [
    Law.forAll 24 "edits are symmetric, and 0 exactly between equal texts" near (fun (a, b) ->
        edit.Distance a b = edit.Distance b a && (edit.Distance a b = 0) = (a = b))

    Law.forAll 24 "edits obey the triangle inequality" (Gen.zip near short) (fun ((a, b), c) ->
        edit.Distance a b <= edit.Distance a c + edit.Distance c b)

    Law.forAll 24 "edits lie between the difference and the maximum of the lengths" near (fun (a, b) ->
        let n, m = Text.length a, Text.length b
        let d = edit.Distance a b
        abs (n - m) <= d && d <= max n m)

    Law.forAll 24 "edits equal those of the full table" near (fun (a, b) ->
        edit.Distance a b = tableDistance (Text.codePoints a) (Text.codePoints b))
]

let private invariant (x: decimal) = x.ToString Globalization.CultureInfo.InvariantCulture

/// L25.
let relaxed (relaxed: Relaxed) : Law list =
    let accepts (g: decimal) (p: decimal) = relaxed.Accepts 0.05 (invariant g) (invariant p)
    let gold = Gen.choose (1, 5000) |> Gen.map decimal

    /// A prediction so many per mille away from the gold.
    let away (g: decimal) (perMille: int) = g + g * decimal perMille / 1000m

    let offBoundary = Gen.choose (-120, 120) |> Gen.filter (fun p -> abs (abs p - 50) > 1)

    [
        Law.forAll 25 "relaxed accuracy accepts up to 5 % and nothing beyond" (Gen.zip gold offBoundary) (fun (g, p) ->
            accepts g (away g p) = (abs p < 50))

        Law.forAll
            25
            "relaxed accuracy does not depend on the scale"
            (Gen.three (Gen.choose (1, 900))
             |> Gen.map (fun (k, g, _) -> decimal k, decimal g)
             |> Gen.zip offBoundary)
            (fun (p, (k, g)) -> accepts g (away g p) = accepts (k * g) (k * away g p))

        Law.forAll 25 "a wider tolerance accepts no less" (Gen.zip gold (Gen.choose (-200, 200))) (fun (g, p) ->
            let at tolerance = relaxed.Accepts tolerance (invariant g) (invariant (away g p))

            [ 0.01, 0.05; 0.05, 0.1; 0.1, 0.5 ]
            |> List.forall (fun (narrow, wide) -> not (at narrow) || at wide))

        Law.forAll 25 "the sign matters" gold (fun g -> not (accepts g -g) && not (accepts -g g))
    ]
