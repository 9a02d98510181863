module MoDoMoDo.Cli.Tests.RunTests

open System
open System.IO
open System.Text.Json
open MoDoMoDo.Data
open MoDoMoDo.Domain
open Xunit

/// Settings of a run of seconds: the world's policy as it is before its warm start, few prompts, few items.
let private small = [
    for assignment in
        [
            "model.warmStart.tagSteps=0"
            "model.warmStart.captionSteps=0"
            "model.warmStart.towerSteps=0"
            "model.warmStart.instructionSteps=0"
            "training.steps=4"
            "rollout.prompts=4"
            "rollout.generations=2"
            "data.world.trainItems=20"
            "data.world.heldBackItems=2"
            "data.world.testItems=2"
            "data.world.fitItems=2"
            "data.world.confirmItems=2"
            "evaluation.samples=1"
            "checkpoint.every=1"
            "log.completionsEvery=1"
        ] do
        "--set"
        assignment
]

/// A folder with settings.json for such a run.
let private withSettings (further: string list) (work: Executable.Folder -> string -> unit) =
    use folder = new Executable.Folder()
    Environment.SetEnvironmentVariable("MODOMODO_CACHE", Path.Combine(Path.GetTempPath(), "modomodo-test-cache"))
    let printed = Executable.run ([ "settings"; "--preset"; "small" ] @ small @ further)
    Assert.Equal("", printed.Error)
    work folder (folder.Write("settings.json", printed.Out))

let private succeeded (words: string list) : Outcome =
    let outcome = Executable.run words
    Assert.True((outcome.Code = 0), outcome.Error)
    outcome

let private failed (code: int) (parts: string list) (words: string list) =
    let outcome = Executable.run words
    Assert.Equal(code, outcome.Code)

    let line =
        outcome.Error.Split('\n')
        |> Array.filter (fun l -> l.StartsWith("error: ", StringComparison.Ordinal))
        |> Assert.Single

    for part in parts do
        Assert.Contains(part, line)

let private json (file: string) = JsonDocument.Parse(File.ReadAllText file).RootElement

/// The lines of metrics.jsonl without their timing.
let private metrics (run: string) =
    File.ReadAllLines(Path.Combine(run, "metrics.jsonl"))
    |> Array.map (fun line -> line.Substring(0, line.IndexOf("\"timing\"", StringComparison.Ordinal)))

[<Fact>]
let ``a run leaves what the contract names, and its page`` () =
    withSettings [] (fun folder settings ->
        let run = folder.File "run"
        succeeded [ "train"; "--settings"; settings; "--out"; run ] |> ignore

        for name in
            [
                "settings.json"
                "metrics.jsonl"
                "evaluations.jsonl"
                "completions.jsonl"
                "result.json"
                "best/model.safetensors"
                "final/config.json"
                "final/model.safetensors"
                "checkpoints/step-4"
            ] do
            let path = Path.Combine(run, name)
            Assert.True(File.Exists path || Directory.Exists path, name)

        let result = json (Path.Combine(run, "result.json"))

        for name in [ "scores"; "in"; "out"; "seconds"; "steps"; "seed"; "weights"; "provenance" ] do
            Assert.True(fst (result.TryGetProperty name), name)

        let natives = result.GetProperty("provenance").GetProperty("natives")
        Assert.Matches("^[0-9]", natives.GetProperty("libtorch_cpu.so").GetString())
        Assert.Equal(4, (metrics run).Length)
        succeeded [ "report"; run ] |> ignore
        Assert.True(File.Exists(Path.Combine(run, "report.html"))))

[<Fact>]
let ``a folder that holds a run is refused, a resumed run must have the same settings, and its steps may grow`` () =
    withSettings [] (fun folder settings ->
        let run = folder.File "run"
        let train further = [ "train"; "--settings"; settings; "--out"; run ] @ further
        failed 2 [ run; "none" ] (train [ "--resume" ])
        succeeded (train []) |> ignore
        failed 2 [ run; "--resume" ] (train [])

        failed
            2
            [ "training.learningRate"; "0.008"; "0.5" ]
            (train [ "--resume"; "--set"; "training.learningRate=0.5" ])

        succeeded (train [ "--resume" ]) |> ignore

        succeeded (train [ "--resume"; "--set"; "training.steps=5"; "--set"; "checkpoint.keep=1" ])
        |> ignore

        Assert.Equal(5, (metrics run).Length))

[<Fact>]
let ``a run that is asked to stop ends with 75, and resumed equals one that was never interrupted`` () =
    withSettings [ "--set"; "training.steps=12" ] (fun folder settings ->
        let whole, stopped = folder.File "whole", folder.File "stopped"
        succeeded [ "train"; "--settings"; settings; "--out"; whole ] |> ignore
        use running = Executable.start folder.Path [ "train"; "--settings"; settings; "--out"; stopped ]
        let lines = Path.Combine(stopped, "metrics.jsonl")

        while not running.HasExited && not (File.Exists lines && (File.ReadAllLines lines).Length >= 2) do
            Threading.Thread.Sleep 20

        use kill = Diagnostics.Process.Start("kill", [ "-TERM"; string running.Id ])
        running.WaitForExit()
        Assert.Equal(75, running.ExitCode)
        succeeded [ "train"; "--settings"; settings; "--out"; stopped; "--resume" ] |> ignore
        Assert.Equal<string[]>(metrics whole, metrics stopped)
        let weights run = File.ReadAllBytes(Path.Combine(run, "final", "model.safetensors"))
        Assert.Equal<byte[]>(weights whole, weights stopped))

[<Fact>]
let ``a policy is scored and asked`` () =
    withSettings [] (fun folder settings ->
        let out = folder.File "scores.json"

        succeeded [
            "evaluate"
            "--settings"
            settings
            "--model"
            "world"
            "--benchmarks"
            "world-mmmu,world-sat"
            "--decoding"
            "both"
            "--out"
            out
        ]
        |> ignore

        let scores = (json out).GetProperty "scores"

        for name in [ "world-mmmu"; "world-sat" ] do
            for field in [ "mean"; "se"; "n"; "greedy"; "pass_at_k" ] do
                Assert.True(fst ((scores.GetProperty name).TryGetProperty field), field)

        Assert.True(File.ReadAllLines(out.Replace(".json", ".completions.jsonl")).Length > 0)

        failed 2 [ "'world-mmmmu'"; "'world-mmmu'" ] [
            "evaluate"
            "--settings"
            settings
            "--benchmarks"
            "world-mmmmu"
            "--out"
            out
        ]

        let run = folder.File "run"
        succeeded [ "train"; "--settings"; settings; "--out"; run ] |> ignore
        let ask further = [ "generate"; "--model"; Path.Combine(run, "final"); "--max-new-tokens"; "3" ] @ further
        let first = succeeded (ask [ "--seed"; "5"; "how many red count" ])
        Assert.Equal(first.Out, (succeeded (ask [ "--seed"; "5"; "how many red count" ])).Out)
        failed 2 [ "settings.json: image"; "PNG" ] (ask [ "--image"; settings; "what" ])
        failed 2 [ "none.png"; "no such file" ] (ask [ "--image"; "none.png"; "what" ])
        failed 2 [ "--model"; "/none" ] [ "generate"; "--model"; "/none"; "what" ]
        File.WriteAllText(Path.Combine(run, "final", "model.safetensors"), "no weights")
        failed 2 [ "model.safetensors" ] (ask [ "what" ]))

[<Fact>]
let ``a sweep trains each mixture once, continues, and names a run that failed`` () =
    withSettings [ "--set"; "training.steps=1" ] (fun folder settings ->
        let mixtures = folder.Write("mixtures.csv", "run,w:world-sat,w:world-geoqav\na,1,0\nb,0.5,0.5\n")
        let out = folder.File "sweep"
        let sweep mixtures = [ "sweep"; "--settings"; settings; "--mixtures"; mixtures; "--out"; out; "--jobs"; "2" ]
        succeeded (sweep mixtures) |> ignore
        let ledger = File.ReadAllLines(Path.Combine(out, "ledger.csv"))
        Assert.Equal(3, ledger.Length)
        let result = Path.Combine(out, "runs", "a", "result.json")
        let written = File.GetLastWriteTimeUtc result
        Directory.CreateDirectory(Path.Combine(out, "runs", "c")) |> ignore
        File.WriteAllText(Path.Combine(out, "runs", "c", "something"), "else")

        failed
            1
            [ "c (exit code 2)" ]
            (sweep (folder.Write("more.csv", "run,w:world-sat,w:world-geoqav\na,1,0\nc,0,1\n")))

        Assert.Equal(written, File.GetLastWriteTimeUtc result))

[<Fact>]
let ``training and scoring take files of rows with pictures`` () =
    withSettings [] (fun folder settings ->
        let picture =
            ImageEncoding.ToPng(RgbImage.Create(64, 48, Array.init (3 * 64 * 48) (fun i -> byte (i % 251))))

        File.WriteAllBytes(folder.File "p.png", picture)

        let rows =
            String.concat "\n" [
                for i in 1..30 ->
                    $"{{\"id\": \"{i}\", \"question\": \"What is {i} plus {i}?\", \"answer\": \"{2 * i}\", \"image\": \"p.png\"}}"
            ]

        let file = folder.Write("rows.jsonl", rows)

        let data = [
            "--set"
            $"data.domains={{\"sums\": {{\"files\": [\"{file}\"]}}}}"
            "--set"
            $"data.benchmarks={{\"sums-too\": {{\"files\": [\"{file}\"], \"verifier\": \"number\", \"limit\": 3}}}}"
            "--set"
            "mixture.weights={\"sums\": 1}"
            "--set"
            "rollout.maxNewTokens=4"
        ]

        let run = folder.File "run"
        succeeded ([ "train"; "--settings"; settings; "--out"; run ] @ data) |> ignore

        Assert.Equal(
            3,
            ((json (Path.Combine(run, "result.json"))).GetProperty("scores").GetProperty("sums-too").GetProperty "n")
                .GetInt32()
        )

        failed 2 [ "none.jsonl" ] [
            "train"
            "--settings"
            settings
            "--out"
            folder.File "other"
            "--set"
            "data.domains.world-sat.files=[\"none.jsonl\"]"
        ]

        failed 2 [ "data.domains.world-sat.verifier"; "'wrold'"; "'world'" ] [
            "train"
            "--settings"
            settings
            "--out"
            folder.File "third"
            "--set"
            "data.domains.world-sat.verifier=wrold"
        ])

[<Fact>]
let ``verifiers, parameters and shapings that are not there are named before anything is trained`` () =
    withSettings [] (fun folder settings ->
        let refused words (assignments: string list) =
            failed 2 words [
                yield! [ "train"; "--settings"; settings; "--out"; folder.File "run" ]
                for assignment in assignments do
                    yield! [ "--set"; assignment ]
            ]

        refused [ "data.domains.world-sat.verifier"; "'nowhere.dll'" ] [
            "data.domains.world-sat.verifier=nowhere.dll:Reward"
        ]

        refused [ "data.domains.world-sat.parameters: threshold" ] [
            "data.domains.world-sat.verifier=iou"
            "data.domains.world-sat.parameters={\"threshold\": \"0:0.5, 500:7\"}"
        ]

        refused [ "rollout.shaping.overlong"; "soft-overlong" ] [ "rollout.shaping={\"overlong\": {}}" ])

[<Fact>]
let ``shapings of the settings are part of the reward`` () =
    withSettings [] (fun folder settings ->
        let train name further =
            succeeded (
                [ "train"; "--settings"; settings; "--out"; folder.File name; "--set"; "training.steps=1" ]
                @ further
            )
            |> ignore

            File.ReadAllText(Path.Combine(folder.File name, "metrics.jsonl"))

        let plain = train "plain" []

        let shaped =
            train "shaped" [
                "--set"
                "rollout.shaping={\"soft-overlong\": {\"weight\": 3, \"parameters\": {\"longest\": \"1\", \"cache\": \"1\"}}}"
            ]

        let reward (line: string) =
            (System.Text.Json.JsonDocument.Parse(line.Split('\n')[0]).RootElement.GetProperty "reward").GetRawText()

        Assert.NotEqual<string>(reward plain, reward shaped))

[<Fact>]
let ``a dry run says what a run would need and leaves nothing`` () =
    withSettings [] (fun folder settings ->
        let outcome = succeeded [ "train"; "--settings"; settings; "--out"; folder.File "run"; "--dry-run" ]

        for word in [ "tokens"; "memory"; "disk"; "time"; "epochs" ] do
            Assert.Contains(word, outcome.Out)

        Assert.False(Directory.Exists(folder.File "run")))

[<Fact>]
let ``a run whose input is refused leaves no settings behind`` () =
    withSettings [] (fun folder settings ->
        let run = folder.File "run"
        let train further = [ "train"; "--settings"; settings; "--out"; run ] @ further
        failed 2 [ "model.path"; "none" ] (train [ "--set"; "model.path=/no/such/checkpoint" ])
        succeeded (train [ "--set"; "training.steps=1" ]) |> ignore)

[<Fact>]
let ``rows over the prompt limit are left out and counted, and a domain without any other row is refused`` () =
    withSettings [ "--set"; "rollout.maxPromptTokens=27" ] (fun folder settings ->
        let outcome = succeeded [ "train"; "--settings"; settings; "--out"; folder.File "run" ]
        Assert.Contains("rows left out, their prompts have more than 27 tokens", outcome.Error))

    withSettings [ "--set"; "rollout.maxPromptTokens=3" ] (fun folder settings ->
        [ "train"; "--settings"; settings; "--out"; folder.File "run" ]
        |> failed 2 [ "rollout.maxPromptTokens"; "found 3" ])
