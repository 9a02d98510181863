module MoDoMoDo.Cli.Tests.MixtureTests

open System
open System.IO
open System.Text.Json
open Xunit

let private succeeded (words: string list) : Outcome =
    let outcome = Executable.run words
    Assert.True((outcome.Code = 0), outcome.Error)
    outcome

/// A ledger whose one score grows with the first weight.
let private ledger (folder: Executable.Folder) =
    let row i a = FormattableString.Invariant $"r{i},{a},{(1.0 - a) * 0.4},{(1.0 - a) * 0.6},{0.3 + 0.2 * a}"
    let rows = [ for i in 0..11 -> row i (float i / 11.0) ]
    folder.Write("ledger.csv", String.concat "\n" ("run,w:a,w:b,w:c,score:x" :: rows) + "\n")

[<Fact>]
let ``seeds of five domains are the paper's eleven`` () =
    use folder = new Executable.Folder()
    let out = folder.File "seeds.csv"
    succeeded [ "mixture"; "seeds"; "--domains"; "a,b,c,d,e"; "--out"; out ] |> ignore
    let lines = File.ReadAllLines out
    Assert.Equal("run,w:a,w:b,w:c,w:d,w:e", lines[0])
    Assert.Equal(12, lines.Length)

[<Fact>]
let ``a fit, its predictions and proposals go through files`` () =
    use folder = new Executable.Folder()
    let ledger = ledger folder

    succeeded [
        "mixture"
        "fit"
        "--ledger"
        ledger
        "--target"
        "x"
        "--predictor"
        "ridge"
        "--out"
        folder.File "fit"
    ]
    |> ignore

    let fit = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Path, "fit", "fit.json"))).RootElement

    for name in
        [
            "predictor"
            "target"
            "n"
            "loo_rmse"
            "constant_rmse"
            "skill"
            "skill_lower"
            "skill_upper"
            "rank"
            "columns"
            "identifiable"
            "verdict"
            "loo"
        ] do
        Assert.True(fst (fit.TryGetProperty name), name)

    let test = folder.Write("test.csv", "run,w:a,w:b,w:c\nhigh,1,0,0\nlow,0,0.4,0.6\n")
    let predicted = folder.File "predicted.csv"

    succeeded [
        "mixture"
        "predict"
        "--ledger"
        ledger
        "--target"
        "x"
        "--predictor"
        "ridge"
        "--test"
        test
        "--out"
        predicted
    ]
    |> ignore

    let lines = File.ReadAllLines predicted
    Assert.Equal("run,mean,sd,lower,upper", lines[0])

    let mean (line: string) =
        Double.Parse(string (line.Split(',') |> Array.item 1), Globalization.CultureInfo.InvariantCulture)

    Assert.True(mean lines[1] > mean lines[2])
    let proposed = folder.File "proposed.csv"

    succeeded [
        "mixture"
        "propose"
        "--ledger"
        ledger
        "--target"
        "x"
        "--goal"
        "max"
        "--predictor"
        "ridge"
        "--acquisition"
        "mean"
        "--out"
        proposed
    ]
    |> ignore

    let best = (File.ReadAllLines proposed |> Array.item 1) |> _.Split(',')
    Assert.Equal(1.0, Double.Parse(best[1], Globalization.CultureInfo.InvariantCulture), 3)

[<Theory>]
[<InlineData("--target", "y", "y")>]
[<InlineData("--predictor", "rigde", "'ridge'")>]
[<InlineData("--ledger", "none.csv", "none.csv")>]
let ``a wrong argument is named in one line`` (option: string) (value: string) (named: string) =
    use folder = new Executable.Folder()

    let given =
        Map [ "--ledger", ledger folder; "--target", "x"; "--predictor", "ridge" ] |> Map.add option value

    let outcome =
        Executable.run (
            [ "mixture"; "fit" ]
            @ [
                for KeyValue(name, text) in given do
                    yield! [ name; text ]
            ]
        )

    Assert.Equal(2, outcome.Code)
    Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)) |> ignore
    Assert.Contains(named, outcome.Error)

[<Fact>]
let ``completions on standard input are judged line by line`` () =
    let rows = [
        """{"id": 1, "completion": "<answer>7</answer>", "gold": "7"}"""
        """{"id": 2, "verifier": "iou", "completion": "<answer>[0, 0, 500, 500]</answer>", "gold": [0, 0, 500, 1000]}"""
        """{"id": 3, "completion": 7}"""
        "no json"
    ]

    let outcome =
        Executable.runWith (String.concat "\n" (List.truncate 3 rows)) (Path.GetTempPath()) [
            "score"
            "--verifier"
            "number"
            "--completions"
            "-"
        ]

    Assert.Equal(0, outcome.Code)

    let answers =
        outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        |> Array.map (fun l -> JsonDocument.Parse(l).RootElement)

    Assert.Equal(1.0, (answers[0].GetProperty "value").GetDouble())
    Assert.Equal(0.5, (answers[1].GetProperty "value").GetDouble(), 6)
    Assert.True(fst (answers[2].TryGetProperty "error"))

    let broken =
        Executable.runWith (List.last rows) (Path.GetTempPath()) [
            "score"
            "--verifier"
            "number"
            "--completions"
            "-"
        ]

    Assert.Equal(0, broken.Code)
    Assert.Contains("line 1", broken.Out)

[<Fact>]
let ``cases are answered one a line in their order, and a row that cannot be done carries an error`` () =
    use folder = new Executable.Folder()

    let rows = [
        """{"id": "a", "metric": "anls", "golds": ["cat"], "pred": "cat"}"""
        """{"id": "b", "metric": "no such metric", "gold": "x", "pred": "x"}"""
    ]

    let cases = folder.Write("cases.jsonl", String.concat "\n" rows)
    let outcome = succeeded [ "score"; "--cases"; cases; "--summary"; folder.File "summary.jsonl" ]

    let answers =
        outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        |> Array.map (fun l -> JsonDocument.Parse(l).RootElement)

    Assert.Equal<string seq>([ "a"; "b" ], answers |> Seq.map (fun a -> string (a.GetProperty("id").GetString())))
    Assert.Equal(1.0, (answers[0].GetProperty "computed").GetDouble())
    Assert.True(fst (answers[1].TryGetProperty "error"))
    Assert.Equal(2, File.ReadAllLines(folder.File "summary.jsonl").Length)

[<Fact>]
let ``token ids of a text give the text again`` () =
    use folder = new Executable.Folder()

    let ids =
        (succeeded [ "tokenize"; folder.Write("texts.jsonl", "{\"text\": \"how many red <answer> x250 ü\"}\n") ]).Out

    Assert.Contains("\"ids\":[", ids)
    let text = (succeeded [ "tokenize"; "--decode"; folder.Write("ids.jsonl", ids) ]).Out
    Assert.Equal("{\"text\":\"how many red <answer> x250 ü\"}\n", text)

[<Fact>]
let ``texts are composed before they are read, whatever libraries the machine has`` () =
    use folder = new Executable.Folder()
    let texts = folder.Write("texts.jsonl", "{\"text\": \"e\\u0301\"}\n{\"text\": \"\\u00e9\"}\n")
    Assert.Equal("{\"ids\":[195,169]}\n{\"ids\":[195,169]}\n", (succeeded [ "tokenize"; texts ]).Out)

[<Fact>]
let ``a claim for the run with more of the useful domain is nearly certain, and the reverse nearly impossible`` () =
    use folder = new Executable.Folder()
    let ledger = ledger folder

    let probability (best: string) (against: string) =
        let words = [ "--ledger"; ledger; "--target"; "x"; "--goal"; "max"; "--best"; best; "--against"; against ]
        let outcome = succeeded ([ "mixture"; "claim" ] @ words)
        JsonDocument.Parse(outcome.Out).RootElement.GetProperty("probability").GetDouble()

    Assert.True(probability "r10" "r2" > 0.95)
    Assert.True(probability "r2" "r10" < 0.05)

[<Fact>]
let ``an i-optimal design has the asked number of mixtures, each on the simplex`` () =
    use folder = new Executable.Folder()
    let out = folder.File "design.csv"

    succeeded [ "mixture"; "seeds"; "--domains"; "a,b,c"; "--design"; "i-optimal"; "--count"; "4"; "--out"; out ]
    |> ignore

    let rows = File.ReadAllLines out |> Array.tail
    Assert.Equal(4, rows.Length)

    for row in rows do
        let weights =
            row.Split(',')[1..]
            |> Array.map (fun w -> Double.Parse(w, Globalization.CultureInfo.InvariantCulture))

        Assert.All(weights, fun w -> Assert.True(w >= 0.0))
        Assert.Equal(1.0, Array.sum weights, 9)

[<Fact>]
let ``search, propose and claim say what predicts, how well and why`` () =
    use folder = new Executable.Folder()
    let table = [ ledger folder; "--target"; "x"; "--goal"; "max" ]
    let out = [ "--out"; folder.File "out.csv" ]

    for words in
        [
            [ "search"; "--pool" ] @ table @ [ "--start"; "r0,r3,r7"; "--count"; "2" ] @ out
            [ "propose"; "--ledger" ] @ table @ [ "--front"; "--count"; "2" ] @ out
            [ "claim"; "--ledger" ] @ table @ [ "--best"; "r10"; "--against"; "r2" ]
        ] do
        let said = (succeeded ("mixture" :: words)).Error
        Assert.Contains("gp (left-out error ", said)
        Assert.Contains("the default of searches and claims", said)
