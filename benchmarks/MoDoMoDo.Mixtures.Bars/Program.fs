module MoDoMoDo.Mixtures.Bars.Program

open System
open System.Diagnostics
open MoDoMoDo.Mixtures
open MoDoMoDo.Mixtures.GaussianProcess
open MoDoMoDo.Mixtures.Bars.Protocol

let average f xs = xs |> Array.averageBy f

let accuracy (method': Method) n count target =
    let sw = Stopwatch.StartNew()
    let results =
        [| 0 .. count - 1 |] |> Array.map (fun s ->
            let train, test = subset n s
            let data, held = observations regmix.Value target train, observations regmix.Value target test
            let p = (Method.fit method' data).Predict held.Weights
            let means = p |> Array.map _.Mean
            let cov, score = intervals p held.Scores
            spearman means held.Scores, rmse means held.Scores, cov, score)
    printfn "%-12s n=%-4d %s  rho %.1f  rmse %.4f  cover %.3f score %.3f  %.2f s each" method'.Name n target
        (average (fun (a,_,_,_) -> a) results) (average (fun (_,a,_,_) -> a) results) (average (fun (_,_,a,_) -> a) results) (average (fun (_,_,_,a) -> a) results)
        (sw.Elapsed.TotalSeconds / float count)

[<EntryPoint>]
let main _ =
    let methods = [
        LinearModels.constant
        LinearModels.leastSquares "quadratic" Features.quadratic Features.quadratic
        LinearModels.ridge "quadratic-ridge" Features.quadratic Features.quadratic
        LinearModels.ridge "additive-log" (Features.additiveLog 0.05) id
        GaussianProcess.Methods.map "gp-power" Warp.Power
        GaussianProcess.Methods.map "gp-log" Warp.Log ]
    for n, count in [ 16, 12; 32, 12; 64, 8; 128, 4 ] do
        for m in methods do
            accuracy m n count "pile_cc_val_loss"
    0
