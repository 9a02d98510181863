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
module private Commands =

    /// Greek letters and other symbols.
    let greek =
        set [
            "alpha"; "beta"; "gamma"; "delta"; "epsilon"; "varepsilon"; "zeta"; "eta"; "theta"; "vartheta"; "iota"; "kappa"; "lambda"; "mu"; "nu"; "xi"
            "rho"; "sigma"; "tau"; "upsilon"; "phi"; "varphi"; "chi"; "psi"; "omega"; "Gamma"; "Delta"; "Theta"; "Lambda"; "Xi"; "Sigma"; "Phi"; "Psi"; "Omega"; "ell"; "hbar"
        ]

    /// Commands that surround a symbol or words without a meaning of their own.
    let wrappers = set [ "mathrm"; "mathbf"; "mathit"; "mathbb"; "mathcal"; "text"; "textbf"; "textit"; "textrm"; "mbox"; "boldsymbol"; "operatorname" ]

    /// Accents that make another symbol.
    let accents = dict [ "bar", "bar"; "overline", "bar"; "hat", "hat"; "vec", "vec"; "tilde", "tilde"; "overrightarrow", "vec"; "dot", "dot" ]

/// A recursive descent over one text, with an explicit depth: no text can exhaust the stack.
type internal ExprParser(text: string, options: ParserOptions, fuel: Fuel) =
    let mutable at = 0
    let mutable depth = 0
    let mutable openBars = 0
    /// Round and square brackets around this place: commas separate there, outside they may group digits.
    let mutable brackets = 0
    let fail why = raise (NoExpression(Refusal.Missing $"{why} at {at}"))
    let peekAt i = if i < text.Length then text[i] else '\000'

    let nested (parse: unit -> 'a) : 'a =
        depth <- depth + 1
        fuel.Spend 1

        if depth > Limits.depth then
            raise (NoExpression(Refusal.Limit $"nested deeper than {Limits.depth}"))

        let result = parse ()
        depth <- depth - 1
        result

    let ofReading (reading: Reading<'a>) : 'a =
        match reading with
        | Ok value -> value
        | Error refusal -> raise (NoExpression refusal)

    member _.SkipSpaces() =
        while at < text.Length && Char.IsWhiteSpace text[at] do
            at <- at + 1

    member p.Peek() =
        p.SkipSpaces()
        peekAt at

    member p.AtEnd = p.Peek() = '\000' && at >= text.Length

    /// The command at this place without its backslash, or "".
    member p.Command() =
        if p.Peek() <> '\\' then
            ""
        else
            let mutable stop = at + 1

            while stop < text.Length && Char.IsAsciiLetter text[stop] do
                stop <- stop + 1

            text.Substring(at + 1, stop - at - 1)

    /// The run of ASCII letters at this place.
    member private p.Run() =
        let mutable stop = at

        while stop < text.Length && Char.IsAsciiLetter text[stop] do
            stop <- stop + 1

        text.Substring(at, stop - at)

    member private p.Take(c: char) =
        if p.Peek() = c then
            at <- at + 1
        else
            fail $"no '{c}'"

    member private p.TryTake(c: char) =
        let found = p.Peek() = c

        if found then
            at <- at + 1

        found

    /// The text inside the braces that open here.
    member private p.RawGroup() =
        p.Take '{'

        match Scan.closingBrace text (at - 1) with
        | Some stop ->
            let content = text.Substring(at, stop - 1 - at)
            at <- stop
            content
        | None -> fail "unclosed brace"

    /// A number: digits with thousands groups, a decimal part, a repeating part, an exponent.
    member private p.Number() : Expr =
        let digits () =
            let start = at

            while Char.IsAsciiDigit(peekAt at) do
                at <- at + 1

            text.Substring(start, at - start)

        let whole = StringBuilder(digits ())
        let isGroup i = Char.IsAsciiDigit(peekAt i) && Char.IsAsciiDigit(peekAt (i + 1)) && Char.IsAsciiDigit(peekAt (i + 2)) && not (Char.IsAsciiDigit(peekAt (i + 3)))

        let separator () =
            if String.CompareOrdinal(text, at, "{,}", 0, 3) = 0 && isGroup (at + 3) then 3
            elif brackets = 0 && peekAt at = ',' && isGroup (at + 1) then 1
            elif peekAt at = ' ' && isGroup (at + 1) then 1
            else 0

        let mutable width = if whole.Length > 0 && whole.Length <= 3 then separator () else 0

        while width > 0 do
            at <- at + width
            whole.Append(digits ()) |> ignore
            width <- separator ()

        let hasPoint = peekAt at = '.' && (Char.IsAsciiDigit(peekAt (at + 1)) || whole.Length > 0)

        let decimals =
            if hasPoint then
                at <- at + 1
                digits ()
            else
                ""

        let repeating =
            if hasPoint && String.CompareOrdinal(text, at, "\\overline{", 0, 10) = 0 then
                at <- at + 9
                p.RawGroup()
            else
                ""

        let marker = peekAt at
        let signed = if peekAt (at + 1) = '-' || peekAt (at + 1) = '+' then 2 else 1

        let exponent =
            if (marker = 'E' || marker = 'e' && options.SmallExponents) && Char.IsAsciiDigit(peekAt (at + signed)) then
                let sign = if peekAt (at + 1) = '-' then -1 else 1
                at <- at + signed
                let power = digits ()
                Some(if power.Length > 5 then sign * 1_000_000 else sign * int power)
            else
                None

        let value = ofReading (Rational.ofDecimal (whole.ToString()) decimals (defaultArg exponent 0))

        if repeating <> "" && Seq.forall Char.IsAsciiDigit repeating && repeating.Length < 30 then
            let period = ofReading (Rational.ofDecimal repeating "" 0)
            let nines = Rational.pow10 repeating.Length - Rational.One
            Expr.Number(value + period / nines * Rational.pow10 -decimals.Length)
        elif hasPoint || exponent.IsSome then
            Expr.Decimal value
        else
            Expr.Number value

    /// An argument in braces, or a single digit, letter or command.
    member private p.Argument() : Expr =
        nested (fun () ->
            match p.Peek() with
            | '{' -> p.Group('{', '}')
            | c when Char.IsAsciiDigit c ->
                at <- at + 1
                Expr.int (int c - int '0')
            | c when Char.IsAsciiLetter c ->
                at <- at + 1
                p.Named(string c)
            | '\\'
            | '(' -> p.Primary()
            | _ -> fail "no argument")

    member private p.Group(opening: char, closing: char) : Expr =
        nested (fun () ->
            p.Take opening
            let bars = openBars
            openBars <- 0
            brackets <- brackets + (if opening = '{' then 0 else 1)
            let inside = p.Sum()
            brackets <- brackets - (if opening = '{' then 0 else 1)
            openBars <- bars
            p.Take closing
            inside)

    /// A name with its subscript and primes, or the constant that it means.
    member private p.Named(name: string) : Expr =
        let subscripted =
            if p.Peek() = '_' then
                at <- at + 1

                match p.Peek() with
                | '{' ->
                    let inside = p.RawGroup().Trim()
                    if inside.Length = 1 || (inside.Length > 0 && Seq.forall Char.IsAsciiLetterOrDigit inside) then $"{name}_{inside}" else $"{name}_{{{inside}}}"
                | '\\' ->
                    let command = p.Command()
                    at <- at + 1 + command.Length
                    $"{name}_{{\\{command}}}"
                | c when Char.IsAsciiLetterOrDigit c ->
                    at <- at + 1
                    $"{name}_{c}"
                | _ -> fail "no subscript"
            else
                name

        let primes = StringBuilder()

        while peekAt at = '\'' do
            at <- at + 1
            primes.Append '\'' |> ignore

        match subscripted + primes.ToString() with
        | "e" -> Expr.Euler
        | "i"
        | "I" -> Expr.Imaginary
        | symbol when options.Applications && peekAt at = '(' && "fghFGHPp".Contains name[0] && name.Length = 1 -> Expr.Apply(symbol, p.Arguments())
        | symbol -> Expr.Symbol symbol

    member private p.Arguments() : Expr list =
        nested (fun () ->
            let closing = if p.Peek() = '{' then '}' else ')'
            at <- at + 1
            brackets <- brackets + 1
            let first = p.Sum()
            let found = Collections.Generic.List [ first ]

            while p.TryTake ',' do
                found.Add(p.Sum())

            brackets <- brackets - 1
            p.Take closing
            List.ofSeq found)

    /// A function with its power, base and argument: \sin^2 x, \log_2 8, \sin(x).
    member private p.Call(name: string) : Expr =
        let subscript = if p.TryTake '_' then Some(p.Argument()) else None
        let power = if p.TryTake '^' then Some(p.Argument()) else None

        let arguments =
            match p.Peek() with
            | '('
            | '{' -> p.Arguments()
            | '['
            | '|' -> [ p.Power() ]
            | _ -> [ nested p.ImplicitProduct ]

        let name, power =
            match power, Functions.inverse name with
            | Some(Expr.Product [ Expr.Number a; Expr.Number b ]), Some inverse when a * b = Rational.OfInt -1 -> inverse, None
            | Some(Expr.Number a), Some inverse when a = Rational.OfInt -1 -> inverse, None
            | _ -> name, power

        let call =
            match name, subscript, arguments with
            | "log", Some b, [ x ] -> Expr.Call("log", [ b; x ])
            | "log", None, [ x ] -> Expr.Call("log", [ Expr.int 10; x ])
            | "sqrt", _, [ x ] -> Expr.Call("root", [ Expr.int 2; x ])
            | ("gcd" | "lcm" | "min" | "max"), _, several -> Expr.Call(name, several)
            | _, _, [ x ] -> Expr.Call(name, [ x ])
            | _ -> fail $"arguments of {name}"

        match power with
        | Some n -> Expr.Power(call, n)
        | None -> call

    /// The argument of a function without brackets: factors up to the next function or operator.
    member private p.ImplicitProduct() : Expr =
        let negative = p.TryTake '-'
        let found = Collections.Generic.List [ p.Power() ]

        let isFunction () =
            match p.Command() with
            | "" -> (Functions.find (p.Run())).IsSome
            | command -> (Functions.find command).IsSome

        while p.StartsPrimary() && not (isFunction ()) do
            found.Add(p.Power())

        let product = if found.Count = 1 then found[0] else Expr.Product(List.ofSeq found)
        if negative then Expr.negate product else product

    member private p.Bars(close: unit -> unit) (name: string) =
        nested (fun () ->
            let bars = openBars
            openBars <- if name = "abs" then 1 else 0
            let inside = p.Sum()
            openBars <- bars
            close ()
            Expr.Call(name, [ inside ]))

    member private p.TakeCommand(command: string) =
        if p.Command() = command then
            at <- at + 1 + command.Length
        else
            fail $"no \\{command}"

    member private p.Backslashed(command: string) : Expr =
        let start = at
        at <- at + 1 + command.Length

        match command with
        | "frac" ->
            let numerator = p.Argument()
            Expr.Quotient(numerator, p.Argument())
        | "binom" ->
            let n = p.Argument()
            Expr.Call("binom", [ n; p.Argument() ])
        | "sqrt" ->
            let degree = if p.Peek() = '[' then p.Group('[', ']') else Expr.int 2
            Expr.Call("root", [ degree; p.Argument() ])
        | "pi" -> Expr.Pi
        | "infty" -> Expr.Infinity
        | "lfloor" -> p.Bars (fun () -> p.TakeCommand "rfloor") "floor"
        | "lceil" -> p.Bars (fun () -> p.TakeCommand "rceil") "ceil"
        | "angle"
        | "dollar"
        | "triangle" -> p.Power()
        | "ldots" -> fail "an ellipsis"
        | "sum"
        | "prod"
        | "int" ->
            // Kept as it stands: equal only to itself, up to the order inside.
            let bound mark = if p.TryTake mark then (if p.Peek() = '{' then p.RawGroup() else (at <- at + 1; string text[at - 1])) else ""
            let lower = bound '_'
            let bounds = (lower + ".." + bound '^').Replace(" ", "")
            Expr.Apply($"{command} {bounds}", [ nested p.Product ])
        | _ when Commands.greek.Contains command -> p.Named command
        | _ when Commands.accents.ContainsKey command ->
            let inside = (if p.Peek() = '{' then p.RawGroup() else (at <- at + 1; string text[at - 1])).Trim()
            p.Named $"{Commands.accents[command]}{{{inside}}}"
        | _ when Commands.wrappers.Contains command ->
            let inside = p.RawGroup().Trim()

            match Functions.find inside with
            | Some name -> p.Call name
            | None when inside.Length = 1 && Char.IsAsciiLetter inside[0] -> p.Named inside
            | None when inside.Length > 0 && Seq.forall Char.IsAsciiDigit inside -> Expr.Number(ofReading (Rational.ofDecimal inside "" 0))
            | None when inside.Length > 1 && Seq.forall Char.IsAsciiLetter inside -> Expr.Symbol(inside.ToLowerInvariant())
            | None -> fail "words in an expression"
        | _ ->
            match Functions.find command with
            | Some name -> p.Call name
            | None ->
                at <- start
                fail $"unknown command \\{command}"

    member private p.Letters() : Expr =
        let run = p.Run()

        match run with
        | "pi" ->
            at <- at + 2
            Expr.Pi
        | "inf"
        | "infinity"
        | "oo" ->
            at <- at + run.Length
            Expr.Infinity
        | _ ->
            match Functions.find run with
            | Some name ->
                at <- at + run.Length
                p.Call name
            | None when Commands.greek.Contains run ->
                at <- at + run.Length
                p.Named run
            | None ->
                at <- at + 1
                p.Named(string run[0])

    member p.Primary() : Expr =
        fuel.Spend 1

        match p.Peek() with
        | c when Char.IsAsciiDigit c || c = '.' && Char.IsAsciiDigit(peekAt (at + 1)) -> p.Number()
        | '(' -> p.Group('(', ')')
        | '[' -> p.Group('[', ']')
        | '{' -> p.Group('{', '}')
        | '|' ->
            at <- at + 1
            p.Bars (fun () -> p.Take '|') "abs"
        | '\\' -> p.Backslashed(p.Command())
        | c when Char.IsAsciiLetter c -> p.Letters()
        | _ -> fail "no expression"

    member private p.IsDegree() =
        let rest = text.AsSpan at
        rest.StartsWith("^\\circ", StringComparison.Ordinal) || rest.StartsWith("^{\\circ", StringComparison.Ordinal) || rest.StartsWith("^ \\circ", StringComparison.Ordinal)

    /// A primary with what stands behind it: powers, factorials, percent and degree signs.
    member p.Power() : Expr =
        let rec behind (e: Expr) =
            match p.Peek() with
            | '^' when p.IsDegree() ->
                let stop = text.IndexOf("\\circ", at, StringComparison.Ordinal) + 5
                at <- stop
                if text[stop - 6] = '{' then p.Take '}'
                behind (Expr.Degrees e)
            | '^' ->
                at <- at + 1
                behind (Expr.Power(e, p.Exponent()))
            | '!' ->
                at <- at + 1
                nested (fun () -> behind (Expr.Call("factorial", [ e ])))
            | '%' ->
                at <- at + 1
                behind (Expr.Product [ e; Expr.Number(Rational.Create(1I, 100I)) ])
            | _ -> e

        behind (p.Primary())

    member private p.Exponent() : Expr =
        nested (fun () ->
            match p.Peek() with
            | '-' ->
                at <- at + 1
                Expr.negate (p.Exponent())
            | c when Char.IsAsciiDigit c -> p.Number()
            | '(' -> p.Group('(', ')')
            | _ -> p.Argument())

    member p.StartsPrimary() =
        match p.Peek() with
        | '|' -> openBars = 0
        | c when Char.IsAsciiLetterOrDigit c || "([{.".Contains c -> true
        | '\\' ->
            match p.Command() with
            | "cdot"
            | "times"
            | "div"
            | "pm"
            | "mp"
            | "rfloor"
            | "rceil"
            | "mod"
            | "bmod"
            | "" -> false
            | _ -> true
        | _ -> false

    /// A product of factors, written or implied. Two numbers side by side are a mixed number: their sum.
    member private p.Product() : Expr =
        let factors = Collections.Generic.List<Expr>()
        let mutable last = p.Power()

        let flush () =
            factors.Add last

        let mutable go = true

        while go do
            fuel.Spend 1

            match p.Peek(), p.Command() with
            | '*', _ ->
                at <- at + (if peekAt (at + 1) = '*' then 2 else 1)
                flush ()
                last <- p.Signed()
            | _, ("cdot" | "times" as command) ->
                at <- at + 1 + command.Length
                flush ()
                last <- p.Signed()
            | ('/' | ':'), _ ->
                at <- at + 1
                last <- Expr.Quotient(last, p.Signed())
            | _, "div" ->
                at <- at + 4
                last <- Expr.Quotient(last, p.Signed())
            | _, ("mod" | "bmod" as command) ->
                at <- at + 1 + command.Length
                flush ()
                let left = if factors.Count = 1 then factors[0] else Expr.Product(List.ofSeq factors)
                factors.Clear()
                last <- Expr.Call("mod", [ left; p.Product() ])
            | _ when p.StartsPrimary() ->
                let isNumber = Char.IsAsciiDigit(p.Peek()) || p.Command() = "frac"
                let next = p.Power()

                match last, next with
                | Expr.Number _, Expr.Number _ -> last <- Expr.Sum [ last; next ]
                | Expr.Number whole, Expr.Quotient(Expr.Number a, Expr.Number b) when isNumber && whole.IsInteger && a.Sign > 0 && a.IsInteger && b.IsInteger && (factors.Count = 0) ->
                    last <- Expr.Sum [ last; next ]
                | _ ->
                    flush ()
                    last <- next
            | _ -> go <- false

        // A quotient binds to what stands right before it; "2 1/2" is mixed.
        match last with
        | Expr.Quotient(Expr.Sum [ Expr.Number a; Expr.Number b ], Expr.Number c) when a.IsInteger && b.IsInteger && c.Sign <> 0 && b < c ->
            last <- Expr.Sum [ Expr.Number a; Expr.Quotient(Expr.Number b, Expr.Number c) ]
        | _ -> ()

        if factors.Count = 0 then
            last
        else
            factors.Add last
            Expr.Product(List.ofSeq factors)

    member private p.Signed() : Expr =
        match p.Peek() with
        | '-' ->
            at <- at + 1
            nested (fun () -> Expr.negate (p.Signed()))
        | '+' ->
            at <- at + 1
            nested p.Signed
        | _ -> p.Power()

    member p.Sum() : Expr =
        nested (fun () ->
            let terms = Collections.Generic.List<Expr>()

            /// The sign that stands here: 1, -1, or 0 for either; None without one.
            let sign () =
                match p.Peek(), p.Command() with
                | '+', _ ->
                    at <- at + 1
                    Some 1
                | '-', _ ->
                    at <- at + 1
                    Some -1
                | _, ("pm" | "mp" as command) ->
                    at <- at + 1 + command.Length
                    Some(if command = "pm" then 0 else 2)
                | _ -> None

            let rec term (sign': int) =
                match sign () with
                | Some 1 -> nested (fun () -> term sign')
                | Some -1 when sign' <> 0 && sign' <> 2 -> nested (fun () -> term -sign')
                | Some s when (s = 0 || s = 2) && sign' = 1 -> nested (fun () -> term s)
                | Some _ -> fail "signs"
                | None ->
                    let product = p.Product()

                    match sign' with
                    | -1 -> Expr.negate product
                    | 0 -> Expr.PlusMinus product
                    | 2 -> Expr.PlusMinus(Expr.negate product)
                    | _ -> product

            terms.Add(term 1)
            let mutable next = sign ()

            while next.IsSome do
                fuel.Spend 1
                terms.Add(term next.Value)
                next <- sign ()

            if terms.Count = 1 then terms[0] else Expr.Sum(List.ofSeq terms))

/// Reading expressions.
module Parser =

    /// Answers: "1e2" is one hundred, f(x) an application.
    let answers = { SmallExponents = true; Applications = true }

    /// LaTeX as latex2sympy reads it.
    let latex = { SmallExponents = false; Applications = false }

    /// Reads repaired markup as one expression; all of the text must belong to it.
    let repaired (options: ParserOptions) : Extractor<Expr> =
        fun text ->
            if text.Length > Limits.formula then
                Reading.limit $"{text.Length} characters, more than {Limits.formula}"
            else
                Fuel.within 20_000 (fun fuel ->
                    let parser = ExprParser(text, options, fuel)

                    try
                        let e = parser.Sum()
                        if parser.AtEnd then Ok e else Reading.missing "something behind the expression"
                    with NoExpression refusal ->
                        Error refusal)

    /// Reads LaTeX or plain markup as one expression.
    let expression (options: ParserOptions) : Extractor<Expr> =
        fun text ->
            if text.Length > Limits.formula then
                Reading.limit $"{text.Length} characters, more than {Limits.formula}"
            else
                repaired options (Markup.repair text)
