namespace MoDoMoDo.Verifiers

open System

/// A recursive descent over one text: sums of products of what PrimaryParser reads.
type internal ExprParser(text: string, options: ParserOptions, fuel: Fuel) =
    inherit PrimaryParser(text, options, fuel)

    /// A product of factors, written or implied. Two numbers side by side are a mixed number: their sum.
    override p.Product() : Expr =
        let factors = Collections.Generic.List<Expr>()
        let mutable last = p.Power()

        let flush () = factors.Add last

        let mutable go = true

        while go do
            fuel.Spend 1

            match p.Peek(), p.Command() with
            | '*', _ ->
                p.At <- p.At + (if p.PeekAt(p.At + 1) = '*' then 2 else 1)
                flush ()
                last <- p.Signed()
            | _, ("cdot" | "times" as command) ->
                p.At <- p.At + 1 + command.Length
                flush ()
                last <- p.Signed()
            | ('/' | ':'), _ ->
                p.At <- p.At + 1
                last <- Expr.Quotient(last, p.Signed())
            | _, "div" ->
                p.At <- p.At + 4
                last <- Expr.Quotient(last, p.Signed())
            | _, ("mod" | "bmod" as command) ->
                p.At <- p.At + 1 + command.Length
                flush ()
                let left = if factors.Count = 1 then factors[0] else Expr.Product(List.ofSeq factors)
                factors.Clear()
                last <- Expr.Call("mod", [ left; p.Product() ])
            | _ when p.StartsPrimary() ->
                let isNumber = Char.IsAsciiDigit(p.Peek()) || p.Command() = "frac"
                let next = p.Power()

                match last, next with
                | Expr.Number _, Expr.Number _ when isNumber -> last <- Expr.Sum [ last; next ]
                | Expr.Number whole, Expr.Quotient(Expr.Number a, Expr.Number b) when
                    isNumber && whole.IsInteger && a.Sign > 0 && a.IsInteger && b.IsInteger && (factors.Count = 0)
                    ->
                    last <- Expr.Sum [ last; next ]
                | _ ->
                    flush ()
                    last <- next
            | _ -> go <- false

        // A quotient binds to what stands right before it; "2 1/2" is mixed.
        match last with
        | Expr.Quotient(Expr.Sum [ Expr.Number a; Expr.Number b ], Expr.Number c) when
            a.IsInteger && b.IsInteger && c.Sign <> 0 && b < c
            ->
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
            p.At <- p.At + 1
            p.Nested(fun () -> Expr.negate (p.Signed()))
        | '+' ->
            p.At <- p.At + 1
            p.Nested p.Signed
        | _ -> p.Power()

    override p.Sum() : Expr =
        p.Nested(fun () ->
            let terms = Collections.Generic.List<Expr>()

            /// The sign that stands here: 1, -1, or 0 for either; None without one.
            let sign () =
                match p.Peek(), p.Command() with
                | '+', _ ->
                    p.At <- p.At + 1
                    Some 1
                | '-', _ ->
                    p.At <- p.At + 1
                    Some -1
                | _, ("pm" | "mp" as command) ->
                    p.At <- p.At + 1 + command.Length
                    Some(if command = "pm" then 0 else 2)
                | _ -> None

            let rec term (sign': int) =
                match sign () with
                | Some 1 -> p.Nested(fun () -> term sign')
                | Some -1 when sign' <> 0 && sign' <> 2 -> p.Nested(fun () -> term -sign')
                | Some s when (s = 0 || s = 2) && sign' = 1 -> p.Nested(fun () -> term s)
                | Some _ -> p.Fail "signs"
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
                        let e = parser.Whole()
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
