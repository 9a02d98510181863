namespace MoDoMoDo.Mixtures

open MoDoMoDo.Domain

/// A mixture for each stage of a training run (a curriculum): the product of mixture spaces. Products are flat, so that
/// (a x b) x c = a x (b x c); what is done to a product is done to each stage.
type StagedSpace = StagedSpace of MixtureSpace list

module StagedSpace =

    /// One stage.
    let ofSpace (space: MixtureSpace) : StagedSpace = StagedSpace [ space ]

    /// The stages of the first, then those of the second.
    let product (StagedSpace a) (StagedSpace b) : StagedSpace = StagedSpace(a @ b)

    /// The staged mixtures that both allow; an error when no mixture is left in some stage, or the numbers of stages differ.
    let intersect (StagedSpace a) (StagedSpace b) : Result<StagedSpace, SpaceConflict> =
        if a.Length <> b.Length then
            Error { Constraint = $"{b.Length} stages"; Against = $"there are {a.Length} stages" }
        else
            (List.zip a b, Ok [])
            ||> List.foldBack (fun (x, y) stages ->
                Result.bind
                    (fun later -> MixtureSpace.intersect x y |> Result.map (fun stage -> stage :: later))
                    stages)
            |> Result.map StagedSpace

    /// Whether each stage allows its mixture.
    let contains (StagedSpace stages) (mixtures: Weights list) : bool =
        stages.Length = mixtures.Length && List.forall2 MixtureSpace.contains stages mixtures

    /// The nearest staged mixture to some points, one a stage: the squared distance is a sum over stages.
    let project (StagedSpace stages) (points: float[] list) : float[] list =
        List.map2 MixtureSpace.project stages points

    /// A random mixture for each stage.
    let sample (stream: RandomStream) (StagedSpace stages) : float[] list =
        stages |> List.map (MixtureSpace.sample stream)
