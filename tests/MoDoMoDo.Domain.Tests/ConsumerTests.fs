/// The libraries without libtorch, packed, and used by a project that knows nothing else of this repository.
module MoDoMoDo.Domain.Tests.ConsumerTests

open System
open System.Diagnostics
open System.IO
open global.Xunit

let private libraries = [ "Domain"; "Verifiers"; "Laws"; "Mixtures" ]

/// Longest time for one of the commands; on a busy machine they are given up.
let private patience = TimeSpan.FromMinutes 4.0

/// Runs `dotnet` in a folder: exit code and everything printed. Skips the test when it does not end.
let private dotnet (folder: string) (words: string list) : int * string =
    let info =
        ProcessStartInfo(
            "dotnet",
            words,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    // The test runs inside a build of its own; its settings are not this one's.
    for name in info.Environment.Keys |> Seq.filter (fun name -> name.StartsWith "MSBUILD") |> List.ofSeq do
        info.Environment.Remove name |> ignore

    use running = nonNull (Process.Start info)
    let out, error = running.StandardOutput.ReadToEndAsync(), running.StandardError.ReadToEndAsync()

    if not (running.WaitForExit patience) then
        running.Kill true
        Assert.Skip $"dotnet {words.Head} took longer than {patience}"

    running.ExitCode, out.Result + error.Result

let private succeeds (folder: string) (words: string list) : string =
    let code, printed = dotnet folder words
    Assert.True((code = 0), $"""dotnet {String.Join(" ", words)}: {printed}""")
    printed

let private project =
    let reference name = $"""<PackageReference Include="MoDoMoDo.{name}" Version="0.1.0" />"""
    let references = libraries |> List.map reference |> String.concat "\n    "

    $"""<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <DisableImplicitFSharpCoreReference>true</DisableImplicitFSharpCoreReference>
    <SatelliteResourceLanguages>en</SatelliteResourceLanguages>
    <RestorePackagesPath>restored</RestorePackagesPath>
    <RestoreFallbackFolders>others</RestoreFallbackFolders>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="Program.fs" />
    {references}
  </ItemGroup>
</Project>
"""

let private program =
    """open MoDoMoDo.Domain
open MoDoMoDo.Verifiers
open MoDoMoDo.Laws
open MoDoMoDo.Mixtures

let sample = Sample.Create("1", "maths", "What is half?", [||], Gold.Text [| "1/2" |])
let verdict = (Catalogue.find "math").Verify(Attempt.Create(sample, "<answer>0.5</answer>"))
let findings = BoxLaws.overlaps Ours.overlaps |> Law.checkAll
let mixtures = Design.single [| "a"; "b" |]
printfn "%g %b %d" verdict.Value (findings |> Array.forall _.Holds) mixtures.Length
"""

/// The folder's packages come beside whatever feed is configured.
let private sources =
    """<configuration><packageSources><add key="packages" value="packages" /></packageSources></configuration>"""

/// The packages that this machine has already, but for our own: those may be of an earlier build.
let private linkOthers (folder: string) : unit =
    let cache =
        Path.Combine(Environment.GetFolderPath Environment.SpecialFolder.UserProfile, ".nuget", "packages")

    let others = Directory.CreateDirectory(Path.Combine(folder, "others")).FullName

    if Directory.Exists cache then
        for package in DirectoryInfo(cache).GetDirectories() do
            if not (package.Name.StartsWith "modomodo.") then
                Directory.CreateSymbolicLink(Path.Combine(others, package.Name), package.FullName) |> ignore

[<Fact>]
let ``packages serve a fresh project, without libtorch`` () =
    for library in libraries do
        let built = Repository.at $"src/MoDoMoDo.{library}/bin/Release/net10.0/MoDoMoDo.{library}.dll"
        Assert.SkipUnless(File.Exists built, $"MoDoMoDo.{library} is not built in Release")

    let folder = Directory.CreateTempSubdirectory("modomodo-consumer-").FullName

    try
        for library in libraries do
            let packages = Path.Combine(folder, "packages")
            let project = Repository.at $"src/MoDoMoDo.{library}"

            succeeds Repository.root [ "pack"; "-c"; "Release"; "--no-build"; "--nologo"; "-o"; packages; project ]
            |> ignore

        linkOthers folder
        File.WriteAllText(Path.Combine(folder, "fresh.fsproj"), project)
        File.WriteAllText(Path.Combine(folder, "Program.fs"), program)
        File.WriteAllText(Path.Combine(folder, "NuGet.config"), sources)
        let code, printed = dotnet folder [ "restore"; "-m:1" ]

        Assert.SkipWhen(
            printed.Contains "NU1301",
            "the configured feed does not answer, and the packages are not cached"
        )

        Assert.True((code = 0), printed)

        Assert.DoesNotContain(
            "torch",
            File.ReadAllText(Path.Combine(folder, "obj", "project.assets.json")).ToLowerInvariant()
        )

        succeeds folder [ "build"; "-c"; "Release"; "--no-restore"; "--nologo"; "-m:1" ] |> ignore
        Assert.Equal("1 true 2", (succeeds folder [ Path.Combine("bin", "Release", "net10.0", "fresh.dll") ]).Trim())
    finally
        Directory.Delete(folder, true)
