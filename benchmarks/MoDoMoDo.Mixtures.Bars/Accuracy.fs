/// G1-G9: accuracy and intervals on the rows that were not fitted.
module MoDoMoDo.Mixtures.Bars.Accuracy

open MoDoMoDo.Mixtures
open MoDoMoDo.Mixtures.Bars.Protocol
open MoDoMoDo.Mixtures.Bars.Row

type private Bar = { Name: string; Target: string; Runs: int; Subsets: int; Spearman: float; Rmse: float }

let private pileCc = "pile_cc_val_loss"

let private bars = [
    { Name = "G1"; Target = pileCc; Runs = 16; Subsets = 12; Spearman = 88.0; Rmse = 0.165 }
    { Name = "G2"; Target = pileCc; Runs = 32; Subsets = 12; Spearman = 95.5; Rmse = 0.103 }
    { Name = "G3"; Target = pileCc; Runs = 64; Subsets = 8; Spearman = 97.5; Rmse = 0.076 }
    { Name = "G4"; Target = pileCc; Runs = 128; Subsets = 4; Spearman = 98.5; Rmse = 0.057 }
    { Name = "G5"; Target = "composite:mean"; Runs = 16; Subsets = 6; Spearman = 88.5; Rmse = 0.175 }
    { Name = "G6"; Target = "composite:mean"; Runs = 32; Subsets = 6; Spearman = 94.5; Rmse = 0.122 }
    { Name = "G7"; Target = "composite:mean"; Runs = 64; Subsets = 6; Spearman = 97.3; Rmse = 0.086 }
    { Name = "G8"; Target = "composite:mean"; Runs = 128; Subsets = 4; Spearman = 98.0; Rmse = 0.071 }
]

/// Spearman, RMSE, coverage and interval score of one subset.
let private measure (method': Method) (bar: Bar) s =
    let ledger, target = regmix.Value, Target.parse bar.Target
    let train, test = subset bar.Runs s
    let at rows = rows |> Array.map (fun i -> ledger.Rows[i])
    let surrogate = Surrogate.fit method' target { ledger with Rows = at train }
    let measured = at test |> Array.map (fun r -> (Ledger.value target ledger r).Value)
    let predicted = at test |> Array.map (Ledger.weights ledger) |> Surrogate.predict surrogate
    let means = predicted |> Array.map _.Mean
    let coverage, score = intervals predicted measured
    [| spearman means measured; rmse means measured; coverage; score |]

/// The rows of the bars whose names are wanted: the method's with its bars, then the baselines'.
let rows (wanted: string -> bool) (method': Method) (baselines: Method[]) : Row list = [
    for bar in bars do
        if wanted bar.Name then
            for m in Array.append [| method' |] baselines do
                let average = Array.init bar.Subsets (measure m bar) |> Array.transpose |> Array.map Array.average

                let judged = m.Name = method'.Name
                let rho, error = average[0], average[1]

                print {
                    Check = bar.Name
                    On = text $"{bar.Target}, {bar.Runs} runs"
                    Predictor = m.Name
                    Measured = text $"Spearman {rho:F1}, RMSE {error:F4}"
                    Bar = if judged then text $">= {bar.Spearman:F1}, <= {bar.Rmse:F3}" else ""
                    Holds = if judged then Some(rho >= bar.Spearman && error <= bar.Rmse) else None
                }

                if judged then
                    let coverage, score = average[2], average[3]

                    print {
                        Check = "G9"
                        On = text $"{bar.Target}, {bar.Runs} runs"
                        Predictor = m.Name
                        Measured = text $"coverage {coverage:F3}, interval score {score:F3}"
                        Bar = "in [0.82, 0.98], <= 1.05"
                        Holds = Some(coverage >= 0.82 && coverage <= 0.98 && score <= 1.05)
                    }
]
