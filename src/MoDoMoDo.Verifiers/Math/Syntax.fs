namespace MoDoMoDo.Verifiers

/// A mathematical expression. Sums and products are flat, so that long ones need no deep recursion.
[<RequireQualifiedAccess>]
type Expr =
    | Number of Rational
    /// Written with a decimal point or exponent: equal in value to a Number, but compared with rounding by Math-Verify.
    | Decimal of Rational
    /// A variable: "x", "a_1", "theta", "bar{x}_n".
    | Symbol of string
    | Pi
    | Euler
    | Imaginary
    | Infinity
    | Sum of Expr list
    | Product of Expr list
    | Quotient of Expr * Expr
    | Power of Expr * Expr
    /// A named function of the table in Functions.
    | Call of string * Expr list
    /// An unknown function applied to arguments, f(x): equal only to itself at equal arguments.
    | Apply of string * Expr list
    /// So many degrees: the number itself, but an angle inside a trigonometric function.
    | Degrees of Expr
    /// Either sign.
    | PlusMinus of Expr

/// A time of day.
type TimeOfDay = {
    Hours: int
    Minutes: int
    /// "am", "pm", or empty where it is not said.
    Half: string
}

/// Building and looking into expressions.
module Expr =

    let int (n: int) = Expr.Number(Rational.OfInt n)

    let negate (e: Expr) =
        match e with
        | Expr.Number q -> Expr.Number(-q)
        | Expr.Decimal q -> Expr.Decimal(-q)
        | Expr.Infinity
        | _ -> Expr.Product [ int -1; e ]

    let private children (e: Expr) : Expr list =
        match e with
        | Expr.Sum parts
        | Expr.Product parts
        | Expr.Call(_, parts)
        | Expr.Apply(_, parts) -> parts
        | Expr.Quotient(a, b)
        | Expr.Power(a, b) -> [ a; b ]
        | Expr.Degrees a
        | Expr.PlusMinus a -> [ a ]
        | _ -> []

    /// True when the predicate holds for the expression or a part of it.
    let rec exists (predicate: Expr -> bool) (e: Expr) : bool =
        predicate e || children e |> List.exists (exists predicate)

    /// The variables, in order of their names; an applied unknown function counts as a variable of its own.
    let atoms (e: Expr) : Expr list =
        let found = System.Collections.Generic.HashSet<Expr>()

        let rec collect e =
            match e with
            | Expr.Symbol _
            | Expr.Apply _ -> found.Add e |> ignore
            | _ -> children e |> List.iter collect

        collect e
        found |> Seq.toList |> List.sortBy string

    /// The expression with every part replaced by what `f` makes of it, from the leaves up.
    let rec map (f: Expr -> Expr) (e: Expr) : Expr =
        let each = List.map (map f)

        match e with
        | Expr.Sum parts -> Expr.Sum(each parts)
        | Expr.Product parts -> Expr.Product(each parts)
        | Expr.Call(name, parts) -> Expr.Call(name, each parts)
        | Expr.Apply(name, parts) -> Expr.Apply(name, each parts)
        | Expr.Quotient(a, b) -> Expr.Quotient(map f a, map f b)
        | Expr.Power(a, b) -> Expr.Power(map f a, map f b)
        | Expr.Degrees a -> Expr.Degrees(map f a)
        | Expr.PlusMinus a -> Expr.PlusMinus(map f a)
        | leaf -> leaf
        |> f

    /// The number of parts.
    let rec size (e: Expr) : int = 1 + (children e |> List.sumBy size)

    /// The expression with a value in place of a variable, which may be called i.
    let substitute (name: string) (value: Expr) (e: Expr) : Expr =
        e
        |> map (function
            | Expr.Symbol other when other = name -> value
            | Expr.Imaginary when name = "i" -> value
            | other -> other)

    /// The expression with the arguments of unknown functions in one order: what is added or multiplied is sorted, so that
    /// f(a + b) and f(b + a) are the same variable.
    let canonical (e: Expr) : Expr =
        if not (exists _.IsApply e) then
            e
        else
            e
            |> map (function
                | Expr.Sum parts -> Expr.Sum(List.sortBy string parts)
                | Expr.Product parts -> Expr.Product(List.sortBy string parts)
                | other -> other)

    /// The expressions for the upper and the lower sign, when there is a sign to choose.
    let signs (e: Expr) : Expr list =
        let choose sign =
            map (function
                | Expr.PlusMinus a -> if sign > 0 then a else negate a
                | other -> other)

        if exists _.IsPlusMinus e then [ choose 1 e; choose -1 e ] else [ e ]

/// The functions that expressions may call.
module Functions =

    /// Names as they stand in LaTeX or plain text, and the function that they mean.
    let private table =
        dict [
            for name in
                [
                    "sin"
                    "cos"
                    "tan"
                    "cot"
                    "sec"
                    "csc"
                    "sinh"
                    "cosh"
                    "tanh"
                    "coth"
                    "sech"
                    "csch"
                    "exp"
                    "ln"
                    "floor"
                    "ceil"
                    "abs"
                    "sqrt"
                    "log"
                ] do
                name, name
            for short, full in
                [
                    "asin", "arcsin"
                    "acos", "arccos"
                    "atan", "arctan"
                    "asinh", "arcsinh"
                    "acosh", "arccosh"
                    "atanh", "arctanh"
                ] do
                short, full
                full, full
            "acot", "arccot"
            "arccot", "arccot"
            "arcsec", "arcsec"
            "arccsc", "arccsc"
            "arsinh", "arcsinh"
            "arcosh", "arccosh"
            "artanh", "arctanh"
            "cosec", "csc"
            "tg", "tan"
            "ctg", "cot"
            "lg", "log"
            "gcd", "gcd"
            "lcm", "lcm"
            "min", "min"
            "max", "max"
        ]

    /// The function of a name.
    let find (name: string) : string option =
        match table.TryGetValue name with
        | true, found -> Some found
        | _ -> None

    /// Functions whose argument is an angle.
    let isTrigonometric (name: string) = List.contains name [ "sin"; "cos"; "tan"; "cot"; "sec"; "csc" ]

    /// The inverse of a function, for sin^{-1}.
    let inverse (name: string) : string option =
        match name with
        | "sin"
        | "cos"
        | "tan"
        | "cot"
        | "sinh"
        | "cosh"
        | "tanh" -> Some("arc" + name)
        | _ -> None
