namespace MoDoMoDo.Verifiers

/// One stretch of the real line; its ends may be infinite.
type Interval = { Low: Expr; LowClosed: bool; High: Expr; HighClosed: bool }

/// Sets of real numbers as unions of intervals. Ends are compared by value; with an end that is no number a set stays as it
/// was written.
module internal IntervalSet =

    let private minusInfinity = Expr.negate Expr.Infinity

    /// All real numbers.
    let line = { Low = minusInfinity; LowClosed = false; High = Expr.Infinity; HighClosed = false }

    /// One number as an interval.
    let point (e: Expr) = { Low = e; LowClosed = true; High = e; HighClosed = true }

    let private place (e: Expr) : float option =
        match e with
        | Expr.Infinity -> Some infinity
        | Expr.Product [ Expr.Number q; Expr.Infinity ] -> Some(float q.Sign * infinity)
        | _ ->
            match Fuel.within 20_000 (fun fuel -> Ok(Numeric.evaluate fuel (fun _ -> None) e)) with
            | Ok(Some value) when value.Value.Imaginary = 0.0 -> Some value.Value.Real
            | _ -> None

    /// An end with its place; of two at one place the one that takes in more comes first.
    type private End = { At: float; Closed: bool; Expr: Expr }

    let private near a b = a = b || (abs (a - b) <= 1e-12 * max (abs a) (abs b) && abs a < infinity && abs b < infinity)

    let private ends (i: Interval) : (End * End) option =
        match place i.Low, place i.High with
        | Some low, Some high when low < high || near low high && i.LowClosed && i.HighClosed ->
            Some({ At = low; Closed = i.LowClosed; Expr = i.Low }, { At = high; Closed = i.HighClosed; Expr = i.High })
        | _ -> None

    let private ofEnds (low: End, high: End) = {
        Low = low.Expr
        LowClosed = low.Closed
        High = high.Expr
        HighClosed = high.Closed
    }

    /// The end that lies further to one side (1: to the right); at one place the one that `preferClosed` asks for.
    let private further side preferClosed (a: End) (b: End) =
        if near a.At b.At then (if a.Closed = preferClosed then a else b)
        elif (a.At > b.At) = (side > 0) then a
        else b

    let private allEnds (set: Interval list) : (End * End) list option =
        let each = set |> List.map ends
        if List.forall Option.isSome each then Some(List.choose id each) else None

    /// The union in order, overlapping and touching intervals joined.
    let union (set: Interval list) : Interval list =
        let join (soFar: (End * End) list) (low: End, high: End) =
            match soFar with
            | (first, last) :: rest when
                low.At < last.At && not (near low.At last.At) || near low.At last.At && (low.Closed || last.Closed)
                ->
                (first, further 1 true last high) :: rest
            | _ -> (low, high) :: soFar

        match allEnds set with
        | None -> set
        | Some all ->
            all
            |> List.sortBy (fun (low, _) -> low.At, not low.Closed)
            |> List.fold join []
            |> List.rev
            |> List.map ofEnds

    /// What both sets have in common; None where an end is no number.
    let intersection (a: Interval list) (b: Interval list) : Interval list option =
        Option.map2
            (fun (xs: (End * End) list) ys ->
                [
                    for lowA, highA in xs do
                        for lowB, highB in ys do
                            ofEnds (further 1 false lowA lowB, further -1 false highA highB)
                ]
                |> List.filter (ends >> Option.isSome)
                |> union)
            (allEnds a)
            (allEnds b)

    /// What of the first set is not in the second; None where an end is no number.
    let difference (a: Interval list) (b: Interval list) : Interval list option =
        let outside (i: Interval) = [
            { line with High = i.Low; HighClosed = not i.LowClosed }
            { line with Low = i.High; LowClosed = not i.HighClosed }
        ]

        // Beyond an infinite end there is nothing.
        let complement i = outside i |> List.filter (ends >> Option.isSome)

        match allEnds b with
        | None -> None
        | Some _ ->
            (Some a, b)
            ||> List.fold (fun left i -> left |> Option.bind (fun left -> intersection left (complement i)))
