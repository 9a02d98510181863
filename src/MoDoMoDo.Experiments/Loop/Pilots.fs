namespace MoDoMoDo.Experiments

open System.IO
open System.Threading
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures

/// What was decided on a pilot after a part of its steps.
type PilotDecision = {
    Run: string
    /// Probability that its mixture would become better than the best finished one; None where that cannot be told.
    Chance: float option
    Stops: bool
}

/// Pilots that end early when they are hopeless: all runs of a batch go on until a step at which they are scored, what becomes of
/// them is decided on all at once, and the others go on to the end. So decisions depend neither on the order in which runs
/// finish nor on interruptions.
module Pilots =

    /// How far pilots go before they are judged, and the chance below which they end.
    type Rule = { Step: int; Hopeless: float; Target: Target }

    /// The rule of the settings; None when pilots are never judged.
    let rule (s: Settings) : Rule option =
        let steps = s.Whole "training.steps"
        let step = int (round (s.Number "sweep.checkAt" * float steps))

        if step < 1 || step >= steps || s.Number "sweep.hopeless" = 0.0 then
            None
        else
            Some { Step = step; Hopeless = s.Number "sweep.hopeless"; Target = Target.parse (s.Text "sweep.target") }

    /// What a run's settings need so that it is scored at the rule's step.
    let settings (rule: Rule option) : string list =
        match rule with
        | Some r -> [ $"evaluation.every={r.Step}"; "evaluation.benchmarksToo=true" ]
        | None -> []

    let private decisionsFile (folder: string) (batch: string) = Path.Combine(folder, "plan", batch + "-check.json")

    let private ofJson (json: Json) : PilotDecision = {
        Run = Json.text (Json.field "run" json)
        Chance =
            match Json.field "chance" json with
            | Json.Number x -> Some x
            | _ -> None
        Stops = Json.field "stops" json = Json.Bool true
    }

    let private toJson (d: PilotDecision) : Json =
        Json.Object [
            "run", Json.Text d.Run
            "chance", d.Chance |> Option.map Json.Number |> Option.defaultValue Json.Null
            "stops", Json.Bool d.Stops
        ]

    /// The decisions on a batch: made once, then read back.
    let private decisions
        (rule: Rule)
        (folder: string)
        (batch: string)
        (ledger: unit -> Ledger)
        (runs: PlannedRun list)
        =
        let file = decisionsFile folder batch

        if not (File.Exists file) then
            let ledger = ledger ()

            Json.List [
                for run in runs ->
                    let chance = Stopping.chance PredictorCatalogue.smooth Goal.Max rule.Target ledger run.Name

                    toJson {
                        Run = run.Name
                        Chance = chance
                        Stops = chance |> Option.exists (fun p -> p < rule.Hopeless)
                    }
            ]
            |> Json.indented
            |> Files.write file

        Files.readJson file |> Json.items |> List.map ofJson

    /// Seconds that a run's steps up to one took, from its own log.
    let private secondsUntil (step: int) (run: RunFolder) : float =
        run.Metrics
        |> List.filter (fun line -> Json.number (Json.field "step" line) <= float step)
        |> List.sumBy (fun line -> Json.fields (Json.field "timing" line) |> List.sumBy (snd >> Json.number))

    /// The result of a run that ends at the rule's step, with its scores there.
    let private conclude (rule: Rule) (folder: string) (planned: PlannedRun) (decision: PilotDecision) : string =
        let place = Sweep.runFolder folder planned.Name
        let sets = (Sweep.scoresAt folder rule.Step planned).Value

        let percent =
            (100.0 * decision.Chance.Value).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)

        let why = $"after {rule.Step} steps its chance to become the best was {percent} %%"

        TrainRun.resultOf planned.Settings planned.Settings.Weights sets [
            "seconds", Json.Number(secondsUntil rule.Step (RunFolder.read place))
            "steps", Json.Number(float rule.Step)
            "stopped", Json.Text why
        ]
        |> Json.indented
        |> Files.write (RunFolder.resultFile place)

        planned.Name + " was stopped: " + why

    /// Carries out a batch. `ledger` gives all runs with their scores under way, those of the batch included.
    let run
        (rule: Rule)
        (folder: string)
        (batch: string)
        (ledger: unit -> Ledger)
        (jobs: int)
        (progress: ISweepProgress)
        (stop: CancellationToken)
        (runs: PlannedRun list)
        : unit =
        Sweep.runUntil rule.Step folder jobs progress stop runs
        let decided = decisions rule folder batch ledger runs

        for planned in runs |> List.filter (Sweep.isFinished folder >> not) do
            match decided |> List.tryFind (fun d -> d.Run = planned.Name && d.Stops) with
            | Some decision -> progress.Notice(conclude rule folder planned decision)
            | None -> ()

        Sweep.run folder jobs progress stop runs
