namespace MoDoMoDo.Domain

open System.Collections.Generic

/// Judges answers. Implementations are pure and safe to call from many threads, and never raise on a model's text.
type IVerifier =
    /// The name that settings use.
    abstract Name: string
    /// The verdict on an attempt.
    abstract Verify: attempt: Attempt -> Verdict

/// A figure over a set of attempts that is no mean of verdicts (average precision, cumulative IoU ...).
type IMetric =
    /// The name that reports use.
    abstract Name: string
    /// The figure over all attempts of a benchmark.
    abstract Evaluate: attempts: IReadOnlyList<Attempt> -> Evaluation

/// Samples of one domain or benchmark by index. Reading may be lazy; the same index always gives the same sample.
type ISampleSource =
    /// Domain or benchmark.
    abstract Name: string
    /// Number of samples.
    abstract Count: int
    /// The sample at 0 <= index < Count. Raises InputException when its row cannot be read.
    abstract Get: index: int -> Sample

/// Turns an image of a sample into pixels.
type IImageSource =
    /// The decoded image. Raises InputException when it cannot be read or is larger than allowed.
    abstract Load: image: Image -> RgbImage

/// A quantity added to rewards after verdicts (length, repetition): signed, and computed over a whole group.
type IShaping =
    /// The name that settings and logs use.
    abstract Name: string
    /// One finite number for each completion of the group.
    abstract Shape: group: IReadOnlyList<Attempt> -> float[]

/// One prompt to roll out: sample `Index` of domain number `Domain`.
[<Struct>]
type Draw = {
    /// Position of the domain in the sampler's list.
    Domain: int
    /// Index into the domain's source.
    Index: int
}

/// Decides which prompts come next. Deterministic: the state is a short text, and restoring it resumes the sequence.
type IPromptSampler =
    /// Domain names, in the order of Draw.Domain.
    abstract Domains: IReadOnlyList<string>
    /// The mixture in force.
    abstract Weights: Weights
    /// The next draws; fewer than asked for when a domain is exhausted and the policy on exhaustion is to stop.
    abstract Next: count: int -> Draw[]
    /// One more draw from a given domain, outside the mixture's account (dynamic sampling); none when it is exhausted.
    abstract NextFrom: domain: int -> Draw voption
    /// How many draws each domain has had so far.
    abstract Drawn: IReadOnlyList<int>
    /// The state, to be written into a checkpoint.
    abstract Save: unit -> string
    /// Puts the sampler back into a saved state. Raises InputException when the text is none.
    abstract Restore: state: string -> unit

/// What one batch said of a domain.
[<Struct>]
type DomainSignal = {
    /// Position of the domain in the sampler's list.
    Domain: int
    /// Prompts of the domain in the batch.
    Prompts: int
    /// Mean absolute advantage of their completions: 0 where no group had anything to learn from.
    Advantage: float
}

/// A sampler whose mixture changes during a run, with what training finds in each domain.
type IAdaptiveSampler =
    inherit IPromptSampler
    /// Takes note of a finished batch, before the state is saved.
    abstract Observe: batch: IReadOnlyList<DomainSignal> -> unit

/// A training domain, ready to use.
type TrainingDomain = {
    Name: string
    /// Samples to train on.
    Source: ISampleSource
    /// Items held back for choosing the best checkpoint; may be empty.
    HeldBack: ISampleSource
    Template: PromptTemplate
    Verifier: IVerifier
}

/// A benchmark, ready to use.
type Benchmark = {
    Name: string
    Source: ISampleSource
    Template: PromptTemplate
    /// Scores one attempt.
    Verifier: IVerifier
    /// Figures over the whole set; may be empty.
    Metrics: IMetric[]
}
