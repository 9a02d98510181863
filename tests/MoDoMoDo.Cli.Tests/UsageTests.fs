module MoDoMoDo.Cli.Tests.UsageTests

open System
open Xunit

/// Wrong input: one line that begins with "error: " and holds the words, no stack trace, exit code 2.
let private refused (words: string list) (parts: string list) =
    let outcome = Executable.run words
    Assert.Equal(2, outcome.Code)
    Assert.Equal("", outcome.Out)
    Assert.StartsWith("error: ", outcome.Error)
    Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)) |> ignore

    for part in parts do
        Assert.Contains(part, outcome.Error)

[<Fact>]
let ``an unknown command is named with the nearest one`` () = refused [ "setings" ] [ "'setings'"; "'settings'" ]

[<Fact>]
let ``an unknown option is named with the nearest one`` () =
    refused [ "settings"; "--presett"; "small" ] [ "'--presett'"; "'--preset'" ]

[<Fact>]
let ``an unknown preset is named with the nearest one`` () =
    refused [ "settings"; "--preset"; "smal" ] [ "'smal'"; "'small'" ]

[<Fact>]
let ``a missing settings file is named`` () =
    refused [ "settings"; "--settings"; "/none.json" ] [ "/none.json"; "wanted a file" ]

[<Fact>]
let ``broken settings are named with line and column`` () =
    use folder = new Executable.Folder()
    let file = folder.Write("broken.json", "{\n  \"seed\": \n}")
    refused [ "settings"; "--settings"; file ] [ "broken.json: line 3, column 1: wanted JSON" ]

[<Fact>]
let ``an unknown key is named with its path and the nearest one`` () =
    refused [ "settings"; "--set"; "training.stpes=3" ] [ "training.stpes"; "'steps'" ]

[<Fact>]
let ``a wrong type is named with its path`` () =
    refused [ "settings"; "--set"; "training.steps=x" ] [
        "training.steps: wanted a whole number of at least 0, found \"x\""
    ]

[<Fact>]
let ``weights that do not sum to 1 are refused`` () =
    refused [ "settings"; "--set"; "mixture.weights.world-sat=0.5" ] [ "mixture.weights"; "sum to 1"; "1.3" ]

[<Fact>]
let ``an unknown domain is named with the nearest one`` () =
    refused [ "settings"; "--set"; "mixture.weights.world-sta=1" ] [ "mixture.weights.world-sta"; "'world-sat'" ]

[<Fact>]
let ``a missing option is named in the form of all other errors`` () =
    refused [ "mixture"; "fit" ] [ "error: mixture fit: wanted --ledger, found nothing" ]
    refused [ "mixture"; "fit"; "--ledger"; "none.csv" ] [ "error: mixture fit: wanted --target, found nothing" ]
    refused [ "train" ] [ "error: train: wanted --settings, found nothing" ]
    refused [ "evaluate" ] [ "error: evaluate: wanted --out, found nothing" ]

[<Fact>]
let ``a value that is no number is named`` () = refused [ "settings"; "--threads"; "two" ] [ "--threads"; "'two'" ]

[<Fact>]
let ``domains that are no mixture are refused`` () =
    for domains in [ "a"; "a,a"; "" ] do
        refused [ "mixture"; "seeds"; "--domains"; domains; "--out"; "none.csv" ] [ "--domains: wanted at least two" ]

[<Fact>]
let ``more threads or runs at a time than the machine can bear are refused`` () =
    refused [ "settings"; "--set"; "threads=100000" ] [ "threads: wanted a whole number between 1 and"; "100000" ]
    refused [ "settings"; "--threads"; "100000" ] [ "--threads"; "100000" ]
    refused [ "quickstart"; "--jobs"; "10000" ] [ "--jobs"; "10000" ]

[<Fact>]
let ``settings name the verifiers and templates that are not there`` () =
    refused [
        "settings"
        "--set"
        "mixture.weights={\"world-sat\":1}"
        "--set"
        "data.domains.world-sat.verifier=nope"
    ] [ "data.domains.world-sat.verifier"; "'nope'" ]

    refused [
        "settings"
        "--set"
        "mixture.weights={\"world-sat\":1}"
        "--set"
        "data.domains.world-sat.template=nope"
    ] [ "data.domains.world-sat.template"; "'nope'" ]

[<Fact>]
let ``half a surrogate pair in a completion is read as the replacement character, and rows in error are counted`` () =
    use folder = new Executable.Folder()

    let file =
        folder.Write(
            "rows.jsonl",
            "{\"verifier\":\"text\",\"completion\":\"<answer>\\ud800</answer>\",\"gold\":\"x\"}\n"
            + "{\"verifier\":\"text\",\"completion\":\"<answer>x</answer>\",\"gold\":\"x\",\"params\":[1]}\n"
            + "{\"verifier\":\n[1]"
        )

    let outcome = Executable.run [ "score"; "--completions"; file ]
    Assert.Equal(0, outcome.Code)
    Assert.Contains("3 of 4 rows could not be judged", outcome.Error)
    let rows = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
    use first = System.Text.Json.JsonDocument.Parse rows[0]
    Assert.Equal("\uFFFD", first.RootElement.GetProperty("extracted").GetString())
    Assert.Contains("params: wanted an object", rows[1])
    Assert.Contains("wanted JSON", rows[2])
    Assert.Contains("wanted an object", rows[3])

[<Fact>]
let ``score refuses what it would ignore`` () =
    refused [ "score"; "--verifier"; "iou"; "--gold"; "[0,0,1,1]"; "--pred"; "x"; "--params"; "[1]" ] [
        "--params: wanted an object"
    ]

    let mixed = Executable.run [ "score"; "--cases"; "rows.jsonl"; "--verifier"; "iou" ]
    Assert.Equal(2, mixed.Code)
    Assert.Contains("--verifier", mixed.Error)

[<Fact>]
let ``debug shows the stack trace below the line`` () =
    let outcome = Executable.run [ "settings"; "--preset"; "smal"; "--debug" ]
    Assert.Equal(2, outcome.Code)
    Assert.Contains("   at ", outcome.Error)

[<Fact>]
let ``help and version need no command and end with 0`` () =
    for words in [ [ "--help" ]; [ "--version" ]; []; [ "settings"; "--help" ] ] do
        let outcome = Executable.run words
        Assert.Equal(0, outcome.Code)
        Assert.Equal("", outcome.Error)
        Assert.Contains("modomodo", outcome.Out)

[<Fact>]
let ``every command explains itself with an example`` () =
    let overview = (Executable.run [ "--help" ]).Out

    let names =
        overview.Split '\n'
        |> Array.skipWhile (fun l -> not (l.Contains "COMMAND"))
        |> Array.skip 2
        |> Array.takeWhile (fun l -> l.StartsWith "  ")
        |> Array.map (fun l -> (l.Trim().Split "  ")[0])

    Assert.Contains("settings", names)

    for name in names do
        let help = Executable.run (List.ofArray (name.Split ' ') @ [ "--help" ])
        Assert.Equal(0, help.Code)
        Assert.Contains("EXAMPLES", help.Out)
        Assert.Contains("modomodo " + name, help.Out)

[<Fact>]
let ``printed settings can be fed back as they are`` () =
    use folder = new Executable.Folder()
    let printed = (Executable.run [ "settings"; "--preset"; "tiny-train" ]).Out
    let file = folder.Write("run.json", printed)
    Assert.Equal(printed, (Executable.run [ "settings"; "--settings"; file ]).Out)
