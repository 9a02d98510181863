/// What README and docs/ say of the repository is there.
module MoDoMoDo.Domain.Tests.DocumentationTests

open System.IO
open System.Text.RegularExpressions
open global.Xunit

let private pages = [| Repository.at "README.md"; yield! Directory.GetFiles(Repository.at "docs", "*.md") |]

let private found (pattern: string) page =
    Regex.Matches(File.ReadAllText page, pattern)
    |> Seq.map (fun hit -> hit.Groups[1].Value)
    |> List.ofSeq

[<Fact>]
let ``every link of a page leads to a file`` () =
    let dead page =
        found @"\]\(([^)#:]+)\)" page
        |> List.filter (fun link -> not (Path.Exists(Path.Combine(nonNull (Path.GetDirectoryName page), link))))

    Assert.Empty(pages |> Seq.collect dead)

[<Fact>]
let ``every task that a page names is a target of build.fsx`` () =
    let targets = found @"\n        ""([a-z]+)"", """ (Repository.at "build.fsx")
    Assert.Contains("goldens", targets)
    Assert.Empty(pages |> Seq.collect (found @"build\.fsx ([a-z]+)") |> Seq.except targets)

[<Fact>]
let ``every project stands in the README's tree`` () =
    let readme = File.ReadAllText(Repository.at "README.md")

    let folders =
        Directory.GetDirectories(Repository.at "src")
        |> Array.map (fun folder -> nonNull (Path.GetFileName folder))

    Assert.Empty(folders |> Array.filter (readme.Contains >> not))
