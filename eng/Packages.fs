/// paket.dependencies -> Directory.Packages.props: a plain transformation, no resolver and no network.
module Packages

open System

/// A group of paket.dependencies with its packages in order; the group without a name is Main.
type Group = { Name: string; Packages: (string * string) list }

let private words (line: string) = line.Split([| ' '; '\t' |], StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

let private isComment (line: string) = line.StartsWith("//", StringComparison.Ordinal) || line.StartsWith '#'

/// The groups of the file's lines. Error, with the line's number: a package without an exact version, a package that
/// stands there twice, a `source` line, or a word that this project does not use.
let read (lines: string seq) : Result<Group list, string> =
    let add name groups = Ok({ Name = name; Packages = [] } :: groups)

    let step groups (number, line: string) =
        let fail wanted = Error $"paket.dependencies:{number}: wanted {wanted}, found '{line.Trim()}'"

        match words line, groups with
        | [], _
        | ("storage:" | "strategy:" | "framework:") :: _, _ -> Ok groups
        | [ "group"; name ], _ -> add name groups
        | [ "nuget"; id; version ], group :: rest when Char.IsAsciiDigit version[0] ->
            let same (other: string, _) = String.Equals(other, id, StringComparison.OrdinalIgnoreCase)

            if groups |> List.exists (_.Packages >> List.exists same) then
                fail "each package once"
            else
                Ok({ group with Packages = group.Packages @ List.singleton (id, version) } :: rest)
        | "nuget" :: _, _ -> fail "`nuget PACKAGE VERSION` with an exact version"
        | "source" :: _, _ -> fail "no address of a registry"
        | _ -> fail "nuget, group, storage:, strategy:, framework: or a comment"

    lines
    |> Seq.mapi (fun i line -> i + 1, line)
    |> Seq.filter (fun (_, line) -> not (isComment (line.Trim())))
    |> Seq.fold
        (fun groups line -> groups |> Result.bind (fun g -> step g line))
        (Ok [ { Name = "Main"; Packages = [] } ])
    |> Result.map List.rev

/// The text of Directory.Packages.props. TorchSharpVersion and LibTorchVersion are what eng/Natives.targets reads.
let props (groups: Group list) : string =
    let versionOf id = groups |> List.collect _.Packages |> List.find (fst >> (=) id) |> snd

    let item (id, version) = $"    <PackageVersion Include=\"{id}\" Version=\"{version}\" />"

    let itemGroup group = [
        $"  <ItemGroup Label=\"{group.Name}\">"
        yield! group.Packages |> List.map item
        "  </ItemGroup>"
    ]

    let lines = [
        "<Project>"
        "  <!-- Written by `dotnet fsi build.fsx packages` from paket.dependencies: edit that file. -->"
        "  <PropertyGroup>"
        "    <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>"
        "    <CentralPackageTransitivePinningEnabled>true</CentralPackageTransitivePinningEnabled>"
        $"""    <TorchSharpVersion>{versionOf "TorchSharp"}</TorchSharpVersion>"""
        $"""    <LibTorchVersion>{versionOf "libtorch-cpu-linux-x64"}</LibTorchVersion>"""
        "  </PropertyGroup>"
        yield! groups |> List.collect itemGroup
        "</Project>"
    ]

    String.concat "\n" lines + "\n"
