module MoDoMoDo.Mixtures.Tests.LedgerTests

open System.IO
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

let private measurement = gen {
    let! score = Generate.number -3.0 3.0
    let! items = Gen.optionOf (Gen.choose (1, 9999) |> Gen.map float)
    let! sd = Gen.optionOf (Generate.number 0.0 0.1)
    return { Score = score; Items = items; Deviation = sd }
}

let private ledger = gen {
    let! rows = Gen.choose (1, 6)

    let row i = gen {
        let! weights = Generate.weights 3
        let! scores = Gen.listOf (Gen.zip (Gen.elements [ "x"; "y, \"z\"" ]) measurement)
        let! tests = Gen.listOf (Gen.zip (Gen.elements [ "a"; "b" ]) measurement)
        let! seed = Gen.optionOf (Gen.choose (0, 99))
        let! cost = Gen.optionOf (Generate.number 0.0 10.0)
        let! scale = Gen.elements [ ""; "1M" ]

        return {
            Run = $"run {i}"
            Weights = weights
            Scores = Map.ofList scores
            Tests = Map.ofList tests
            Seed = seed
            Step = None
            Scale = scale
            Cost = cost
            Further = Map.empty
        }
    }

    let! rows = Gen.sequenceToArray [| for i in 1..rows -> row i |]
    return { Domains = Generate.domains 3; Targets = [| "x"; "y, \"z\"" |]; Rows = rows }
}

[<Property>]
let ``a ledger reads back exactly as it was written`` () =
    Prop.forAll (Arb.fromGen ledger) (fun ledger ->
        let file = Files.temporary ".csv"

        try
            LedgerFile.write file ledger
            let back = LedgerFile.read LedgerFormat.Default file
            back.Ledger = ledger && back.Notices.Length = 0
        finally
            File.Delete file)

let private read text = Files.withText ".csv" text (LedgerFile.read LedgerFormat.Default)

[<Fact>]
let ``sums within two per cent of 1 are normalised with a notice`` () =
    let reading = read "run,w:a,w:b,score:x\nr1,0.5,0.51,1\n"
    Assert.Equal(0.5 / 1.01, reading.Ledger.Rows[0].Weights["a"], 12)
    Assert.Contains("r1", Assert.Single reading.Notices)

[<Theory>]
[<InlineData("run,w:a,w:b,score:x\nr1,0.5,0.6,1\n", "weights that sum to 1")>]
[<InlineData("run,w:a,w:b,score:x\nr1,-0.5,1.5,1\n", "weights of at least 0")>]
[<InlineData("run,w:a,w:b,score:x\nr1,0.5,0.5,one\n", "a number, or nothing where there is none")>]
[<InlineData("run,w:a,w:b,score:x\nr1,0.5,0.5,NaN\n", "a number, or nothing where there is none")>]
[<InlineData("run,w:a,w:b,score:x\nr1,0.5,0.5,1\nr1,0.5,0.5,1\n", "each run and step once")>]
[<InlineData("run,score:x\nr1,1\n", "columns named w:DOMAIN")>]
[<InlineData("name,w:a\nr1,1\n", "this column (--key names another)")>]
[<InlineData("run,w:a,w:a\nr1,1,0\n", "each column once")>]
[<InlineData("run,w:a\nr1\n", "2 cells")>]
[<InlineData("", "a line of column names")>]
let ``what breaks the format is refused`` (text: string) (wanted: string) =
    let refused = Assert.Throws<InputException>(fun () -> read text |> ignore)
    Assert.Equal(wanted, refused.Wanted)

[<Fact>]
let ``RegMix's two files are one ledger, joined by their key`` () =
    let format = {
        WeightsPrefix = "train_the_pile_"
        ScorePrefix = "metric/the_pile_"
        Key = "index"
        Exact = false
    }

    let file name = Path.Combine(Files.data, "regmix", name)

    let ledger =
        (LedgerFile.readWithScores format (file "train_mixture_1m.csv") (file "train_pile_loss_1m.csv")).Ledger

    Assert.Equal(512, ledger.Rows.Length)
    Assert.Equal(17, ledger.Domains.Length)
    Assert.Equal(13, ledger.Targets.Length)
    Assert.Equal(5.169477939605713, ledger.Rows[0].Scores["pile_cc_val_loss"].Score)
    Assert.Equal(0.787, ledger.Rows[0].Weights["pile_cc"], 12)

[<Fact>]
let ``composites are means, worst cases and weighted means of score columns`` () =
    let ledger = (read "run,w:a,score:x,score:y,test:a\nr1,1,1,4,9\nr2,1,1,,9\n").Ledger
    let value text i = Ledger.value (Target.parse text) ledger ledger.Rows[i]
    Assert.Equal(Some 2.5, value "composite:mean" 0)
    Assert.Equal(Some 1.0, value "composite:min" 0)
    Assert.Equal(Some 2.0, value "composite:x=2,y=1" 0)
    Assert.Equal(None, value "composite:mean" 1)
    Assert.Equal(Some 1.0, value "score:x" 1)
    Assert.Equal(Some 9.0, value "test:a" 1)
    Assert.Throws<InputException>(fun () -> value "z" 0 |> ignore) |> ignore

[<Theory>]
[<InlineData("x")>]
[<InlineData("composite:mean")>]
[<InlineData("composite:min")>]
[<InlineData("composite:a=2,b=0.5")>]
let ``a target's name names it`` (text: string) = Assert.Equal(text, Target.name (Target.parse text))

[<Fact>]
let ``known noise is the stated deviation, else binomial`` () =
    Assert.Equal(0.04, { Score = 0.5; Items = Some 100.0; Deviation = Some 0.2 }.Variance, 12)
    Assert.Equal(0.0025, { Score = 0.5; Items = Some 100.0; Deviation = None }.Variance, 12)
    Assert.True({ Score = 1.0; Items = Some 100.0; Deviation = None }.Variance > 0.0)
    Assert.Equal(0.0, (Measurement.Of 0.5).Variance)

[<Fact>]
let ``the frame has a row a run and a column a weight and score`` () =
    let frame =
        LedgerFile.frame (read "run,w:a,w:b,score:x,score:y,seed\nr1,0.25,0.75,1,,3\nr2,0,1,2,5,4\n").Ledger

    Assert.Equal(2, frame.RowCount)

    Assert.Equal<string list>(
        [ "run"; "w:a"; "w:b"; "score:x"; "seed"; "score:y" ] |> List.sort,
        frame.ColumnKeys |> List.ofSeq |> List.sort
    )

    Assert.Equal(0.25, frame.GetColumn<float>("w:a")["r1"])
    Assert.Equal(5.0, frame.GetColumn<float>("score:y")["r2"])
