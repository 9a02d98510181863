// Every library of the project and its native code, for scripts: #load "../load.fsx". Where this line fails, the
// project has not been built; the name of the missing file is the command.
#load "../artifacts/first run dotnet build -c Release.fsx"

open System
open System.IO
open System.Runtime.InteropServices

/// The folder of the built libraries.
let built: string =
    match Path.GetDirectoryName typeof<MoDoMoDo.Experiments.Settings>.Assembly.Location with
    | null -> failwith "the libraries were not loaded from files"
    | folder -> folder

// An application finds native code through its list of dependencies; a script has none, so it is loaded by path.
let private platform =
    let system =
        if OperatingSystem.IsWindows() then "win"
        elif OperatingSystem.IsMacOS() then "osx"
        else "linux"

    system + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()

for native in [ "SkiaSharp"; "ParquetSharpNative" ] do
    let folder = Path.Combine(built, "runtimes", platform, "native")

    match Directory.GetFiles(folder, "*" + native + ".*") |> Array.tryHead with
    | Some file -> NativeLibrary.Load file |> ignore
    | None -> failwith $"{native} is missing in {folder}: dotnet build -c Release"

/// Progress of a run as lines on standard error, one every ten steps.
let progress: MoDoMoDo.Training.ITrainingProgress = {
    new MoDoMoDo.Training.ITrainingProgress with
        member _.Started(step, steps) = eprintfn "training: step %d of %d" step steps

        member _.Stepped(figures, steps) =
            if figures.Step % 10 = 0 then
                eprintfn "step %d of %d" figures.Step steps

        member _.Evaluating(_, _, _) = ()
        member _.Evaluated(step, scores) = eprintfn "step %d: scored %d sets" step scores.Count
        member _.Noticed message = eprintfn "%s" message
}

/// Progress of a sweep as lines on standard error.
let sweepProgress: MoDoMoDo.Experiments.ISweepProgress = {
    new MoDoMoDo.Experiments.ISweepProgress with
        member _.Runs(finished, total, busy) =
            eprintfn "%d of %d runs finished (%s)" finished total (String.Join(", ", busy |> List.map _.Name))

        member _.Notice message = eprintfn "%s" message
}
