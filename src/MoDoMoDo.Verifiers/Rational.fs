namespace MoDoMoDo.Verifiers

open System
open System.Globalization
open System.Numerics

/// An exact fraction in lowest terms with a positive denominator, of bounded size.
[<Struct; CustomEquality; CustomComparison>]
type Rational = private {
    N: BigInteger
    D: BigInteger
} with

    /// The numerator; carries the sign.
    member q.Numerator = q.N
    /// The denominator; positive.
    member q.Denominator = q.D
    /// True when the denominator is 1.
    member q.IsInteger = q.D.IsOne
    /// -1, 0 or 1.
    member q.Sign = q.N.Sign

    /// The nearest double; correctly signed and finite or infinite also beyond the doubles' range.
    member q.ToDouble() : float =
        let shift = int (q.N.GetBitLength()) - int (q.D.GetBitLength())

        if abs shift < 900 && q.D.GetBitLength() < 900L then
            float q.N / float q.D
        else
            // Bring the quotient to 64 significant bits, divide as integers, and put the exponent back.
            let by = 64 - shift

            let scaled = if by >= 0 then (q.N <<< by) / q.D else q.N / (q.D <<< -by)

            Math.ScaleB(float scaled, -by)

    override q.Equals other =
        match other with
        | :? Rational as o -> q.N = o.N && q.D = o.D
        | _ -> false

    override q.GetHashCode() = HashCode.Combine(q.N, q.D)

    override q.ToString() =
        let text (n: BigInteger) = n.ToString CultureInfo.InvariantCulture
        if q.IsInteger then text q.N else $"{text q.N}/{text q.D}"

    interface IComparable with
        member q.CompareTo other =
            match other with
            | :? Rational as o -> BigInteger.Compare(q.N * o.D, o.N * q.D)
            | _ -> invalidArg (nameof other) "wanted a Rational"

    /// n/d in lowest terms. Raises DivideByZeroException when d is 0.
    static member Create(n: BigInteger, d: BigInteger) : Rational =
        if d.IsZero then
            raise (DivideByZeroException())

        let g = BigInteger.GreatestCommonDivisor(n, d)
        let g = if d.Sign < 0 then -g else g
        { N = n / g; D = d / g }

    /// An integer.
    static member OfInt(n: int) : Rational = { N = BigInteger n; D = BigInteger.One }
    /// An integer of any size.
    static member OfInteger(n: BigInteger) : Rational = { N = n; D = BigInteger.One }

    static member Zero = Rational.OfInt 0
    static member One = Rational.OfInt 1
    static member (+)(a: Rational, b: Rational) = Rational.Create(a.N * b.D + b.N * a.D, a.D * b.D)
    static member (-)(a: Rational, b: Rational) = Rational.Create(a.N * b.D - b.N * a.D, a.D * b.D)
    static member (*)(a: Rational, b: Rational) = Rational.Create(a.N * b.N, a.D * b.D)
    static member (/)(a: Rational, b: Rational) = Rational.Create(a.N * b.D, a.D * b.N)
    static member (~-)(a: Rational) : Rational = { N = -a.N; D = a.D }

    /// |q|.
    static member Abs(a: Rational) : Rational = { N = BigInteger.Abs a.N; D = a.D }

    /// True when numerator and denominator fit the limit on bits.
    member q.IsSmall = q.N.GetBitLength() <= int64 Limits.bits && q.D.GetBitLength() <= int64 Limits.bits

/// Reading exact numbers.
module Rational =

    /// Longest run of digits that is read: what Limits.bits can hold.
    let private longest = int (float Limits.bits / Math.Log2 10.0)

    /// Ten to a small power, which may be negative.
    let pow10 (exponent: int) : Rational =
        let power = BigInteger.Pow(BigInteger 10, abs exponent)

        if exponent >= 0 then
            Rational.OfInteger power
        else
            Rational.Create(BigInteger.One, power)

    /// The value of plain digits with an optional decimal part ("12", "1.50", ".5") times ten to `exponent`.
    let ofDecimal (whole: string) (decimals: string) (exponent: int) : Reading<Rational> =
        let digits = whole + decimals
        let shift = int64 exponent - int64 decimals.Length

        if digits.Length > longest || abs shift > int64 longest then
            Reading.limit $"a number of {digits.Length} digits"
        elif digits = "" then
            Reading.missing "no digits"
        else
            Ok(Rational.OfInteger(BigInteger.Parse(digits, CultureInfo.InvariantCulture)) * pow10 (int shift))
