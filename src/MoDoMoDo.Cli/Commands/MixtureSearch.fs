namespace MoDoMoDo.Cli.Commands

open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixtureSearchArguments =
    | [<Mandatory>] Pool of file: string
    | [<Mandatory>] Goal of goal: string
    | [<Mandatory>] Start of runs: string
    | [<Mandatory>] Count of number: int
    | Acquisition of name: string
    | [<Mandatory>] Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Pool _ -> "a ledger of finished runs (CSV)"
            | Goal _ -> "max or min"
            | Start _ ->
                "the runs whose scores are known at first, separated by commas; those of other scales inform the search"
            | Count _ -> "how many runs are chosen after the start"
            | Acquisition _ -> "ei (the default), ucb, thompson, kg, variance, mean or lcb"
            | Out _ -> "the CSV file to write: order, run, score, best"

/// `modomodo mixture search`
module MixtureSearchCommand =

    let private run (common: Common) (given: string[]) =
        let table, arguments = MixtureInput.parse<MixtureSearchArguments> "mixture search" given

        let pool = MixtureInput.ledger table (arguments.GetResult MixtureSearchArguments.Pool)

        let count = arguments.GetResult MixtureSearchArguments.Count

        if count < 1 then
            raise (InputException("--count", "", "at least 1", string count))

        let choices =
            Search.replayTold
                (fun k surrogate -> MixtureInput.told table $"after {k} choices" surrogate)
                (Fidelity.level (MixtureInput.scale table) (MixtureInput.step table) pool)
                (MixtureInput.predictor table |> Option.defaultValue PredictorCatalogue.smooth)
                (MixtureInput.acquisition (arguments.TryGetResult MixtureSearchArguments.Acquisition))
                (MixtureInput.seed common)
                (MixtureInput.goal (arguments.GetResult MixtureSearchArguments.Goal))
                (MixtureInput.target table)
                (MixtureInput.names (arguments.GetResult MixtureSearchArguments.Start))
                count
                pool

        Files.replace (arguments.GetResult MixtureSearchArguments.Out) (fun temporary -> Search.write temporary choices)
        Errors.Done

    let command = {
        Name = "mixture search"
        Summary = "replay a search over a pool of finished runs, seeing only the scores that it has chosen"
        Examples = [
            "modomodo mixture search --pool pool.csv --target loss --goal min --start 1,2,3,4,5 --count 20 --out search.csv"
        ]
        Usage = Arguments.helpShared<TableArguments, MixtureSearchArguments> "mixture search"
        Run = run
    }
