namespace MoDoMoDo.Cli.Commands

open System
open System.Globalization
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixtureProposeArguments =
    | [<Mandatory>] Ledger of file: string
    | [<Mandatory>] Goal of goal: string
    | Count of number: int
    | Acquisition of name: string
    | Optimiser of name: string
    | Bounds of file: string
    | Require of wish: string
    | Per_Cost
    | Reference of run: string
    | Penalty of price: float
    | Front
    | [<Mandatory>] Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Ledger _ -> "the ledger of runs (CSV); rows without scores are pending runs"
            | Goal _ -> "max or min"
            | Count _ -> "how many mixtures; default 1"
            | Acquisition _ ->
                "ei (the default), ucb, thompson, kg, variance, mean, or lcb (the mean less one standard deviation)"
            | Optimiser _ ->
                "gradient (the default), gmm (the paper's sampling) or regmix (the mean of the best 128 draws)"
            | Bounds _ -> "JSON file of bounds on the weights"
            | Require _ -> "a wish on another score, such as b>=0.5 or loss<=2; several separated by commas"
            | Per_Cost -> "divide the gain (ei, kg, variance) by the expected cost; needs the column cost"
            | Reference _ -> "the mixture to stay near: uniform (the default) or a run of the ledger"
            | Penalty _ -> "what a nat of divergence from the reference costs, in units of the acquisition; default 0"
            | Front ->
                "instead of the best by the target: the expected Pareto front of its scores (count = weightings that are tried; default 16)"
            | Out _ -> "the CSV file to write: run, w:DOMAIN ..., mean, sd, acquisition"

/// `modomodo mixture propose`
module MixtureProposeCommand =

    /// The wish in a text such as b>=0.5.
    let private constraintOf (text: string) : Objectives.Constraint =
        let part (sign: string) goal : Objectives.Constraint option =
            match text.Split sign with
            | [| name; number |] ->
                match Double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture) with
                | true, x when name.Trim() <> "" ->
                    Some { Objectives.Constraint.Target = name.Trim(); Goal = goal; Threshold = x }
                | _ -> None
            | _ -> None

        match part ">=" Goal.Max |> Option.orElse (part "<=" Goal.Min) with
        | Some c -> c
        | None -> raise (InputException("--require", "", "SCORE>=NUMBER or SCORE<=NUMBER", "'" + text + "'"))

    /// The mixture that a reference names.
    let private referenceOf (ledger: Ledger) (name: string) : float[] =
        match name, ledger.Rows |> Array.tryFind (fun row -> row.Run = name) with
        | _, Some row -> Ledger.weights ledger row
        | "uniform", None -> Array.create ledger.Domains.Length (1.0 / float ledger.Domains.Length)
        | _ -> raise (InputException("--reference", "", "uniform or a run of the ledger", "'" + name + "'"))

    let private planOf (common: Common) table (arguments: ParseResults<MixtureProposeArguments>) method' ledger : Plan =
        let space = MixtureInput.space ledger.Domains (arguments.TryGetResult MixtureProposeArguments.Bounds)

        let acquisition = MixtureInput.acquisition (arguments.TryGetResult MixtureProposeArguments.Acquisition)

        let goal = MixtureInput.goal (arguments.GetResult MixtureProposeArguments.Goal)
        let standard = Plan.Of(acquisition, goal, space, MixtureInput.seed common)
        let perCost = MixtureInput.perCost acquisition (arguments.Contains MixtureProposeArguments.Per_Cost)
        let level = Fidelity.level (MixtureInput.scale table) (MixtureInput.step table) ledger

        let wishes =
            arguments.TryGetResult MixtureProposeArguments.Require
            |> Option.map (MixtureInput.names >> Array.map constraintOf >> List.ofArray)
            |> Option.defaultValue []

        {
            standard with
                Optimiser =
                    arguments.TryGetResult MixtureProposeArguments.Optimiser
                    |> Option.map NamedOptimisers.parse
                    |> Option.defaultValue standard.Optimiser
                Reference =
                    struct (referenceOf
                                ledger
                                (arguments.GetResult(MixtureProposeArguments.Reference, defaultValue = "uniform")),
                            arguments.GetResult(MixtureProposeArguments.Penalty, defaultValue = 0.0))
                Cost = if perCost then MixtureCommands.costs level ledger else standard.Cost
                Feasibility =
                    MixtureCommands.feasibility
                        method'
                        (MixtureInput.scale table)
                        (MixtureInput.step table)
                        wishes
                        ledger
        }

    let private run (common: Common) (given: string[]) =
        let table, arguments = MixtureInput.parse<MixtureProposeArguments> "mixture propose" given
        let ledger = MixtureInput.ledger table (arguments.GetResult MixtureProposeArguments.Ledger)
        let front = arguments.Contains MixtureProposeArguments.Front
        let count = arguments.GetResult(MixtureProposeArguments.Count, defaultValue = (if front then 16 else 1))

        if count < 1 then
            raise (InputException("--count", "", "at least 1", string count))

        let method' = MixtureInput.predictor table |> Option.defaultValue PredictorCatalogue.smooth
        let plan = planOf common table arguments method' ledger

        let surrogate = MixtureInput.surrogate table method' ledger

        let proposals =
            if front then
                MixtureCommands.front plan count surrogate
            else
                MixtureCommands.proposeBy plan count ledger surrogate

        Files.replace (arguments.GetResult MixtureProposeArguments.Out) (fun temporary ->
            MixtureCommands.writeProposals temporary ledger.Domains proposals)

        Errors.Done

    let command = {
        Name = "mixture propose"
        Summary = "the mixtures to run next"
        Examples = [
            "modomodo mixture propose --ledger sweep/ledger.csv --target composite:mean --goal max --count 3 --out next.csv"
            "modomodo mixture propose --ledger ledger.csv --target loss --goal min --acquisition mean --bounds bounds.json --out next.csv"
            "modomodo mixture propose --ledger ledger.csv --target a --goal max --require b>=0.5 --per-cost --out next.csv"
            "modomodo mixture propose --ledger ledger.csv --target composite:a=1,b=1 --goal max --front --out front.csv"
        ]
        Usage = Arguments.helpShared<TableArguments, MixtureProposeArguments> "mixture propose"
        Run = run
    }
