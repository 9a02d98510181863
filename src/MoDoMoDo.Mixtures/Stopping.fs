namespace MoDoMoDo.Mixtures

open MathNet.Numerics.Distributions

/// When a pilot that is under way is not worth finishing.
module Stopping =

    /// Below this many finished runs that were also scored under way nothing is known of what an early score tells: how far it
    /// does is learned, never assumed (on narrow designs the final best can rank sixth at a third of the steps; mixtures.md 2i).
    let leastFinished = 5

    /// The probability that a run's mixture, trained to the end, would be better than the best finished one: its scores under way
    /// and all other runs in one likelihood over steps (Fidelity), the best by its expected score. None when the run was not
    /// scored under way, or when too few runs are finished.
    let chance (method': Method) (goal: Goal) (target: Target) (ledger: Ledger) (run: string) : float option =
        let measured = ledger.Rows |> Array.filter (fun r -> (Ledger.value target ledger r).IsSome)
        let own, others = measured |> Array.partition (fun r -> r.Run = run)
        let ledger = { ledger with Rows = measured }

        if own.Length = 0 || others.Length = 0 then
            None
        else
            let level = Fidelity.level own[0].Scale None ledger
            let atEnd (r: LedgerRow) = r.Scale = level.Scale && r.Step = level.Step
            let finished = others |> Array.filter atEnd

            let both =
                finished |> Array.filter (fun r -> others |> Array.exists (fun o -> o.Run = r.Run && not (atEnd o)))

            if both.Length < leastFinished || Array.exists atEnd own then
                None
            else
                let s = Fidelity.fitter method' target level ledger Map.empty ledger
                let sign = Optimise.sign goal
                let w = Ledger.weights ledger own[0]
                let rivals = finished |> Array.map (Ledger.weights ledger)

                let best =
                    Array.zip rivals (Surrogate.predict s rivals) |> Array.maxBy (fun (_, p) -> sign * p.Mean) |> fst

                let p, c = Surrogate.predict s [| w; best |], Surrogate.covariance s [| w; best |]
                let spread = sqrt (max 1e-18 (c[0][0] + c[1][1] - 2.0 * c[0][1]))
                Some(Normal.CDF(0.0, 1.0, sign * (p[0].Mean - p[1].Mean) / spread))
