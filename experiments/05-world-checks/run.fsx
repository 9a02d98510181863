// Is the embedded world a real learning problem, and does the mixture matter in it? Writes docs/world.md.
//   dotnet fsi experiments/05-world-checks/run.fsx [path.to.field=value ...]
// Learning: each domain alone, three seeds, against the same runs with rewards shuffled within their groups.
// Mixture: the paper's eleven seed mixtures, three seeds each, and a permutation F-test of the Out-Score by mixture.
// Runs go to the folder `results` beside this script; repeated, the script continues.
#load "../load.fsx"

open System
open System.IO
open System.Threading
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

let folder = Path.Combine(__SOURCE_DIRECTORY__, "results")
let assignments = fsi.CommandLineArgs |> Array.skip 1 |> List.ofArray
let settings = Settings.ofPreset "small" ("data.world.testItems=500" :: assignments)
let domains = settings.Names "data.domains"
let seeds = [ 0; 1; 2 ]

let planned suffix further (mixture: NamedMixture) = [
    for seed in seeds ->
        {
            Name = $"{mixture.Run}{suffix}-{seed}"
            Settings = Sweep.settingsOf settings mixture.Weights seed further
        }
]

let carryOut = Sweep.run folder Environment.ProcessorCount Load.sweepProgress CancellationToken.None
Design.paper domains |> Array.toList |> List.collect (planned "" []) |> carryOut

Design.single domains
|> Array.toList
|> List.collect (planned "-shuffled" [ "rollout.shuffleRewards=true" ])
|> carryOut

/// Scores of a policy by `modomodo evaluate`, kept beside the runs.
let scored (model: string) (decoding: string) (name: string) : FileScore list =
    let out = Path.Combine(folder, "plan", name + ".json")

    if not (File.Exists out) then
        let file = Path.Combine(folder, "plan", "settings.json")
        Files.write file (settings.ToText())
        let words = [ "evaluate"; "--settings"; file; "--model"; model; "--decoding"; decoding; "--out"; out ]

        match Backend.run words (Path.Combine(folder, "plan", name + ".log")) ignore CancellationToken.None with
        | 0, _ -> ()
        | code, said -> failwith $"evaluate ended with {code}: {said}"

    RunFolder.scoresOf (Json.field "scores" (Files.readJson out))

let result (run: string) = (RunFolder.read (Sweep.runFolder folder run)).Result.Value
let scoreOf name (scores: FileScore list) = 100.0 * (scores |> List.find (fun s -> s.Name = name)).Mean
let tenth (x: float) = x.ToString("0.0", Globalization.CultureInfo.InvariantCulture)
let signed (x: float) = (if x > 0.0 then "+" else "") + tenth x
let row (cells: string list) = "| " + String.concat " | " cells + " |"
let table (head: string list) rows = row head :: row [ for _ in head -> "---" ] :: List.map row rows

// ---- learning

let warm, warmGreedy = scored "world" "sampled" "warm", scored "world" "greedy" "warm-greedy"

let learning = [
    for domain in domains do
        let tests suffix = [ for seed in seeds -> scoreOf domain (result $"single-{domain}{suffix}-{seed}").Tests ]
        let trained, shuffled, before = tests "", tests "-shuffled", scoreOf domain warm
        let final seed = Path.Combine(Sweep.runFolder folder $"single-{domain}-{seed}", "final")
        let greedy = [ for seed in seeds -> scoreOf domain (scored (final seed) "greedy" $"greedy-{domain}-{seed}") ]

        [
            domain
            tenth before
            trained |> List.map tenth |> String.concat " "
            signed (List.average trained - before)
            shuffled |> List.map tenth |> String.concat " "
            signed (List.average shuffled - before)
            tenth (scoreOf domain warmGreedy)
            greedy |> List.map tenth |> String.concat " "
        ]
]

// ---- mixture

let outScores (mixture: NamedMixture) = [
    for seed in seeds -> 100.0 * TrainRun.aggregate "macro" (result $"{mixture.Run}-{seed}").Scores
]

let byMixture = Design.paper domains |> Array.toList |> List.map (fun m -> m, outScores m)
let test = Statistics.permutationTest 0UL 9999 (byMixture |> List.map snd)

let mixtures = [
    for mixture, scores in byMixture |> List.sortByDescending (snd >> List.average) do
        [ mixture.Run; scores |> List.map tenth |> String.concat " "; tenth (List.average scores) ]
]

let warmOut =
    100.0
    * TrainRun.aggregate "macro" (warm |> List.filter (fun s -> List.contains s.Name Embedded.benchmarks))

let page = [
    "# The embedded world, measured"
    ""
    $"Written by `dotnet fsi experiments/05-world-checks/run.fsx`, commit {Provenance.commit ()}. Seeds 0, 1, 2; scores in points of 100."
    ""
    "## Learning is real"
    ""
    "Each domain alone, scored on its own test (500 items, four answers each at temperature 1); `shuffled`: the same runs"
    "with rewards permuted within each group, in which nothing can be learned. Greedy: one likeliest answer an item."
    ""
    yield!
        table
            [
                "domain"
                "warm start"
                "trained, by seed"
                "gain"
                "shuffled, by seed"
                "gain"
                "greedy before"
                "greedy after, by seed"
            ]
            learning
    ""
    "## The mixture matters"
    ""
    $"Mean of the four unseen benchmarks, which no run trains on. Before any GRPO: {tenth warmOut}."
    ""
    yield! table [ "mixture"; "by seed"; "mean" ] mixtures
    ""
    $"Permutation F-test by mixture (9 999 permutations): F = {tenth test.F}, p = {test.P:G3}; the mixture explains {tenth (100.0 * test.Explained)} %% of the variance."
]

Files.write (Path.Combine(__SOURCE_DIRECTORY__, "..", "..", "docs", "world.md")) (String.concat "\n" page + "\n")
page |> List.iter (printfn "%s")
