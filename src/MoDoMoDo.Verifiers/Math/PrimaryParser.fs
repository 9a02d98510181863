namespace MoDoMoDo.Verifiers

open System
open System.Text

module internal Series =
    /// Most terms that a sum or product is written out to.
    let longest = 200

/// What stands between operators: numbers, names, calls, groups, with the powers and signs behind them.
[<AbstractClass>]
type internal PrimaryParser(text: string, options: ParserOptions, fuel: Fuel) =
    inherit ExprCursor(text, options, fuel)

    /// A sum of products.
    abstract Sum: unit -> Expr

    /// A product of factors, written or implied.
    abstract Product: unit -> Expr

    /// An argument in braces, or a single digit, letter or command.
    member p.Argument() : Expr =
        p.Nested(fun () ->
            match p.Peek() with
            | '{' -> p.Group('{', '}')
            | c when Char.IsAsciiDigit c ->
                p.At <- p.At + 1
                Expr.int (int c - int '0')
            | c when Char.IsAsciiLetter c ->
                p.At <- p.At + 1
                p.Named(string c)
            | '\\'
            | '(' -> p.Primary()
            | _ -> p.Fail "no argument")

    /// All that stands in a group: a sum, or TeX's a \over b and n \choose k.
    member p.Whole() : Expr =
        let first = p.Sum()

        match p.Command() with
        | "over" ->
            p.TakeCommand "over"
            Expr.Quotient(first, p.Sum())
        | "choose" ->
            p.TakeCommand "choose"
            Expr.Call("binom", [ first; p.Sum() ])
        | _ -> first

    member p.Group(opening: char, closing: char) : Expr =
        p.Nested(fun () ->
            p.Take opening
            let bars = p.OpenBars
            p.OpenBars <- 0
            p.Brackets <- p.Brackets + (if opening = '{' then 0 else 1)
            let inside = p.Whole()
            p.Brackets <- p.Brackets - (if opening = '{' then 0 else 1)
            p.OpenBars <- bars
            p.Take closing
            inside)

    /// What stands in braces, or the next character.
    member p.GroupOrCharacter() : string =
        match p.Peek() with
        | '{' -> p.RawGroup()
        | _ when p.AtEnd -> p.Fail "no argument"
        | c ->
            p.At <- p.At + 1
            string c

    /// A name with its subscript and primes, or the constant that it means.
    member p.Named(name: string) : Expr =
        let subscripted =
            if p.Peek() = '_' then
                p.At <- p.At + 1

                match p.Peek() with
                | '{' ->
                    let inside = p.RawGroup().Trim()

                    if inside.Length = 1 || (inside.Length > 0 && Seq.forall Char.IsAsciiLetterOrDigit inside) then
                        $"{name}_{inside}"
                    else
                        $"{name}_{{{inside}}}"
                | '\\' ->
                    let command = p.Command()
                    p.At <- p.At + 1 + command.Length
                    $"{name}_{{\\{command}}}"
                | c when Char.IsAsciiLetterOrDigit c ->
                    p.At <- p.At + 1
                    $"{name}_{c}"
                | _ -> p.Fail "no subscript"
            else
                name

        let primes = StringBuilder()

        while p.PeekAt p.At = '\'' do
            p.At <- p.At + 1
            primes.Append '\'' |> ignore

        match subscripted + primes.ToString() with
        | "e" -> Expr.Euler
        | "i"
        | "I" -> Expr.Imaginary
        | symbol when options.Applications && p.PeekAt p.At = '(' && "fghFGHPp".Contains name[0] && name.Length = 1 ->
            Expr.Apply(symbol, p.Arguments())
        | symbol -> Expr.Symbol symbol

    member p.Arguments() : Expr list =
        p.Nested(fun () ->
            let closing = if p.Peek() = '{' then '}' else ')'
            p.At <- p.At + 1
            p.Brackets <- p.Brackets + 1
            let first = p.Sum()
            let found = Collections.Generic.List [ first ]

            while p.TryTake ',' do
                found.Add(p.Sum())

            p.Brackets <- p.Brackets - 1
            p.Take closing
            List.ofSeq found)

    /// A function with its power, base and argument: \sin^2 x, \log_2 8, \sin(x).
    member p.Call(name: string) : Expr =
        let subscript = if p.TryTake '_' then Some(p.Argument()) else None
        let power = if p.TryTake '^' then Some(p.Argument()) else None

        let arguments =
            match p.Peek() with
            | '('
            | '{' -> p.Arguments()
            | '['
            | '|' -> [ p.Power() ]
            | _ -> [ p.Nested p.ImplicitProduct ]

        let name, power =
            match power, Functions.inverse name with
            | Some(Expr.Product [ Expr.Number a; Expr.Number b ]), Some inverse when a * b = Rational.OfInt -1 ->
                inverse, None
            | Some(Expr.Number a), Some inverse when a = Rational.OfInt -1 -> inverse, None
            | _ -> name, power

        let call =
            match name, subscript, arguments with
            | "log", Some b, [ x ] -> Expr.Call("log", [ b; x ])
            | "log", None, [ x ] -> Expr.Call("log", [ Expr.int 10; x ])
            | "sqrt", _, [ x ] -> Expr.Call("root", [ Expr.int 2; x ])
            | ("gcd" | "lcm" | "min" | "max"), _, (_ :: _ :: _ as several) -> Expr.Call(name, several)
            | ("gcd" | "lcm" | "min" | "max"), _, _ -> p.Fail $"one argument of {name}"
            | _, _, [ x ] -> Expr.Call(name, [ x ])
            | _ -> p.Fail $"arguments of {name}"

        match power with
        | Some n -> Expr.Power(call, n)
        | None -> call

    /// The argument of a function without brackets: factors up to the next function or operator.
    member p.ImplicitProduct() : Expr =
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

    member p.Bars (close: unit -> unit) (name: string) =
        p.Nested(fun () ->
            let bars = p.OpenBars
            p.OpenBars <- if name = "abs" then 1 else 0
            let inside = p.Sum()
            p.OpenBars <- bars
            close ()
            Expr.Call(name, [ inside ]))

    member p.TakeCommand(command: string) =
        if p.Command() = command then
            p.At <- p.At + 1 + command.Length
        else
            p.Fail $"no \\{command}"

    /// A sum or product over a range of integers, written out; with other bounds, and integrals, kept as they stand: equal
    /// only to themselves, up to the order inside.
    member p.Series(command: string) : Expr =
        let mutable lower, upper = "", ""

        while p.Peek() = '_' || p.Peek() = '^' do
            let mark = p.Peek()
            p.At <- p.At + 1
            let bound = p.GroupOrCharacter().Replace(" ", "")
            if mark = '_' then lower <- bound else upper <- bound

        let body = p.Nested p.Product
        let name, first = lower.Split('=', 2) |> fun sides -> sides[0], Array.last sides

        match Int32.TryParse first, Int32.TryParse upper with
        | (true, first), (true, last) when
            command <> "int"
            && name.Length = 1
            && Char.IsAsciiLetter name[0]
            && first <= last
            && last - first < Series.longest
            ->
            fuel.Spend((last - first + 1) * Expr.size body)
            let terms = [ for k in first..last -> Expr.substitute name (Expr.int k) body ]
            if command = "sum" then Expr.Sum terms else Expr.Product terms
        | _ -> Expr.Apply($"{command} {lower}..{upper}", [ body ])

    /// An angle by its three points, whose first and last may change places, or a triangle by its corners in any order; with a
    /// single letter or a number, that.
    member p.Figure(command: string) : Expr =
        let braced = p.TryTake '{'
        p.SkipSpaces()
        let points = p.Run()

        let figure =
            if points.Length >= 2 && Seq.forall Char.IsAsciiLetterUpper points then
                p.At <- p.At + points.Length
                let reversed = String(Array.rev (points.ToCharArray()))

                let name =
                    if command = "angle" then
                        (if String.CompareOrdinal(points, reversed) <= 0 then points else reversed)
                    else
                        String(Array.sort (points.ToCharArray()))

                Expr.Symbol $"{command} {name}"
            else
                p.Power()

        if braced then
            p.Take '}'

        figure

    member p.Backslashed(command: string) : Expr =
        let start = p.At
        p.At <- p.At + 1 + command.Length

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
        | "dollar" -> p.Power()
        | "angle"
        | "triangle" -> p.Figure command
        | "ldots" -> p.Fail "an ellipsis"
        | "sum"
        | "prod"
        | "int" -> p.Series command
        | _ when Commands.greek.Contains command -> p.Named command
        | _ when Commands.accents.ContainsKey command ->
            let inside = p.GroupOrCharacter().Trim()
            p.Named $"{Commands.accents[command]}{{{inside}}}"
        | _ when Commands.wrappers.Contains command ->
            let inside = p.RawGroup().Trim()

            match Functions.find inside with
            | Some name -> p.Call name
            | None when inside.Length = 1 && Char.IsAsciiLetter inside[0] -> p.Named inside
            | None when inside.Length > 0 && Seq.forall Char.IsAsciiDigit inside ->
                Expr.Number(p.OfReading(Rational.ofDecimal inside "" 0))
            | None when inside.Length > 1 && Seq.forall Char.IsAsciiLetter inside ->
                Expr.Symbol(inside.ToLowerInvariant())
            | None -> p.Fail "words in an expression"
        | _ ->
            match Functions.find command with
            | Some name -> p.Call name
            | None ->
                p.At <- start
                p.Fail $"unknown command \\{command}"

    member p.Letters() : Expr =
        let run = p.Run()

        match run with
        | "pi" ->
            p.At <- p.At + 2
            Expr.Pi
        | "inf"
        | "infinity"
        | "oo" ->
            p.At <- p.At + run.Length
            Expr.Infinity
        | _ ->
            match Functions.find run with
            | Some name ->
                p.At <- p.At + run.Length
                p.Call name
            | None when Commands.greek.Contains run ->
                p.At <- p.At + run.Length
                p.Named run
            | None ->
                p.At <- p.At + 1
                p.Named(string run[0])

    member p.Primary() : Expr =
        fuel.Spend 1

        match p.Peek() with
        | c when Char.IsAsciiDigit c || c = '.' && Char.IsAsciiDigit(p.PeekAt(p.At + 1)) -> p.Number()
        | '(' -> p.Group('(', ')')
        | '[' -> p.Group('[', ']')
        | '{' -> p.Group('{', '}')
        | c when c = Markup.setOpen -> p.Group(Markup.setOpen, Markup.setClose)
        | '|' ->
            p.At <- p.At + 1
            p.Bars (fun () -> p.Take '|') "abs"
        | '\\' -> p.Backslashed(p.Command())
        | c when Char.IsAsciiLetter c -> p.Letters()
        | _ -> p.Fail "no expression"

    member p.IsDegree() =
        let rest = text.AsSpan p.At

        rest.StartsWith("^\\circ", StringComparison.Ordinal)
        || rest.StartsWith("^{\\circ", StringComparison.Ordinal)
        || rest.StartsWith("^ \\circ", StringComparison.Ordinal)

    /// A primary with what stands behind it: powers, factorials, percent and degree signs.
    member p.Power() : Expr =
        let rec behind (e: Expr) =
            match p.Peek() with
            | '^' when p.IsDegree() ->
                let stop = text.IndexOf("\\circ", p.At, StringComparison.Ordinal) + 5
                p.At <- stop

                if text[stop - 6] = '{' then
                    p.Take '}'

                behind (Expr.Degrees e)
            | '^' ->
                p.At <- p.At + 1
                behind (Expr.Power(e, p.Exponent()))
            | '!' ->
                p.At <- p.At + 1
                p.Nested(fun () -> behind (Expr.Call("factorial", [ e ])))
            | '%' ->
                p.At <- p.At + 1
                behind (Expr.Product [ e; Expr.Number(Rational.Create(1I, 100I)) ])
            | _ -> e

        behind (p.Primary())

    member p.Exponent() : Expr =
        p.Nested(fun () ->
            match p.Peek() with
            | '-' ->
                p.At <- p.At + 1
                Expr.negate (p.Exponent())
            | c when Char.IsAsciiDigit c -> p.Number()
            | '(' -> p.Group('(', ')')
            | _ -> p.Argument())

    member p.StartsPrimary() =
        match p.Peek() with
        | '|' -> p.OpenBars = 0
        | c when Char.IsAsciiLetterOrDigit c || "([{.".Contains c || c = Markup.setOpen -> true
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
            | "choose"
            | "over"
            | "" -> false
            | _ -> true
        | _ -> false
