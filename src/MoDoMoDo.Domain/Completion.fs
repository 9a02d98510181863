namespace MoDoMoDo.Domain

/// Why a completion ended.
type CompletionEnd =
    /// The policy emitted an end token.
    | Stopped = 0
    /// The limit of new tokens was reached.
    | Length = 1

/// What the policy answered to one prompt.
type Completion = {
    /// Token ids [T], the end token included.
    Ids: int[]
    /// The text of the ids, special tokens left out.
    Text: string
    /// Log-probabilities [T] of the ids under the full distribution at the sampling temperature; empty when not kept.
    LogProbs: float32[]
    End: CompletionEnd
} with

    /// A completion of which only the text is known (another trainer's, or a test's).
    static member OfText(text: string) : Completion = {
        Ids = [||]
        Text = text
        LogProbs = [||]
        End = CompletionEnd.Stopped
    }

/// An answer to be judged, with all that a verifier may look at.
type Attempt = {
    Sample: Sample
    /// The prompt's text as the policy saw it.
    Prompt: string
    Completion: Completion
    /// Optimiser step of the training run, for thresholds that change with it; 0 outside training.
    Step: int
} with

    /// An attempt outside training, known by its text alone.
    static member Create(sample: Sample, text: string) : Attempt = {
        Sample = sample
        Prompt = sample.Question
        Completion = Completion.OfText text
        Step = 0
    }
