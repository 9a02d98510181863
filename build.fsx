// Tasks of the repository: `dotnet fsi build.fsx` lists them, `dotnet fsi build.fsx NAME [ARGUMENTS]` runs one.
// Plain F#. A target that needs another one's result takes a witness of it, which only that target can make: nothing is
// packed that was not tested, and nothing is run that was not built.
#load "eng/Shell.fs"
#load "eng/Packages.fs"
#load "eng/Bench.fs"
#load "eng/Bars.fs"
#load "eng/Smoke.fs"
#load "eng/Mutants.fs"
#load "eng/Damage.fs"

open System
open System.IO
open Shell

let wrongUse message = raise (Stop(2, message))

/// The steps that others depend on, and what proves that they were taken.
module Steps =
    /// A project or solution, built in Release.
    type Built = private Built of path: string

    /// All tests passed.
    type Tested = private | Tested

    let build path =
        dotnet [ "build"; "-c"; "Release"; "--nologo"; "-v"; "quiet"; "-clp:ErrorsOnly"; path ]
        Built path

    let test (Built path) =
        dotnet [ "test"; "-c"; "Release"; "--no-build"; "--solution"; path ]
        Tested

    /// Runs a built project with arguments.
    let start (Built path) arguments =
        runSpeaking "dotnet" ([ "run"; "-c"; "Release"; "--no-build"; "--project"; path; "--" ] @ arguments)

    /// Runs a built project with arguments and gives its standard output and error.
    let outputsOf (Built path) arguments =
        outputs "dotnet" ([ "run"; "-c"; "Release"; "--no-build"; "--project"; path; "--" ] @ arguments)

    /// Runs the built command line and gives what it printed.
    let modomodo (Built _) arguments = outputs (at "src/MoDoMoDo.Cli/bin/Release/net10.0/modomodo") arguments

    /// Packs a project of the tested tree.
    let pack Tested path =
        dotnet [ "pack"; "-c"; "Release"; "--no-build"; "--nologo"; "-o"; at "artifacts/packages"; path ]

let solution = at "MoDoMoDo.sln"

let buildAll () = Steps.build solution

/// paket.dependencies -> Directory.Packages.props; and, when asked, what NuGet resolved from it -> packages.lock.json.
let packages arguments =
    match arguments, Packages.read (File.ReadLines(at "paket.dependencies")) with
    | ([] | [ "--lock" ]), Ok groups ->
        File.WriteAllText(at "Directory.Packages.props", Packages.props groups)

        if not arguments.IsEmpty then
            dotnet [ "restore"; "--use-lock-file"; "--force-evaluate" ]
    | ([] | [ "--lock" ]), Error why -> wrongUse why
    | _ -> wrongUse "wanted --lock or nothing"

/// Formats F# with fantomas and C# with csharpier, or checks that there is nothing to format.
let format arguments =
    let checks, paths = arguments |> List.partition ((=) "--check")

    let places =
        match paths with
        | [] ->
            [ "build.fsx"; "src"; "tests"; "eng"; "benchmarks"; "experiments" ]
            |> List.filter (at >> Path.Exists)
        | given -> given

    dotnet [ "tool"; "restore"; "--verbosity"; "quiet" ]
    dotnet ([ "fantomas" ] @ checks @ places)
    let verb = if checks.IsEmpty then "format" else "check"

    match places |> List.filter (fun place -> Directory.Exists(at place) || place.EndsWith ".cs") with
    | [] -> ()
    | csharp -> dotnet ([ "csharpier"; verb ] @ csharp)

/// Compares our numbers with every recorded one under a folder.
let goldens arguments = Steps.start (Steps.build (at "tests/Goldens")) ("check" :: List.map Path.GetFullPath arguments)

/// Damages files and reads them.
let damage arguments =
    let run = Damage.run (Steps.outputsOf (Steps.build (at "tests/Goldens")))

    match arguments with
    | [] -> run None
    | [ count ] when fst (Int32.TryParse(count: string)) && int count > 0 -> run (Some(int count))
    | _ -> wrongUse "wanted a number of files or nothing"

let buildCli () = Steps.build (at "src/MoDoMoDo.Cli")

/// Measures speed; without a name, all workloads and docs/benchmarks.md.
let bench arguments =
    match arguments with
    | [] -> Bench.run (Steps.modomodo (buildCli ())) None
    | [ name ] -> Bench.run (Steps.modomodo (buildCli ())) (Some name)
    | _ -> wrongUse "wanted one workload at most"

/// Pass rates of the verifiers beside other graders', and their speed: docs/verifiers-bars.md.
let bars () =
    let rates, _ = Steps.outputsOf (Steps.build (at "benchmarks/MoDoMoDo.Verifiers.Bars")) []
    Bars.run rates (Steps.modomodo (buildCli ()))

/// docs/verifiers.md from docs/verifiers.fsx. The test of the page writes it when it is asked to.
let pages () =
    let tests = Steps.build (at "tests/MoDoMoDo.Laws.Tests")
    Environment.SetEnvironmentVariable("MODOMODO_WRITE_PAGES", "1")
    Steps.start tests [ "-class"; "MoDoMoDo.Laws.Tests.PageTests" ]

let smoke arguments =
    match arguments with
    | [] -> Smoke.run (Steps.modomodo (buildCli ())) "cpu"
    | [ "--device"; device ] -> Smoke.run (Steps.modomodo (buildCli ())) device
    | _ -> wrongUse "wanted --device NAME or nothing"

/// Breaks of the source that tests must notice: in all files, or in those whose path holds a text.
let mutants arguments =
    match arguments with
    | [] -> Mutants.run ""
    | [ file ] -> Mutants.run file
    | _ -> wrongUse "wanted one file at most"

/// NuGet packages of the libraries that need no libtorch.
let pack () =
    let tested = buildAll () |> Steps.test

    for library in [ "Domain"; "Verifiers"; "Laws"; "Mixtures" ] do
        Steps.pack tested (at $"src/MoDoMoDo.{library}")

/// Name, arguments, what it does, and how to do it.
let targets: (string * string * string * (string list -> unit)) list =
    let without action arguments =
        match arguments with
        | [] -> action ()
        | (first: string) :: _ -> wrongUse $"wanted no argument, found '{first}'"

    [
        "build", "", "build everything in Release, warnings as errors", without (buildAll >> ignore)
        "test", "", "build, then run every test", without (buildAll >> Steps.test >> ignore)
        "format", "[--check] [PATH...]", "format F# and C#, or check that they are formatted", format
        "packages", "[--lock]", "write Directory.Packages.props from paket.dependencies", packages
        "goldens", "[DIR]", "compare with recorded numbers: one line per quantity", goldens
        "damage", "[COUNT]", "damage files and read them: ten thousand of each kind, and docs/damage.md", damage
        "bench", "[WORKLOAD]", "measure speed; all workloads: write docs/benchmarks.md", bench
        "bars", "", "how often the verifiers are right, how fast: write docs/verifiers-bars.md", without bars
        "pages", "", "write docs/verifiers.md from its script", without pages
        "smoke", "[--device D]", "one step, save, load and greedy answers on a device", smoke
        "mutants", "[FILE]", "break the source, in one file or all: a test must notice each (slow)", mutants
        "pack", "", "test, then write NuGet packages to artifacts/packages", without pack
    ]

let list () =
    printfn "dotnet fsi build.fsx TARGET"

    for name, arguments, meaning, _ in targets do
        printfn $"""  {$"{name} {arguments}".PadRight 28}{meaning}"""

let exitCode =
    try
        match List.ofArray fsi.CommandLineArgs[1..] with
        | []
        | [ "--help" ] -> list ()
        | name :: arguments ->
            match targets |> List.tryFind (fun (known, _, _, _) -> known = name) with
            | Some(_, _, _, action) -> action arguments
            | None ->
                let known = targets |> List.map (fun (name, _, _, _) -> name) |> String.concat ", "
                wrongUse $"unknown target '{name}': wanted one of {known}"

        0
    with Stop(code, message) ->
        if message <> "" then
            eprintfn $"error: {message}"

        code

exit exitCode
