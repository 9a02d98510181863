/// G13 and G14: the paper's own 11 seed runs, its heuristics, and controls on RegMix.
module MoDoMoDo.Mixtures.Bars.Seeds

open MoDoMoDo.Domain
open MoDoMoDo.Mixtures
open MoDoMoDo.Mixtures.Bars.Protocol
open MoDoMoDo.Mixtures.Bars.Row

let private report (method': Method) target ledger =
    let struct (_, r) = MixtureCommands.fit (Some method') 0UL (Target.parse target) ledger
    r

let private ratio (r: PredictorReport) = r.LeftOutRmse / r.ConstantRmse

let private seedRun (method': Method) target bar holds =
    let r = report method' target seeds.Value

    let inside =
        r.LeftOut
        |> Array.filter (fun l -> abs (l.Measured - l.Prediction.Mean) <= MixtureCommands.halfWidth l.Prediction)
        |> Array.length

    let coverage = float inside / float r.Count

    print {
        Check = "G13"
        On = $"11 seed runs, {target}"
        Predictor = method'.Name
        Measured =
            text
                $"nRMSE {ratio r:F2}, intervals hold {coverage:F2}, rank {r.Design.Rank} of {r.Design.Columns}: {Validation.words r.Verdict}"
        Bar = bar
        Holds = holds r coverage
    }

let private control method' name (ledger: Ledger) =
    let r = report method' "pile_cc_val_loss" ledger

    r.Verdict = PredictorVerdict.Predictable,
    {
        Check = "G13"
        On = $"64 runs of RegMix, {name}"
        Predictor = method'.Name
        Measured = text $"nRMSE {ratio r:F2}: {Validation.words r.Verdict}"
        Bar = ""
        Holds = None
    }

let private controls method' : Row list =
    let every8 = { regmix.Value with Rows = [| for i in 0..8..511 -> regmix.Value.Rows[i] |] }
    let predictable, row = control method' "Pile-CC" every8
    let good = predictable && row.Measured.CompareTo "nRMSE 0.50" <= 0
    let first = print { row with Bar = "predictable, <= 0.5"; Holds = Some good }

    let shuffled =
        [ 1UL .. 4UL ]
        |> List.map (fun s ->
            let scores = RandomStream(Rng.OfSeed s).Shuffle(every8.Rows |> Array.map _.Scores)

            control method' "shuffled" {
                every8 with
                    Rows = Array.map2 (fun row s -> { row with Scores = s }) every8.Rows scores
            })

    let mistaken = shuffled |> List.filter fst |> List.length

    let last =
        print {
            Check = "G13"
            On = "64 runs of RegMix, shuffled 4 times"
            Predictor = method'.Name
            Measured = $"predictable {mistaken} times"
            Bar = "at most once"
            Holds = Some(mistaken <= 1)
        }

    [ first; yield! shuffled |> List.map (snd >> print); last ]

/// Section 6 of reference/mixtures.md: order COCO, LISA, GeoQAV, SAT, ScienceQA.
let private golden = [
    "heuristic-in", [ 0.262593; 0.28099; 0.0; 0.013579; 0.442838 ]
    "heuristic-out", [ 0.068536; 0.064174; 0.330841; 0.536449; 0.0 ]
    "heuristic-balanced", [ 0.174839; 0.182945; 0.149608; 0.250023; 0.242585 ]
    "heuristic-coli", [ 0.183851; 0.183315; 0.216072; 0.241329; 0.175432 ]
    "heuristic-norm", [ 0.125517; 0.232723; 0.201418; 0.251034; 0.189309 ]
]

let private heuristics () =
    let computed =
        MixtureCommands.seeds
            SeedDesign.Heuristic
            0UL
            0
            [| "In" |]
            [| "Out" |]
            (Some seeds.Value)
            (MixtureSpace.simplex seeds.Value.Domains)

    let errors = [
        for name, weights in golden do
            let found = computed |> Array.find (fun m -> m.Run = name)

            for w, v in Seq.zip weights found.Weights.Values do
                abs (w - v)
    ]

    print {
        Check = "G14"
        On = "the paper's five heuristics"
        Predictor = ""
        Measured = text $"largest difference {List.max errors:E1}"
        Bar = "<= 1E-6"
        Holds = Some(List.max errors <= 1e-6)
    }

/// All rows.
let rows (method': Method) : Row list = [
    seedRun (PredictorCatalogue.find "quadratic") "Out" "rank 10 of 15, not identifiable" (fun r _ ->
        Some(r.Design.Rank = 10 && r.Verdict = PredictorVerdict.NotIdentifiable))
    seedRun method' "Out" "not predictable, nRMSE <= 1.25, >= 0.80" (fun r coverage ->
        Some(r.Verdict <> PredictorVerdict.Predictable && ratio r <= 1.25 && coverage >= 0.80))
    seedRun method' "ScienceQA" "nRMSE <= 0.70, >= 0.80" (fun r coverage -> Some(ratio r <= 0.7 && coverage >= 0.80))
    for target in [ "In"; "ChartQA"; "MathVista" ] do
        seedRun method' target "" (fun _ _ -> None)
    yield! controls method'
    heuristics ()
]
