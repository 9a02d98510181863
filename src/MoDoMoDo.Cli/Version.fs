namespace MoDoMoDo.Cli

open System
open System.Diagnostics
open System.IO
open System.Reflection

/// What this executable is made of. Reads files only: nothing is loaded, libtorch least of all.
module Version =

    /// The product version with the commit that it was built from: "0.1.0+1a2b3c4".
    let product () : string =
        match Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>() with
        | null -> "0.0.0"
        | attribute -> attribute.InformationalVersion

    let private versionOf (path: string) =
        match FileVersionInfo.GetVersionInfo(path).ProductVersion with
        | null -> ""
        | version -> (version.Split '+')[0]

    let private libraries = [
        "FSharp.Core"
        "TorchSharp"
        "MathNet.Numerics"
        "Deedle"
        "Plotly.NET"
        "ParquetSharp"
        "SkiaSharp"
        "Microsoft.ML.Tokenizers"
        "Argu"
        "Spectre.Console"
    ]

    let private natives = [
        "libtorch_cpu.so"
        "libtorch_cuda.so"
        "libLibTorchSharp.so"
        "libSkiaSharp.so"
        "ParquetSharpNative.so"
    ]

    let private found (folder: string) (file: string) =
        let beside = Path.Combine(folder, file)

        if File.Exists beside then
            true
        else
            let runtimes = Path.Combine(folder, "runtimes")

            Directory.Exists runtimes
            && Directory.EnumerateFiles(runtimes, file, SearchOption.AllDirectories) |> Seq.isEmpty |> not

    /// The lines of --version.
    let lines () : string list =
        let folder = AppContext.BaseDirectory

        [
            "modomodo " + product ()
            ".NET "
            + string Environment.Version
            + " on "
            + Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier
            for library in libraries do
                let path = Path.Combine(folder, library + ".dll")

                if File.Exists path then
                    library + " " + versionOf path
            for native in natives do
                if found folder native then
                    native
        ]
