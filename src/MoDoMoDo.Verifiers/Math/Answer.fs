namespace MoDoMoDo.Verifiers

open System

/// One stretch of the real line; its ends may be infinite.
type Interval = { Low: Expr; LowClosed: bool; High: Expr; HighClosed: bool }

/// How the two sides of a relation are compared.
type RelationKind =
    | Equals
    | Less
    | LessOrEqual
    | Greater
    | GreaterOrEqual
    | NotEqual
    | Element

/// A mathematical answer with its type.
[<RequireQualifiedAccess>]
type Answer =
    /// An expression with its canonical unit; empty without one.
    | Value of Expr * Unit: string
    /// A finite set or a list: the order does not count.
    | Items of Answer list
    /// The order counts. Two coordinates may also mean an open interval.
    | Tuple of Answer list
    /// A union of intervals.
    | Intervals of Interval list
    /// A chain of sides and what stands between them.
    | Relation of Answer * (RelationKind * Answer) list
    | Matrix of Expr list list
    /// Words, in normal form.
    | Words of string

/// From text to typed answers.
module Answer =

    let private isOpener (c: char) = c = '(' || c = '[' || c = '{' || c = Markup.setOpen
    let private isCloser (c: char) = c = ')' || c = ']' || c = '}' || c = Markup.setClose

    /// Cuts a text outside all brackets, where `separator` gives the width of a separator that starts at a position, 0 for
    /// none. Returns the pieces and the separators between them.
    let private cut (separator: string -> int -> int) (text: string) : (string list * string list) =
        let pieces, marks = Collections.Generic.List<string>(), Collections.Generic.List<string>()
        let mutable depth, start, i = 0, 0, 0

        while i < text.Length do
            let width = if depth = 0 then separator text i else 0

            if width > 0 then
                pieces.Add(text.Substring(start, i - start).Trim())
                marks.Add(text.Substring(i, width).Trim())
                i <- i + width
                start <- i
            else
                if isOpener text[i] then
                    depth <- depth + 1
                elif isCloser text[i] then
                    depth <- max 0 (depth - 1)
                elif text[i] = '\\' && i + 1 < text.Length then
                    i <- i + 1

                i <- i + 1

        pieces.Add(text.Substring(start).Trim())
        List.ofSeq pieces, List.ofSeq marks

    let private startsAt (part: string) (text: string) (i: int) =
        String.CompareOrdinal(text, i, part, 0, part.Length) = 0

    let private digitAt (text: string) i = i >= 0 && i < text.Length && Char.IsAsciiDigit text[i]

    /// True for a comma between digit groups: "6,975,183".
    let private groupsDigits (text: string) (i: int) =
        let three =
            digitAt text (i + 1) && digitAt text (i + 2) && digitAt text (i + 3) && not (digitAt text (i + 4))

        let mutable before = 0

        while digitAt text (i - 1 - before) do
            before <- before + 1

        three && before >= 1 && before <= 3

    let private listSeparator (text: string) (i: int) =
        match text[i] with
        | ',' when not (groupsDigits text i) -> 1
        | ';' -> 1
        | ' ' when startsAt " or " text i -> 4
        | ' ' when startsAt " and " text i -> 5
        | _ -> 0

    let private relations = [
        "\\approx", Equals
        "\\equiv", Equals
        "\\le", LessOrEqual
        "\\ge", GreaterOrEqual
        "\\ne", NotEqual
        "\\in", Element
        "<=", LessOrEqual
        ">=", GreaterOrEqual
        "!=", NotEqual
        ":=", Equals
        "==", Equals
        "=", Equals
        "<", Less
        ">", Greater
    ]

    let private relationAt (text: string) (i: int) =
        relations
        |> List.tryFind (fun (mark, _) ->
            startsAt mark text i
            && not (mark[0] = '\\' && i + mark.Length < text.Length && Char.IsAsciiLetter text[i + mark.Length]))

    let private relationSeparator (text: string) (i: int) =
        match relationAt text i with
        | Some(mark, _) -> mark.Length
        | None -> 0

    let private unionSeparator (text: string) (i: int) = if startsAt "\\cup" text i then 4 else 0

    /// The content of brackets that open at the start and close at the very end, with both brackets.
    let private enclosed (text: string) : (char * string * char) option =
        if text.Length < 2 || not (isOpener text[0] && isCloser text[text.Length - 1]) then
            None
        else
            let mutable depth = 0

            let closesEarly =
                text
                |> Seq.take (text.Length - 1)
                |> Seq.exists (fun c ->
                    if isOpener c then
                        depth <- depth + 1
                    elif isCloser c then
                        depth <- depth - 1

                    depth = 0)

            if closesEarly then
                None
            else
                Some(text[0], text.Substring(1, text.Length - 2).Trim(), text[text.Length - 1])

    let private conjunctions (text: string) =
        [ "\\text{ or }"; "\\text{or}"; "\\text{ or}"; "\\text{or }"; "\\mbox{ or }"; "\\mathrm{or}" ]
        |> List.fold (fun (t: string) word -> t.Replace(word, " or ")) text
        |> fun t ->
            [ "\\text{ and }"; "\\text{and}"; "\\text{ and}"; "\\text{and }"; "\\mbox{ and }"; "\\mathrm{and}" ]
            |> List.fold (fun (t: string) word -> t.Replace(word, " and ")) t

    /// Without one command around the whole: \boxed{...}, \text{...}.
    let rec private unboxed (text: string) budget =
        let inside = Text.untex text
        if inside <> text && budget > 0 then unboxed inside (budget - 1) else text

    let private isWord (c: char) = Char.IsLetter c || " -'_".Contains c

    /// Words rather than mathematics: letters only, with a run of three or more that names no function or symbol.
    let private isWords (text: string) =
        Seq.forall isWord text
        && text.Split([| ' '; '-'; '\''; '_' |], StringSplitOptions.RemoveEmptyEntries)
           |> Array.exists (fun word ->
               word.Length >= 3 && (Functions.find word).IsNone && not (Units.isUnit word && text.Contains ' '))
        && (text.Length < 2
            || not (
                Array.contains text [|
                    "inf"
                    "infinity"
                    "theta"
                    "alpha"
                    "beta"
                    "gamma"
                    "lambda"
                    "phi"
                    "omega"
                    "sigma"
                |]
            ))

    let private rational n d = Expr.Number(Rational.Create(Numerics.BigInteger(n: int), Numerics.BigInteger(d: int)))

    /// The value with its unit: what stands behind the expression is a known unit, words in \text{...}, or words.
    let private expression (text: string) : Reading<Answer> =
        let parse (value: string) unit =
            Parser.repaired Parser.answers value
            |> Result.map (fun e ->
                match e with
                | Expr.Degrees inside when unit = "" -> inside, "°"
                | _ -> e, unit)

        let currency, text =
            [ "\\dollar", "$"; "€", "€"; "£", "£"; "¥", "¥" ]
            |> List.tryPick (fun (mark, unit) ->
                if text.StartsWith(mark, StringComparison.Ordinal) then
                    Some(unit, text.Substring(mark.Length).Trim())
                else
                    None)
            |> Option.defaultValue ("", text)

        UnitSuffix.split text
        |> Seq.tryPick (fun (value, unit) ->
            match unit, parse value (if unit = "" then currency else unit) with
            | "%", Ok(e, _) -> Some(Ok(Expr.Product [ e; rational 1 100 ], ""))
            | _, Ok found -> Some(Ok found)
            | _, Error(Refusal.Limit why) -> Some(Reading.limit why)
            | _, Error(Refusal.Missing _) -> None)
        |> Option.defaultWith (fun () -> parse text currency)
        |> Result.map (fun (e, unit) ->
            match Expr.signs e with
            | [ one ] -> Answer.Value(one, unit)
            | several -> Answer.Items [ for s in several -> Answer.Value(s, unit) ])

    let private matrixRows (body: string) : Reading<Answer> =
        let rows = body.Split("\\\\", StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)

        let cells = [ for row in rows -> [ for cell in row.Split '&' -> Parser.repaired Parser.answers (cell.Trim()) ] ]

        match cells |> List.concat |> List.tryFind _.IsError with
        | Some(Error refusal) -> Error refusal
        | _ -> Ok(Answer.Matrix(cells |> List.map (List.choose Result.toOption)))

    /// A matrix environment around the whole text, brackets around it ignored.
    let private matrix (text: string) : Reading<Answer> option =
        let start, stop =
            text.IndexOf("\\begin{", StringComparison.Ordinal), text.LastIndexOf("\\end{", StringComparison.Ordinal)

        if start < 0 || stop < start || text.Substring(0, start).Trim([| '('; '['; ' '; '|' |]) <> "" then
            None
        else
            let nameEnd = text.IndexOf('}', start)
            let name = text.Substring(start + 7, nameEnd - start - 7)
            let body = text.Substring(nameEnd + 1, max 0 (stop - nameEnd - 1)).Trim()

            if name = "array" && body.StartsWith '{' then
                match body.IndexOf '}' with
                | -1 -> None
                | columns -> Some(matrixRows (body.Substring(columns + 1)))
            elif name.EndsWith "matrix" then
                Some(matrixRows body)
            else
                None

    let private valueOf (answer: Answer) =
        match answer with
        | Answer.Value(e, "") -> Some e
        | _ -> None

    let private interval opening closing (parts: Answer list) : Answer option =
        match List.map valueOf parts with
        | [ Some low; Some high ] ->
            Some(
                Answer.Intervals [
                    { Low = low; LowClosed = (opening = '['); High = high; HighClosed = (closing = ']') }
                ]
            )
        | _ -> None

    let private sequence (readings: Reading<Answer> list) : Reading<Answer list> =
        List.foldBack
            (fun reading rest ->
                match reading, rest with
                | Ok a, Ok more -> Ok(a :: more)
                | Error e, _
                | _, Error e -> Error e)
            readings
            (Ok [])

    let private flatten (answers: Answer list) =
        answers
        |> List.collect (function
            | Answer.Items inside -> inside
            | other -> [ other ])

    /// "n = 2, 3, 4" assigns several values to one name.
    let private shareName (items: Answer list) =
        match items with
        | Answer.Relation(_, [ Equals, value ]) :: rest when not rest.IsEmpty && rest |> List.forall _.IsValue ->
            value :: rest
        | others -> others

    let rec private read' (depth: int) (text: string) : Reading<Answer> =
        if depth > 8 then
            Reading.limit "lists nested too deeply"
        else
            match matrix text with
            | Some reading -> reading
            | None ->
                match cut listSeparator text with
                | [ _ ], _ -> single depth text
                | pieces, _ ->
                    match pieces |> List.filter (fun piece -> piece <> "") with
                    | [] -> Reading.missing "no answer"
                    | parts ->
                        parts
                        |> List.map (single (depth + 1))
                        |> sequence
                        |> Result.map (shareName >> flatten >> Answer.Items)

    /// One item: a relation, a union, something in brackets, or an expression.
    and private single (depth: int) (text: string) : Reading<Answer> =
        match cut relationSeparator text with
        | first :: rest, marks when not marks.IsEmpty ->
            let kinds =
                marks |> List.map (fun mark -> relationAt mark 0 |> Option.map snd |> Option.defaultValue Equals)

            sequence (List.map (side (depth + 1)) (first :: rest))
            |> Result.map (fun sides -> Answer.Relation(sides.Head, List.zip kinds sides.Tail))
        | _ ->
            match cut unionSeparator text with
            | [ _ ], _ -> bracketed depth text
            | parts, _ ->
                sequence (parts |> List.map (bracketed (depth + 1)))
                |> Result.bind (fun sets ->
                    let intervals =
                        sets
                        |> List.map (function
                            | Answer.Intervals some -> Some some
                            | Answer.Tuple pair ->
                                interval '(' ')' pair
                                |> Option.bind (function
                                    | Answer.Intervals some -> Some some
                                    | _ -> None)
                            | _ -> None)

                    if List.forall Option.isSome intervals then
                        Ok(Answer.Intervals(List.collect Option.get intervals))
                    elif sets |> List.forall _.IsItems then
                        Ok(Answer.Items(flatten sets))
                    else
                        Reading.missing "a union of what is no set")

    /// A side of a relation: names that are no expression, such as \angle ABC, stay words.
    and private side (depth: int) (text: string) : Reading<Answer> =
        match cut unionSeparator text with
        | [ _ ], _ -> bracketed depth text
        | _ -> single depth text
        |> function
            | Error(Refusal.Missing _) when text <> "" -> Ok(Answer.Words(Text.answer text))
            | reading -> reading

    and private bracketed (depth: int) (text: string) : Reading<Answer> =
        match enclosed text with
        | Some(opening, inside, closing) ->
            let pieces, _ = cut (fun t i -> if t[i] = ',' || t[i] = ';' then 1 else 0) inside
            let isSet = opening = Markup.setOpen || opening = '{'

            match pieces with
            | [ _ ] when opening = Markup.setOpen ->
                read' (depth + 1) inside |> Result.map (fun a -> Answer.Items(flatten [ a ]))
            | [ _ ] when
                (opening = '(' || opening = '{')
                && depth < 8
                && (inside.Contains '=' || inside.Contains "\\begin" || (enclosed inside).IsSome)
                ->
                read' (depth + 1) inside
            | [ _ ] -> leaf text
            | parts ->
                sequence (parts |> List.map (single (depth + 1)))
                |> Result.map (fun items ->
                    if isSet then Answer.Items(flatten items)
                    elif opening = '(' && closing = ')' then Answer.Tuple items
                    else interval opening closing items |> Option.defaultValue (Answer.Tuple items))
        | None -> leaf text

    and private leaf (text: string) : Reading<Answer> =
        let text = unboxed text 4

        if text = "" then Reading.missing "nothing is there"
        elif isWords text then Ok(Answer.Words(Text.answer text))
        else expression text

    /// The typed answer of a text. What is no mathematics is Words; Missing for blank text, Limit where a limit is hit.
    let read: Extractor<Answer> =
        fun text ->
            if text.Length > Limits.formula then
                Reading.limit $"{text.Length} characters, more than {Limits.formula}"
            else
                let plain = (unboxed (text.Trim()) 4) |> Markup.repair
                let plain = (unboxed plain 4 |> conjunctions).TrimEnd('.', ',', ';', ' ').Trim()

                match read' 0 plain with
                | Error(Refusal.Missing why) ->
                    match Text.answer text with
                    | "" -> Reading.missing why
                    | words -> Ok(Answer.Words words)
                | reading -> reading
