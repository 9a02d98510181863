module MoDoMoDo.Mixtures.Tests.StoppingTests

open Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

let private domains = Generate.domains 3

/// The score after all steps; after half of them it is this much of it, and a little noise.
let private truth (w: float[]) = 0.3 + 0.5 * w[0] - 0.4 * (w[0] - 0.5) ** 2.0 + 0.2 * w[1]

let private early = 0.6

let private row run step (w: float[]) score = {
    LedgerRow.Create(run, Weights.Normalised(domains, w), [ "bench", score ]) with
        Step = Some step
}

/// So many finished runs, scored under way too, and one pilot under way.
let private ledger finished (pilot: float[]) (pilotScore: float) : Ledger =
    let stream = RandomStream 3UL

    {
        Domains = domains
        Targets = [| "bench" |]
        Rows = [|
            for i in 1..finished do
                let w = Simplex.dirichlet stream [| 1.0; 1.0; 1.0 |]
                row $"run-{i}" 40 w (early * truth w + 0.002 * stream.NextGaussian())
                row $"run-{i}" 80 w (truth w + 0.002 * stream.NextGaussian())
            row "pilot" 40 pilot pilotScore
        |]
    }

let private chance ledger = Stopping.chance PredictorCatalogue.smooth Goal.Max (Target.Single "bench") ledger "pilot"

[<Fact>]
let ``a pilot far below the best has no chance, one above it a good one`` () =
    let poor, good = [| 0.05; 0.05; 0.9 |], [| 0.95; 0.05; 0.0 |]
    Assert.InRange((chance (ledger 10 poor (early * truth poor))).Value, 0.0, 0.02)
    Assert.InRange((chance (ledger 10 good (early * truth good))).Value, 0.3, 1.0)

[<Fact>]
let ``what a pilot scored early changes its chance`` () =
    let w = [| 0.8; 0.1; 0.1 |]

    let low, high =
        chance (ledger 10 w (early * truth w - 0.1)), chance (ledger 10 w (early * truth w + 0.1))

    Assert.True(low.Value < high.Value, $"{low} {high}")

[<Fact>]
let ``without enough finished runs, or without a score under way, nothing is said`` () =
    let w = [| 0.05; 0.05; 0.9 |]
    Assert.Equal(None, chance (ledger (Stopping.leastFinished - 1) w 0.1))
    let all = ledger 10 w 0.1
    Assert.Equal(None, chance { all with Rows = all.Rows |> Array.filter (fun r -> r.Run <> "pilot") })

[<Fact>]
let ``early scores inform the fit at the end, and are no measurements of it`` () =
    let all = ledger 10 [| 0.9; 0.05; 0.05 |] (early * truth [| 0.9; 0.05; 0.05 |])
    let longest = MixtureCommands.longest "" all
    Assert.Equal(10, longest.Rows.Length)
    Assert.All(longest.Rows, (fun r -> Assert.Equal(Some 80, r.Step)))
    let target = Target.Single "bench"
    let joint = MixtureCommands.surrogate (Some PredictorCatalogue.smooth) "" None target all
    let w = [| 0.9; 0.05; 0.05 |]
    let predicted = Surrogate.predict joint [| w |] |> Array.head
    Assert.InRange(predicted.Mean, truth w - 0.03, truth w + 0.03)
    // A ledger in which each run has one row is of one level, whatever the steps.
    let uneven = { all with Rows = longest.Rows |> Array.mapi (fun i r -> { r with Step = Some(100 + i) }) }
    Assert.Equal(10, (MixtureCommands.longest "" uneven).Rows.Length)
