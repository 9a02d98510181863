namespace MoDoMoDo.Experiments

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Text
open MoDoMoDo.Data

/// Where a result comes from: versions, commit, hashes, machine.
module Provenance =

    let private informational () =
        match typeof<Json>.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>() with
        | null -> "0.0.0"
        | attribute -> attribute.InformationalVersion

    /// Version of this tool.
    let version () : string = (informational ()).Split('+')[0]

    /// The commit that it was built from; empty when unknown.
    let commit () : string =
        match (informational ()).Split '+' with
        | [| _; commit |] -> commit
        | _ -> ""

    /// The folder of the libraries and of their native code.
    let private folder =
        match Path.GetDirectoryName typeof<Json>.Assembly.Location with
        | null
        | "" -> AppContext.BaseDirectory
        | folder -> folder

    /// The libraries that results depend on, with their versions. Reads files only: nothing is loaded.
    let libraries () : (string * string) list = [
        for name in
            [
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
            ] do
            let file = Path.Combine(folder, name + ".dll")

            if File.Exists file then
                match FileVersionInfo.GetVersionInfo(file).ProductVersion with
                | null -> name, ""
                | version -> name, (version.Split '+')[0]
    ]

    let private isThere (file: string) =
        let runtimes = Path.Combine(folder, "runtimes")

        File.Exists(Path.Combine(folder, file))
        || Directory.Exists runtimes
           && not (Seq.isEmpty (Directory.EnumerateFiles(runtimes, file, SearchOption.AllDirectories)))

    /// The native libraries that are there, with the version of their package. Reads files only.
    let natives () : (string * string) list =
        let packages = dict (libraries ())

        let versionOf package =
            match packages.TryGetValue package with
            | true, version -> version
            | _ -> ""

        let libtorch =
            typeof<Json>.Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            |> Seq.tryFind (fun metadata -> metadata.Key = "libtorch")
            |> Option.map (fun metadata -> string metadata.Value)
            |> Option.defaultValue ""

        [
            "libtorch_cpu.so", libtorch
            "libtorch_cuda.so", libtorch
            "libLibTorchSharp.so", versionOf "TorchSharp"
            "libSkiaSharp.so", versionOf "SkiaSharp"
            "ParquetSharpNative.so", versionOf "ParquetSharp"
        ]
        |> List.filter (fst >> isThere)

    /// The first 16 hexadecimal digits of the SHA-256 of a text.
    let hash (text: string) : string =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes text)).Substring(0, 16)

    let private processor () =
        if File.Exists "/proc/cpuinfo" then
            File.ReadLines "/proc/cpuinfo"
            |> Seq.tryFind _.StartsWith("model name", StringComparison.Ordinal)
            |> Option.map (fun line -> line.Substring(line.IndexOf ':' + 1).Trim())
            |> Option.defaultValue ""
        else
            ""

    /// A file for a hash: its name, length, and first and last 64 KiB. Whole data sets and checkpoints would take minutes.
    let private fingerprint (file: string) : string =
        use stream = File.OpenRead file
        let part = int (min stream.Length 65536L)
        let bytes = Array.zeroCreate (2 * part)
        stream.ReadExactly(bytes, 0, part)
        stream.Seek(-(int64 part), SeekOrigin.End) |> ignore
        stream.ReadExactly(bytes, part, part)
        $"{Path.GetFileName file} {stream.Length} {Convert.ToHexStringLower(SHA256.HashData bytes)}"

    let private filesOf (path: string) =
        if Directory.Exists path then
            Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b))
        else
            Seq.singleton path

    /// A hash of the data: of the settings that name it, and of the files.
    let private dataHash (s: Settings) =
        let sets = [ for role in [ "domains"; "benchmarks" ] -> s.At("data." + role) |> Json.fields |> List.map snd ]

        let files =
            sets
            |> Seq.concat
            |> Seq.collect (fun set -> Json.items (Json.field "files" set) |> Seq.map Json.text)
            |> DatasetCatalogue.Files
            |> Seq.collect filesOf

        hash (String.Join("\n", Seq.append [ Json.line (s.At "data") ] (Seq.map fingerprint files)))

    /// The provenance of a run with these settings that started from the policy in a folder.
    let ofSettings (s: Settings) (start: string) : Json =
        let weights = filesOf start |> Seq.filter _.EndsWith(".safetensors", StringComparison.Ordinal)
        let versions named = Json.Object [ for name, version in named -> name, Json.Text version ]

        Json.Object [
            "tool", Json.Text("modomodo " + version ())
            "commit", Json.Text(commit ())
            "runtime", Json.Text RuntimeInformation.FrameworkDescription
            "libraries", versions (libraries ())
            "natives", versions (natives ())
            "data", Json.Text(dataHash s)
            "start", Json.Text(hash (String.Join("\n", Seq.map fingerprint weights)))
            "machine",
            Json.Text(
                RuntimeInformation.OSDescription
                + ", "
                + processor ()
                + ", "
                + string Environment.ProcessorCount
                + " processors"
            )
        ]
