/// Equality of expressions: exact where both have an exact value, else at random points, modulo a prime for rational
/// expressions and in double precision for all others.
module MoDoMoDo.Verifiers.Equality

open System
open System.Numerics
open MoDoMoDo.Domain

/// Points at which two expressions are compared.
let private points = 10

/// Units of work for one comparison.
let private budget = 200_000

/// The value of a variable at point k, derived from its name: the same for both sides and in every run.
let private draw (k: int) (variable: Expr) : uint64 =
    let name =
        match variable with
        | Expr.Symbol name -> name
        | other -> $"%A{other}"

    // FNV-1a over the name, mixed with the point by SplitMix64's finaliser.
    let hash =
        name
        |> Seq.fold (fun (h: uint64) c -> (h ^^^ uint64 (c: char)) * 1099511628211UL) 14695981039346656037UL

    let mutable z = hash + uint64 (k + 1) * 0x9E3779B97F4A7C15UL
    z <- (z ^^^ (z >>> 30)) * 0xBF58476D1CE4E5B9UL
    z <- (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
    z ^^^ (z >>> 31)

/// A number in (0.3, 2.8), and never an integer: all variables are positive at three points and negative at two; at the
/// others each has a sign of its own.
let private real (k: int) (variable: Expr) : float =
    let bits = draw k variable
    let u = float (bits >>> 11) * Math.ScaleB(1.0, -53)

    let isNegative =
        match k with
        | 0
        | 1
        | 3 -> false
        | 2
        | 5 -> true
        | _ -> bits &&& 1UL = 1UL

    (0.3 + 2.5 * u + 1e-7) * (if isNegative then -1.0 else 1.0)

/// Residues of both at the points where both have one.
let private residues (fuel: Fuel) (a: Expr) (b: Expr) = [
    for k in 0 .. points / 2 - 1 ->
        Exact.modular fuel (fun v -> draw k v % Exact.prime) a, Exact.modular fuel (fun v -> draw k v % Exact.prime) b
]

/// Values of both at the points at which everything in them is real, where there are enough: roots and logarithms of
/// negative numbers are outside the domain that an answer means. Else complex values.
let private values (fuel: Fuel) (a: Expr) (b: Expr) =
    let by evaluate =
        let at k e = evaluate fuel (fun v -> Some(Complex(real k v, 0.0))) e
        [ for k in 0 .. points - 1 -> at k a, at k b ]

    let real = by Numeric.evaluateReal

    let both =
        real
        |> List.filter (fun (x: Numeric.Measured option, y: Numeric.Measured option) -> x.IsSome && y.IsSome)

    if both.Length >= 3 then real else by Numeric.evaluate

let private close (a: Numeric.Measured) (b: Numeric.Measured) =
    let apart = Complex.Abs(a.Value - b.Value)

    apart <= 8.0 * (a.Error + b.Error)
    || apart <= 2e-14 * min (Complex.Abs a.Value) (Complex.Abs b.Value)

/// True when rounding left enough digits to tell values apart.
let private meaningful (a: Numeric.Measured) (b: Numeric.Measured) =
    let size = max (Complex.Abs a.Value) (Complex.Abs b.Value)
    a.Error + b.Error <= 1e-6 * size || a.Error + b.Error < 1e-9

/// Decides by points: all that both sides can be evaluated at agree, and there are at least three (one without variables).
let private agree (hasVariables: bool) (test: 'a -> 'a -> bool) (pairs: ('a option * 'a option) list) : bool option =
    let both = pairs |> List.choose (fun (a, b) -> Option.map2 (fun x y -> x, y) a b)

    // A side that has a value where the other has none is another function, unless only few points are at fault.
    if both.Length < (if hasVariables then 3 else 1) then
        None
    else
        Some(both |> List.forall (fun (a, b) -> test a b))

let private exactValue (fuel: Fuel) (e: Expr) = Exact.rational fuel (fun _ -> None) e

/// Whether two expressions are equal; Missing when neither exact nor random values decide. Deterministic.
let decide (a: Expr) (b: Expr) : Reading<bool> =
    let a, b = Expr.canonical a, Expr.canonical b

    Fuel.within budget (fun fuel ->
        match exactValue fuel a, exactValue fuel b with
        | Some x, Some y -> Ok(x = y)
        | _ when a = b && not (Expr.exists _.IsQuotient a) -> Ok true
        | _ ->
            let hasVariables = not ((Expr.atoms a).IsEmpty && (Expr.atoms b).IsEmpty)
            let byResidue = residues fuel a b |> agree hasVariables (=)

            match byResidue with
            | Some decided -> Ok decided
            | None ->
                let pairs =
                    values fuel a b
                    |> List.map (fun (x, y) ->
                        match x, y with
                        | Some p, Some q when not (meaningful p q) -> None, None
                        | both -> both)

                pairs |> agree hasVariables close |> Reading.ofOption "no value could be computed")

/// True when two expressions are known to be equal.
let equal (a: Expr) (b: Expr) : bool =
    match decide a b with
    | Ok same -> same
    | Error _ -> false

/// True when a value exists: the expression is finite at some point, or exactly computable.
let hasValue (e: Expr) : bool =
    let tried =
        Fuel.within budget (fun fuel ->
            let atPoint k = (Numeric.evaluate fuel (fun v -> Some(Complex(real k v, 0.0))) e).IsSome

            Ok(
                (exactValue fuel e).IsSome
                || (residues fuel e e |> List.exists (fst >> Option.isSome))
                || Seq.exists atPoint (seq { 0 .. points - 1 })
            ))

    match tried with
    | Ok found -> found
    | Error _ -> false

/// When one expression is a constant multiple of the other: the sign of the constant, by comparison at random points.
let proportional (a: Expr) (b: Expr) : int option =
    let a, b = Expr.canonical a, Expr.canonical b

    // a / b is constant when a(p) b(q) = a(q) b(p) for all points p, q; two points' residues decide for rational ones.
    let decided =
        Fuel.within budget (fun fuel ->
            let crossed =
                match residues fuel a b |> List.choose (fun (x, y) -> Option.map2 (fun x y -> x, y) x y) with
                | (a0, b0) :: rest when rest.Length >= 2 ->
                    let product (x: uint64) (y: uint64) = BigInteger x * BigInteger y % BigInteger Exact.prime

                    Some(
                        rest |> List.forall (fun (a1, b1) -> product a0 b1 = product a1 b0)
                        && not (b0 = 0UL && a0 <> 0UL)
                    )
                | _ -> None

            let quotients =
                values fuel a b
                |> List.choose (fun (x, y) ->
                    match x, y with
                    | Some x, Some y when Complex.Abs y.Value > 1e-9 && meaningful x y -> Some(x.Value / y.Value)
                    | _ -> None)

            match quotients with
            | first :: rest when rest.Length >= 2 ->
                let constant = rest |> List.forall (fun q -> Complex.Abs(q - first) <= 1e-8 * Complex.Abs first)

                if (defaultArg crossed constant) && Complex.Abs first > 1e-12 then
                    Ok(sign first.Real)
                else
                    Reading.missing "not proportional"
            | _ -> Reading.missing "no values")

    match decided with
    | Ok s -> Some s
    | Error _ -> None

/// The coefficients (slope, offset) when the expression is exactly linear in its only variable.
let linear (variable: Expr) (e: Expr) : (Rational * Rational) option =
    let at (x: int) =
        match
            Fuel.within budget (fun fuel ->
                Ok(Exact.rational fuel (fun v -> if v = variable then Some(Rational.OfInt x) else None) e))
        with
        | Ok value -> value
        | Error _ -> None

    match at 2, at 3, at 5, at 11 with
    | Some a, Some b, Some c, Some d when
        c - b = (b - a) * Rational.OfInt 2 && d - c = (b - a) * Rational.OfInt 6 && b <> a
        ->
        Some(b - a, a - (b - a) * Rational.OfInt 2)
    | _ -> None
