/// Equality of typed answers.
module MoDoMoDo.Verifiers.AnswerEquality

open System
open Conditions

/// How answers are compared. The strict way is for rewards; Math-Verify's is for comparable figures.
type Policy = {
    /// Equality of two values with their units.
    Values: Expr * string -> Expr * string -> bool
    /// True: a chain of equations stands for its last side, whatever is on its left.
    LastSide: bool
    /// True: "(a, b)" may also be a set of two.
    PairsAsSets: bool
    /// True: an interval or set as gold accepts an inequality as answer.
    RelationsForSets: bool
}

/// For rewards: exact values; a unit may stand on one side only.
let strict: Policy = {
    Values = fun (a, unitA) (b, unitB) -> Units.same unitA unitB && Equality.equal a b
    LastSide = false
    PairsAsSets = false
    RelationsForSets = true
}

/// True for what may stand left of "=" as a name: symbols, products and ratios of symbols, f(x), |AB|; no numbers, no sums.
let rec private isName (answer: Answer) =
    match answer with
    | Answer.Value(e, _) ->
        not (
            e
            |> Expr.exists (function
                | Expr.Number q -> q <> Rational.OfInt -1
                | Expr.Decimal _
                | Expr.Sum _ -> true
                | _ -> false)
        )
        || (match e with
            | Expr.Apply _ -> true
            | _ -> false)
    | Answer.Words _ -> true
    | Answer.Ratio parts -> parts |> List.forall (fun part -> isName (Answer.Value(part, "")))
    | Answer.Tuple parts -> List.forall isName parts
    | _ -> false

let private isConstant (answer: Answer) =
    match answer with
    | Answer.Value(e, _) -> (Expr.atoms e).IsEmpty
    | _ -> false

/// "3 * 4 = 12": numbers that are equal all along.
let private isComputation (first: Answer) (rest: (RelationKind * Answer) list) =
    let sides = first :: List.map snd rest

    List.forall isConstant sides
    && sides
       |> List.pairwise
       |> List.forall (function
           | Answer.Value(a, _), Answer.Value(b, _) -> Equality.equal a b
           | _ -> false)

/// True when a decimal is a number to as many places as it has.
let private isRounded (exact: Answer) (rounded: Answer) =
    match exact, rounded with
    | Answer.Value(e, _), Answer.Value(Expr.Decimal q, _) when isConstant exact && not (Expr.exists _.IsDecimal e) ->
        let places = Seq.tryFind (fun places -> (q * Rational.pow10 places).IsInteger) (seq { 0..20 })

        match Fuel.within 20_000 (fun fuel -> Ok(Numeric.evaluate fuel (fun _ -> None) e)) with
        | Ok(Some value) ->
            Numerics.Complex.Abs(value.Value - q.ToDouble()) <= Math.Pow(10.0, -float(defaultArg places 20))
        | _ -> false
    | _ -> false

/// True when the numbers among the sides of a chain are one number.
let private agreeing (sides: Answer list) =
    match sides |> List.filter isConstant with
    | [] -> true
    | first :: others ->
        others
        |> List.forall (fun other ->
            isRounded first other || Option.map2 Equality.equal (value first) (value other) = Some true)

/// What an equation assigns: "x = 5" is 5; "x = 2/3 = 0.67" is 2/3 and, as well, 0.67.
let rec private assigned (policy: Policy) (answer: Answer) : Answer list =
    match answer with
    | Answer.Relation(first, rest) when rest |> List.forall (fun (kind, _) -> kind = Equals) ->
        let last = snd (List.last rest)
        let before = List.take (rest.Length - 1) rest
        let side = if before.IsEmpty then first else snd (List.last before)

        let exact =
            if not (isRounded side last) then []
            elif before.IsEmpty then [ first ]
            else assigned policy (Answer.Relation(first, before))

        exact
        @ (if policy.LastSide || isName first && agreeing (List.map snd rest) || not exact.IsEmpty then
               [ last ]
           elif isName last && rest.Length = 1 && isConstant first then
               [ first ]
           elif isComputation first rest then
               [ last ]
           else
               [])
    | Answer.Relation(_, [ Element, set ]) -> [ set ]
    | _ -> []

let private isInfinite (e: Expr) = e |> Expr.exists _.IsInfinity

/// -1 or 1 for an infinite end, else None.
let private infiniteSign (e: Expr) =
    match e with
    | Expr.Infinity -> Some 1
    | Expr.Product [ Expr.Number q; Expr.Infinity ] -> Some q.Sign
    | _ when isInfinite e -> Some 0
    | _ -> None

let private sameEnd (policy: Policy) (a: Expr) (b: Expr) =
    match infiniteSign a, infiniteSign b with
    | Some s, Some t -> s = t
    | None, None -> policy.Values (a, "") (b, "")
    | _ -> false

let private sameInterval (policy: Policy) (a: Interval) (b: Interval) =
    a.LowClosed = b.LowClosed
    && a.HighClosed = b.HighClosed
    && sameEnd policy a.Low b.Low
    && sameEnd policy a.High b.High

/// True when the lists can be paired so that each pair is the same; greedy pairing suffices for an equivalence.
let private samePairs (same: 'a -> 'b -> bool) (xs: 'a list) (ys: 'b list) =
    let rec pair xs (ys: 'b list) =
        match xs with
        | [] -> ys.IsEmpty
        | x :: rest ->
            match List.tryFindIndex (same x) ys with
            | Some index -> pair rest (List.removeAt index ys)
            | None -> false

    xs.Length = ys.Length && xs.Length <= 64 && pair xs ys

/// True when each member of one set is in the other.
let private sameMembers (same: 'a -> 'a -> bool) (xs: 'a list) (ys: 'a list) =
    xs.Length <= 64
    && ys.Length <= 64
    && xs |> List.forall (fun x -> List.exists (same x) ys)
    && ys |> List.forall (fun y -> List.exists (fun x -> same x y) xs)

/// "x_1 = 2, x_2 = 5" as "x = 2, x = 5"; None for other items.
let private unnumbered (items: Answer list) : Answer list option =
    let named item =
        match item with
        | Answer.Relation(Answer.Value(Expr.Symbol name, ""), [ Equals, value ]) when name.IndexOf '_' > 0 ->
            Some(name.Substring(0, name.IndexOf '_'), value)
        | _ -> None

    match items |> List.map named with
    | Some(name, _) :: _ as all when all |> List.forall (fun one -> Option.map fst one = Some name) ->
        Some [
            for _, value in List.choose id all -> Answer.Relation(Answer.Value(Expr.Symbol name, ""), [ Equals, value ])
        ]
    | _ -> None

let private difference a b = Expr.Sum [ a; Expr.negate b ]

/// Both relations say the same: one side minus the other is proportional, with the sign that the direction asks for.
let private sameStep
    ((a, kindA, b): Expr option * RelationKind * Expr option)
    ((c, kindC, d): Expr option * RelationKind * Expr option)
    =
    match a, b, c, d with
    | Some a, Some b, Some c, Some d ->
        let oriented kind x y =
            match kind with
            | Greater
            | GreaterOrEqual -> reversed kind, difference y x
            | _ -> kind, difference x y

        let (kindA, f), (kindC, g) = oriented kindA a b, oriented kindC c d

        kindA = kindC
        && match Equality.proportional f g with
           | Some sign -> sign > 0 || kindA = Equals || kindA = NotEqual
           | None -> Equality.equal a c && Equality.equal b d
    | _ -> false

let private areValues (items: Answer list) = items |> List.forall (fun item -> item.IsValue)

let private isNamed (answer: Answer) = (assignments answer).IsSome

let private nameIs (name: string) (value: Answer) =
    Answer.Relation(Answer.Value(Expr.Symbol name, ""), [ Equals, value ])

let private sameProportions (a: Expr list) (b: Expr list) =
    let shares (parts: Expr list) = parts.Tail |> List.map (fun part -> Expr.Quotient(part, parts.Head))
    a.Length = b.Length && List.forall2 Equality.equal (shares a) (shares b)

let rec private same (policy: Policy) (depth: int) (gold: Answer) (answer: Answer) : bool =
    let again = same policy (depth + 1)

    depth < 16
    && match gold, answer with
       | Answer.Words a, Answer.Words b -> a = b
       | Answer.Value(a, unitA), Answer.Value(b, unitB) -> policy.Values (a, unitA) (b, unitB)
       | Answer.Ratio a, Answer.Ratio b -> sameProportions a b
       | Answer.Time a, Answer.Time b ->
           (a.Hours, a.Minutes) = (b.Hours, b.Minutes) && (a.Half = "" || b.Half = "" || a.Half = b.Half)
       | Answer.Value(ratio, ""), Answer.Time time when time.Half = "" && time.Minutes >= 10 ->
           // "12:16" may have been meant as a ratio.
           Equality.equal ratio (Expr.Quotient(Expr.int time.Hours, Expr.int time.Minutes))
       | Answer.Matrix a, Answer.Matrix b ->
           a.Length = b.Length
           && List.forall2
               (fun (x: Expr list) (y: Expr list) ->
                   x.Length = y.Length && List.forall2 (fun p q -> policy.Values (p, "") (q, "")) x y)
               a
               b
       | Answer.Tuple a, Answer.Tuple b -> a.Length = b.Length && List.forall2 again a b
       | Answer.Intervals a, Answer.Intervals b -> samePairs (sameInterval policy) a b
       | Answer.Tuple pair, Answer.Intervals [ one ]
       | Answer.Intervals [ one ], Answer.Tuple pair ->
           match openInterval pair with
           | Some interval -> sameInterval policy interval one
           | None -> false
       | Answer.Items _, Answer.Items values when not policy.LastSide && isNamed gold && areValues values ->
           sameInSomeOrder policy depth gold values
       | Answer.Items values, Answer.Items _ when not policy.LastSide && isNamed answer && areValues values ->
           sameInSomeOrder policy depth answer values
       | Answer.Items a, Answer.Items b ->
           sameMembers again a b
           || (match unnumbered a, unnumbered b with
               | Some bare, None -> sameMembers again bare b
               | None, Some bare -> sameMembers again a bare
               | _ -> false)
           || (match solutions gold, solutions answer with
               | Some(v, p), Some(w, q) -> v = w && samePairs (sameInterval policy) p q
               | _ -> false)
       | Answer.Conditions _, _
       | _, Answer.Conditions _ -> sameConditions policy depth gold answer
       | Answer.Intervals a, Answer.Items parts
       | Answer.Items parts, Answer.Intervals a ->
           match solutions (Answer.Items parts) |> Option.map snd |> Option.orElse (listedIntervals parts) with
           | Some b -> samePairs (sameInterval policy) a b
           | None -> parts.Length = 1 && (again gold parts.Head || again parts.Head answer)
       | Answer.Tuple values, Answer.Items _ when (assignments answer).IsSome -> sameInOrder policy depth answer values
       | Answer.Items _, Answer.Tuple values when (assignments gold).IsSome -> sameInOrder policy depth gold values
       | Answer.Tuple([ _; _ ] as pair), Answer.Items items
       | Answer.Items items, Answer.Tuple([ _; _ ] as pair) when policy.PairsAsSets -> sameMembers again pair items
       | Answer.Matrix rows, Answer.Tuple parts
       | Answer.Tuple parts, Answer.Matrix rows -> sameRows policy depth rows parts
       | Answer.Relation(Answer.Tuple _, _), Answer.Items _
       | Answer.Items _, Answer.Relation(Answer.Tuple _, _) when
           (assignments gold).IsSome && (assignments answer).IsSome
           ->
           sameByName policy depth gold answer
       | Answer.Relation _, Answer.Relation _ -> sameRelation policy depth gold answer
       | Answer.Relation(_, steps), _ ->
           relationAgainst { policy with LastSide = policy.LastSide && steps.Length > 1 } depth gold answer
       | _, Answer.Relation _ when policy.RelationsForSets || (solutions answer).IsNone ->
           relationAgainst policy depth answer gold
       | Answer.Items [ one ], other
       | other, Answer.Items [ one ] when not other.IsItems -> again one other
       | _ -> false

and private sameRelation policy depth gold answer =
    match solutions gold, solutions answer with
    | Some(v, a), Some(w, b) -> v = w && samePairs (sameInterval policy) a b
    | _ ->
        match gold, answer with
        | Answer.Relation(_, [ Element, a ]), Answer.Relation(_, [ Element, b ]) -> same policy (depth + 1) a b
        | Answer.Relation(a, [ Equals, b ]), Answer.Relation(c, [ Equals, d ]) when
            not (List.forall (value >> Option.isSome) [ a; b; c; d ])
            ->
            same policy (depth + 1) b d && (same policy (depth + 1) a c || (a.IsTuple || a.IsWords) && isName c)
        | Answer.Relation(Answer.Value(Expr.Apply _, _), [ Equals, b ]),
          Answer.Relation(Answer.Value(Expr.Symbol "y", _), [ Equals, d ])
        | Answer.Relation(Answer.Value(Expr.Symbol "y", _), [ Equals, b ]),
          Answer.Relation(Answer.Value(Expr.Apply _, _), [ Equals, d ]) -> same policy (depth + 1) b d
        | Answer.Relation(a, restA), Answer.Relation(c, restC) ->
            let x, y = pairs a restA, pairs c restC

            (x.Length = y.Length && (List.forall2 sameStep x y || List.forall2 sameStep x (List.rev y)))
            || solutionsAgainstSet policy depth gold answer
            || (policy.LastSide
                && x.Length <> y.Length
                && List.allPairs (assigned policy gold) (assigned policy answer)
                   |> List.exists (fun (a, b) -> same policy (depth + 1) a b))
        | _ -> false

/// An inequality on one side, membership of an interval on the other.
and private solutionsAgainstSet policy depth gold answer =
    let against relation set =
        match solutions relation, set with
        | Some(_, intervals), Answer.Relation(_, [ Element, members ]) ->
            same policy (depth + 1) (Answer.Intervals intervals) members
        | _ -> false

    (policy.RelationsForSets || (solutions answer).IsNone)
    && (against gold answer || against answer gold)

/// A relation against something that is none: its assigned value, or the set that it describes.
and private relationAgainst policy depth relation other =
    let byValue = assigned policy relation |> List.exists (fun value -> same policy (depth + 1) value other)

    byValue
    || match solutions relation with
       | Some(_, intervals) -> same policy (depth + 1) (Answer.Intervals intervals) other
       | None -> false

/// Inequalities that hold together against the set that they describe, or against the same inequalities.
and private sameConditions policy depth gold answer =
    let described (set: Answer) =
        match set with
        | Answer.Intervals some -> Some(None, some)
        | Answer.Tuple pair -> openInterval pair |> Option.map (fun one -> None, [ one ])
        | Answer.Relation(_, [ Element, Answer.Intervals some ]) -> Some(None, some)
        | other -> solutions other |> Option.map (fun (variable, some) -> Some variable, some)

    match described gold, described answer, gold, answer with
    | Some(v, a), Some(w, b), _, _ -> (v.IsNone || w.IsNone || v = w) && samePairs (sameInterval policy) a b
    | _, _, Answer.Conditions(a, _), Answer.Conditions(b, _) -> sameMembers (same policy (depth + 1)) a b
    | _ -> false

/// Named values against a tuple: in the order in which they stand, which is that of their names.
and private sameInOrder policy depth named values =
    match assignments named with
    | Some some ->
        let names = List.map fst some

        names = List.sort names
        && some.Length = values.Length
        && List.forall2 (fun (_, a) b -> same policy (depth + 1) a b) some values
    | None -> false

/// Named values against a bare list: in the order in which they stand, or in that of their names.
and private sameInSomeOrder policy depth named values =
    match assignments named with
    | Some some ->
        [ some; List.sortBy fst some ]
        |> List.exists (fun order ->
            order.Length = values.Length
            && List.forall2 (fun (_, a) b -> same policy (depth + 1) a b) order values)
        || (unnumbered (List.map (fun (name, v) -> nameIs name v) some)).IsSome
           && sameMembers (same policy (depth + 1)) (List.map snd some) values
    | None -> false

and private sameByName policy depth gold answer =
    match assignments gold, assignments answer with
    | Some a, Some b ->
        a.Length = b.Length
        && a
           |> List.forall (fun (name, value) ->
               b |> List.exists (fun (other, found) -> other = name && same policy (depth + 1) value found))
    | _ -> false

/// A matrix against its rows, or a row or column against its entries.
and private sameRows policy depth (rows: Expr list list) (parts: Answer list) =
    let entries (e: Expr list) = Answer.Tuple [ for x in e -> Answer.Value(x, "") ]
    let again = same policy (depth + 1)

    match rows, rows |> List.forall (fun row -> row.Length = 1) with
    | [ row ], _ -> again (entries row) (Answer.Tuple parts)
    | _, true -> again (entries (List.concat rows)) (Answer.Tuple parts)
    | _ ->
        rows.Length = parts.Length
        && List.forall2
            (fun row part ->
                match row, part with
                | [ a; b ], Answer.Intervals [ i ] ->
                    i.LowClosed
                    && i.HighClosed
                    && policy.Values (a, "") (i.Low, "")
                    && policy.Values (b, "") (i.High, "")
                | _ -> again (entries row) part)
            rows
            parts

/// True when the answers are equal under a policy. The first argument is the gold.
let equal (policy: Policy) (gold: Answer) (answer: Answer) : bool = same policy 0 gold answer

/// True when everything in the answer has a value: no division by zero, nothing beyond the limits.
let rec isDefined (answer: Answer) : bool =
    match answer with
    | Answer.Value(e, _) -> isInfinite e || Equality.hasValue e
    | Answer.Items parts
    | Answer.Tuple parts
    | Answer.Conditions(parts, _) -> List.forall isDefined parts
    | Answer.Ratio parts -> List.forall Equality.hasValue parts
    | Answer.Relation(first, rest) -> isDefined first && rest |> List.forall (snd >> isDefined)
    | Answer.Matrix rows -> rows |> List.forall (List.forall Equality.hasValue)
    | Answer.Intervals _
    | Answer.Time _
    | Answer.Words _ -> true
