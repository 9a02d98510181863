namespace MoDoMoDo.Cli

open System
open System.Reflection
open MoDoMoDo.Experiments

/// What this executable is made of. Reads files only: nothing is loaded, libtorch least of all.
module Version =

    /// The product version with the commit that it was built from: "0.1.0+1a2b3c4".
    let product () : string =
        match Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>() with
        | null -> "0.0.0"
        | attribute -> attribute.InformationalVersion

    /// The lines of --version.
    let lines () : string list = [
        "modomodo " + product ()
        ".NET "
        + string Environment.Version
        + " on "
        + Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier
        for name, version in Provenance.libraries () @ Provenance.natives () do
            name + " " + version
    ]
