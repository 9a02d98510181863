namespace MoDoMoDo.Laws

open FsCheck
open FsCheck.FSharp

/// One value in several notations, and values that it does not equal.
[<StructuredFormatDisplay("{Shown}")>]
type Notations = {
    /// What it is: number, fraction, radical ...
    Kind: string
    /// All mean the same; at least one.
    Same: string list
    /// Each means something else.
    Different: string list
} with

    member n.Shown = sprintf "%s %A unlike %A" n.Kind n.Same n.Different

/// Generators of mathematical answers as policies and graders write them.
module Notations =

    let private invariant (n: int) = n.ToString System.Globalization.CultureInfo.InvariantCulture

    /// Digits in groups of three.
    let private grouped (separator: string) (n: int) =
        let digits = invariant (abs n)
        let head = (digits.Length - 1) % 3 + 1

        let groups =
            digits.Substring(0, head) :: [ for i in head..3 .. digits.Length - 1 -> digits.Substring(i, 3) ]

        (if n < 0 then "-" else "") + String.concat separator groups

    /// An integer with the ways to write it: 1234 = 1,234 = 1{,}234 = 1234.0 = 1.234e3.
    let ofInteger (n: int) : string list =
        let digits = invariant (abs n)
        let sign = if n < 0 then "-" else ""
        let mantissa = if digits.Length = 1 then digits + ".0" else digits.Insert(1, ".")

        [
            invariant n
            grouped "," n
            grouped "{,}" n
            invariant n + ".0"
            $"{sign}{mantissa}e{digits.Length - 1}"
        ]

    /// Whole numbers.
    let integers: Gen<Notations> = gen {
        let! n = Gen.oneof [ Gen.choose (1, 30); Gen.choose (-3000, 3000); Gen.choose (0, 900_000_000) ]

        return {
            Kind = "integer"
            Same = ofInteger n
            Different = [
                invariant (n + 1)
                invariant (n - 1)
                if n <> 0 then
                    invariant -n
            ]
        }
    }

    let private coprime = gen {
        let! d = Gen.choose (2, 40)
        let! n = Gen.choose (1, 90)

        let rec gcd a b = if b = 0 then a else gcd b (a % b)
        let g = gcd n d
        return n / g, d / g
    }

    /// Positive fractions in lowest terms, scaled by k, as fractions of every kind.
    let fractions: Gen<Notations> = gen {
        let! n, d = coprime
        let! k = Gen.choose (2, 9)

        return {
            Kind = "fraction"
            Same = [
                $"\\frac{{{n}}}{{{d}}}"
                $"\\dfrac{{{n}}}{{{d}}}"
                $"\\tfrac{{{n}}}{{{d}}}"
                $"{n}/{d}"
                $"{k * n}/{k * d}"
                $"\\frac{{{k * n}}}{{{k * d}}}"
            ]
            Different = [ $"\\frac{{{n + d}}}{{{d}}}"; $"-\\frac{{{n}}}{{{d}}}"; $"{n}/{d + 1}" ]
        }
    }

    let private radicals = gen {
        let! a = Gen.choose (2, 9)
        let! b = Gen.elements [ 2; 3; 5; 6; 7; 10 ]

        return {
            Kind = "radical"
            Same = [
                $"{a}\\sqrt{{{b}}}"
                $"{a}√{b}"
                $"{a}*sqrt({b})"
                $"\\sqrt{{{a * a * b}}}"
                $"\\sqrt{{{b}}}\\cdot {a}"
            ]
            Different = [ $"{a + 1}\\sqrt{{{b}}}"; $"-{a}\\sqrt{{{b}}}"; $"{a}\\sqrt{{{b}}}+1"; invariant (a * b) ]
        }
    }

    let private multiplesOfPi = gen {
        let! n = Gen.choose (2, 30)

        return {
            Kind = "multiple of pi"
            Same = [ $"{n}\\pi"; $"{n}π"; $"{n}*pi"; $"{2 * n}\\pi/2"; $"\\pi \\cdot {n}" ]
            Different = [ $"{n + 1}\\pi"; $"-{n}\\pi"; invariant n; $"{n}\\pi+1" ]
        }
    }

    let private percentages = gen {
        let! n = Gen.choose (11, 99)

        return {
            Kind = "percentage"
            Same = [ $"{n}%%"; $"{n}\\%%"; $"{n} percent"; $"0.{n}" ]
            Different = [ $"{n + 1}%%"; $"-{n}%%"; $"1.{n}" ]
        }
    }

    let private quantities = gen {
        let! n = Gen.choose (2, 400)

        let! symbol, name, other =
            Gen.elements [ "cm", "centimeters", "m"; "kg", "kilograms", "g"; "ml", "milliliters", "l" ]

        return {
            Kind = "quantity"
            Same = [ $"{n} {symbol}"; $"{n}{symbol}"; $"{n}\\text{{ {symbol}}}"; $"{n} {name}" ]
            Different = [ $"{n + 1} {symbol}"; $"{n} {other}" ]
        }
    }

    let private angles = gen {
        let! n = Gen.choose (1, 180)

        return {
            Kind = "angle"
            Same = [ $"{n}°"; $"{n}^\\circ"; $"{n}^{{\\circ}}"; $"{n} degrees" ]
            Different = [ $"{n + 1}°"; $"-{n}°" ]
        }
    }

    let private ascending count = gen {
        let! start = Gen.choose (-20, 20)
        let! steps = Gen.listOfLength (count - 1) (Gen.choose (1, 9))
        return List.scan (+) start steps
    }

    let private joined (separator: string) (numbers: int list) =
        numbers |> List.map invariant |> String.concat separator

    let private tuples = gen {
        let! xs = ascending 3
        let listed = joined ", " xs

        return {
            Kind = "tuple"
            Same = [ $"({listed})"; $"""({joined "," xs})"""; $"\\left({listed}\\right)" ]
            Different = [ $"""({joined ", " (List.rev xs)})"""; $"({listed}, 0)"; invariant xs.Head ]
        }
    }

    let private sets = gen {
        let! xs = ascending 3
        let listed = joined ", " xs

        return {
            Kind = "set"
            Same = [ $"\\{{{listed}\\}}"; $"""\{{{joined "," (List.rev xs)}\}}"""; $"\\left\\{{{listed}\\right\\}}" ]
            Different = [ $"""\{{{joined ", " xs.Tail}\}}"""; $"\\{{{listed}, 99\\}}" ]
        }
    }

    let private intervals = gen {
        let! ends = ascending 2
        let low, high = ends[0], ends[1]

        return {
            Kind = "interval"
            Same = [ $"[{low}, {high})"; $"[{low},{high})"; $"\\left[{low}, {high}\\right)" ]
            Different = [ $"[{low}, {high}]"; $"[{low}, {high + 1})"; $"[{low - 1}, {high})" ]
        }
    }

    /// All mathematical kinds.
    let mathematics: Gen<Notations> list = [
        integers
        fractions
        radicals
        multiplesOfPi
        percentages
        quantities
        angles
        tuples
        sets
        intervals
    ]

    /// Any mathematical kind.
    let any: Gen<Notations> = Gen.oneof mathematics

    /// What may stand around an answer without changing it: dollar signs, \( \), a box, asterisks, spaces, a full stop.
    let wrappings: (string -> string) list = [
        fun s -> $"${s}$"
        fun s -> $"\\({s}\\)"
        fun s -> $"\\boxed{{{s}}}"
        fun s -> $"**{s}**"
        fun s -> $"  {s} "
        fun s -> $"{s}."
    ]
