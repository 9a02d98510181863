/// Seconds of one thread. Least of three; run alone on the machine for numbers that mean something.
module MoDoMoDo.Mixtures.Bars.Times

open System
open System.Diagnostics
open MoDoMoDo.Mixtures
open MoDoMoDo.Mixtures.GaussianProcess
open MoDoMoDo.Mixtures.Bars.Protocol
open MoDoMoDo.Mixtures.Bars.Row

let private pileCc = "pile_cc_val_loss"

let private least times action =
    Seq.init times (fun _ ->
        let clock = Stopwatch.StartNew()
        action ()
        clock.Elapsed.TotalSeconds)
    |> Seq.min

let private row on predictor bound seconds =
    print {
        Check = "time"
        On = on
        Predictor = predictor
        Measured = text $"{seconds:F2} s"
        Bar = text $"<= {bound:F1} s"
        Holds = Some(seconds <= bound)
    }

let private first n =
    let train, _ = subset n 0
    { regmix.Value with Rows = train |> Array.map (fun i -> regmix.Value.Rows[i]) }

let private learn (method': Method) n =
    let struct (data, _) = Surrogate.observations (first n) pileCc
    fun () -> method'.Learn data |> ignore

/// A whole command of the executable, where the command line is built.
let private command bound times (words: string list) on =
    match modomodo with
    | None ->
        printfn "time  %s: skipped, the command line is not built" on
        []
    | Some tool ->
        let start = ProcessStartInfo(tool, words, RedirectStandardError = true)
        start.Environment["DOTNET_PROCESSOR_COUNT"] <- "1"

        let run () =
            match Process.Start start with
            | null -> failwith "wanted the command to start"
            | running ->
                use running = running
                let errors = running.StandardError.ReadToEnd()
                running.WaitForExit()

                if running.ExitCode <> 0 then
                    failwith errors

        [ row on "(whole command)" bound (least times run) ]

/// All rows.
let rows () : Row list =
    use file = new Files()

    let predict n =
        LedgerFile.write (file.Named $"{n}.csv") (first n)

        LedgerFile.writeMixtures
            (file.Named "test.csv")
            (first 64 |> _.Rows |> Array.map (fun r -> { Run = r.Run; Weights = r.Weights }))

        [
            "mixture"
            "predict"
            "--ledger"
            file.Named $"{n}.csv"
            "--target"
            pileCc
            "--test"
            file.Named "test.csv"
            "--out"
            file.Named "out.csv"
        ]

    let search target =
        LedgerFile.write (file.Named "pool.csv") regmix.Value

        [
            "mixture"
            "search"
            "--pool"
            file.Named "pool.csv"
            "--target"
            target
            "--goal"
            "min"
            "--start"
            String.Join(",", [| for i in 0..32..511 -> regmix.Value.Rows[i].Run |])
            "--count"
            "36"
            "--out"
            file.Named "out.csv"
        ]

    [
        for warp, name in [ Warp.Power, "gp-power"; Warp.Log, "gp-log" ] do
            row "MAP fit, 64 runs, 17 domains" name 0.3 (least 3 (learn (Methods.map name warp) 64))
            row "MAP fit, 512 runs, 17 domains" name 5.0 (least 2 (learn (Methods.map name warp) 512))
        row "HMC, 64 runs, one warp" "gp-power-bayes" 3.0 (least 2 (learn (Methods.sampled "" 0UL Warp.Power) 64))
        yield! command 5.0 2 (predict 64) "predict, one target, 64 runs"
        yield! command 60.0 1 (predict 512) "predict, one target, 512 runs"
        yield! command 120.0 1 (search pileCc) "search, 36 of 512, one target"
        yield! command 120.0 1 (search "composite:mean") "search, 36 of 512, 13 targets"
    ]
