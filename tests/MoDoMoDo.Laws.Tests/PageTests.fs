/// The page that teaches verifiers is what its script gives.
module MoDoMoDo.Laws.Tests.PageTests

open System
open System.IO
open Xunit
open MoDoMoDo.Laws
open MoDoMoDo.Docs

let private docs =
    let rec search (folder: DirectoryInfo) =
        if File.Exists(Path.Combine(folder.FullName, "MoDoMoDo.sln")) then
            Path.Combine(folder.FullName, "docs")
        else
            match folder.Parent with
            | null -> failwith "the tests do not run inside the repository"
            | parent -> search parent

    search (DirectoryInfo AppContext.BaseDirectory)

[<Fact>]
let ``docs/verifiers.md is what docs/verifiers.fsx gives`` () =
    let script, page = Path.Combine(docs, "verifiers.fsx"), Path.Combine(docs, "verifiers.md")
    let rendered = Page.render (File.ReadAllText script)

    // `dotnet fsi build.fsx pages` asks for the page to be written.
    if not (isNull (Environment.GetEnvironmentVariable "MODOMODO_WRITE_PAGES")) then
        File.WriteAllText(page, rendered)

    let found = if File.Exists page then (File.ReadAllText page).ReplaceLineEndings "\n" else ""
    Assert.True((rendered = found), "docs/verifiers.md is not up to date: run `dotnet fsi build.fsx pages`")

[<Fact>]
let ``the page's verifier keeps the laws, its first version does not`` () =
    let failures verifier =
        VerifierLaws.over [ Verifiers.times ] verifier
        |> Law.checkAll
        |> Array.filter (_.Holds >> not)
        |> Array.map _.Number

    Assert.Empty(failures Verifiers.verifier)
    Assert.Empty(failures Verifiers.strict)
    let broken = failures Verifiers.naive
    Assert.Contains(17, broken)
    Assert.Contains(19, broken)
