/// Math-Verify's verdicts: the answer of a long text, and a lenient equality (units stripped, percent both ways, decimals
/// rounded). Source of the semantics: Math-Verify 0.8.0; the engine is our own.
module MoDoMoDo.Verifiers.MathVerify

open System
open System.Numerics
open MathVerifyText

let private rounded (digits: int) (e: Expr) : Rational option =
    match
        Fuel.within 50_000 (fun fuel ->
            Ok(Exact.rational fuel (fun _ -> None) e, Numeric.evaluate fuel (fun _ -> None) e))
    with
    | Ok(Some q, _) ->
        let scale = Rational.pow10 digits
        let shifted = q * scale + Rational.Create(1I, 2I)

        let floor =
            BigInteger.Divide(
                shifted.Numerator - (if shifted.Sign < 0 then shifted.Denominator - 1I else 0I),
                shifted.Denominator
            )

        Some(Rational.Create(floor, 1I) / scale)
    | Ok(None, Some value) when value.Value.Imaginary = 0.0 && abs value.Value.Real < 1e12 ->
        Some(
            Rational.Create(BigInteger(Math.Round(value.Value.Real * Math.Pow(10.0, float digits))), 1I)
            / Rational.pow10 digits
        )
    | _ -> None

let private isDecimal (e: Expr) = Expr.exists _.IsDecimal e

/// Without a factor of one hundredth that a percent sign left.
let private withoutPercent (e: Expr) =
    match e with
    | Expr.Product [ value; Expr.Number q ] when q = Rational.Create(1I, 100I) -> Some value
    | _ -> None

let rec private valuesEqual (options: Options) (a: Expr) (b: Expr) : bool =
    Equality.equal a b
    || ((isDecimal a || isDecimal b)
        && (match rounded options.Precision a, rounded options.Precision b with
            | Some x, Some y -> x = y
            | _ -> false))
    || (match withoutPercent a, withoutPercent b with
        | Some x, None -> valuesEqual options x b
        | None, Some y -> valuesEqual options a y
        | _ -> false)

let private policy (options: Options) : AnswerEquality.Policy = {
    Values = fun (a, _) (b, _) -> valuesEqual options a b
    LastSide = true
    PairsAsSets = true
    RelationsForSets = options.RelationsForSets
}

/// A comma followed by other than three digits is a decimal point: "1,22".
let private decimalComma (text: string) =
    let t = text.Trim()

    match t.Split ',' with
    | [| whole; part |] when
        whole <> ""
        && part <> ""
        && part.Length <> 3
        && Seq.forall Char.IsAsciiDigit (whole + part)
        && not (text.Contains '$')
        ->
        whole + "." + part
    | _ -> t

let private readAs (options: Options) (text: string) : Answer option =
    extract options text
    |> Option.map (fun found -> if options.Latex then found else decimalComma found)
    |> Option.bind (Answer.read >> Result.toOption)

/// True when Math-Verify's rules make the prediction equal to the gold.
let verify (options: Options) (gold: string) (prediction: string) : bool =
    match readAs { options with Latex = options.Latex; Plain = true } gold, readAs options prediction with
    | Some g, Some p -> AnswerEquality.equal (policy options) g p
    | _ -> false

/// True when the text holds something that Math-Verify can read as a gold.
let isReadable (text: string) : bool = readAs defaults text |> Option.exists (_.IsWords >> not)
