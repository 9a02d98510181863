module MoDoMoDo.Verifiers.Tests.MathTests

open System
open Xunit
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

let private equal gold answer =
    match Answer.read gold, Answer.read answer with
    | Ok a, Ok b -> AnswerEquality.equal AnswerEquality.strict a b
    | _ -> false

[<Theory>]
[<InlineData("1234", "1{,}234")>]
[<InlineData("0.5", "\\frac12")>]
[<InlineData("\\frac{7}{3}", "2\\frac13")>]
[<InlineData("0.\\overline{6}", "2/3")>]
[<InlineData("3\\sqrt{5}", "√45")>]
[<InlineData("\\frac{1}{\\sqrt 3}", "\\frac{\\sqrt{3}}{3}")>]
[<InlineData("5\\pi-1", "-1+5π")>]
[<InlineData("50°", "50^{\\circ}")>]
[<InlineData("9 cm", "9")>]
[<InlineData("9\\text{ cm}^2", "9 square centimeters")>]
[<InlineData("40\\%", "\\frac{2}{5}")>]
[<InlineData("(2,-3)", "\\left( 2, -3 \\right)")>]
[<InlineData("\\{1,2\\}", "2, 1")>]
[<InlineData("\\pm 4", "x=4 or x=-4")>]
[<InlineData("(2,\\infty)", "x>2")>]
[<InlineData("1\\le t<4", "[1,4)")>]
[<InlineData("(-\\infty,1)\\cup(2,\\infty)", "x<1 or x>2")>]
[<InlineData("y=3x-2", "6x-2y=4")>]
[<InlineData("(x-1)(x+1)", "x^2-1")>]
[<InlineData("\\frac{x^2-25}{x+5}", "x-5")>]
[<InlineData("1-\\cos^2 t", "\\sin^2 t")>]
[<InlineData("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix} 1 & \\frac42 \\\\ 3 & 4 \\end{bmatrix}")>]
[<InlineData("\\text{Paris}", "paris")>]
[<InlineData("7", "x = 7")>]
[<InlineData("7", "7 = x")>]
[<InlineData("15", "3\\cdot5=15")>]
[<InlineData("\\frac{2}{5}", "{2 \\over 5}")>]
[<InlineData("\\frac{2}{5}", "2⁄5")>]
[<InlineData("14", "2(7)")>]
[<InlineData("2/3", "0.(6)")>]
[<InlineData("5/6", "0.8333...")>]
[<InlineData("64", "≈64")>]
[<InlineData("64°", "64^{\\text{o}}")>]
[<InlineData("64\\%", "６４％")>]
[<InlineData("(6,-1)", "\\langle 6,-1\\rangle")>]
[<InlineData("(6,-1)", "x=6, y=-1")>]
[<InlineData("(x,y)=(6,-1)", "y=-1, x=6")>]
[<InlineData("(6,-1)", "\\begin{pmatrix}6\\\\-1\\end{pmatrix}")>]
[<InlineData("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "[[1,2],[3,4]]")>]
[<InlineData("]2,5]", "2<x\\le5")>]
[<InlineData("2<x\\le5", "x>2 and x\\le5")>]
[<InlineData("(-2,2)", "|x|<2")>]
[<InlineData("x<1 or x>4", "(-\\infty,1) or (4,\\infty)")>]
[<InlineData("[1,5]", "[1,2]\\cup[2,5]")>]
[<InlineData("\\mathbb{R}\\setminus\\{4\\}", "x\\ne4")>]
[<InlineData("(4,\\infty)", "\\{x\\mid x>4\\}")>]
[<InlineData("\\emptyset", "no solution")>]
[<InlineData("\\{1,2\\}", "\\{1,2,3\\}\\cap\\{0,1,2\\}")>]
[<InlineData("\\ln(ab)", "\\ln a+\\ln b")>]
[<InlineData("\\sqrt{ab}", "\\sqrt{a}\\sqrt{b}")>]
[<InlineData("f(x)=x+3", "y=3+x")>]
[<InlineData("101_2", "101_{2}")>]
[<InlineData("a rhombus", "rhombus")>]
[<InlineData("m=2, n=5", "2, 5")>]
[<InlineData("\\angle PQR", "∠RQP")>]
[<InlineData("\\triangle PQR", "\\triangle RPQ")>]
[<InlineData("2:5:7", "4:10:14")>]
[<InlineData("a:b:c=2:5:7", "2:5:7")>]
[<InlineData("5:40 PM", "5:40 p.m.")>]
[<InlineData("5:40", "5:40 \\text{ PM}")>]
[<InlineData("2:3", "10:15")>]
[<InlineData("9", "\\underline{9}")>]
[<InlineData("9", "`9`")>]
[<InlineData("2\\sqrt7", "2sqrt7")>]
[<InlineData("2\\sqrt7", "2\\sqrt{7}\\approx5.29")>]
[<InlineData("\\frac{5}{7}", "x=\\frac{5}{7}\\approx0.714")>]
[<InlineData("(1,\\infty)\\cup(-\\infty,0)", "x<0, x>1")>]
[<InlineData("\\sum_{i=1}^{5} i", "15")>]
[<InlineData("\\prod_{k=2}^{4} k", "24")>]
let ``equal answers are equal in any notation`` (gold: string, answer: string) = Assert.True(equal gold answer)

[<Theory>]
[<InlineData("0.333333", "1/3")>]
[<InlineData("10^{30}", "10^{30}+1")>]
[<InlineData("10^{-30}", "0")>]
[<InlineData("(a+b+c)^{50}", "(a+b+c)^{50}+1")>]
[<InlineData("9 cm", "9 m")>]
[<InlineData("|ab|", "ab")>]
[<InlineData("\\sqrt{a^2}", "a")>]
[<InlineData("x>2", "y>2")>]
[<InlineData("x<1 or x>4", "x<1 and x>4")>]
[<InlineData("\\begin{pmatrix}2&1\\\\0&3\\end{pmatrix}", "\\begin{pmatrix}2&1\\\\0&3\\end{pmatrix}^T")>]
[<InlineData("\\begin{pmatrix}2&1\\\\0&3\\end{pmatrix}", "\\begin{vmatrix}2&1\\\\0&3\\end{vmatrix}")>]
[<InlineData("2:5:7", "2:7:5")>]
[<InlineData("5:40", "1:8")>]
[<InlineData("5:40", "0.125")>]
[<InlineData("0:30", "0:45")>]
[<InlineData("2\\sqrt7", "2\\sqrt7=5.9")>]
[<InlineData("9", "~~9~~")>]
[<InlineData("9", "\\begin{ \\end{")>]
[<InlineData("2<x<5", "x>2 or x<5")>]
[<InlineData("x>2", "x>1 or x>2")>]
[<InlineData("(6,-1)", "y=6, x=-1")>]
[<InlineData("12:00", "1:00")>]
[<InlineData("m=2, n=5", "5, 2")>]
[<InlineData("\\angle PQR", "\\angle PRQ")>]
[<InlineData("3", "x=4=3")>]
[<InlineData("\\sqrt{3}", "\\sqrt{3}+10^{-11}")>]
[<InlineData("5", "3+4=5")>]
[<InlineData("(2,-3)", "(-3,2)")>]
[<InlineData("\\{1,2\\}", "\\{1\\}")>]
[<InlineData("[1,4)", "[1,4]")>]
[<InlineData("x>2", "x\\ge 2")>]
[<InlineData("x>2", "x<2")>]
[<InlineData("y=3x-2", "y=3x+2")>]
[<InlineData("x", "y")>]
[<InlineData("\\sqrt{2}+\\sqrt{3}", "\\sqrt{5}")>]
[<InlineData("42", "{41, 42, 43}")>]
[<InlineData("42", "between 40 and 44")>]
[<InlineData("2", "²")>]
[<InlineData("1", "0/0")>]
[<InlineData("0", "zoo")>]
[<InlineData("x(x-1)(x-2)(x-3)", "0")>]
let ``different answers are different`` (gold: string, answer: string) = Assert.False(equal gold answer)

let private outcome gold (answer: string) =
    let sample = Sample.Create("s", "d", "", [||], Gold.Text [| gold |])
    (Grade.math sample answer).Outcome

[<Fact>]
let ``bombs are refused or not read, and never evaluated`` () =
    for bomb in
        [
            String('(', 3000) + "1" + String(')', 900)
            String.replicate 400 "\\sqrt{" + "1" + String('}', 400)
            "10^{10^{10^{10}}}"
            "100!!!"
            "9^{9^{9^{9}}}"
            "1" + String.replicate 2000 "+1"
            String('1', 1_000_000)
            "\\def\\x{\\x\\x}\\x"
        ] do
        Assert.False(equal "1" bomb)

    Assert.Equal("refused", outcome "1" (String('1', 1_000_000)))
    Assert.Equal("refused", outcome "1" (String('(', 500) + "1" + String(')', 500)))

[<Fact>]
let ``a gold without a value is unscorable`` () =
    for gold in [ ""; "\\frac{0}{0}"; "1/0" ] do
        Assert.Equal("unscorable", outcome gold "1")

[<Property>]
let ``fractions are equal to their multiples, and to nothing else`` (a: int) (b: int) (k: int) =
    let a, b, k = a % 1000, 1 + abs (b % 1000), 1 + abs (k % 50)

    equal $"\\frac{{{a}}}{{{b}}}" $"{k * a}/{k * b}"
    && not (equal $"\\frac{{{a}}}{{{b}}}" $"{a + 1}/{b}")

[<Property>]
let ``sums and products commute, sign flips differ`` (a: int) (b: int) (c: int) =
    let a, b, c = a % 100, b % 100, c % 100
    let s (n: int) = if n < 0 then $"({n})" else string n

    equal $"{s a}x+{s b}y+{s c}" $"{s c}+{s b}y+{s a}x"
    && equal $"{s a}xy" $"y{s a}x"
    && (a = 0 || not (equal $"{s a}x+{s b}y" $"{s -a}x+{s b}y"))

[<Property>]
let ``a value is equal to itself plus nothing, never plus one`` (n: int) (d: int) =
    let e = $"\\frac{{{n}\\sqrt{{2}}}}{{{1 + abs (d % 100)}}}"
    equal e $"{e}+0" && not (equal e $"{e}+1")

let rec private random (seed: int) depth : Expr =
    let next = (seed * 1103515245 + 12345) &&& 0x7fffffff
    let child i = random (next + i * 7919) (depth - 1)

    match (if depth = 0 then 0 else 1 + next / 65536 % 5), next / 7 % 3 with
    | 0, 0 -> Expr.Symbol "x"
    | 0, _ -> Expr.int (next / 65536 % 9)
    | 1, _ -> Expr.Sum [ child 1; child 2 ]
    | 2, _ -> Expr.Product [ child 1; child 2 ]
    | 3, _ -> Expr.Quotient(child 1, child 2)
    | 4, _ -> Expr.Power(child 1, Expr.int 2)
    | _ -> Expr.negate (child 1)

[<Property>]
let ``exact, modular and floating values agree`` (seed: int) =
    let e = random (abs seed) 3
    let x = Rational.Create(7I, 3I)

    let inside compute =
        match Fuel.within 100_000 (fun fuel -> Ok(compute fuel)) with
        | Ok v -> v
        | Error _ -> None

    match inside (fun fuel -> Exact.rational fuel (fun _ -> Some x) e) with
    | None -> true
    | Some exact ->
        let modular = inside (fun fuel -> Exact.modular fuel (fun _ -> 1UL) e)
        let one = inside (fun fuel -> Exact.rational fuel (fun _ -> Some Rational.One) e)

        let floating =
            inside (fun fuel -> Numeric.evaluate fuel (fun _ -> Some(Numerics.Complex(7.0 / 3.0, 0.0))) e)

        let modularAgrees =
            match one, modular with
            | Some q, Some r -> inside (fun fuel -> Exact.modular fuel (fun _ -> 1UL) (Expr.Number q)) = Some r
            | _ -> true

        modularAgrees
        && match floating with
           | Some m -> abs (m.Value.Real - exact.ToDouble()) <= 1e-9 * (1.0 + abs (exact.ToDouble()))
           | None -> true

/// Notations of one value, and what must not pass for it.
let notations = TheoryData<string, string, bool>()

for gold, answer, same in
    [
        "2500000", "2\u202F500\u202F000", true
        "2500000", "2.5 million", true
        "2.5", "2.5 million", false
        "7", "7 minus 1", false
        "7", "7 hundred", false
        "4.2\\times10^{12}", "4.2 x 10^12", true
        "10^{12}", "10\u00B9\u00B2", true
        "10^{-4}", "10\u207B\u2074", true
        "\\sqrt[3]{15}", "\u221B15", true
        "\\sqrt[3]{15}", "\u221A15", false
        "8\\frac{1}{4}\\%", "0.0825", true
        "8\\frac12^\\circ", "8.5", true
        "\\sin 30^\\circ", "0.5", true
        "0.\\bar{6}", "2/3", true
        "0.\\overline{6}", "0.6", false
        "21 \u00B0C", "21 degrees Celsius", true
        "21 \u00B0C", "21 \u00B0F", false
        "6 \u03A9", "6 ohms", true
        "\\emptyset", "\\{\\}", true
        "\\emptyset", "0", false
        "(-\\infty,\\infty)", "\\mathbb{R}", true
        "[0,1]\\cup\\{4\\}", "\\{4\\}\\cup[0,1]", true
        "[0,1]\\cup\\{4\\}", "[0,1]", false
        "(1,-2)", "P(1, -2)", true
        "(1,-2)", "P(-2, 1)", false
        "\\binom{6}{2}", "{6 \\choose 2}", true
        "x=2 \\text{ or } x=5", "x_1 = 5, x_2 = 2", true
        "x_1=2, x_2=5", "x_1=5, x_2=2", false
        "9", "The answer is $9$.", true
        "9", "The answer is not 9", false
    ] do
    notations.Add(gold, answer, same)

[<Theory>]
[<MemberData(nameof notations)>]
let ``notations of one value are read as one, others are not`` (gold: string, answer: string, same: bool) =
    let sample = Sample.Create("", "", "", [||], Gold.Text [| gold |])
    Assert.Equal((if same then 1.0 else 0.0), (Grade.math sample answer).Value)

[<Fact>]
let ``an expression that ends where an argument should stand is no expression, and raises nothing`` () =
    for text in [ "\\sum_{i=1}^"; "\\int_"; "\\bar"; "x+\\hat"; "\\frac"; "\\sqrt["; "x_"; "3^{" ] do
        let read = Answer.read text
        Assert.True(read.IsOk || read.IsError)

[<Theory>]
[<InlineData("8 m/s^2", "8 m/s/s")>]
[<InlineData("8 m/s^2", "8 meters per second squared")>]
[<InlineData("8 N m", "8 N·m")>]
[<InlineData("8 km/h", "8 kph")>]
[<InlineData("8 kWh", "8 kilowatt-hours")>]
[<InlineData("8 mA", "8 milliamperes")>]
[<InlineData("8 µm", "8 \\mu m")>]
[<InlineData("8 k\\Omega", "8 kilohms")>]
[<InlineData("8 cm^3", "8 cm3")>]
[<InlineData("8 pounds", "£8")>]
[<InlineData("8 pounds", "8 lb")>]
[<InlineData("8 cents", "8¢")>]
[<InlineData("8 years", "8 years old")>]
let ``one unit has many names`` (gold: string, answer: string) = Assert.True(equal gold answer)

[<Theory>]
[<InlineData("8 mW", "8 MW")>]
[<InlineData("8 m/s", "8 s/m")>]
[<InlineData("8 kW", "8 kWh")>]
[<InlineData("8 yen", "8 yuan")>]
[<InlineData("8", "8 squared")>]
[<InlineData("8", "8 thirds")>]
[<InlineData("8", "8 wrong")>]
[<InlineData("8", "8 k")>]
[<InlineData("8", "8 ppm")>]
[<InlineData("£8", "8 kg")>]
let ``units that sound alike are not the same`` (gold: string, answer: string) = Assert.False(equal gold answer)

[<Theory>]
[<InlineData("8", "The length of the side is 8 cm.", 1.0)>]
[<InlineData("2, 3", "The roots are 2 and 3", 1.0)>]
[<InlineData("8", "**Answer:** 8", 1.0)>]
[<InlineData("8", "x = **8**", 1.0)>]
[<InlineData("8", "2**3", 1.0)>]
[<InlineData("8", "max 8", 0.0)>]
[<InlineData("8", "It is not 8", 0.0)>]
[<InlineData("B", "B1", 0.0)>]
[<InlineData("B", "2B-B", 0.0)>]
[<InlineData("8", "It is 7, or it is 8", 0.0)>]
[<InlineData("8", "If that fails it is 8", 0.0)>]
[<InlineData("8t", "8 t", 1.0)>]
[<InlineData("8ht", "8th", 1.0)>]
let ``a sentence states what stands behind its verb, and a unit may be a variable``
    (gold: string, answer: string, value: float)
    =
    let sample = Sample.Create("1", "test", "", [||], Gold.Text [| gold |])
    Assert.Equal(value, (Grade.math sample answer).Value)

[<Theory>]
[<InlineData("$\\frac{5}{8}$", "The final answer is \\boxed{\\frac{5}{8}}.", true)>]
[<InlineData("$8$", "The final answer is \\boxed{\\frac{5}{8}}.", false)>]
[<InlineData("$8$", "We saw \\boxed{5}. The final answer is $8$. I hope it is correct.", true)>]
let ``Math-Verify's way: a box behind the phrase is the answer`` (gold: string, text: string, wanted: bool) =
    Assert.Equal(wanted, MathVerify.verify MathVerifyText.defaults gold text)
