// A verifier of one's own: written in ten lines, held to the laws that every verifier should obey, and trained on.
//   dotnet fsi experiments/02-custom-verifier/run.fsx [path.to.field=value ...]
// Results (settings, metrics, completions, result.json) go to the folder `results` beside this script.
#load "../load.fsx"

open System
open System.IO
open System.Threading
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Laws
open MoDoMoDo.Verifiers

/// Whole numbers: full marks for the right one, half for its neighbours, nothing for others. Everything else as usual.
let near: Grader =
    fun sample answer ->
        match sample.Gold with
        | Gold.Text [| gold |] when fst (Int32.TryParse gold) ->
            match Int32.TryParse(answer.Trim()) with
            | true, found ->
                let distance = abs (int64 found - int64 (int gold))
                Judge.partly (1.0 - 0.5 * float distance) answer gold $"{distance} away"
            | _ -> Judge.unread answer gold (Refusal.Missing "no whole number")
        | _ -> Grade.accuracy sample answer

let verifier =
    Verifier.OfReward "near" (Judge.completion Scan.taggedAnswer near |> Combine.named "accuracy")

// The laws: random golds, answers and hostile texts; a law that does not hold comes with its smallest counterexample.
if not (Laws.check verifier) then
    eprintfn "not all laws hold: read above which, and whether that is meant"

// Training on figures with marked lengths, rewarded by it.
let settings =
    Settings.ofPreset
        "small"
        ([
            "data.domains={\"world-geoqav\": {}}"
            "mixture.weights={\"world-geoqav\": 1}"
            "training.steps=40"
         ]
         @ (fsi.CommandLineArgs |> Array.skip 1 |> List.ofArray))

let folder = Path.Combine(__SOURCE_DIRECTORY__, "results")

if Directory.Exists folder then
    Directory.Delete(folder, true)

TrainRun.prepare settings folder false

let domains =
    Sources.domains (eprintfn "%s") settings
    |> Array.map (fun (domain, test) -> { domain with Verifier = verifier }, test)

TrainRun.runOn domains settings folder Load.progress CancellationToken.None

let run = RunFolder.read folder
let rewards = RunFolder.series "reward.world-geoqav" run |> List.map snd
let mean values = if List.isEmpty values then nan else List.average values

printfn
    "mean reward: %.3f in the first five steps, %.3f in the last five"
    (mean (List.truncate 5 rewards))
    (mean (List.rev rewards |> List.truncate 5))

for score in run.Result.Value.Tests do
    printfn "test of %s, exact answers: %.3f (standard error %.3f)" score.Name score.Mean score.StandardError
