namespace MoDoMoDo.Mixtures.Tests

open System.IO
open FsCheck.FSharp
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

/// Random inputs: mixtures, spaces, numbers.
module Generate =
    let domains count = Array.init count (fun i -> string (char (int 'a' + i)))

    let number low high = Gen.choose (0, 1_000_000) |> Gen.map (fun i -> low + (high - low) * float i / 1e6)

    let seed = Gen.choose (0, 1_000_000) |> Gen.map uint64

    /// Zeros are common in real mixtures.
    let weights count = gen {
        let! amounts = Gen.arrayOfLength count (Gen.frequency [ 1, Gen.constant 0.0; 3, number 0.0 1.0 ])
        let! fallback = Gen.choose (0, count - 1)

        let amounts =
            if Array.sum amounts > 0.01 then
                amounts
            else
                Array.init count (fun i -> if i = fallback then 1.0 else 0.0)

        return Weights.Normalised(domains count, amounts)
    }

    /// Constraints are added to the simplex one by one; those that would empty it are left out.
    let space count = gen {
        let names = domains count
        let domain = Gen.elements names

        let constraint' =
            Gen.oneof [
                Gen.map2 MixtureSpace.cap domain (number 0.0 1.0)
                Gen.map2 MixtureSpace.floor domain (number 0.0 0.5)
                gen {
                    let! members = Gen.subListOf names
                    let! a = number 0.0 1.0
                    let! b = number 0.0 1.0
                    return MixtureSpace.group members (min a b) (max a b)
                }
            ]

        let! constraints = Gen.choose (0, 4) |> Gen.bind (fun n -> Gen.listOfLength n constraint')

        return
            (MixtureSpace.simplex names, constraints)
            ||> List.fold (fun space add ->
                match add space with
                | Ok s -> s
                | Error _ -> space)
    }

/// Where the tables of runs lie, which ship with the project.
module Files =
    let rec private root (folder: string) =
        if File.Exists(Path.Combine(folder, "MoDoMoDo.sln")) then
            folder
        else
            match Path.GetDirectoryName folder with
            | null -> failwith "wanted the tests below the folder of MoDoMoDo.sln"
            | parent -> root parent

    let data = Path.Combine(root System.AppContext.BaseDirectory, "experiments", "data")

    let temporary (extension: string) =
        Path.Combine(Path.GetTempPath(), $"modomodo-{System.Guid.NewGuid():N}{extension}")

    /// Runs with a file of this content.
    let withText (extension: string) (content: string) (run: string -> 'r) : 'r =
        let file = temporary extension
        File.WriteAllText(file, content)

        try
            run file
        finally
            File.Delete file
