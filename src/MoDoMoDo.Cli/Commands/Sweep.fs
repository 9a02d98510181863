namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments

[<RequireQualifiedAccess>]
type SweepArguments =
    | [<Mandatory>] Settings of file: string
    | Set of assignment: string
    | Mixtures of file: string
    | Rounds of count: int
    | Per_Round of count: int
    | Acquisition of name: string
    | Per_Cost
    | Bounds of file: string
    | [<Mandatory>] Out of folder: string
    | Jobs of count: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Settings _ -> "the settings of each run; only weights and seed differ"
            | Set _ -> "path.to.field=value on top; may be repeated"
            | Mixtures _ -> "the mixtures to run (CSV: run, w:DOMAIN ...); default: the paper's seed mixtures"
            | Rounds _ -> "after them, so many times: fit, propose, train; default 0"
            | Per_Round _ -> "proposals of a round; default 2"
            | Acquisition _ -> "how they are chosen: ei (the default), ucb, thompson, kg, variance, mean or lcb"
            | Per_Cost ->
                "divide the gain (ei, kg, variance) by the seconds that a run on the mixture is expected to take"
            | Bounds _ -> "JSON file of bounds on their weights"
            | Out _ -> "the sweep folder; repeated, the command continues"
            | Jobs _ -> "runs at a time; default: one for each processor"

/// `modomodo sweep`
module SweepCommand =

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<SweepArguments> "sweep" given

        let settings =
            RunInput.settings
                common
                (Some(arguments.GetResult SweepArguments.Settings))
                ""
                (arguments.GetResults SweepArguments.Set)

        let folder = arguments.GetResult SweepArguments.Out
        let acquisition = MixtureInput.acquisition (arguments.TryGetResult SweepArguments.Acquisition)

        let plan: Rounds.Plan = {
            Settings = settings
            Folder = folder
            Mixtures = arguments.TryGetResult SweepArguments.Mixtures |> Option.map MixtureFile.read
            Rounds = arguments.GetResult(SweepArguments.Rounds, defaultValue = 0) |> RunInput.atLeast "--rounds" 0
            PerRound =
                arguments.GetResult(SweepArguments.Per_Round, defaultValue = 2) |> RunInput.atLeast "--per-round" 1
            Acquisition = acquisition
            PerCost = MixtureInput.perCost acquisition (arguments.Contains SweepArguments.Per_Cost)
            Space = MixtureInput.space (settings.Names "data.domains") (arguments.TryGetResult SweepArguments.Bounds)
            Jobs = RunInput.jobs (arguments.TryGetResult SweepArguments.Jobs)
        }

        Progress.sweep (fun progress -> Rounds.run plan progress (Interrupt.token ()))
        Console.Out.WriteLine(Path.Combine(folder, "ledger.csv"))
        Console.Out.WriteLine(Path.Combine(folder, "report.html"))
        Errors.Done

    let command = {
        Name = "sweep"
        Summary = "many runs on many mixtures, with rounds of proposals"
        Examples = [
            "modomodo sweep --settings run.json --mixtures seeds.csv --out sweep --jobs 2"
            "modomodo sweep --settings run.json --rounds 3 --per-round 2 --out sweep"
        ]
        Usage = Arguments.help<SweepArguments> "sweep"
        Run = run
    }
