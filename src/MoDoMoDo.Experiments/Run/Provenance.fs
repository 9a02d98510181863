namespace MoDoMoDo.Experiments

open System
open System.IO
open System.Reflection
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Text

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

    let private versionOf (assembly: string) =
        AppDomain.CurrentDomain.GetAssemblies()
        |> Array.tryPick (fun a ->
            let name = a.GetName()
            if name.Name = assembly then Some(string name.Version) else None)
        |> Option.defaultValue ""

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

    /// The provenance of a run with these settings.
    let ofSettings (s: Settings) : Json =
        let section name = Json.line (s.At name)

        Json.Object [
            "tool", Json.Text("modomodo " + version ())
            "commit", Json.Text(commit ())
            "runtime", Json.Text RuntimeInformation.FrameworkDescription
            "torchsharp", Json.Text(versionOf "TorchSharp")
            "data", Json.Text(hash (section "data"))
            "start", Json.Text(hash (section "model"))
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
