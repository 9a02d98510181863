namespace MoDoMoDo.Cli.Commands

open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Mixtures

[<RequireQualifiedAccess>]
type MixtureClaimArguments =
    | [<Mandatory>] Ledger of file: string
    | [<Mandatory>] Goal of goal: string
    | [<Mandatory>] Best of run: string
    | [<Mandatory>] Against of run: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Ledger _ -> "a ledger of finished runs (CSV)"
            | Goal _ -> "max or min"
            | Best _ -> "the run whose mixture is claimed to be better"
            | Against _ -> "the run whose mixture it is compared with"

/// `modomodo mixture claim`
module MixtureClaimCommand =

    let private run (common: Common) (given: string[]) =
        let table, arguments = MixtureInput.parse<MixtureClaimArguments> "mixture claim" given

        let ledger = MixtureInput.ledger table (arguments.GetResult MixtureClaimArguments.Ledger)

        let goal = MixtureInput.goal (arguments.GetResult MixtureClaimArguments.Goal)

        MixtureInput.surrogate table PredictorCatalogue.smooth ledger
        |> Claim.make
            (MixtureInput.seed common)
            goal
            (arguments.GetResult MixtureClaimArguments.Best)
            (arguments.GetResult MixtureClaimArguments.Against)
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
        Usage = Arguments.helpShared<TableArguments, MixtureClaimArguments> "mixture claim"
        Run = run
    }
