/// What relations describe: the sets of inequalities in one variable, the values of assignments.
module internal MoDoMoDo.Verifiers.Conditions

/// The relation read from the other side.
let reversed kind =
    match kind with
    | Less -> Greater
    | LessOrEqual -> GreaterOrEqual
    | Greater -> Less
    | GreaterOrEqual -> LessOrEqual
    | same -> same

let private minusInfinity = Expr.negate Expr.Infinity

/// The half-line that "a < b" describes when both sides are linear in one variable together.
let private halfLine (a: Expr) (kind: RelationKind) (b: Expr) : (Expr * Interval) option =
    let difference = Expr.Sum [ a; Expr.negate b ]

    match Expr.atoms difference with
    | [ variable ] ->
        // An end that is no fraction (a radical) is found when the variable stands alone.
        let alone =
            if a = variable then
                Some(kind, b)
            elif b = variable then
                Some(reversed kind, a)
            else
                Equality.linear variable difference
                |> Option.map (fun (slope, offset) ->
                    (if slope.Sign > 0 then kind else reversed kind), Expr.Number(-offset / slope))

        alone
        |> Option.bind (fun (kind, bound) ->
            match kind with
            | Less -> Some { Low = minusInfinity; LowClosed = false; High = bound; HighClosed = false }
            | LessOrEqual -> Some { Low = minusInfinity; LowClosed = false; High = bound; HighClosed = true }
            | Greater -> Some { Low = bound; LowClosed = false; High = Expr.Infinity; HighClosed = false }
            | GreaterOrEqual -> Some { Low = bound; LowClosed = true; High = Expr.Infinity; HighClosed = false }
            | _ -> None)
        |> Option.map (fun line -> variable, line)
    | _ -> None

/// The expression of a value.
let value (answer: Answer) =
    match answer with
    | Answer.Value(e, _) -> Some e
    | _ -> None

/// A chain of relations step by step.
let pairs (first: Answer) (rest: (RelationKind * Answer) list) =
    List.zip (first :: (rest |> List.map snd |> List.take (rest.Length - 1))) rest
    |> List.map (fun (a, (kind, b)) -> value a, kind, value b)

/// The set that one step of a chain describes, and its variable.
let rec private stepSolutions (a: Expr, kind: RelationKind, b: Expr) : (Expr * Interval list) option =
    let both x y =
        match x, y with
        | Some(v, p), Some(w, q) when v = w -> IntervalSet.intersection p q |> Option.map (fun set -> v, set)
        | _ -> None

    let either x y =
        match x, y with
        | Some(v, p), Some(w, q) when v = w -> Some(v, IntervalSet.union (p @ q))
        | _ -> None

    let half kind = halfLine a kind b |> Option.map (fun (v, line) -> v, [ line ])

    match a, kind, b with
    | _, (Equals | Element), _ -> None
    | _, NotEqual, _ -> either (half Less) (half Greater)
    | Expr.Call("abs", [ u ]), (Less | LessOrEqual), c when (Expr.atoms c).IsEmpty ->
        both (stepSolutions (u, kind, c)) (stepSolutions (u, reversed kind, Expr.negate c))
    | Expr.Call("abs", [ u ]), _, c when (Expr.atoms c).IsEmpty ->
        either (stepSolutions (u, kind, c)) (stepSolutions (u, reversed kind, Expr.negate c))
    | c, _, Expr.Call("abs", [ _ ]) when (Expr.atoms c).IsEmpty -> stepSolutions (b, reversed kind, c)
    | _ -> half kind

/// The sets of conditions on one variable, and the variable; None when one is no such condition.
let private onOneVariable (sets: (Expr * Interval list) option list) : (Expr * Interval list list) option =
    match List.map (Option.map fst) sets |> List.distinct with
    | [ Some variable ] -> Some(variable, sets |> List.choose (Option.map snd))
    | _ -> None

/// What all the sets have in common.
let private allHold (sets: Interval list list) : Interval list option =
    (Some sets.Head, sets.Tail)
    ||> List.fold (fun left next -> left |> Option.bind (fun left -> IntervalSet.intersection left next))

/// The set that inequalities in one variable describe, and the variable. Inequalities side by side hold together; when
/// they cannot, either may hold, unless "and" joins them.
let rec solutions (answer: Answer) : (Expr * Interval list) option =
    match answer with
    | Answer.Relation(first, rest) ->
        let step (a, kind, b) = Option.map2 (fun a b -> a, kind, b) a b |> Option.bind stepSolutions

        pairs first rest
        |> List.map step
        |> onOneVariable
        |> Option.bind (fun (variable, sets) ->
            match allHold sets with
            | Some(_ :: _ as set) -> Some(variable, set)
            | _ -> None)
    | Answer.Conditions(parts, joinedByAnd) ->
        parts
        |> List.map solutions
        |> onOneVariable
        |> Option.bind (fun (variable, sets) ->
            match allHold sets with
            | Some [] when not joinedByAnd -> Some(variable, IntervalSet.union (List.concat sets))
            | Some set -> Some(variable, set)
            | None -> None)
    | Answer.Items parts when not parts.IsEmpty ->
        parts
        |> List.map solutions
        |> onOneVariable
        |> Option.map (fun (variable, sets) -> variable, IntervalSet.union (List.concat sets))
    | _ -> None

/// A pair of numbers as an open interval.
let openInterval (parts: Answer list) =
    match List.map value parts with
    | [ Some low; Some high ] -> Some { Low = low; LowClosed = false; High = high; HighClosed = false }
    | _ -> None

/// What is listed as intervals, one by one: "(1, 2) or (3, 4)"; not a list of points alone.
let listedIntervals (parts: Answer list) : Interval list option =
    let each =
        parts
        |> List.map (function
            | Answer.Intervals some -> Some some
            | Answer.Tuple pair -> openInterval pair |> Option.map List.singleton
            | _ -> None)

    if not parts.IsEmpty && List.forall Option.isSome each then
        Some(each |> List.choose id |> List.concat |> IntervalSet.union)
    else
        None

/// Values by their names: "x = 1, y = 2" and "(x, y) = (1, 2)".
let assignments (answer: Answer) : (string * Answer) list option =
    let symbol side =
        match side with
        | Answer.Value(Expr.Symbol name, "") -> Some name
        | _ -> None

    let one item =
        match item with
        | Answer.Relation(side, [ Equals, value ]) -> symbol side |> Option.map (fun name -> name, value)
        | _ -> None

    let each =
        match answer with
        | Answer.Items items -> List.map one items
        | Answer.Relation(Answer.Tuple sides, [ Equals, Answer.Tuple values ]) when sides.Length = values.Length ->
            List.map2 (fun side value -> symbol side |> Option.map (fun name -> name, value)) sides values
        | _ -> []

    let named = List.choose id each

    if
        named.Length > 1
        && named.Length = each.Length
        && (named |> List.distinctBy fst).Length = named.Length
    then
        Some named
    else
        None
