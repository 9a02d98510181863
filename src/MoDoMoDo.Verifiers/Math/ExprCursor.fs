namespace MoDoMoDo.Verifiers

open System
open System.Text

/// How expressions are read.
type ParserOptions = {
    /// "1e2" is one hundred; otherwise e is Euler's number there.
    SmallExponents: bool
    /// "f(x)" with a function's usual letter is an application; otherwise a product.
    Applications: bool
}

/// The text is no expression, or nested too deeply.
exception internal NoExpression of Refusal

/// What commands mean in expressions.
module internal Commands =

    /// Greek letters and other symbols.
    let greek =
        set [
            "alpha"
            "beta"
            "gamma"
            "delta"
            "epsilon"
            "varepsilon"
            "zeta"
            "eta"
            "theta"
            "vartheta"
            "iota"
            "kappa"
            "lambda"
            "mu"
            "nu"
            "xi"
            "rho"
            "sigma"
            "tau"
            "upsilon"
            "phi"
            "varphi"
            "chi"
            "psi"
            "omega"
            "Gamma"
            "Delta"
            "Theta"
            "Lambda"
            "Xi"
            "Sigma"
            "Phi"
            "Psi"
            "Omega"
            "ell"
            "hbar"
        ]

    /// Commands that surround a symbol or words without a meaning of their own.
    let wrappers =
        set [
            "mathrm"
            "mathbf"
            "mathit"
            "mathbb"
            "mathcal"
            "text"
            "textbf"
            "textit"
            "textrm"
            "mbox"
            "boldsymbol"
            "operatorname"
        ]

    /// Accents that make another symbol.
    let accents =
        dict [
            "bar", "bar"
            "overline", "bar"
            "hat", "hat"
            "vec", "vec"
            "tilde", "tilde"
            "overrightarrow", "vec"
            "dot", "dot"
        ]

/// A place in a text, with an explicit depth: no text can exhaust the stack.
type internal ExprCursor(text: string, options: ParserOptions, fuel: Fuel) =
    let mutable depth = 0

    /// Where the cursor stands, in UTF-16 units.
    member val At = 0 with get, set

    /// Bars of absolute values that are open here.
    member val OpenBars = 0 with get, set

    /// Round and square brackets around this place: commas separate there, outside they may group digits.
    member val Brackets = 0 with get, set

    /// Ends the reading: the text is no expression.
    member p.Fail(why: string) : 'a = raise (NoExpression(Refusal.Missing $"{why} at {p.At}"))

    /// The character at an index, or NUL behind the end.
    member _.PeekAt(i: int) = if i < text.Length then text[i] else '\000'

    /// One level deeper, at the price of one unit of fuel.
    member _.Nested(parse: unit -> 'a) : 'a =
        depth <- depth + 1
        fuel.Spend 1

        if depth > Limits.depth then
            raise (NoExpression(Refusal.Limit $"nested deeper than {Limits.depth}"))

        let result = parse ()
        depth <- depth - 1
        result

    /// The value that was read, or the end of the reading.
    member _.OfReading(reading: Reading<'a>) : 'a =
        match reading with
        | Ok value -> value
        | Error refusal -> raise (NoExpression refusal)

    member p.SkipSpaces() =
        while p.At < text.Length && Char.IsWhiteSpace text[p.At] do
            p.At <- p.At + 1

    member p.Peek() =
        p.SkipSpaces()
        p.PeekAt p.At

    member p.AtEnd = p.Peek() = '\000' && p.At >= text.Length

    /// The command at this place without its backslash, or "".
    member p.Command() =
        if p.Peek() <> '\\' then
            ""
        else
            let mutable stop = p.At + 1

            while stop < text.Length && Char.IsAsciiLetter text[stop] do
                stop <- stop + 1

            text.Substring(p.At + 1, stop - p.At - 1)

    /// The run of ASCII letters at this place.
    member p.Run() =
        let mutable stop = p.At

        while stop < text.Length && Char.IsAsciiLetter text[stop] do
            stop <- stop + 1

        text.Substring(p.At, stop - p.At)

    member p.Take(c: char) = if p.Peek() = c then p.At <- p.At + 1 else p.Fail $"no '{c}'"

    member p.TryTake(c: char) =
        let found = p.Peek() = c

        if found then
            p.At <- p.At + 1

        found

    /// The text inside the braces that open here.
    member p.RawGroup() =
        p.Take '{'

        match Scan.closingBrace text (p.At - 1) with
        | Some stop ->
            let content = text.Substring(p.At, stop - 1 - p.At)
            p.At <- stop
            content
        | None -> p.Fail "unclosed brace"

    /// The period of decimals that go on: in brackets behind "0.", or repeated in front of an ellipsis.
    member private p.Repeating(whole: string, decimals: string) : string =
        let rest = text.Substring p.At

        let ellipsis =
            [ "..."; "\\ldots"; "\\dots"; "\u2026" ]
            |> List.tryFind (fun mark -> rest.StartsWith(mark, StringComparison.Ordinal))

        let repeats period =
            let least = if period = 1 then 3 else 2

            period * least <= decimals.Length
            && Seq.forall
                (fun i -> decimals[decimals.Length - 1 - i] = decimals[decimals.Length - 1 - i % period])
                (seq { 0 .. period * least - 1 })

        match ellipsis, rest.IndexOf ')' with
        | Some mark, _ when decimals.Length <= 60 ->
            match Seq.tryFind repeats (seq { 1 .. decimals.Length / 2 }) with
            | Some period ->
                p.At <- p.At + mark.Length
                decimals.Substring(decimals.Length - period)
            | None -> ""
        | None, stop when
            rest.StartsWith '('
            && stop > 1
            && decimals = ""
            && whole = "0"
            && Seq.forall Char.IsAsciiDigit (rest.Substring(1, stop - 1))
            ->
            p.At <- p.At + stop + 1
            rest.Substring(1, stop - 1)
        | _ -> ""

    /// A number: digits with thousands groups, a decimal part, a repeating part, an exponent.
    member p.Number() : Expr =
        let digits () =
            let start = p.At

            while Char.IsAsciiDigit(p.PeekAt p.At) do
                p.At <- p.At + 1

            text.Substring(start, p.At - start)

        let whole = StringBuilder(digits ())

        let isGroup i =
            Char.IsAsciiDigit(p.PeekAt i)
            && Char.IsAsciiDigit(p.PeekAt(i + 1))
            && Char.IsAsciiDigit(p.PeekAt(i + 2))
            && not (Char.IsAsciiDigit(p.PeekAt(i + 3)))

        let separator () =
            if String.CompareOrdinal(text, p.At, "{,}", 0, 3) = 0 && isGroup (p.At + 3) then
                3
            elif p.Brackets = 0 && p.PeekAt p.At = ',' && isGroup (p.At + 1) then
                1
            elif p.PeekAt p.At = ' ' && isGroup (p.At + 1) then
                1
            else
                0

        let mutable width = if whole.Length > 0 && whole.Length <= 3 then separator () else 0

        while width > 0 do
            p.At <- p.At + width
            whole.Append(digits ()) |> ignore
            width <- separator ()

        let hasPoint = p.PeekAt p.At = '.' && (Char.IsAsciiDigit(p.PeekAt(p.At + 1)) || whole.Length > 0)

        let decimals =
            if hasPoint then
                p.At <- p.At + 1
                digits ()
            else
                ""

        let repeating =
            [ "\\overline{"; "\\bar{"; "\\dot{" ]
            |> List.tryFind (fun mark -> hasPoint && String.CompareOrdinal(text, p.At, mark, 0, mark.Length) = 0)
            |> Option.map (fun mark ->
                p.At <- p.At + mark.Length - 1
                p.RawGroup())
            |> Option.defaultValue ""

        let repeating =
            if repeating = "" && hasPoint then
                p.Repeating(whole.ToString(), decimals)
            else
                repeating

        let marker = p.PeekAt p.At
        let signed = if p.PeekAt(p.At + 1) = '-' || p.PeekAt(p.At + 1) = '+' then 2 else 1

        let exponent =
            if
                (marker = 'E' || marker = 'e' && options.SmallExponents)
                && Char.IsAsciiDigit(p.PeekAt(p.At + signed))
            then
                let sign = if p.PeekAt(p.At + 1) = '-' then -1 else 1
                p.At <- p.At + signed
                let power = digits ()
                Some(if power.Length > 5 then sign * 1_000_000 else sign * int power)
            else
                None

        let value = p.OfReading(Rational.ofDecimal (whole.ToString()) decimals (defaultArg exponent 0))

        if repeating <> "" && Seq.forall Char.IsAsciiDigit repeating && repeating.Length < 30 then
            let period = p.OfReading(Rational.ofDecimal repeating "" 0)
            let nines = Rational.pow10 repeating.Length - Rational.One
            Expr.Number(value + period / nines * Rational.pow10 -decimals.Length)
        elif hasPoint || exponent.IsSome then
            Expr.Decimal value
        else
            Expr.Number value
