// Four ways to spend the same steps, on paired seeds in the embedded world: uniform weights, the quickstart's proposal, an online
// bandit on advantages, and merged single-domain experts. Writes table.md beside this script.
//   dotnet fsi experiments/07-equal-compute/run.fsx [--table] [path.to.field=value ...]
// results/quickstart is a quickstart's sweep folder (made here, or brought along), results/baselines holds the further runs;
// repeated, the script continues. With --table nothing is trained or scored: the table of what is there.
#load "../load.fsx"

open System
open System.Globalization
open System.IO
open System.Threading
open MathNet.Numerics.Statistics
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

let folder name = Path.Combine(__SOURCE_DIRECTORY__, "results", name)
let quickstart, baselines = folder "quickstart", folder "baselines"

let flags, assignments =
    fsi.CommandLineArgs |> Array.skip 1 |> List.ofArray |> List.partition _.StartsWith("--")

let tableOnly = List.contains "--table" flags
let settings = Settings.ofPreset "small" assignments
let domains, steps = settings.Names "data.domains", settings.Whole "training.steps"
let shortSteps = steps / domains.Length

if not (File.Exists(Path.Combine(quickstart, "proposal.csv"))) then
    Loop.run settings quickstart Environment.ProcessorCount Load.sweepProgress CancellationToken.None

let finished sweep name =
    let place = Sweep.runFolder sweep name
    if RunFolder.isFinished place then (RunFolder.read place).Result else None

/// The seeds of the quickstart's confirmation.
let seeds = [
    for i in 0 .. settings.Whole "sweep.confirmationSeeds" - 1 do
        1000 + settings.Whole "seed" + i
]

let proposal = (MixtureFile.read (Path.Combine(quickstart, "proposal.csv")) |> Array.head).Weights
let uniform = Weights.Uniform domains

// ---- the runs that the quickstart has not made

let expertName domain seed = $"short-expert-{domain}-{seed}"

let carryOut sweep runs =
    if not tableOnly then
        Sweep.run sweep Environment.ProcessorCount Load.sweepProgress CancellationToken.None runs

carryOut quickstart [
    for seed in seeds do
        for name, weights in [ "uniform", uniform; "proposal", proposal ] do
            {
                Name = $"confirm-{name}-{seed}"
                Settings = Sweep.settingsOf settings weights seed [ "evaluation.half=both" ]
            }
]

carryOut baselines [
    for seed in seeds do
        {
            Name = $"bandit-{seed}"
            Settings = Sweep.settingsOf settings uniform seed [ "evaluation.half=both"; "mixture.online=bandit" ]
        }
    for seed in seeds do
        for domain in domains do
            {
                Name = expertName domain seed
                // What an expert scores by itself is of no interest here.
                Settings =
                    Sweep.settingsOf settings (Weights.Single(domains, domain)) seed [
                        "evaluation.half=fit"
                        "evaluation.limit=8"
                        $"training.steps={shortSteps}"
                    ]
            }
]

// ---- merged experts: how well they stand in for trained mixtures, and which weights they like best

let merge sweep experts further mixtures =
    if not tableOnly then
        let s = Settings.withSet further settings
        MergedExperts.run s experts sweep Load.progress CancellationToken.None mixtures

let pilots = [
    for run in RunFolder.ofSweep quickstart do
        match run.Result with
        | Some r when run.Name.StartsWith("pilot-", StringComparison.Ordinal) -> { Run = run.Name; Weights = r.Weights }
        | _ -> ()
]

let pilotExperts = MergedExperts.ofSweep quickstart domains
merge quickstart pilotExperts [ "evaluation.half=fit" ] pilots

let correlations = [
    for name, target in
        [
            "mean of four", Target.Mean
            for b in settings.Names "data.benchmarks" do
                b, Target.Single b
        ] do
        // A domain alone is its own expert: such pairs agree by construction.
        let pairs =
            MergedExperts.pairs quickstart target
            |> List.filter (fun (name, _, _) -> not (name.Contains "single"))

        let best = pairs |> List.maxBy (fun (_, _, m) -> m)
        let topTrained = pairs |> List.maxBy (fun (_, t, _) -> t)
        name, pairs.Length, MergedExperts.rankCorrelation pairs, best, topTrained
]

/// The pilot mixture whose merge scores best on the fitting half, by the experts of the pilots' own seed.
let tuned =
    let name, _, _ = MergedExperts.pairs quickstart Target.Mean |> List.maxBy (fun (_, _, m) -> m)
    pilots |> List.find (fun p -> MergedExperts.word + p.Run = name) |> _.Weights

let merges = [ "uniform", uniform; "proposal", proposal; "tuned", tuned ]

let mergesOf label suffix = [ for name, w in merges -> { Run = $"{label}-{name}-{suffix}"; Weights = w } ]

for seed in seeds do
    let experts = [ for d in domains -> { Domain = d; Folder = Sweep.runFolder baselines (expertName d seed) } ]

    merge baselines experts [ "evaluation.half=confirm"; $"seed={seed}" ] (mergesOf "short" seed)

merge baselines pilotExperts [ "evaluation.half=confirm" ] (mergesOf "full" (settings.Whole "seed"))

// ---- the table

/// Name, where its runs lie, steps of the policy itself, and steps in all, those of the search included.
let search = pilots.Length * steps

let contestants = [
    "uniform", (quickstart, "confirm-uniform-"), steps, 0
    "static proposal", (quickstart, "confirm-proposal-"), steps, search
    "online bandit", (baselines, "bandit-"), steps, 0
    for label, each in [ "short", shortSteps; "full", steps ] do
        for name, _ in merges do
            let further =
                if name = "proposal" then search
                elif name = "tuned" then steps * domains.Length
                else 0

            $"merged, {each} steps each, {name}",
            (baselines, $"{MergedExperts.word}{label}-{name}-"),
            each * domains.Length,
            further
]

let scored (sweep, word) = [
    for seed in settings.Whole "seed" :: seeds do
        match finished sweep (word + string seed) with
        | Some r -> seed, (if r.Confirm.IsEmpty then r.Scores else r.Confirm)
        | None -> ()
]

let mean (scores: FileScore list) = 100.0 * TrainRun.aggregate "macro" scores

let tenth (x: float) =
    if Double.IsFinite x then
        x.ToString("0.0", CultureInfo.InvariantCulture)
    else
        "–"

let signed (x: float) =
    if Double.IsFinite x then
        x.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture)
    else
        "–"

let cells (texts: string list) = "| " + String.concat " | " texts + " |"

let reference =
    scored (quickstart, "confirm-uniform-") |> List.map (fun (seed, s) -> seed, mean s) |> Map.ofList

let benchmarks = settings.Names "data.benchmarks"

let rows = [
    for name, place, own, further in contestants do
        match scored place with
        | [] -> ()
        | runs ->
            let values = runs |> List.map (snd >> mean)

            let difference =
                Statistics.paired [
                    for seed, s in runs do
                        match reference.TryFind seed with
                        | Some r -> mean s - r
                        | None -> ()
                ]

            List.average values,
            [
                name
                string own
                string (own + further)
                string runs.Length
                tenth (List.average values)
                tenth (Statistics.deviation values)
                (if name = "uniform" then
                     "–"
                 elif difference.Pairs = 0 then
                     signed (List.average values - (reference.Values |> Seq.average)) + ", not paired"
                 else
                     $"{signed difference.Mean} ({signed difference.Lower} to {signed difference.Upper})")
                for b in benchmarks do
                    runs |> List.averageBy (fun (_, s) -> 100.0 * (s |> List.find (fun x -> x.Name = b)).Mean) |> tenth
            ]
]

let shown (w: Weights) =
    Seq.map2
        (fun (d: string) (x: float) -> d.Replace("world-", "") + " " + x.ToString(".00", CultureInfo.InvariantCulture))
        w.Domains
        w.Values
    |> String.concat ", "

let bandits = [
    for seed in seeds do
        match finished baselines $"bandit-{seed}" with
        | Some r -> $"- seed {seed}: {shown r.Weights}"
        | None -> ()
]

let head = [
    "policy"
    "steps of the policy"
    "with its search"
    "seeds"
    "score"
    "sd"
    "minus uniform, 95 %"
    for b in benchmarks do
        b.Replace("world-", "")
]

let page = [
    "# Four ways to spend the same steps"
    ""
    $"Written by `dotnet fsi experiments/07-equal-compute/run.fsx`, commit {Provenance.commit ()}. Embedded world, preset `small`, mean of the four unseen"
    "benchmarks on the half of the items that nothing was chosen by, in points of 100; seeds paired. A step is 32 prompts x 8 answers."
    ""
    cells head
    cells [ for _ in head -> "---" ]
    for _, row in rows |> List.sortByDescending fst do
        cells row
    ""
    $"Proposal of the quickstart: {shown proposal}. Tuned: {shown tuned}, the one of the {pilots.Length} pilot mixtures whose merge scored best on the"
    "fitting half (experts of the pilots' seed)."
    ""
    if tableOnly then
        "Policies without a row were not run yet; intervals of few seeds are wide or missing. The script continues from here."
        ""
    "The search of the proposal is the pilots; it is paid once, however often the mixture is trained afterwards. The experts of"
    $"""{steps} steps each are the pilots' own, one set of five at seed {settings.Whole "seed"}; those of {shortSteps} steps, as many steps together as one run, are"""
    "trained at each seed. Steps are equal, not seconds: answers with boxes are long."
    ""
    "## What the bandit drew"
    ""
    yield! bandits
    ""
    "## Do merged experts rank mixtures as training does?"
    ""
    "Spearman's rank correlation over the pilot mixtures of several domains, trained against merged (five experts of the pilots' seed),"
    "fitting half; and the score of the mixture that merging would choose, against the best trained pilot."
    ""
    cells [ "target"; "mixtures"; "rank correlation"; "chosen by merging, trained"; "best trained" ]
    cells [ "---"; "---"; "---"; "---"; "---" ]
    for name, count, correlation, (_, chosen, _), (_, best, _) in correlations do
        cells [
            name
            string count
            correlation.ToString("0.00", CultureInfo.InvariantCulture)
            tenth (100.0 * chosen)
            tenth (100.0 * best)
        ]
]

Files.write (Path.Combine(__SOURCE_DIRECTORY__, "table.md")) (String.concat "\n" page + "\n")
page |> List.iter (printfn "%s")
