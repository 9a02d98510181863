/// Graders: from a sample and the answer that was extracted to a verdict.
module MoDoMoDo.Verifiers.Grade

open MoDoMoDo.Domain

let private expected (golds: string[]) = String.concat " | " golds

let private overTexts (judge: string[] -> string -> Verdict) : Grader =
    fun sample answer -> Judge.withGold (Golds.texts sample) (fun golds -> judge golds answer)

let private notBlank extracted golds judge =
    Judge.withAnswer extracted (expected golds) (Reading.notBlank extracted) judge

/// Equal to a gold in normal form: no enclosing marks, no final punctuation, lower case, single spaces.
let text: Grader =
    overTexts (fun golds answer ->
        notBlank answer golds (fun answer ->
            Judge.withAnswer "" (expected golds) (Reading.atMost Limits.answer answer) (fun answer ->
                let form = Text.answer answer
                let hit = golds |> Array.exists (fun gold -> Text.answer gold = form)
                Judge.scored hit answer (expected golds) (if hit then "equal text" else "another text"))))

/// Equal to a gold after trimming, in lower case of the invariant culture.
let caseless: Grader =
    overTexts (fun golds answer ->
        notBlank answer golds (fun answer ->
            let hit = golds |> Array.exists (fun gold -> Text.caseless gold = Text.caseless answer)
            Judge.scored hit answer (expected golds) (if hit then "equal text" else "another text")))

/// The letter of the right option, or its text; several letters are no answer.
let choice: Grader =
    fun sample answer ->
        let gold = Golds.texts sample |> Result.bind (fun golds -> Choice.gold sample.Options golds[0])

        Judge.withGold gold (fun gold ->
            let letter = Sample.LetterOf gold

            Judge.withAnswer answer letter (Choice.read sample.Options answer) (fun chosen ->
                Judge.scored (chosen = gold) (Sample.LetterOf chosen) letter "chosen option"))

let private verbs = [ " is equal to "; " equals "; " is "; " are " ]

/// Words in front of a verb that deny or doubt what it says.
let private doubts =
    "not no never nor neither either or if unless whether maybe perhaps than except but wrong false incorrect".Split ' '
    |> set

/// "The length of AB is 5": what stands behind the only verb, where nothing in front of it counts, doubts or denies.
let private statement (text: string) : string option =
    verbs
    |> List.tryPick (fun verb ->
        match text.IndexOf(verb, System.StringComparison.Ordinal) with
        | at when at > 0 && at = text.LastIndexOf(verb, System.StringComparison.Ordinal) ->
            let subject = text.Substring(0, at)

            let isPlain =
                subject |> Seq.forall (fun c -> System.Char.IsLetter c || " '$,()".Contains c)
                && not (subject.ToLowerInvariant().Split(' ', ',', '\'') |> Array.exists doubts.Contains)

            if isPlain then Some(text.Substring(at + verb.Length)) else None
        | _ -> None)

let private numbers (golds: string[]) : Result<Number.Quantity[], string> =
    (Ok [], golds)
    ||> Array.fold (fun soFar gold ->
        match soFar, Number.read gold with
        | Ok values, Ok value -> Ok(value :: values)
        | Error e, _ -> Error e
        | _, Error _ -> Error $"wanted a number as gold, found '{gold}'")
    |> Result.map (List.rev >> List.toArray)

/// Exactly equal to a gold as a number; percent is a factor; units on both sides must agree.
let number: Grader =
    fun sample answer ->
        let golds =
            Golds.texts sample |> Result.bind (fun texts -> numbers texts |> Result.map (fun n -> texts, n))

        Judge.withGold golds (fun (texts, values) ->
            let reading =
                match Number.read answer, statement answer with
                | Error(Refusal.Missing _), Some said -> Number.read said
                | found, _ -> found

            Judge.withAnswer answer (expected texts) reading (fun value ->
                let hit = values |> Array.exists (fun gold -> Number.equal gold value)
                Judge.scored hit answer (expected texts) $"read as {value.Value} {value.Unit}"))

/// Relaxed accuracy: numbers within 5 % of a gold, other texts equal in normal form.
let relaxed: Grader =
    overTexts (fun golds answer ->
        notBlank answer golds (fun answer ->
            Judge.withAnswer "" (expected golds) (Reading.atMost Limits.answer answer) (fun answer ->
                let hit = golds |> Array.exists (fun gold -> TextMetrics.relaxed gold answer)
                Judge.scored hit answer (expected golds) (if hit then "within 5 %" else "not within 5 %"))))

/// ANLS on normal forms, the best over the golds.
let anls: Grader =
    overTexts (fun golds answer ->
        notBlank answer golds (fun answer ->
            Judge.withAnswer answer (expected golds) (TextMetrics.anls golds answer) (fun value ->
                Judge.partly value answer (expected golds) "similarity of the closest gold")))

let private isLetter (gold: string) =
    let text = gold.Trim()
    text.Length = 1 && System.Char.IsAsciiLetterUpper text[0]

/// A single capital letter may be an option's letter as well as a variable.
let private sameLetter (gold: string) (answer: string) =
    isLetter gold
    && match Choice.read [||] answer with
       | Ok index -> Sample.LetterOf index = gold.Trim()
       | Error _ -> false

/// More than a name: "A1" is no way to write the letter A.
let private isComputed (answer: Answer) =
    match answer with
    | Answer.Value(Expr.Symbol _, _) -> false
    | Answer.Value _ -> true
    | _ -> false

let private mathematical (gold: string) : Result<string * Answer, string> =
    match Answer.read gold with
    | Ok answer when AnswerEquality.isDefined answer -> Ok(gold, answer)
    | Ok _ -> Error $"the gold '{gold}' has no value"
    | Error _ -> Error $"the gold '{gold}' cannot be read"

let private all (results: Result<'a, string>[]) : Result<'a[], string> =
    match
        results
        |> Array.tryPick (function
            | Error why -> Some why
            | Ok _ -> None)
    with
    | Some why -> Error why
    | None -> results |> Array.choose Result.toOption |> Ok

/// "The answer is 5" is 5. Long texts keep their introductions: they are refused as they stand.
let private readAnswer (answer: string) =
    if answer.Length > Limits.formula then
        Answer.read answer
    else
        Answer.read (Choice.withoutIntroduction ((Text.unbold answer).TrimStart()))

/// What a sentence states.
let private readStatement (answer: string) : Answer option =
    if answer.Length <= Limits.formula then
        statement answer |> Option.bind (Answer.read >> Result.toOption)
    else
        None

let private hasUnit (answer: Answer) =
    match answer with
    | Answer.Value(_, unit) -> unit <> ""
    | _ -> false

/// Without units: "5 t" may be five times t.
let private sameFormula (gold: string) (answer: string) =
    match Parser.expression Parser.answers gold, Parser.expression Parser.answers answer with
    | Ok a, Ok b -> Equality.equal a b
    | _ -> false

/// Mathematically equal to a gold: numbers, radicals, sets, intervals, equations, expressions ... by exact arithmetic and
/// random points. A unit may stand on one side; percent is a factor; words are equal in normal form.
let math: Grader =
    fun sample answer ->
        let golds = Golds.texts sample |> Result.bind (Array.map mathematical >> all)

        Judge.withGold golds (fun golds ->
            let wanted = golds |> Array.map fst |> expected

            Judge.withAnswer answer wanted (Reading.notBlank answer |> Result.bind readAnswer) (fun read ->
                let isRight (read: Answer) =
                    golds
                    |> Array.exists (fun (text, gold) ->
                        sameLetter text answer
                        || not (isLetter text && isComputed read)
                           && AnswerEquality.equal AnswerEquality.strict gold read
                        || (hasUnit gold || hasUnit read) && sameFormula text answer)

                let stated = readStatement answer
                let hit = isRight read || Option.exists isRight stated

                match Option.defaultValue read stated, hit with
                | Answer.Words _, false when golds |> Array.forall (fun (_, gold) -> not gold.IsWords) ->
                    Judge.unread answer wanted (Refusal.Missing "no mathematical answer")
                | _ -> Judge.scored hit answer wanted (if hit then "equal" else "not equal")))

/// What a gold calls for: an option where there are options and the gold is one of them, else a mathematical answer or
/// equal words.
let accuracy: Grader =
    fun sample answer ->
        match sample.Gold, Golds.texts sample with
        | Gold.Letter _, _ -> choice sample answer
        | _, Ok golds when sample.Options.Length > 0 && (Choice.gold sample.Options golds[0]).IsOk ->
            choice sample answer
        | _ -> Combine.any [ math sample; text sample ] answer

/// How box answers are read and judged.
type BoxOptions = {
    /// The system of the answer's numbers; None: the gold's own, and 0..1000 for a region.
    System: CoordinateSystem option
    Strategy: Matching.Strategy
    /// Overlaps up to this value count as 0.
    Floor: float
    /// Above 0: overlaps of at least this value count as 1, all others as 0.
    Threshold: float
}

/// No floor, no threshold, largest overlap first, numbers as the gold has them.
let defaultBoxes = { System = None; Strategy = Matching.Greedy; Floor = 0.0; Threshold = 0.0 }

/// What an overlap earns.
let private credit (options: BoxOptions) (overlap: float) =
    if options.Threshold > 0.0 then
        (if overlap >= options.Threshold then 1.0 else 0.0)
    elif overlap > options.Floor then
        overlap
    else
        0.0

let private describe (b: Box) = System.FormattableString.Invariant $"[{b.X1:R}, {b.Y1:R}, {b.X2:R}, {b.Y2:R}]"

let private readBoxes (system: CoordinateSystem option) (sample: Sample) (answer: string) judge =
    let gold =
        Coordinates.goldBoxes sample
        |> Result.bind (fun (golds, own) ->
            let inherited =
                match sample.Gold with
                | Gold.Region _ -> CoordinateSystem.Thousand
                | _ -> own

            Coordinates.conversion sample (defaultArg system inherited) own
            |> Result.map (fun convert -> golds, convert))

    Judge.withGold gold (fun (golds, convert) ->
        let describeAll (boxes: LabelledBox[]) =
            boxes |> Seq.truncate 8 |> Seq.map (fun b -> describe b.Box) |> String.concat ", "

        let wanted = describeAll golds

        Judge.withAnswer answer wanted (BoxReader.any answer) (fun found ->
            let found = found |> Array.map (fun b -> { b with Box = convert b.Box })

            if int64 found.Length * int64 golds.Length > int64 Limits.pairs then
                Judge.unread "" wanted (Refusal.Limit $"{found.Length} boxes")
            else
                judge golds found (describeAll found) wanted))

/// Matched overlap over the larger number of boxes.
let boxSet (options: BoxOptions) : Grader =
    fun sample answer ->
        readBoxes options.System sample answer (fun golds found extracted wanted ->
            let value = Matching.credited options.Strategy (credit options) golds (Matching.distinct found)
            Judge.partly value extracted wanted $"{found.Length} boxes against {golds.Length}")

let private oneBox system sample answer (judge: Box -> Box -> string -> string -> Verdict) =
    readBoxes system sample answer (fun golds found extracted wanted ->
        match golds, found with
        | [| gold |], [| box |] -> judge gold.Box box.Box extracted wanted
        | [| _ |], _ -> Judge.unread extracted wanted (Refusal.Missing $"wanted one box, found {found.Length}")
        | _ -> Judge.unscorable $"wanted one gold box, found {golds.Length}")

/// IoU of exactly one box, by the floor and the threshold.
let iou (options: BoxOptions) : Grader =
    fun sample answer ->
        oneBox options.System sample answer (fun gold box extracted wanted ->
            Judge.partly (credit options (Overlap.iou gold box)) extracted wanted "overlap")

/// 1 when the centre of the one box lies inside the one gold box.
let centreInBox (options: BoxOptions) : Grader =
    fun sample answer ->
        oneBox options.System sample answer (fun gold box extracted wanted ->
            let struct (x, y) = Overlap.centre box
            Judge.scored (box.IsValid && Overlap.contains gold x y) extracted wanted "centre in box")

/// 1 when the point, or the centre of the one box, lies inside the one gold box.
let pointInBox (options: BoxOptions) : Grader =
    fun sample answer ->
        let gold =
            Coordinates.goldBoxes sample
            |> Result.bind (fun (golds, own) ->
                if golds.Length <> 1 then
                    Error $"wanted one gold box, found {golds.Length}"
                else
                    Coordinates.conversion sample (defaultArg options.System own) own
                    |> Result.map (fun convert -> golds[0].Box, convert))

        Judge.withGold gold (fun (gold, convert) ->
            let wanted = describe gold

            Judge.withAnswer answer wanted (BoxReader.point answer) (fun (struct (x, y)) ->
                let moved = convert (Box.Create(x, y, x, y))
                Judge.scored (Overlap.contains gold moved.X1 moved.Y1) answer wanted "point in box"))
