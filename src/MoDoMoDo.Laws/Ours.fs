/// This library's own implementations, as the values that the laws speak of.
module MoDoMoDo.Laws.Ours

open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

/// Mathematical equality of answers, as rewards have it.
let mathematics: EqualityLaws.Equality = {
    Name = "mathematics"
    Equal =
        fun gold answer ->
            match Answer.read gold, Answer.read answer with
            | Ok g, Ok a -> AnswerEquality.equal AnswerEquality.strict g a
            | _ -> false
}

/// Equality of plain numbers with units.
let numbers: EqualityLaws.Equality = {
    Name = "numbers"
    Equal =
        fun gold answer ->
            match Number.read gold, Number.read answer with
            | Ok g, Ok a -> Number.equal g a
            | _ -> false
}

/// All normal forms of texts.
let normalisers: ReadingLaws.Normaliser list = [
    { Name = "single spaces"; Normal = Text.collapseSpaces }
    { Name = "lower case"; Normal = Text.lower }
    { Name = "caseless"; Normal = Text.caseless }
    { Name = "simple"; Normal = Text.simple }
    { Name = "unwrapped"; Normal = Text.unwrap }
    { Name = "untexed"; Normal = Text.untex }
    { Name = "answer"; Normal = Text.answer }
]

/// Equal words, by their normal form.
let words: ReadingLaws.Comparison = {
    Name = "text"
    Normal = Text.answer
    Equal =
        fun gold answer ->
            let sample = Sample.Create("", "", "", [||], Gold.Text [| gold |])
            (Grade.text sample answer).Value = 1.0
}

/// The parser of expressions, beside the writer of these laws.
let expressions: ReadingLaws.Codec<Expr> = {
    Name = "expressions"
    Write = Formulas.write
    Read =
        fun text ->
            match Answer.read text with
            | Ok(Answer.Value(e, "")) -> Some e
            | _ -> None
}

/// Exact numbers and their text.
let rationals: ReadingLaws.Codec<Rational> = {
    Name = "numbers"
    Write = string
    Read = fun text -> Number.read text |> Result.toOption |> Option.map _.Value
}

/// ANLS for rewards.
let anls: TextLaws.Similarity = {
    Name = "ANLS"
    Score = fun golds answer -> TextMetrics.anls golds answer |> Result.defaultValue 0.0
}

/// Levenshtein's distance.
let edits: TextLaws.EditDistance = {
    Name = "Levenshtein"
    Distance = fun a b -> TextMetrics.levenshtein (Text.codePoints a) (Text.codePoints b)
}

/// IoU and GIoU.
let overlaps: BoxLaws.Overlaps = { Name = "overlap"; Iou = Overlap.iou; Giou = Overlap.giou }

/// Matched IoU over the larger number of boxes.
let setScores: BoxLaws.SetScores = {
    Name = "box sets"
    Greedy = Matching.setScore Matching.Greedy 0.0
    Optimal = Matching.setScore Matching.Optimal 0.0
}

/// COCO's AP.
let precision: ImageLaws.Precision = {
    Name = "average precision"
    Ap = fun truths found -> (AveragePrecision.statistics truths found)[0]
}

/// COCO's run lengths.
let masks: ImageLaws.MaskCodec = {
    Name = "masks"
    Encode = Masks.encode
    Decode = Masks.decode
    Write = Masks.toString
    Read = fun h w text -> Masks.ofString h w text |> Result.toOption
    Iou = Masks.iou false
}

/// Conversions of coordinates.
let conversions: ImageLaws.Conversions =
    let bare (BoxIn b: BoxIn<'system>) = b

    {
        Name = "coordinates"
        ToThousand = fun size b -> bare (Geometry.pixelToThousand size (BoxIn b))
        FromThousand = fun size b -> bare (Geometry.thousandToPixel size (BoxIn b))
        ToResized = fun original resized b -> bare (Geometry.pixelToResized original resized (BoxIn b))
        FromResized = fun original resized b -> bare (Geometry.resizedToPixel original resized (BoxIn b))
    }

/// The combinators of rewards.
let combinators: CombinatorLaws.Combinators = {
    Name = "combinators"
    All = Combine.all
    Any = Combine.any
    Both = Combine.both
    Weighted = List.mapi (fun i (w, r) -> string i, w, r) >> Combine.weighted
    Gate = Combine.gate
    OrElse = fun first next -> Combine.orElse next first
    Contramap = Combine.contramap
}

/// Cosine, overlong and group length rewards.
let lengths: CombinatorLaws.LengthRewards = {
    Name = "lengths"
    Cosine = Length.cosine Length.defaultCosine
    Overlong = Length.softOverlong
    Group = Length.kimi
}

/// Relaxed accuracy.
let relaxed: TextLaws.Relaxed = {
    Name = "relaxed accuracy"
    Accepts =
        fun tolerance gold answer ->
            let perMille = System.Numerics.BigInteger(round (tolerance * 1000.0))
            TextMetrics.relaxedWithin (Rational.Create(perMille, 1000I)) gold answer
}
