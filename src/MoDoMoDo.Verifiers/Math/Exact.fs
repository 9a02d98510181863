/// Evaluation without rounding: as fractions, and modulo a prime.
module MoDoMoDo.Verifiers.Exact

open System
open System.Numerics

let private guard (q: Rational) = if q.IsSmall then Some q else None

let private integer (q: Rational) =
    if q.IsInteger && Rational.Abs q <= Rational.OfInt 1_000_000 then
        Some(int q.Numerator)
    else
        None

let rec private power (fuel: Fuel) (b: Rational) (n: int) : Rational option =
    let bits = max (b.Numerator.GetBitLength()) (b.Denominator.GetBitLength())

    if n < 0 then
        if b.Sign = 0 then None else power fuel (Rational.One / b) -n
    elif b = Rational.One || b = Rational.OfInt -1 || b.Sign = 0 then
        Some(
            if b.Sign = 0 then (if n = 0 then Rational.One else b)
            elif n % 2 = 0 then Rational.One
            else b
        )
    elif bits * int64 n > int64 Limits.bits * 2L then
        None
    else
        fuel.Spend n
        guard (Rational.Create(BigInteger.Pow(b.Numerator, n), BigInteger.Pow(b.Denominator, n)))

/// The integer k-th root of n when it is one.
let private integerRoot (n: BigInteger) (k: int) : BigInteger option =
    if n.Sign < 0 || k < 1 || k > 64 then
        None
    else
        // Newton's iteration from above, by halving the exponent first.
        let mutable x = BigInteger.One <<< (int (n.GetBitLength()) / k + 1)
        let mutable go = n.Sign > 0

        while go do
            let next = (BigInteger(k - 1) * x + n / BigInteger.Pow(x, k - 1)) / BigInteger k
            if next < x then x <- next else go <- false

        if n.IsZero then Some BigInteger.Zero
        elif BigInteger.Pow(x, k) = n then Some x
        else None

let private root (q: Rational) (k: int) : Rational option =
    match integerRoot q.Numerator k, integerRoot q.Denominator k with
    | Some n, Some d -> Some(Rational.Create(n, d))
    | _ -> None

let private factorial (fuel: Fuel) (n: int) : Rational option =
    if n < 0 || n > 600 then
        None
    else
        fuel.Spend n
        guard (Rational.OfInteger(Seq.fold (fun f i -> f * BigInteger(i: int)) BigInteger.One (seq { 2..n })))

let private modulo (a: Rational) (b: Rational) : Rational option =
    if b.Sign = 0 then
        None
    else
        let q = a / b

        Some(
            a
            - b
              * Rational.OfInteger(
                  BigInteger.Divide(
                      q.Numerator - (if q.Sign < 0 then q.Denominator - BigInteger.One else BigInteger.Zero),
                      q.Denominator
                  )
              )
        )

let rec private gcd (a: Rational) (b: Rational) steps : Rational option =
    if b.Sign = 0 then Some(Rational.Abs a)
    elif steps = 0 then None
    else modulo a b |> Option.bind (fun r -> gcd b r (steps - 1))

/// The value as a fraction, where the expression has one that stays within the limits. `symbol` gives values of variables.
let rec rational (fuel: Fuel) (symbol: Expr -> Rational option) (e: Expr) : Rational option =
    fuel.Spend 1
    let value = rational fuel symbol

    let fold (f: Rational -> Rational -> Rational option) (parts: Expr list) =
        match parts with
        | [] -> None
        | first :: rest ->
            rest
            |> List.fold
                (fun soFar part -> soFar |> Option.bind (fun a -> value part |> Option.bind (f a)))
                (value first)

    match e with
    | Expr.Number q
    | Expr.Decimal q -> Some q
    | Expr.Symbol _
    | Expr.Apply _ -> symbol e
    | Expr.Pi
    | Expr.Euler
    | Expr.Imaginary
    | Expr.Infinity
    | Expr.PlusMinus _ -> None
    | Expr.Degrees a -> value a
    | Expr.Sum parts -> parts |> fold (fun a b -> guard (a + b))
    | Expr.Product parts -> parts |> fold (fun a b -> guard (a * b))
    | Expr.Quotient(a, b) ->
        match value a, value b with
        | Some x, Some y when y.Sign <> 0 -> guard (x / y)
        | _ -> None
    | Expr.Power(a, b) ->
        match value a, value b with
        | Some x, Some y when y.IsInteger -> integer y |> Option.bind (power fuel x)
        | Some x, Some y when x.Sign > 0 && y.Denominator < BigInteger 64 ->
            root x (int y.Denominator)
            |> Option.bind (fun r -> integer (Rational.OfInteger y.Numerator) |> Option.bind (power fuel r))
        | _ -> None
    | Expr.Call(name, parts) ->
        match name, List.map value parts with
        | "root", [ Some k; Some x ] when k.IsInteger && x.Sign >= 0 -> integer k |> Option.bind (root x)
        | "factorial", [ Some n ] -> integer n |> Option.bind (factorial fuel)
        | "abs", [ Some x ] -> Some(Rational.Abs x)
        | "floor", [ Some x ] -> modulo x Rational.One |> Option.map (fun r -> x - r)
        | "ceil", [ Some x ] -> modulo -x Rational.One |> Option.map (fun r -> x + r)
        | "mod", [ Some a; Some b ] -> modulo a b
        | "binom", [ Some n; Some k ] ->
            match integer n, integer k with
            | Some n, Some k when 0 <= k && k <= n && n <= 600 ->
                match factorial fuel n, factorial fuel k, factorial fuel (n - k) with
                | Some a, Some b, Some c -> Some(a / (b * c))
                | _ -> None
            | _ -> None
        | ("min" | "max" | "gcd" | "lcm"), values when List.forall Option.isSome values && not values.IsEmpty ->
            let values = List.choose id values

            match name with
            | "min" -> Some(List.min values)
            | "max" -> Some(List.max values)
            | "gcd" -> values |> List.fold (fun g x -> g |> Option.bind (fun g -> gcd g x 200)) (Some Rational.Zero)
            | _ ->
                values
                |> List.fold
                    (fun l x ->
                        l
                        |> Option.bind (fun (l: Rational) ->
                            if l.Sign = 0 || x.Sign = 0 then
                                Some Rational.Zero
                            else
                                gcd l x 200 |> Option.bind (fun g -> guard (Rational.Abs(l * x) / g))))
                    (Some Rational.One)
        | _ -> None

/// The Mersenne prime 2^61 - 1.
let prime = (1UL <<< 61) - 1UL

let private times (a: uint64) (b: uint64) : uint64 =
    let mutable low = 0UL
    let high = Math.BigMul(a, b, &low)
    // a * b = (high * 8 + low / 2^61) * 2^61 + low mod 2^61, and 2^61 = 1.
    let sum = (low &&& prime) + ((high <<< 3) ||| (low >>> 61))
    if sum >= prime then sum - prime else sum

let private plus (a: uint64) (b: uint64) =
    let sum = a + b
    if sum >= prime then sum - prime else sum

let rec private raise' (b: uint64) (n: BigInteger) : uint64 =
    let mutable result, factor, left = 1UL, b, n

    while not left.IsZero do
        if not left.IsEven then
            result <- times result factor

        factor <- times factor factor
        left <- left >>> 1

    result

let private reciprocal (a: uint64) = raise' a (BigInteger(prime - 2UL))

let private residue (n: BigInteger) : uint64 =
    let r = n % BigInteger prime
    uint64 (if r.Sign < 0 then r + BigInteger prime else r)

/// The value modulo the prime 2^61 - 1, for expressions built with + - * / and whole powers; None for all others and
/// where a denominator vanishes. `symbol` gives residues of variables; pi and e are variables here.
let rec modular (fuel: Fuel) (symbol: Expr -> uint64) (e: Expr) : uint64 option =
    fuel.Spend 1
    let value = modular fuel symbol

    let fold (f: uint64 -> uint64 -> uint64) (parts: Expr list) =
        match parts with
        | [] -> None
        | first :: rest -> rest |> List.fold (fun soFar part -> Option.map2 f soFar (value part)) (value first)

    match e with
    | Expr.Number q
    | Expr.Decimal q ->
        match residue q.Denominator with
        | 0UL -> None
        | d -> Some(times (residue q.Numerator) (reciprocal d))
    | Expr.Symbol _
    | Expr.Apply _
    | Expr.Pi
    | Expr.Euler -> Some(symbol e)
    | Expr.Degrees a -> value a
    | Expr.Sum parts -> fold plus parts
    | Expr.Product parts -> fold times parts
    | Expr.Quotient(a, b) ->
        match value a, value b with
        | Some x, Some y when y <> 0UL -> Some(times x (reciprocal y))
        | _ -> None
    | Expr.Power(a, b) ->
        // Fermat: exponents count modulo p - 1, so that towers of powers stay small; they need an exact exponent.
        match value a, rational fuel (fun _ -> None) b with
        | Some x, Some n when n.IsInteger && x <> 0UL ->
            let order = BigInteger(prime - 1UL)
            let n = n.Numerator % order
            Some(raise' x (if n.Sign < 0 then n + order else n))
        | Some 0UL, Some n when n.IsInteger && n.Sign > 0 -> Some 0UL
        | _ -> None
    | Expr.Call("factorial", [ n ]) ->
        match rational fuel (fun _ -> None) n |> Option.bind integer with
        | Some n when n >= 0 && n <= 5_000 ->
            fuel.Spend n
            Some(Seq.fold (fun f i -> times f (uint64 (i: int))) 1UL (seq { 2..n }))
        | _ -> None
    | Expr.Call _ ->
        match rational fuel (fun _ -> None) e with
        | Some q -> value (Expr.Number q)
        | None -> None
    | _ -> None
