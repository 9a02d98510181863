namespace MoDoMoDo.Laws

open System
open FsCheck.FSharp
open MoDoMoDo.Domain

/// The entry for scripts: `Laws.check verifier` prints which laws hold. Everything else that the laws speak of can be checked
/// in the same way: `Laws.check { Name = "mine"; Iou = iou; Giou = giou }`.
[<AbstractClass; Sealed>]
type Laws private () =

    static let print (name: string) (findings: Finding[]) =
        Console.Out.WriteLine $"laws of {name}:"
        Law.write Console.Out findings
        let failures = findings |> Array.filter (_.Holds >> not) |> Array.length
        let numbers = findings |> Array.map _.Number |> Array.distinct |> Array.length

        Console.Out.WriteLine(
            if failures = 0 then
                $"all {findings.Length} hold, of {numbers} of the 35 kinds"
            else
                $"{failures} of {findings.Length} FAIL"
        )

        failures = 0

    /// The 35 kinds of laws in a few words, by number.
    static member Titles: (int * string)[] = [|
        1, "range: every score is finite and lies in [0, 1]"
        2, "totality: no text raises, none is too long to be judged"
        3, "determinism: same text, same verdict, in every culture and on every thread"
        4, "time grows about as the text does"
        5, "reflexivity: a right answer, written out, earns full marks"
        6, "symmetry of equality"
        7, "transitivity of equality"
        8, "invariance of notation: $, \\( \\), \\boxed, \\left \\right, \\text, kinds of \\frac, **, spaces, full stop"
        9, "normalising is idempotent"
        10, "normalising is a congruence: one normal form, one verdict"
        11, "reading what was written gives it back"
        12, "formats of numbers: 1234 = 1,234 = 1{,}234 = 1234.0 = 1.234e3"
        13, "scaled fractions: a/b = ka/kb"
        14, "perturbation: neighbours and negatives are unequal, wrong answers earn less"
        15, "commutation: sums, products and sets may be permuted, tuples may not"
        16, "substitution: equal expressions have equal values at random points"
        17, "the thought changes no accuracy"
        18, "a second answer earns no format"
        19, "enumeration: an answer that names several things is not right"
        20, "an empty or unfinished answer is not right"
        21, "white space around an answer changes nothing"
        22, "the prompt in front of the answer makes nothing right"
        23, "ANLS: symmetric, best over golds, 0 or at least one half, 1 exactly for equal normal forms"
        24, "edit distance: a metric, bounded by the lengths, equal to the full table's"
        25, "relaxed accuracy: up to the tolerance, whatever the scale, of the same sign"
        26, "IoU: symmetric, in [0, 1], 1 exactly for equal boxes, 0 for disjoint ones"
        27, "IoU: invariant under translation, scaling and reflection"
        28, "IoU: monotone for nested boxes"
        29, "degenerate and non-finite boxes score 0"
        30, "GIoU: in [-1, IoU], IoU where the hull is the union, for finite boxes of any size"
        31, "box sets: any order, at most min/max of the counts, nothing from false or repeated boxes"
        32, "average precision: by rank alone, any order of images, 1 when perfect, nothing from false boxes"
        33, "masks: runs, pixels and text agree"
        34, "coordinates: there and back within half a step"
        35, "combinators, length and group rewards keep their algebra"
    |]

    /// The laws of this library's own implementations, verifiers apart: one list for each.
    static member OfOurs: (string * Law list)[] = [|
        Ours.numbers.Name, EqualityLaws.notation Ours.numbers @ EqualityLaws.exactness Ours.numbers
        Ours.mathematics.Name,
        EqualityLaws.notation Ours.mathematics
        @ EqualityLaws.exactness Ours.mathematics
        @ EqualityLaws.mathematics Ours.mathematics
        for normaliser in Ours.normalisers do
            normaliser.Name, ReadingLaws.normaliser normaliser
        Ours.words.Name, ReadingLaws.comparison Ours.words
        Ours.expressions.Name, ReadingLaws.codec Formulas.any Ours.expressions
        Ours.rationals.Name, ReadingLaws.codec Formulas.coordinate Ours.rationals
        Ours.anls.Name, TextLaws.similarity Ours.anls
        Ours.edits.Name, TextLaws.editDistance Ours.edits
        Ours.relaxed.Name, TextLaws.relaxed Ours.relaxed
        Ours.overlaps.Name, BoxLaws.overlaps Ours.overlaps
        Ours.setScores.Name, BoxLaws.setScores Ours.setScores
        Ours.precision.Name, ImageLaws.precision Ours.precision
        Ours.masks.Name, ImageLaws.masks Ours.masks
        Ours.conversions.Name, ImageLaws.conversions Ours.conversions
        Ours.combinators.Name, CombinatorLaws.combinators Ours.combinators
        Ours.lengths.Name, CombinatorLaws.lengths Ours.lengths
    |]

    /// The laws' findings for a verifier, on those of the library's families of samples that it judges.
    static member Findings(verifier: IVerifier) : Finding[] = VerifierLaws.ofVerifier verifier |> Law.checkAll

    /// Checks a verifier, writes which laws hold, with the smallest counterexample of each that does not, and returns true
    /// when all hold.
    static member check(verifier: IVerifier) : bool = Laws.Findings verifier |> print verifier.Name

    /// The same on families of one's own: `Laws.check(verifier, [ Families.ofExamples "moves" [ sample, right, wrong ] ])`.
    static member check(verifier: IVerifier, families: Family list) : bool =
        VerifierLaws.over families verifier |> Law.checkAll |> print verifier.Name

    /// Checks a verifier of a completion's form, which judges no answer: format, length, instructions. The sample holds the gold
    /// that it wants, the completion has the form.
    static member checkForm(verifier: IVerifier, sample: Sample, completion: string) : bool =
        VerifierLaws.ofForm sample completion verifier |> Law.checkAll |> print verifier.Name

    /// Checks an equality of mathematical answers.
    static member check(equality: EqualityLaws.Equality) : bool =
        EqualityLaws.notation equality @ EqualityLaws.exactness equality @ EqualityLaws.mathematics equality
        |> Law.checkAll
        |> print equality.Name

    /// Checks a normal form.
    static member check(normaliser: ReadingLaws.Normaliser) : bool =
        ReadingLaws.normaliser normaliser |> Law.checkAll |> print normaliser.Name

    /// Checks a comparison against the normal form that it goes by.
    static member check(comparison: ReadingLaws.Comparison) : bool =
        ReadingLaws.comparison comparison |> Law.checkAll |> print comparison.Name

    /// Checks a similarity of texts.
    static member check(similarity: TextLaws.Similarity) : bool =
        TextLaws.similarity similarity |> Law.checkAll |> print similarity.Name

    /// Checks a distance in edits.
    static member check(edits: TextLaws.EditDistance) : bool =
        TextLaws.editDistance edits |> Law.checkAll |> print edits.Name

    /// Checks a relaxed accuracy.
    static member check(relaxed: TextLaws.Relaxed) : bool =
        TextLaws.relaxed relaxed |> Law.checkAll |> print relaxed.Name

    /// Checks IoU and GIoU.
    static member check(overlaps: BoxLaws.Overlaps) : bool =
        BoxLaws.overlaps overlaps |> Law.checkAll |> print overlaps.Name

    /// Checks scores of box sets.
    static member check(scores: BoxLaws.SetScores) : bool =
        BoxLaws.setScores scores |> Law.checkAll |> print scores.Name

    /// Checks an average precision.
    static member check(precision: ImageLaws.Precision) : bool =
        ImageLaws.precision precision |> Law.checkAll |> print precision.Name

    /// Checks masks.
    static member check(masks: ImageLaws.MaskCodec) : bool = ImageLaws.masks masks |> Law.checkAll |> print masks.Name

    /// Checks conversions of coordinates.
    static member check(conversions: ImageLaws.Conversions) : bool =
        ImageLaws.conversions conversions |> Law.checkAll |> print conversions.Name

    /// Checks combinators of rewards.
    static member check(combinators: CombinatorLaws.Combinators) : bool =
        CombinatorLaws.combinators combinators |> Law.checkAll |> print combinators.Name

    /// Checks rewards of length.
    static member check(lengths: CombinatorLaws.LengthRewards) : bool =
        CombinatorLaws.lengths lengths |> Law.checkAll |> print lengths.Name
