namespace MoDoMoDo.Domain

open System
open System.Collections.Generic

/// What counts as right.
[<RequireQualifiedAccess>]
type Gold =
    /// The letter of one of the sample's options: "A", "B", ...
    | Letter of Letter: string
    /// Any of these texts. Numbers and formulas are texts too: the verifier decides how they are read.
    | Text of Answers: string[]
    /// All of these boxes (one for a referring expression).
    | Boxes of Boxes: LabelledBox[] * System: CoordinateSystem
    /// A region in pixels: the polygons to find, those that do not count, and the image's size.
    | Region of Target: Polygon[] * Ignored: Polygon[] * Size: ImageSize

    /// Calls the function of the case at hand; the only complete way to take a union apart in C#.
    member gold.Match
        (
            letter: Func<string, 'r>,
            text: Func<string[], 'r>,
            boxes: Func<LabelledBox[], CoordinateSystem, 'r>,
            region: Func<Polygon[], Polygon[], ImageSize, 'r>
        ) : 'r =
        match gold with
        | Letter l -> letter.Invoke l
        | Text answers -> text.Invoke answers
        | Boxes(b, system) -> boxes.Invoke(b, system)
        | Region(target, ignored, size) -> region.Invoke(target, ignored, size)

/// One question with its images and what counts as a right answer.
type Sample = {
    /// Unique within its domain.
    Id: string
    /// Training domain or benchmark: "world-sat", "chartqa", ...
    Domain: string
    Question: string
    /// Texts of the options in the order of their letters; empty when the question has none.
    Options: string[]
    /// In the order in which the question speaks of them; may be empty.
    Images: Image[]
    Gold: Gold
    /// Further fields of the row that a verifier, metric or report may want (precision, unit, category, template ...).
    Fields: IReadOnlyDictionary<string, string>
} with

    /// The letter of option `index`: 0 is "A".
    static member LetterOf(index: int) = string (char (int 'A' + index))

    /// A sample without options and fields.
    static member Create(id: string, domain: string, question: string, images: Image[], gold: Gold) : Sample = {
        Id = id
        Domain = domain
        Question = question
        Options = [||]
        Images = images
        Gold = gold
        Fields = Dictionary<string, string>()
    }
