namespace MoDoMoDo.Mixtures

open System.Collections.Generic
open System.IO
open System.Text.Json
open MoDoMoDo.Domain

/// One group in a bounds file.
type BoundsGroup = { Domains: string[]; Lower: float option; Upper: float option }

/// The written form of a mixture space (CLI.md, "Bounds"). Absent parts bound nothing.
type Bounds = {
    Lower: Dictionary<string, float> | null
    Upper: Dictionary<string, float> | null
    Groups: BoundsGroup[] | null
    /// Examples that each domain has.
    Sizes: Dictionary<string, int> | null
    /// Examples that a run draws.
    Examples: int option
    /// How often a domain may be passed; with Sizes and Examples no domain is exhausted.
    Epochs: float option
}

module Bounds =

    let private options =
        JsonSerializerOptions(
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = Serialization.JsonUnmappedMemberHandling.Disallow,
            ReadCommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true
        )

    let private entries (items: IEnumerable<'a> | null) : 'a seq =
        match items with
        | null -> Seq.empty
        | some -> some

    /// The space that the bounds leave of the simplex of these domains.
    let space (domains: IReadOnlyList<string>) (bounds: Bounds) : Result<MixtureSpace, SpaceConflict> =
        let steps: (MixtureSpace -> Result<MixtureSpace, SpaceConflict>) list = [
            for KeyValue(d, l) in entries bounds.Lower do
                MixtureSpace.floor d l
            for KeyValue(d, u) in entries bounds.Upper do
                MixtureSpace.cap d u
            for g in entries bounds.Groups do
                MixtureSpace.group g.Domains (Option.defaultValue 0.0 g.Lower) (Option.defaultValue 1.0 g.Upper)
            match bounds.Sizes, bounds.Examples with
            | NonNull sizes, Some examples -> MixtureSpace.epochs sizes examples (Option.defaultValue 1.0 bounds.Epochs)
            | _ -> ()
        ]

        (Ok(MixtureSpace.simplex domains), steps) ||> List.fold (fun s step -> Result.bind step s)

    /// The bounds that leave this space: `space` of them is the space again. Epoch limits are written as the caps that they are.
    let ofSpace (space: MixtureSpace) : Bounds =
        let table (values: IReadOnlyList<float>) nothing =
            Dictionary(Seq.zip space.Domains values |> Seq.filter (fun (_, x) -> x <> nothing) |> Seq.map KeyValuePair)

        {
            Lower = table space.Floors 0.0
            Upper = table space.Caps 1.0
            Groups =
                space.Groups
                |> Array.map (fun g -> {
                    Domains = g.Members |> Array.map (fun i -> space.Domains[i])
                    Lower = Some g.Lower
                    Upper = Some g.Upper
                })
            Sizes = null
            Examples = None
            Epochs = None
        }

    /// Writes a space as a JSON file of bounds, which `read` reads back.
    let write (file: string) (space: MixtureSpace) : unit =
        File.WriteAllText(file, JsonSerializer.Serialize(ofSpace space, options) + "\n")

    /// The space in a JSON file of bounds. Raises InputException when the file cannot be read, names an unknown field or
    /// domain, or leaves no mixture.
    let read (domains: IReadOnlyList<string>) (file: string) : MixtureSpace =
        let refuse field wanted found = raise (InputException(file, field, wanted, found))

        try
            match JsonSerializer.Deserialize<Bounds>(File.ReadAllText file, options) with
            | null -> refuse "" "bounds as in CLI.md" "null"
            | bounds ->
                match space domains bounds with
                | Ok s -> s
                | Error conflict -> refuse conflict.Constraint "bounds that allow a mixture" conflict.Against
        with
        | :? JsonException as e -> refuse (string e.Path) "bounds as in CLI.md" e.Message
        | :? IOException -> refuse "" "a readable file" "none"
