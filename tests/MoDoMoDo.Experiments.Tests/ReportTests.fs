module MoDoMoDo.Experiments.Tests.ReportTests

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open MoDoMoDo.Experiments
open Xunit

let private inFolder (work: string -> 'a) : 'a =
    let folder = Directory.CreateTempSubdirectory("modomodo-report-").FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

let private browser =
    [ "chromium"; "chromium-browser"; "google-chrome" ]
    |> List.collect (fun name ->
        let path = Environment.GetEnvironmentVariable "PATH"

        (string path).Split Path.PathSeparator
        |> Array.map (fun folder -> Path.Combine(folder, name))
        |> List.ofArray)
    |> List.tryFind File.Exists

/// The page's elements after its scripts have run in a real browser.
let private rendered (executable: string) (page: string) : string =
    inFolder (fun profile ->
        let arguments = [
            "--headless"
            "--no-sandbox"
            "--disable-gpu"
            "--disable-quic"
            "--no-first-run"
            "--disable-background-networking"
            "--disable-component-update"
            "--disable-sync"
            "--virtual-time-budget=20000"
            $"--user-data-dir={profile}"
            "--dump-dom"
            "file://" + page
        ]

        let info = ProcessStartInfo(executable, arguments)
        info.RedirectStandardOutput <- true
        info.RedirectStandardError <- true

        match Process.Start info with
        | null -> failwith "the browser did not start"
        | started ->
            use running = started
            let errors = running.StandardError.ReadToEndAsync()
            let dom = running.StandardOutput.ReadToEnd()
            running.WaitForExit()
            errors.Wait()
            dom)

[<Fact>]
let ``every chart and the table are drawn in a real browser, without the network`` () =
    match browser with
    | None -> Assert.Skip "no Chromium on this machine"
    | Some executable ->
        inFolder (fun folder ->
            SyntheticSweep.write folder 0.04
            let file = Path.Combine(folder, "report.html")
            Report.write folder file
            let dom = rendered executable file
            let places = Regex.Matches(dom, "<div class=\"chart[^>]*>")
            Assert.Equal(10, places.Count)

            for place in places do
                Assert.Contains("data-drawn=\"true\"", place.Value)

            Assert.Contains("<table id=\"completions\" data-drawn=\"true\">", dom)
            Assert.Contains("world-mmmu", dom))

[<Fact>]
let ``the page loads nothing from anywhere`` () =
    inFolder (fun folder ->
        SyntheticSweep.write folder 0.04
        let page = Report.page folder
        Assert.DoesNotMatch("<(script|link|img|iframe)[^>]*(src|href)=\"(http|//)", page))

[<Theory>]
[<InlineData(0.04, "The proposed mixture is better than uniform")>]
[<InlineData(0.002, "The proposed mixture is not better than uniform: the two cannot be told apart")>]
[<InlineData(-0.04, "The proposed mixture is not better than uniform; it is worse")>]
let ``the page says plainly how the proposal compares`` (gain: float) (words: string) =
    inFolder (fun folder ->
        SyntheticSweep.write folder gain
        Assert.Contains(words, Report.page folder))

[<Fact>]
let ``text of a policy cannot become markup`` () =
    inFolder (fun folder ->
        SyntheticSweep.write folder 0.04
        let page = Report.page folder
        Assert.DoesNotContain("<circle>", page)
        Assert.Contains("&lt;circle&gt;", page))

[<Fact>]
let ``sampled and greedy scores stand side by side`` () =
    inFolder (fun folder ->
        SyntheticSweep.write folder 0.05
        let page = Report.page folder
        Assert.Contains("<tr><td>base</td><td>29.0</td><td></td><td>40.0</td><td></td></tr>", page))

[<Fact>]
let ``one run has a page of its own`` () =
    inFolder (fun folder ->
        SyntheticSweep.write folder 0.04
        let page = Report.page (Path.Combine(folder, "runs", "uniform"))
        Assert.Contains("Training curves by domain", page)
        Assert.Contains("world-coco 0.200, world-lisa 0.200", page)
        Assert.Contains("<td>test of a training domain</td><td>world-sat</td><td>40.0</td>", page)
        Assert.DoesNotContain("data-chart=\"heat\"", page)
        Assert.DoesNotContain("The proposed mixture", page))

[<Fact>]
let ``an unfinished run and an unfinished sweep say so, and what is still to come`` () =
    inFolder (fun folder ->
        SyntheticSweep.write folder 0.04
        let run = Path.Combine(folder, "runs", "uniform")
        File.Delete(Path.Combine(run, "result.json"))
        File.Delete(Path.Combine(folder, "result.json"))
        Assert.Contains("it stands at step 40 of 80", Report.page run)
        let page = Report.page folder
        Assert.Contains("13 of the 14 runs begun so far are done (not finished: uniform at step 40 of 80)", page)
        Assert.Contains("Still to come: the other runs", page))

[<Fact>]
let ``a choice shows its options, and the option that was expected`` () =
    inFolder (fun folder ->
        SyntheticSweep.write folder 0.04
        let page = Report.page folder
        Assert.Contains("A nine, B seven", page)
        Assert.Contains("<code>B (seven)</code>", page))

[<Fact>]
let ``a ledger rebuilt from run folders has a row for each finished run`` () =
    inFolder (fun folder ->
        SyntheticSweep.write folder 0.04
        File.Delete(Path.Combine(folder, "runs", "uniform", "result.json"))
        let runs = RunFolder.ofSweep folder
        let ledger = RunFolder.ledger runs
        Assert.Equal(runs.Length - 1, ledger.Rows.Length)
        Assert.Equal<string[]>(Array.ofList Embedded.benchmarks, ledger.Targets)
        Assert.DoesNotContain("uniform", ledger.Rows |> Array.map _.Run))

[<Fact>]
let ``a frame of a run has a row for each step and a column for each figure`` () =
    inFolder (fun folder ->
        SyntheticSweep.write folder 0.04
        let run = RunFolder.read (Path.Combine(folder, "runs", "uniform"))
        let frame = RunFolder.frame run
        Assert.Equal(40, frame.RowCount)
        Assert.Contains("reward.world-sat", frame.ColumnKeys)

        Assert.Equal(
            snd (List.last (RunFolder.series "reward.world-sat" run)),
            frame.GetColumn<float>("reward.world-sat").Get 40
        ))
