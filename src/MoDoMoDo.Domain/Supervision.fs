namespace MoDoMoDo.Domain

/// A stretch of text in a supervised example.
[<Struct>]
type SupervisedSegment = {
    Text: string
    /// Weight of each of its tokens in the loss; 0 = read, not learnt.
    Weight: float
}

/// Images with one or more texts about them. Every text sees the images and itself, never another text.
type SupervisedExample = {
    Images: Image[]
    /// Each a row of segments.
    Texts: SupervisedSegment[][]
}

/// An image whose image tokens are to be named by words.
type TaggedImage = {
    Image: Image
    /// For each image token, row by row, one word of each group of words; empty = nothing to learn there.
    Tags: string[][]
}
