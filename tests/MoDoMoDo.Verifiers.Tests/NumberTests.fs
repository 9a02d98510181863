module MoDoMoDo.Verifiers.Tests.NumberTests

open System.Numerics
open Xunit
open FsCheck.Xunit
open MoDoMoDo.Verifiers

let private read text =
    match Number.read text with
    | Ok q -> $"{q.Value} {q.Unit}".TrimEnd()
    | Error _ -> "none"

[<Theory>]
[<InlineData("42", "42")>]
[<InlineData("1,234,567", "1234567")>]
[<InlineData("1{,}234", "1234")>]
[<InlineData("0.50", "1/2")>]
[<InlineData("1.234e3", "1234")>]
[<InlineData("-3/4", "-3/4")>]
[<InlineData("2 1/2", "5/2")>]
[<InlineData("\u22125", "-5")>]
[<InlineData("62%", "31/50")>]
[<InlineData("62 percent", "31/50")>]
[<InlineData("$5.00", "5 $")>]
[<InlineData("12 inches", "12 in")>]
[<InlineData("12cm^2", "12 cm^2")>]
[<InlineData("72^\\circ", "72 °")>]
[<InlineData("3 apples", "3 apples")>]
[<InlineData("010", "10")>]
[<InlineData("Seven", "7")>]
[<InlineData("8 km/h", "8 km/h")>]
[<InlineData("8 kilometers per hour", "8 km/h")>]
[<InlineData("seven or eight", "none")>]
[<InlineData("2 or 3", "none")>]
[<InlineData("2, 3", "none")>]
[<InlineData("1,5", "none")>]
[<InlineData("between 40 and 44", "none")>]
[<InlineData("1/0", "none")>]
[<InlineData("1e999999999", "none")>]
[<InlineData("\u00B2", "none")>]
[<InlineData("", "none")>]
let ``numbers are read exactly or not at all`` (text: string, wanted: string) = Assert.Equal(wanted, read text)

[<Theory>]
[<InlineData("72°", "72", true)>]
[<InlineData("72°", "72 degrees", true)>]
[<InlineData("5 cm", "5 m", false)>]
[<InlineData("5 meters", "5 m", true)>]
[<InlineData("0.62", "62%", true)>]
[<InlineData("62", "62%", false)>]
[<InlineData("12345678901234567890", "12345678901234567891", false)>]
let ``a unit may stand on one side, different units differ`` (a: string, b: string, wanted: bool) =
    match Number.read a, Number.read b with
    | Ok x, Ok y -> Assert.Equal(wanted, Number.equal x y)
    | _ -> Assert.Fail $"'{a}' or '{b}' was not read"

[<Property>]
let ``an integer has one value in all its spellings`` (n: int) =
    let value = Rational.OfInt n
    let grouped = n.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)

    [ string n; grouped; $"{n}.0"; $"${n}$"; $" {n} "; $"**{n}**" ]
    |> List.forall (fun text ->
        match Number.read text with
        | Ok q -> q.Value = value
        | Error _ -> false)

[<Property>]
let ``rationals form a field`` (a: int, b: int, c: int, d: int) =
    let q n d = Rational.Create(BigInteger(n: int), BigInteger(1 + abs (d % 1000)))
    let x, y = q a b, q c d

    x + y = y + x
    && x - x = Rational.Zero
    && x * (x + y) = x * x + x * y
    && (y.Sign = 0 || x / y * y = x)

[<Property>]
let ``the double of a rational is the nearest one`` (n: int, d: int) =
    let d = if d = 0 then 1 else d
    Rational.Create(BigInteger n, BigInteger d).ToDouble() = float n / float d

[<Fact>]
let ``rationals far outside the doubles become 0 or infinite`` () =
    let huge = BigInteger.Pow(10I, 1000)
    Assert.Equal(0.0, Rational.Create(1I, huge).ToDouble())
    Assert.Equal(infinity, Rational.OfInteger(huge).ToDouble())
    Assert.Equal(1.5, Rational.Create(huge * 3I, huge * 2I + 0I).ToDouble())
