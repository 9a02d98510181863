/// What docs/other-trainers.md says: rows in, answers out, one by one, through the standard streams.
module MoDoMoDo.Cli.Tests.OtherTrainersTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open global.Xunit

let private answer (running: Process) (row: string) : JsonElement =
    running.StandardInput.WriteLine row
    running.StandardInput.Flush()
    JsonDocument.Parse(string (running.StandardOutput.ReadLine())).RootElement

let private text (name: string) (e: JsonElement) = string (e.GetProperty(name: string).GetString())

let private page =
    lazy
        (let rec search (folder: DirectoryInfo) =
            if File.Exists(Path.Combine(folder.FullName, "MoDoMoDo.sln")) then
                File.ReadAllText(Path.Combine(folder.FullName, "docs", "other-trainers.md"))
            else
                match folder.Parent with
                | null -> failwith "the tests do not run inside the repository"
                | parent -> search parent

         search (DirectoryInfo AppContext.BaseDirectory))

/// The fenced block behind a mark.
let private fenced (mark: string) =
    let start = page.Value.IndexOf(mark, StringComparison.Ordinal)
    let opening = page.Value.IndexOf("```", start, StringComparison.Ordinal)
    let code = page.Value.IndexOf('\n', opening) + 1
    page.Value.Substring(code, page.Value.IndexOf("```", code, StringComparison.Ordinal) - code)

[<Fact>]
let ``each row is answered before the next is written`` () =
    use running =
        Executable.start (Path.GetTempPath()) [ "score"; "--verifier"; "modomodo"; "--completions"; "-" ]

    let right =
        answer running """{"id": "a", "completion": "<think>so</think><answer>42</answer>", "gold": 42}"""

    Assert.Equal("a", text "id" right)
    Assert.Equal(1.0, right.GetProperty("value").GetDouble())
    let bare = answer running """{"id": 2, "completion": "42", "gold": "42", "verifier": "math"}"""
    Assert.Equal("no_answer", text "verdict" bare)

    let faulty =
        answer running """{"id": 3, "completion": "<answer>1</answer>", "gold": " ", "verifier": "math"}"""

    Assert.Equal("unscorable", text "verdict" faulty)
    let unknown = answer running """{"id": 4, "completion": "", "gold": "1", "verifier": "maths"}"""
    Assert.Contains("did you mean 'math'", text "error" unknown)
    running.StandardInput.Close()
    running.WaitForExit()
    Assert.Equal(0, running.ExitCode)

[<Fact>]
let ``the page's row gets the page's answer`` () =
    let row = fenced "the whole training run"
    let outcome = Executable.runWith row (Path.GetTempPath()) [ "score"; "--completions"; "-" ]
    let wanted, found = JsonDocument.Parse(fenced "is answered by"), JsonDocument.Parse outcome.Out

    for field in wanted.RootElement.EnumerateObject() do
        Assert.Equal(field.Value.GetRawText(), found.RootElement.GetProperty(field.Name).GetRawText())

[<Fact>]
let ``the page's bridge gives scores, zeros and missing rewards`` () =
    let python =
        string (Environment.GetEnvironmentVariable "PATH")
        |> _.Split(Path.PathSeparator)
        |> Seq.map (fun folder -> Path.Combine(folder, "python3"))
        |> Seq.tryFind File.Exists

    match python with
    | None -> Assert.Skip "python3 is not here"
    | Some program ->
        let modomodo = Path.Combine(AppContext.BaseDirectory, "modomodo")

        let script =
            fenced "<!-- bridge -->"
            + $"""
score = Scorer("math", {JsonSerializer.Serialize modomodo})
print(score("<answer>0.5</answer>", "1/2"), score("nothing", "1/2"), score("<answer>1</answer>", " "))
"""

        let info = ProcessStartInfo(program, [ "-c"; script ], RedirectStandardOutput = true)
        use running = nonNull (Process.Start info)
        let printed = running.StandardOutput.ReadToEnd()
        running.WaitForExit()
        Assert.Equal("1 0 None", printed.Trim())
