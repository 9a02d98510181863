namespace MoDoMoDo.Verifiers

open System

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
    /// Inequalities side by side; joined by "and" they hold together even where they cannot.
    | Conditions of Answer list * JoinedByAnd: bool
    /// Three parts or more, to be compared by their proportions.
    | Ratio of Expr list
    /// A time of day.
    | Time of TimeOfDay
    | Matrix of Expr list list
    /// Words, in normal form.
    | Words of string

/// From text to typed answers.
module Answer =
    open AnswerText

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

        let text = multiplied text
        let signed mark unit = behindAll mark text |> Option.map (fun value -> value, unit) |> Option.toList

        Seq.concat [
            seq { yield! signed "%" "%" }
            seq { yield! signed "^\\circ" "°" @ signed "^{\\circ}" "°" }
            UnitSuffix.split text
        ]
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

    /// A matrix environment that is the whole text, with or without brackets around it; a determinant is none.
    let private matrix (text: string) : Reading<Answer> option =
        let start, stop =
            text.IndexOf("\\begin{", StringComparison.Ordinal), text.LastIndexOf("\\end{", StringComparison.Ordinal)

        let closing (from: int) = if from < 0 then -1 else text.IndexOf('}', from)

        match closing start, closing stop with
        | nameEnd, last when
            nameEnd > 0
            && stop >= nameEnd
            && last > 0
            && text.Substring(0, start).Trim('(', '[', ' ') = ""
            && text.Substring(last + 1).Trim(')', ']', ' ', '.') = ""
            ->
            let name = text.Substring(start + 7, nameEnd - start - 7)
            let body = text.Substring(nameEnd + 1, stop - nameEnd - 1).Trim()
            let isBare = not (body.Contains("\\end", StringComparison.Ordinal))

            if name = "array" && body.StartsWith '{' && isBare then
                match body.IndexOf '}' with
                | -1 -> None
                | columns -> Some(matrixRows (body.Substring(columns + 1)))
            elif name.EndsWith "matrix" && not (name.ToLowerInvariant().StartsWith 'v') && isBare then
                Some(matrixRows body)
            else
                None
        | _ -> None

    let private noSolutions = [
        "\\emptyset"
        "empty set"
        "the empty set"
        "no solution"
        "no solutions"
        "no real solution"
        "no real solutions"
        "there is no solution"
        "there are no solutions"
    ]

    let private allReals = [
        "\\mathbb{r}"
        "\\mathbb r"
        "\\mathbf{r}"
        "\\r"
        "all real numbers"
        "\\text{all real numbers}"
        "all reals"
        "\\text{all reals}"
    ]

    let private realLine = Answer.Intervals [ IntervalSet.line ]

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

    /// A set as intervals: numbers are intervals of no length, a pair is an open one.
    let private asIntervals (set: Answer) : Interval list option =
        match set with
        | Answer.Intervals some -> Some some
        | Answer.Tuple pair ->
            interval '(' ')' pair
            |> Option.bind (function
                | Answer.Intervals some -> Some some
                | _ -> None)
        | Answer.Items points ->
            let values = points |> List.map valueOf

            if List.forall Option.isSome values then
                Some(values |> List.choose id |> List.map IntervalSet.point)
            else
                None
        | _ -> None

    let private isIn (set: Answer list) (item: Answer) =
        set
        |> List.exists (fun other ->
            other = item || Option.map2 Equality.equal (valueOf other) (valueOf item) = Some true)

    /// Longest sets whose members are compared.
    let private longest = 64

    /// Two sets joined by the sign between them.
    let private combined (mark: string) (a: Answer) (b: Answer) : Reading<Answer> =
        match mark, a, b with
        | _, Answer.Items members, _
        | _, _, Answer.Items members when members.Length > longest ->
            Reading.limit $"a set of {members.Length} members in an operation"
        | "\\cap", Answer.Items a, Answer.Items b -> Ok(Answer.Items(a |> List.filter (isIn b)))
        | ("\\setminus" | "-"), Answer.Items a, Answer.Items b -> Ok(Answer.Items(a |> List.filter (isIn b >> not)))
        | ("\\cup" | "U"), Answer.Items a, Answer.Items b -> Ok(Answer.Items(a @ b))
        | _ ->
            let together =
                match mark, asIntervals a, asIntervals b with
                | "\\cap", Some a, Some b -> IntervalSet.intersection a b
                | ("\\setminus" | "-"), Some a, Some b -> IntervalSet.difference a b
                | _, Some a, Some b -> Some(IntervalSet.union (a @ b))
                | _ -> None

            together
            |> Option.map (function
                | [] -> Answer.Items []
                | some -> Answer.Intervals some)
            |> Reading.ofOption "no sets"

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

    let private isInequality (item: Answer) =
        match item with
        | Answer.Relation(_, steps) -> steps |> List.forall (fun (kind, _) -> kind <> Equals && kind <> Element)
        | _ -> false

    /// Inequalities without an "or" between them hold together.
    let private listed (marks: string list) (items: Answer list) =
        if items.Length > 1 && not (List.contains "or" marks) && List.forall isInequality items then
            Answer.Conditions(items, List.contains "and" marks)
        else
            Answer.Items items

    let private isRatio (text: string) = (cut colon text |> snd).Length >= 2

    /// "2:3:4".
    let private ratio (text: string) : Reading<Answer> =
        let parts: Reading<Expr> list = cut colon text |> fst |> List.map (Parser.repaired Parser.answers)

        match parts |> List.tryFind (fun part -> part.IsError) with
        | Some(Error refusal) -> Error refusal
        | _ -> Ok(Answer.Ratio(List.choose Result.toOption parts))

    let private isPair (_: char, inside: string, _: char) =
        (cut (fun t i -> if t[i] = ',' || t[i] = ';' then 1 else 0) inside |> fst).Length > 1

    let rec private read' (depth: int) (text: string) : Reading<Answer> =
        if depth > 8 then
            Reading.limit "lists nested too deeply"
        else
            match matrix text with
            | Some reading -> reading
            | None ->
                match cut listSeparator text with
                | [ _ ], _ -> single depth text
                | pieces, marks ->
                    match pieces |> List.filter (fun piece -> piece <> "") with
                    | [] -> Reading.missing "no answer"
                    | parts ->
                        parts
                        |> List.map (single (depth + 1))
                        |> sequence
                        |> Result.map (shareName >> flatten >> listed marks)

    /// One item: a relation, a union, something in brackets, or an expression.
    and private single (depth: int) (text: string) : Reading<Answer> =
        match cut relationSeparator text with
        | first :: rest, marks when not marks.IsEmpty ->
            let kinds =
                marks |> List.map (fun mark -> relationAt mark 0 |> Option.map snd |> Option.defaultValue Equals)

            sequence (List.map (side (depth + 1)) (first :: rest))
            |> Result.map (fun sides -> Answer.Relation(sides.Head, List.zip kinds sides.Tail))
        | _ ->
            match cut setSeparator text with
            | [ _ ], _ -> bracketed depth text
            | parts, marks ->
                sequence (parts |> List.map (bracketed (depth + 1)))
                |> Result.bind (fun sets ->
                    (Ok sets.Head, List.zip marks sets.Tail)
                    ||> List.fold (fun left (mark, next) -> left |> Result.bind (fun left -> combined mark left next)))

    /// A side of a relation: names that are no expression, such as \angle ABC, stay words.
    and private side (depth: int) (text: string) : Reading<Answer> =
        match cut setSeparator text with
        | [ _ ], _ -> bracketed depth text
        | _ -> single depth text
        |> function
            | Error(Refusal.Missing _) when text <> "" -> Ok(Answer.Words(Text.words text))
            | reading -> reading

    and private bracketed (depth: int) (text: string) : Reading<Answer> =
        match matrix text with
        | Some reading -> reading
        | None -> inBrackets depth text

    and private inBrackets (depth: int) (text: string) : Reading<Answer> =
        match enclosed text |> Option.orElse (enclosed (unnamed text) |> Option.filter isPair) with
        | Some(opening, inside, closing) ->
            let pieces, _ = cut (fun t i -> if t[i] = ',' || t[i] = ';' then 1 else 0) inside
            let isSet = opening = Markup.setOpen || opening = '{'

            match pieces with
            | [ "" ] when opening = Markup.setOpen -> Ok(Answer.Items [])
            | _ when isSet && (condition inside).IsSome -> read' (depth + 1) (condition inside).Value
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

        if text = "" then
            Reading.missing "nothing is there"
        elif List.contains (text.ToLowerInvariant()) noSolutions then
            Ok(Answer.Items [])
        elif List.contains (text.ToLowerInvariant()) allReals then
            Ok realLine
        elif (Number.named text).IsSome then
            Ok(Answer.Value(Expr.int (Number.named text).Value, ""))
        elif isWords (text.TrimEnd('!', '?')) then
            Ok(Answer.Words(Text.words text))
        elif (timeOfDay text).IsSome then
            Ok(Answer.Time (timeOfDay text).Value)
        elif isRatio text then
            ratio text
        else
            expression text

    /// The typed answer of a text. What is no mathematics is Words; Missing for blank text, Limit where a limit is hit.
    let read: Extractor<Answer> =
        fun text ->
            if text.Length > Limits.formula then
                Reading.limit $"{text.Length} characters, more than {Limits.formula}"
            else
                let plain = (unboxed (unquoted (text.Trim())) 4) |> Markup.repair
                let plain = unboxed plain 4 |> conjunctions |> unpunctuated |> approximated |> outward

                match read' 0 plain with
                | Error(Refusal.Missing why) ->
                    // What is left is compared as text; spaces in markup mean nothing.
                    match Text.words (if plain.Contains '\\' || plain.Contains '_' then unspaced plain else text) with
                    | "" -> Reading.missing why
                    | words -> Ok(Answer.Words words)
                | reading -> reading
