/// Which project may know which (DESIGN.md, "Projects"), and what crosses between F# and C#.
module MoDoMoDo.Domain.Tests.ArchitectureTests

open System
open System.IO
open System.Text.RegularExpressions
open System.Xml.Linq
open global.Xunit

let private projects = Array.append (Repository.sources ".fsproj") (Repository.sources ".csproj")

let private includes (element: string) (project: string) =
    XDocument.Load(Repository.at project).Descendants(XName.Get element)
    |> Seq.map (fun reference -> nonNull(reference.Attribute(XName.Get "Include")).Value)
    |> List.ofSeq

let private nameOf (path: string) = (nonNull (Path.GetFileNameWithoutExtension path)).Replace("MoDoMoDo.", "")

/// The projects that a project names, without those that it sees through them.
let private references name =
    projects
    |> Array.find (fun project -> nameOf project = name)
    |> includes "ProjectReference"
    |> List.map nameOf
    |> Set.ofList

let rec private closure name = references name |> Set.toSeq |> Seq.map closure |> Seq.fold Set.union (references name)

/// Files in which a pattern stands outside comments.
let private filesWith (pattern: string) files =
    let stands (line: string) = not (line.TrimStart().StartsWith "//") && Regex.IsMatch(line, pattern)

    files |> Array.filter (Repository.lines >> Array.exists stands)

[<Fact>]
let ``there are nine projects`` () = Assert.Equal(9, projects.Length)

[<Theory>]
[<InlineData("Domain", "")>]
[<InlineData("Model", "Domain")>]
[<InlineData("Training", "Domain Model")>]
[<InlineData("Data", "Domain")>]
[<InlineData("Verifiers", "Domain")>]
[<InlineData("Mixtures", "Domain")>]
[<InlineData("Laws", "Domain Verifiers")>]
let ``a project sees these projects and no others`` (name: string, seen: string) =
    Assert.Equal<Set<string>>(seen.Split(' ', StringSplitOptions.RemoveEmptyEntries) |> Set.ofArray, closure name)

[<Fact>]
let ``Domain needs FSharp.Core alone`` () =
    Assert.Empty(projects |> Array.find (fun p -> nameOf p = "Domain") |> includes "PackageReference")

[<Fact>]
let ``TorchSharp is a package of Model alone, and no F# library names it in code`` () =
    let users =
        projects
        |> Array.filter (includes "PackageReference" >> List.exists (fun package -> package.StartsWith "TorchSharp"))

    Assert.Equal<string list>([ "Model" ], users |> Array.map nameOf |> List.ofArray)

    let libraries =
        Repository.sources ".fs" |> Array.filter (fun file -> not (file.StartsWith "src/MoDoMoDo.Cli/"))

    Assert.Empty(libraries |> filesWith @"\bopen TorchSharp\b|\bTorchSharp\.\w+[.(]|\btorch\.")

[<Fact>]
let ``one file names a device`` () =
    // `.cpu()` brings figures home to managed memory and chooses nothing.
    let pattern = @"\btorch\.(CPU|CUDA|MPS|device)\b|\bDeviceType\.|\.cuda\(|torch\.cuda\b"
    let allowed = "src/MoDoMoDo.Model/Device.cs"
    Assert.Empty(Repository.sources ".cs" |> filesWith pattern |> Array.filter ((<>) allowed))

[<Fact>]
let ``no source file is longer than 400 lines`` () =
    let files = Array.append (Repository.sources ".fs") (Repository.sources ".cs")
    Assert.Empty(files |> Array.filter (fun file -> (Repository.lines file).Length > 400))

[<Fact>]
let ``nothing in the repository names a registry`` () =
    let texts = [ "Directory.Packages.props"; "paket.dependencies"; "global.json"; "build.fsx"; ".ci/run" ]
    Assert.Empty(texts |> List.filter (fun file -> File.ReadAllText(Repository.at file).Contains "://"))
    Assert.Empty(Directory.GetFiles(Repository.root, "*uget*.config"))
