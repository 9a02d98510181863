/// The first thing to run on a new device: one GRPO step, one save and load, greedy answers against the processor's.
module Smoke

open System
open System.IO
open Shell

/// Trains one step on a device, loads what was saved, and compares greedy answers with those of the processor.
let run (modomodo: string list -> string * string) (device: string) : unit =
    let folder = Path.Combine(Path.GetTempPath(), "modomodo-smoke-" + Guid.NewGuid().ToString "N")
    Directory.CreateDirectory folder |> ignore

    try
        let settings, run = Path.Combine(folder, "settings.json"), Path.Combine(folder, "run")
        File.WriteAllText(settings, fst (modomodo [ "settings"; "--preset"; "tiny-train" ]))
        let train = [ "train"; "--settings"; settings; "--out"; run; "--set"; "training.steps=1" ]
        modomodo (train @ [ "--device"; device ]) |> ignore
        printfn $"one step on {device}: done"

        let answer on =
            let model = Path.Combine(run, "final")

            [
                "generate"
                "--model"
                model
                "--greedy"
                "--max-new-tokens"
                "8"
                "--device"
                on
                "how many red circles"
            ]
            |> modomodo
            |> fst

        let found, wanted = answer device, answer "cpu"

        if found <> wanted then
            raise (Stop(1, $"greedy answers differ: {device} '{found}', cpu '{wanted}'"))

        printfn $"greedy answers on {device} and cpu: equal"
    finally
        Directory.Delete(folder, true)
