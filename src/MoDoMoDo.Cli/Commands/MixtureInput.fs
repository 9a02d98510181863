namespace MoDoMoDo.Cli.Commands

open System
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

/// What the mixture commands share: reading a ledger or another tool's tables, targets, predictors, goals.
module internal MixtureInput =

    /// How a ledger's table is read, as the options say.
    type LedgerOptions = {
        Ledger: string
        Scores: string option
        WeightsPrefix: string option
        ScorePrefix: string option
        Key: string option
        Scale: string option
    }

    /// The names in a comma-separated list.
    let names (text: string) : string[] =
        text.Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)

    /// The rows of all scales of a ledger; notices go to standard error. Raises InputException.
    let allScales (options: LedgerOptions) : Ledger =
        let standard = LedgerFormat.Default

        let format = {
            WeightsPrefix = Option.defaultValue standard.WeightsPrefix options.WeightsPrefix
            ScorePrefix = Option.defaultValue standard.ScorePrefix options.ScorePrefix
            Key = Option.defaultValue standard.Key options.Key
        }

        let reading =
            match options.Scores with
            | Some scores -> LedgerFile.readWithScores format options.Ledger scores
            | None -> LedgerFile.read format options.Ledger

        for notice in reading.Notices do
            Console.Error.WriteLine(options.Ledger + ": " + notice)

        reading.Ledger

    /// The rows of one scale of a ledger; notices go to standard error. Raises InputException.
    let ledger (options: LedgerOptions) : Ledger =
        MixtureCommands.ofScale (Option.defaultValue "" options.Scale) (allScales options)

    /// The rows at one step, where a step is named.
    let atStep (step: int option) (ledger: Ledger) : Ledger =
        match step with
        | None -> ledger
        | Some step ->
            match ledger.Rows |> Array.filter (fun row -> row.Step = Some step) with
            | [||] ->
                let steps = ledger.Rows |> Array.choose _.Step |> Array.distinct |> Array.map string
                raise (InputException("--step", "", "one of " + String.Join(", ", steps), string step))
            | rows -> { ledger with Rows = rows }

    /// The predictor of a name; None without one.
    let predictor (name: string option) : Method option =
        name
        |> Option.map (fun name ->
            let known = PredictorCatalogue.all |> Array.map (fun (m, _) -> m.Name)

            if not (Array.contains name known) then
                raise (
                    InputException("--predictor", "", "one of " + String.Join(", ", known), Nearest.found known name)
                )

            PredictorCatalogue.find name)

    /// The predictors with their words, for help.
    let predictors () : string =
        PredictorCatalogue.all
        |> Array.map (fun (m, words) -> m.Name + " (" + words + ")")
        |> String.concat "; "

    /// The acquisition of a name; expected improvement without one.
    let acquisition (name: string option) : Acquisition =
        let known = [ "ei"; "ucb"; "thompson"; "kg"; "variance"; "mean" ]

        match name with
        | None -> Acquisition.ExpectedImprovement
        | Some name when List.contains name known -> Acquisition.parse name
        | Some name ->
            raise (InputException("--acquisition", "", "one of " + String.Join(", ", known), Nearest.found known name))

    /// Whether high or low scores are wanted.
    let goal (name: string) : Goal =
        match name with
        | "max" -> Goal.Max
        | "min" -> Goal.Min
        | other -> raise (InputException("--goal", "", "max or min", "'" + other + "'"))

    /// The mixtures of a table whose columns are named as those of a ledger.
    let mixtures (options: LedgerOptions) (file: string) : NamedMixture[] =
        let table = ledger { options with Ledger = file; Scores = None; Scale = None }
        table.Rows |> Array.map (fun row -> { NamedMixture.Run = row.Run; Weights = row.Weights })
