/// Evaluation in complex double precision, with a running bound of the rounding error.
module MoDoMoDo.Verifiers.Numeric

open System
open System.Numerics

/// A value and how far rounding may have moved it.
[<Struct>]
type Measured = { Value: Complex; Error: float }

let private epsilon = Math.ScaleB(1.0, -52)

let private measured (value: Complex) (error: float) = { Value = value; Error = error + epsilon * Complex.Abs value }

let private isFinite (c: Complex) = Double.IsFinite c.Real && Double.IsFinite c.Imaginary

/// The gamma function of a real number: Lanczos with g = 7 and nine terms, reflected below one half. Relative error about
/// 1e-15. Source: Godfrey's coefficients as in Press et al., Numerical Recipes.
let rec gamma (x: float) : float =
    let coefficients = [|
        0.99999999999980993
        676.5203681218851
        -1259.1392167224028
        771.32342877765313
        -176.61502916214059
        12.507343278686905
        -0.13857109526572012
        9.9843695780195716e-6
        1.5056327351493116e-7
    |]

    if x < 0.5 then
        Math.PI / (sin (Math.PI * x) * gamma (1.0 - x))
    else
        let x = x - 1.0
        let t = x + 7.5
        let sum = coefficients |> Array.mapi (fun i c -> if i = 0 then c else c / (x + float i)) |> Array.sum
        sqrt (2.0 * Math.PI) * Math.Pow(t, x + 0.5) * exp -t * sum

let private isReal (c: Complex) = c.Imaginary = 0.0

/// Arcsine with mpmath's branch: for real x > 1 the imaginary part is negative, for x < -1 positive.
let private arcsin (c: Complex) =
    if isReal c && abs c.Real > 1.0 then
        let part = Math.Acosh(abs c.Real)

        if c.Real > 0.0 then
            Complex(Math.PI / 2.0, -part)
        else
            Complex(-Math.PI / 2.0, part)
    elif isReal c then
        Complex(asin c.Real, 0.0)
    else
        Complex.Asin c

let private arccos (c: Complex) = Complex(Math.PI / 2.0, 0.0) - arcsin c

let private log (c: Complex) =
    if isReal c then
        Complex(Math.Log(abs c.Real), (if c.Real < 0.0 then Math.PI else 0.0))
    else
        Complex.Log c

let private sqrt' (c: Complex) =
    if isReal c then
        (if c.Real >= 0.0 then
             Complex(Math.Sqrt c.Real, 0.0)
         else
             Complex(0.0, Math.Sqrt -c.Real))
    else
        Complex.Sqrt c

let private power (b: Complex) (n: Complex) : Complex =
    if isReal n && n.Real = Math.Round n.Real && abs n.Real <= 1024.0 && not (isReal b) then
        // Repeated squaring keeps whole powers of complex numbers exact where they are.
        let rec go (x: Complex) k =
            if k = 0 then Complex.One
            elif k % 2 = 0 then go (x * x) (k / 2)
            else x * go x (k - 1)

        let whole = go b (abs (int n.Real))
        if n.Real < 0.0 then Complex.One / whole else whole
    elif isReal b && isReal n && (b.Real >= 0.0 || n.Real = Math.Round n.Real) then
        Complex(Math.Pow(b.Real, n.Real), 0.0)
    elif b = Complex.Zero then
        Complex.Zero
    else
        Complex.Exp(n * log b)

let private real (f: float -> float) (g: Complex -> Complex) (c: Complex) =
    if isReal c then Complex(f c.Real, 0.0) else g c

/// The function of one argument under this name.
let private unary (name: string) : (Complex -> Complex) option =
    let inverse f c = Complex.One / f c
    let i = Complex.ImaginaryOne

    match name with
    | "sin" -> Some(real Math.Sin Complex.Sin)
    | "cos" -> Some(real Math.Cos Complex.Cos)
    | "tan" -> Some(real Math.Tan Complex.Tan)
    | "cot" -> Some(inverse (real Math.Tan Complex.Tan))
    | "sec" -> Some(inverse (real Math.Cos Complex.Cos))
    | "csc" -> Some(inverse (real Math.Sin Complex.Sin))
    | "sinh" -> Some(real Math.Sinh Complex.Sinh)
    | "cosh" -> Some(real Math.Cosh Complex.Cosh)
    | "tanh" -> Some(real Math.Tanh Complex.Tanh)
    | "coth" -> Some(inverse (real Math.Tanh Complex.Tanh))
    | "sech" -> Some(inverse (real Math.Cosh Complex.Cosh))
    | "csch" -> Some(inverse (real Math.Sinh Complex.Sinh))
    | "arcsin" -> Some arcsin
    | "arccos" -> Some arccos
    | "arctan" -> Some(real Math.Atan Complex.Atan)
    | "arcsec" -> Some(fun c -> arccos (Complex.One / c))
    | "arccsc" -> Some(fun c -> arcsin (Complex.One / c))
    | "arccot" -> Some(fun c -> real Math.Atan Complex.Atan (Complex.One / c))
    | "arcsinh" -> Some(real Math.Asinh (fun c -> log (c + sqrt' (c * c + Complex.One))))
    | "arccosh" -> Some(fun c -> log (c + sqrt' (c - Complex.One) * sqrt' (c + Complex.One)))
    | "arctanh" -> Some(fun c -> (log (Complex.One + c) - log (Complex.One - c)) / Complex(2.0, 0.0))
    | "exp" -> Some(real Math.Exp Complex.Exp)
    | "ln" -> Some log
    | "abs" -> Some(fun c -> Complex(Complex.Abs c, 0.0))
    | "floor" -> Some(fun c -> Complex(floor c.Real, 0.0) + i * Complex(floor c.Imaginary, 0.0))
    | "ceil" -> Some(fun c -> Complex(ceil c.Real, 0.0) + i * Complex(ceil c.Imaginary, 0.0))
    | "factorial" -> Some(fun c -> if isReal c then Complex(gamma (c.Real + 1.0), 0.0) else Complex(nan, nan))
    | _ -> None

/// How far the function may move when its argument moves by the error.
let private spread (f: Complex -> Complex) (a: Measured) (value: Complex) =
    if a.Error = 0.0 then
        0.0
    else
        Complex.Abs(f (a.Value + Complex(a.Error, 0.0)) - value)

let private apply (f: Complex -> Complex) (a: Measured) : Measured =
    let value = f a.Value
    measured value (spread f a value)

let private apply2 (f: Complex -> Complex -> Complex) (a: Measured) (b: Measured) : Measured =
    let value = f a.Value b.Value
    measured value (spread (fun x -> f x b.Value) a value + spread (f a.Value) b value)

let private add (a: Measured) (b: Measured) = measured (a.Value + b.Value) (a.Error + b.Error)

let private multiply (a: Measured) (b: Measured) =
    measured (a.Value * b.Value) (Complex.Abs a.Value * b.Error + Complex.Abs b.Value * a.Error + a.Error * b.Error)

let private divide (a: Measured) (b: Measured) =
    let size = Complex.Abs b.Value
    measured (a.Value / b.Value) ((a.Error + Complex.Abs(a.Value / b.Value) * b.Error) / max 1e-300 (size - b.Error))

/// Where an expression is evaluated.
type private Place = {
    Fuel: Fuel
    Symbol: Expr -> Complex option
    /// Parts whose value is not real have none.
    RealOnly: bool
}

let rec private value (place: Place) (angle: bool) (e: Expr) : Measured option =
    place.Fuel.Spend 1

    anyValue place angle e |> Option.filter (fun m -> not place.RealOnly || isReal m.Value)

and private anyValue (place: Place) (angle: bool) (e: Expr) : Measured option =
    let part = value place angle
    let exact (x: float) = Some { Value = Complex(x, 0.0); Error = 0.0 }
    let constant (x: float) = Some(measured (Complex(x, 0.0)) 0.0)

    let fold f (parts: Expr list) =
        match parts with
        | [] -> None
        | first :: rest -> rest |> List.fold (fun soFar p -> Option.map2 f soFar (part p)) (part first)

    match e with
    | Expr.Number q
    | Expr.Decimal q ->
        if q.IsInteger && Rational.Abs q < Rational.OfInt 1_000_000 then
            exact (q.ToDouble())
        else
            constant (q.ToDouble())
    | Expr.Symbol _
    | Expr.Apply _ -> place.Symbol e |> Option.map (fun v -> { Value = v; Error = 0.0 })
    | Expr.Pi -> constant Math.PI
    | Expr.Euler -> constant Math.E
    | Expr.Imaginary -> Some { Value = Complex.ImaginaryOne; Error = 0.0 }
    | Expr.Infinity
    | Expr.PlusMinus _ -> None
    | Expr.Degrees a when angle -> part a |> Option.map (multiply (measured (Complex(Math.PI / 180.0, 0.0)) 0.0))
    | Expr.Degrees a -> part a
    | Expr.Sum parts -> fold add parts
    | Expr.Product parts -> fold multiply parts
    | Expr.Quotient(a, b) ->
        match part a, part b with
        | Some x, Some y when y.Value <> Complex.Zero -> Some(divide x y)
        | _ -> None
    | Expr.Power(a, b) ->
        match part a, part b with
        | Some x, Some y when x.Value <> Complex.Zero || y.Value.Real > 0.0 -> Some(apply2 power x y)
        | _ -> None
    | Expr.Call(name, parts) ->
        let values = parts |> List.map (value place (angle || Functions.isTrigonometric name))

        match name, values with
        | "root", [ Some k; Some x ] when k.Value = Complex(2.0, 0.0) -> Some(apply sqrt' x)
        | "root", [ Some k; Some x ] when k.Value <> Complex.Zero ->
            Some(apply2 (fun k x -> power x (Complex.One / k)) k x)
        | "log", [ Some b; Some x ] -> Some(apply2 (fun b x -> log x / log b) b x)
        | "binom", [ Some n; Some k ] when isReal n.Value && isReal k.Value ->
            let choose (n: Complex) (k: Complex) =
                Complex(gamma (n.Real + 1.0) / (gamma (k.Real + 1.0) * gamma (n.Real - k.Real + 1.0)), 0.0)

            Some(apply2 choose n k)
        | "mod", [ Some a; Some b ] when isReal a.Value && isReal b.Value && b.Value.Real <> 0.0 ->
            Some(apply2 (fun a b -> Complex(a.Real - b.Real * floor (a.Real / b.Real), 0.0)) a b)
        | ("min" | "max"), values when List.forall (fun (v: Measured option) -> v.IsSome && isReal v.Value.Value) values ->
            let choose = if name = "min" then List.minBy else List.maxBy
            Some(values |> List.choose id |> choose _.Value.Real)
        | ("gcd" | "lcm"), _ ->
            Exact.rational place.Fuel (fun _ -> None) e |> Option.bind (fun q -> constant (q.ToDouble()))
        | _, [ Some x ] -> unary name |> Option.map (fun f -> apply f x)
        | _ -> None

let private finite (place: Place) (e: Expr) =
    value place false e |> Option.filter (fun m -> isFinite m.Value && Double.IsFinite m.Error)

/// The value with its error bound, where it is finite; degrees are angles inside trigonometric functions. Exact parts are
/// computed exactly first. `symbol` gives values of variables.
let evaluate (fuel: Fuel) (symbol: Expr -> Complex option) (e: Expr) : Measured option =
    finite { Fuel = fuel; Symbol = symbol; RealOnly = false } e

/// The value where every part of the expression is real: no root or logarithm of a negative number.
let evaluateReal (fuel: Fuel) (symbol: Expr -> Complex option) (e: Expr) : Measured option =
    finite { Fuel = fuel; Symbol = symbol; RealOnly = true } e
