module MoDoMoDo.Cli.Tests.RoundsTests

open System
open System.IO
open System.Text.Json
open System.Threading
open Xunit

/// Settings of runs of seconds, judged after two of four steps; every proposal is taken to be hopeless.
let private settings =
    """{ "model": { "warmStart": { "tagSteps": 0, "captionSteps": 0, "towerSteps": 0, "instructionSteps": 0 } },
         "data": { "world": { "trainItems": 20, "heldBackItems": 2, "testItems": 2, "fitItems": 4, "confirmItems": 4 } },
         "training": { "steps": 4 }, "rollout": { "prompts": 4, "generations": 2 }, "evaluation": { "samples": 1 },
         "log": { "completionsEvery": 0, "tensorBoard": false }, "sweep": { "hopeless": 1 } }"""

let private mixtures =
    "run,w:world-sat,w:world-geoqav\na,1,0\nb,0.75,0.25\nc,0.5,0.5\nd,0.25,0.75\ne,0,1\n"

[<Fact>]
let ``a sweep with rounds that is killed goes on with the same proposals, and ends those that are hopeless`` () =
    use folder = new Executable.Folder()
    Environment.SetEnvironmentVariable("MODOMODO_CACHE", Path.Combine(Path.GetTempPath(), "modomodo-test-cache"))
    let out = folder.File "sweep"

    let words = [
        "sweep"
        "--settings"
        folder.Write("settings.json", settings)
        "--mixtures"
        folder.Write("mixtures.csv", mixtures)
        "--rounds"
        "1"
        "--per-round"
        "1"
        "--bounds"
        folder.Write("bounds.json", """{ "upper": { "world-sat": 0.6 } }""")
        "--out"
        out
    ]

    let plan = Path.Combine(out, "plan", "round-1.csv")
    use killed = Executable.start folder.Path words

    while not killed.HasExited && not (File.Exists plan) do
        Thread.Sleep 20

    Assert.False(killed.HasExited, "the sweep ended before its first proposal")
    killed.Kill()
    killed.WaitForExit()
    let proposed = File.ReadAllText plan

    let repeated () =
        let outcome = Executable.run words
        Assert.True((outcome.Code = 0), outcome.Error)

    repeated ()
    Assert.Equal(proposed, File.ReadAllText plan)

    let result = Path.Combine(out, "runs", "round-1-1", "result.json")
    let stopped = JsonDocument.Parse(File.ReadAllText result).RootElement
    Assert.Equal(2, stopped.GetProperty("steps").GetInt32())
    Assert.Contains("after 2 steps its chance", stopped.GetProperty("stopped").GetString())
    Assert.True(stopped.GetProperty("weights").GetProperty("world-sat").GetDouble() <= 0.6 + 1e-9)

    // Five finished runs with the scores that they had under way, and the stopped one with its own alone.
    let rows = File.ReadAllLines(Path.Combine(out, "ledger.csv")) |> Array.skip 1
    Assert.Equal(11, rows.Length)
    Assert.Single(rows, (fun row -> row.StartsWith("round-", StringComparison.Ordinal))) |> ignore

    // Made again from the same runs, the proposal is the same.
    File.Delete plan
    Directory.Delete(Path.Combine(out, "runs", "round-1-1"), true)
    repeated ()
    Assert.Equal(proposed, File.ReadAllText plan)
