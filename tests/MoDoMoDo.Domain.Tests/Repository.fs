/// The files of the repository that some tests are about.
module MoDoMoDo.Domain.Tests.Repository

open System
open System.IO
open global.Xunit

/// The folder that holds MoDoMoDo.sln, found upwards from the running test.
let root: string =
    let rec up (folder: DirectoryInfo | null) =
        match folder with
        | null -> failwith $"no MoDoMoDo.sln above {AppContext.BaseDirectory}"
        | folder when File.Exists(Path.Combine(folder.FullName, "MoDoMoDo.sln")) -> folder.FullName
        | folder -> up folder.Parent

    up (DirectoryInfo AppContext.BaseDirectory)

/// A path of the repository, from its root.
let at (path: string) : string = Path.Combine(root, path)

/// Lines of a text file of the repository.
let lines (path: string) : string[] = File.ReadAllLines(at path)

/// Source files under src/ with an extension, as paths from the root; build output is left out.
let sources (extension: string) : string[] =
    Directory.GetFiles(at "src", $"*{extension}", SearchOption.AllDirectories)
    |> Array.map (fun path -> Path.GetRelativePath(root, path).Replace('\\', '/'))
    |> Array.filter (fun path -> not (path.Contains "/obj/" || path.Contains "/bin/"))
    |> Array.sortWith (fun a b -> String.CompareOrdinal(a, b))

/// A file of the folder of recorded numbers beside the repository; the test is skipped where it is missing.
let golden (path: string) : string =
    let file = Path.GetFullPath(at $"../shared/goldens/{path}")
    Assert.SkipUnless(File.Exists file, $"../shared/goldens/{path} is missing")
    file
