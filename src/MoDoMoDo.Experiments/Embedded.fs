namespace MoDoMoDo.Experiments

/// Names of the embedded world's sets; that Data knows exactly these is a test.
module Embedded =

    /// The five training domains.
    let domains = [ "world-coco"; "world-lisa"; "world-geoqav"; "world-sat"; "world-scienceqa" ]
    /// The four unseen benchmarks.
    let benchmarks = [ "world-chartqa"; "world-infovqa"; "world-mathvista"; "world-mmmu" ]
