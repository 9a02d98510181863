namespace MoDoMoDo.Domain

open System.Collections.Generic

/// A benchmark's score under one way of decoding.
type Evaluation = {
    /// Benchmark or domain.
    Name: string
    /// In [0, 1]: mean over the items of the mean over the samples of an item.
    Mean: float
    /// Standard error over items.
    StandardError: float
    /// Number of items that could be scored.
    Count: int
    /// Further figures by name: pass_at_k, format, no_answer (shares), set-level metrics ...
    Further: IReadOnlyDictionary<string, float>
}

/// What a finished run leaves in its ledger row.
type RunRecord = {
    /// Name of the run within its sweep.
    Run: string
    Weights: Weights
    Seed: int
    /// Optimiser steps taken.
    Step: int
    /// Scores of the unseen benchmarks.
    Scores: Evaluation[]
    /// Scores on the training domains' own tests.
    DomainScores: Evaluation[]
    Seconds: float
}
