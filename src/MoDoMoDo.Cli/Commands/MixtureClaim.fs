namespace MoDoMoDo.Cli.Commands

open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixtureClaimArguments =
    | Ledger of file: string
    | Target of target: string
    | Goal of goal: string
    | Best of run: string
    | Against of run: string
    | Predictor of name: string
    | Scores of file: string
    | Weights_Prefix of prefix: string
    | Score_Prefix of prefix: string
    | Key of column: string
    | Scale of scale: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Ledger _ -> "a ledger of finished runs (CSV)"
            | Target _ -> "a score column, composite:mean, composite:min or composite:a=2,b=1"
            | Goal _ -> "max or min"
            | Best _ -> "the run whose mixture is claimed to be better"
            | Against _ -> "the run whose mixture it is compared with"
            | Predictor _ -> MixtureInput.predictors ()
            | Scores _ -> "a second file with the scores, joined by the key"
            | Weights_Prefix _ -> "prefix of the weight columns; default w:"
            | Score_Prefix _ -> "prefix of the score columns; default score:"
            | Key _ -> "column that names a run; default run"
            | Scale _ -> "which scale, where the ledger holds several"

/// `modomodo mixture claim`
module MixtureClaimCommand =

    let private run (common: Common) (given: string[]) =
        let arguments = Arguments.parse<MixtureClaimArguments> "mixture claim" given

        let ledger =
            MixtureInput.ledger {
                Ledger = arguments.GetResult MixtureClaimArguments.Ledger
                Scores = arguments.TryGetResult MixtureClaimArguments.Scores
                WeightsPrefix = arguments.TryGetResult MixtureClaimArguments.Weights_Prefix
                ScorePrefix = arguments.TryGetResult MixtureClaimArguments.Score_Prefix
                Key = arguments.TryGetResult MixtureClaimArguments.Key
                Scale = arguments.TryGetResult MixtureClaimArguments.Scale
            }

        MixtureCommands.claim
            (MixtureInput.predictor (arguments.TryGetResult MixtureClaimArguments.Predictor))
            (uint64 (Option.defaultValue 0 common.Seed))
            (MixtureInput.goal (arguments.GetResult MixtureClaimArguments.Goal))
            (arguments.GetResult MixtureClaimArguments.Best)
            (arguments.GetResult MixtureClaimArguments.Against)
            (Target.parse (arguments.GetResult MixtureClaimArguments.Target))
            ledger
        |> Claim.json
        |> printfn "%s"

        Errors.Done

    let command = {
        Name = "mixture claim"
        Summary = "how sure it is that one mixture is better than another, and what it would take to show it"
        Examples = [
            "modomodo mixture claim --ledger ledger.csv --target composite:mean --goal max --best proposal --against uniform"
        ]
        Usage = Arguments.help<MixtureClaimArguments> "mixture claim"
        Run = run
    }
