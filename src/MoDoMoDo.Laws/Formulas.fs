/// Random polynomials and rational expressions: drawn as trees, written as text, evaluated by a second, slow implementation.
module MoDoMoDo.Laws.Formulas

open System.Numerics
open FsCheck
open FsCheck.FSharp
open MoDoMoDo.Verifiers

let private names = [ "x"; "y"; "z" ]

let private positive = Gen.choose (2, 12) |> Gen.map Expr.int

let private symbol = Gen.elements names |> Gen.map Expr.Symbol

let private isSum (e: Expr) = e.IsSum

/// Trees as a reader of expressions builds them: sums hold no sums, products no products, and a number stands first in its
/// product.
let rec private tree (depth: int) : Gen<Expr> =
    if depth = 0 then
        Gen.frequency [ 2, symbol; 1, positive ]
    else
        let part = tree (depth - 1)

        let sum = gen {
            let! n = Gen.choose (2, 3)
            let! parts = Gen.listOfLength n (part |> Gen.map (fun e -> if isSum e then Expr.Symbol "x" else e))
            return Expr.Sum parts
        }

        let product = gen {
            let! number = positive
            let! n = Gen.choose (1, 2)

            let! factors =
                Gen.listOfLength
                    n
                    (Gen.oneof [ symbol; part |> Gen.map (fun e -> if isSum e then e else Expr.Symbol "y") ])

            return Expr.Product(number :: factors)
        }

        let power = gen {
            let! b = symbol
            let! n = Gen.choose (2, 4)
            return Expr.Power(b, Expr.int n)
        }

        let quotient = Gen.map2 (fun a b -> Expr.Quotient(a, b)) part part
        Gen.frequency [ 3, sum; 3, product; 2, power; 2, quotient; 1, symbol ]

/// A random rational expression in x, y and z.
let any: Gen<Expr> = Gen.choose (1, 3) |> Gen.bind tree

/// The expression in LaTeX: 2 x \left(...\right), \frac{a}{b}, x^{3}. Reading it gives the same tree.
let rec write (e: Expr) : string =
    let factor (part: Expr) = if isSum part then $"({write part})" else write part

    match e with
    | Expr.Number q -> string q
    | Expr.Symbol name -> name
    | Expr.Sum parts -> parts |> List.map write |> String.concat " + "
    | Expr.Product parts -> parts |> List.map factor |> String.concat " \\cdot "
    | Expr.Quotient(a, b) -> $"\\frac{{{write a}}}{{{write b}}}"
    | Expr.Power(b, n) -> $"{factor b}^{{{write n}}}"
    | other -> failwith $"no such expression is drawn: %A{other}"

/// The same value with every sum and product in another order.
let rec shuffled (e: Expr) : Gen<Expr> =
    let several make (parts: Expr list) = gen {
        let! inner = parts |> List.map shuffled |> Gen.sequenceToList
        let! order = Gen.shuffle inner
        return make (List.ofArray order)
    }

    match e with
    | Expr.Sum parts -> several Expr.Sum parts
    | Expr.Product parts -> several Expr.Product parts
    | Expr.Quotient(a, b) -> Gen.map2 (fun a b -> Expr.Quotient(a, b)) (shuffled a) (shuffled b)
    | leaf -> Gen.constant leaf

/// A fraction of either sign.
let coordinate: Gen<Rational> = gen {
    let! n = Gen.choose (-97, 97)
    let! d = Gen.choose (1, 31)
    return Rational.Create(BigInteger n, BigInteger d)
}

/// Values for x, y and z.
let point: Gen<string -> Rational> = gen {
    let! values = Gen.listOfLength names.Length coordinate
    let table = List.zip names values |> dict
    return fun name -> table[name]
}

/// The exact value at a point; None where something is divided by zero.
let rec value (at: string -> Rational) (e: Expr) : Rational option =
    let fold f start parts = parts |> List.fold (fun soFar part -> Option.map2 f soFar (value at part)) (Some start)

    match e with
    | Expr.Number q -> Some q
    | Expr.Symbol name -> Some(at name)
    | Expr.Sum parts -> fold (+) Rational.Zero parts
    | Expr.Product parts -> fold (*) Rational.One parts
    | Expr.Power(b, Expr.Number n) -> fold (*) Rational.One (List.replicate (int n.Numerator) b)
    | Expr.Quotient(a, b) ->
        match value at a, value at b with
        | Some x, Some y when y.Sign <> 0 -> Some(x / y)
        | _ -> None
    | other -> failwith $"no such expression is drawn: %A{other}"
