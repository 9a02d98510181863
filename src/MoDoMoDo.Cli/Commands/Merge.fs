namespace MoDoMoDo.Cli.Commands

open System
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MergeArguments =
    | Sweep of folder: string
    | Mixtures of file: string
    | Set of assignment: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Sweep _ -> "a sweep folder with a finished run on each domain alone"
            | Mixtures _ ->
                "the mixtures to merge by (CSV: run, w:DOMAIN ...); default: those that the sweep has trained"
            | Set _ -> "path.to.field=value over the runs' own settings, such as evaluation.half=fit; may be repeated"

/// `modomodo merge`
module MergeCommand =

    /// The mixtures that a sweep has trained, each once.
    let private trained (folder: string) : NamedMixture[] =
        RunFolder.ofSweep folder
        |> List.choose (fun run ->
            match run.Result with
            | Some r when r.Scale = "" && r.Stopped = "" -> Some { Run = run.Name; Weights = r.Weights }
            | _ -> None)
        |> List.distinctBy _.Weights
        |> Array.ofList

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<MergeArguments> "merge" given
        let folder = arguments.GetResult MergeArguments.Sweep

        let mixtures =
            match arguments.TryGetResult MergeArguments.Mixtures with
            | Some file -> MixtureFile.read file
            | None -> trained folder

        let domains = mixtures |> Seq.collect _.Weights.Domains |> Seq.distinct |> Array.ofSeq
        let experts = MergedExperts.ofSweep folder domains
        let file = Path.Combine(experts.Head.Folder, "settings.json")
        let settings = RunInput.settings common (Some file) "" (arguments.GetResults MergeArguments.Set)

        Progress.training (fun progress ->
            MergedExperts.run settings experts folder progress (Interrupt.token ()) (List.ofArray mixtures))

        Sweep.writeLedger folder (RunFolder.ledgerOfSteps (RunFolder.ofSweep folder))
        let pairs = MergedExperts.pairs folder (Target.parse (settings.Text "sweep.target"))
        let correlation = MergedExperts.rankCorrelation pairs
        Console.Out.WriteLine(Path.Combine(folder, "ledger.csv"))

        Console.Out.WriteLine(
            "rank correlation with trained mixtures "
            + (if Double.IsNaN correlation then
                   "unknown: fewer than three mixtures are both"
               else
                   correlation.ToString("0.000", Globalization.CultureInfo.InvariantCulture))
            + $" ({pairs.Length} mixtures)"
        )

        Errors.Done

    let command = {
        Name = "merge"
        Summary =
            "average the single-domain policies of a sweep by the weights of mixtures, and score them: cheap proxies"
        Examples = [
            "modomodo merge --sweep quickstart --set evaluation.half=fit"
            "modomodo merge --sweep sweep --mixtures more.csv"
        ]
        Usage = Arguments.help<MergeArguments> "merge"
        Run = run
    }
