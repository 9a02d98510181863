namespace MoDoMoDo.Cli.Commands

open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixtureSearchArguments =
    | Pool of file: string
    | Target of target: string
    | Goal of goal: string
    | Start of runs: string
    | Count of number: int
    | Acquisition of name: string
    | Predictor of name: string
    | Scores of file: string
    | Weights_Prefix of prefix: string
    | Score_Prefix of prefix: string
    | Key of column: string
    | Scale of scale: string
    | Out of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Pool _ -> "a ledger of finished runs (CSV)"
            | Target _ -> "a score column, composite:mean, composite:min or composite:a=2,b=1"
            | Goal _ -> "max or min"
            | Start _ -> "the runs whose scores are known at first, separated by commas"
            | Count _ -> "how many runs are chosen after the start"
            | Acquisition _ -> "ei (the default), ucb, thompson, kg, variance or mean"
            | Predictor _ -> MixtureInput.predictors ()
            | Scores _ -> "a second file with the scores, joined by the key"
            | Weights_Prefix _ -> "prefix of the weight columns; default w:"
            | Score_Prefix _ -> "prefix of the score columns; default score:"
            | Key _ -> "column that names a run; default run"
            | Scale _ -> "which scale, where the pool holds several"
            | Out _ -> "the CSV file to write: order, run, score, best"

/// `modomodo mixture search`
module MixtureSearchCommand =

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<MixtureSearchArguments> "mixture search" given

        let pool =
            MixtureInput.ledger {
                Ledger = arguments.GetResult MixtureSearchArguments.Pool
                Scores = arguments.TryGetResult MixtureSearchArguments.Scores
                WeightsPrefix = arguments.TryGetResult MixtureSearchArguments.Weights_Prefix
                ScorePrefix = arguments.TryGetResult MixtureSearchArguments.Score_Prefix
                Key = arguments.TryGetResult MixtureSearchArguments.Key
                Scale = arguments.TryGetResult MixtureSearchArguments.Scale
            }

        let count = arguments.GetResult MixtureSearchArguments.Count

        if count < 1 then
            raise (InputException("--count", "", "at least 1", string count))

        let choices =
            Search.replay
                (MixtureInput.predictor (arguments.TryGetResult MixtureSearchArguments.Predictor)
                 |> Option.defaultValue PredictorCatalogue.smooth)
                (MixtureInput.acquisition (arguments.TryGetResult MixtureSearchArguments.Acquisition))
                (uint64 (Option.defaultValue 0 common.Seed))
                (MixtureInput.goal (arguments.GetResult MixtureSearchArguments.Goal))
                (Target.parse (arguments.GetResult MixtureSearchArguments.Target))
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
        Usage = Arguments.help<MixtureSearchArguments> "mixture search"
        Run = run
    }
