module MoDoMoDo.Domain.Tests.PackagesTests

open System.IO
open System.Text.Json
open global.Xunit

let private props lines = Packages.read lines |> Result.map Packages.props

let private errorOf lines =
    match Packages.read lines with
    | Ok _ -> "no error"
    | Error why -> why

[<Fact>]
let ``Directory.Packages.props is what paket.dependencies says`` () =
    let written = File.ReadAllText(Repository.at "Directory.Packages.props")

    match props (Repository.lines "paket.dependencies") with
    | Ok text -> Assert.True((text = written), "they differ: run `dotnet fsi build.fsx packages`")
    | Error why -> Assert.Fail why

[<Fact>]
let ``lock files hold the listed versions and no address`` () =
    let locks = Directory.GetFiles(Repository.root, "packages.lock.json", SearchOption.AllDirectories)

    Assert.SkipWhen(Array.isEmpty locks, "there are no lock files")

    let listed =
        match Packages.read (Repository.lines "paket.dependencies") with
        | Ok groups -> groups |> List.collect _.Packages |> Map.ofList
        | Error why -> failwith why

    for file in locks do
        let text = File.ReadAllText file
        Assert.False(text.Contains "://", $"{file}: names an address")
        use json = JsonDocument.Parse text

        for framework in json.RootElement.GetProperty("dependencies").EnumerateObject() do
            for package in framework.Value.EnumerateObject() do
                if (package.Value.GetProperty "type").GetString() <> "Project" then
                    let resolved = string (package.Value.GetProperty "resolved")
                    let version = listed |> Map.tryFind package.Name |> Option.defaultValue resolved

                    Assert.True(
                        (version = resolved),
                        $"{file}: {package.Name}: run `dotnet fsi build.fsx packages --lock`"
                    )

[<Fact>]
let ``every package has a comment that says why it is there`` () =
    let bare =
        Repository.lines "paket.dependencies"
        |> Array.map _.Trim()
        |> Array.filter ((<>) "")
        |> Array.pairwise
        |> Array.filter (fun (above, line) ->
            line.StartsWith "nuget " && not (above.StartsWith "//" || above.StartsWith "nuget "))

    Assert.Empty bare

[<Fact>]
let ``the address of a registry is refused`` () =
    Assert.Contains("no address of a registry", errorOf [ "source somewhere" ])

[<Fact>]
let ``a package without an exact version is refused with its line`` () =
    Assert.StartsWith("paket.dependencies:2: wanted", errorOf [ "// why"; "nuget FSharp.Core ~> 10" ])

[<Fact>]
let ``a package that stands in two groups is refused`` () =
    Assert.Contains("each package once", errorOf [ "nuget A 1.0"; "group Test"; "  nuget a 2.0" ])

[<Fact>]
let ``comments, blank lines and Paket's own options say nothing about packages`` () =
    let plain = [ "nuget TorchSharp 1.0"; "nuget libtorch-cpu-linux-x64 2.0" ]
    let dressed = [ "// a list"; ""; "storage: none" ] @ plain @ [ "# the end" ]
    Assert.Equal(props plain, props dressed)
