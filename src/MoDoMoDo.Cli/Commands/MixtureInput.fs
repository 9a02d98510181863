namespace MoDoMoDo.Cli.Commands

open System
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Mixtures

/// The options that every command on a ledger has: which score, by which predictor, from a table of which form.
[<RequireQualifiedAccess>]
type TableArguments =
    | Target of target: string
    | Predictor of name: string
    | Scores of file: string
    | Weights_Prefix of prefix: string
    | Score_Prefix of prefix: string
    | Key of column: string
    | Scale of scale: string
    | Step of step: int
    | Exact_Sums

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Target _ ->
                "what is predicted (needed): a score column, composite:mean, composite:min, composite:items or composite:a=2,b=1"
            | Predictor _ ->
                PredictorCatalogue.all
                |> Array.map (fun (m, words) -> m.Name + " (" + words + ")")
                |> String.concat "; "
            | Scores _ -> "a second file with the scores, joined by the key"
            | Weights_Prefix _ -> "prefix of the weight columns; default w:"
            | Score_Prefix _ -> "prefix of the score columns; default score:"
            | Key _ -> "column that names a run; default run"
            | Scale _ -> "the scale that is meant, where the table holds several; runs of the others inform it"
            | Step _ -> "the step that is meant, by default that of the scale's longest runs; runs at others inform it"
            | Exact_Sums ->
                "refuse rows whose weights do not sum to 1, instead of normalising them within 2 % with a notice"

/// What the mixture commands share: reading a ledger or another tool's tables, targets, predictors, goals.
module internal MixtureInput =

    /// The shared options.
    type Table = ParseResults<TableArguments>

    /// The shared options of a command, and its own.
    let parse<'T when 'T :> IArgParserTemplate> (command: string) (given: string[]) : Table * ParseResults<'T> =
        Arguments.parseShared<TableArguments, 'T> command given

    /// The names in a comma-separated list.
    let names (text: string) : string[] =
        text.Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)

    let private format (table: Table) : LedgerFormat =
        let standard = LedgerFormat.Default

        {
            WeightsPrefix = table.GetResult(TableArguments.Weights_Prefix, standard.WeightsPrefix)
            ScorePrefix = table.GetResult(TableArguments.Score_Prefix, standard.ScorePrefix)
            Key = table.GetResult(TableArguments.Key, standard.Key)
            Exact = table.Contains TableArguments.Exact_Sums
        }

    let private noticed (file: string) (reading: LedgerReading) : Ledger =
        for notice in reading.Notices do
            Console.Error.WriteLine(file + ": " + notice)

        reading.Ledger

    /// The rows of a ledger in its own form; notices go to standard error. Raises InputException.
    let plainLedger (file: string) : Ledger = LedgerFile.read LedgerFormat.Default file |> noticed file

    /// The rows of all scales and steps of a ledger; notices go to standard error. Raises InputException.
    let ledger (table: Table) (file: string) : Ledger =
        let ledger =
            match table.TryGetResult TableArguments.Scores with
            | Some scores -> LedgerFile.readWithScores (format table) file scores |> noticed file
            | None -> LedgerFile.read (format table) file |> noticed file

        if ledger.Rows.Length = 0 then
            raise (InputException(file, "", "at least one run", "none"))

        if ledger.Targets.Length = 0 then
            let prefix = (format table).ScorePrefix
            raise (InputException(file, "", $"a score column ({prefix}TARGET; --score-prefix names another)", "none"))

        ledger

    /// The scale that is named, "" without one.
    let scale (table: Table) : string = table.GetResult(TableArguments.Scale, "")

    /// The step that is named.
    let step (table: Table) : int option = table.TryGetResult TableArguments.Step

    /// The score that is meant.
    let target (table: Table) : Target = Target.parse (table.GetResult TableArguments.Target)

    /// The score that is meant, this one without a name.
    let targetOr (usual: string) (table: Table) : Target = Target.parse (table.GetResult(TableArguments.Target, usual))

    /// The predictor that is named; None without one.
    let predictor (table: Table) : Method option =
        table.TryGetResult TableArguments.Predictor
        |> Option.map (fun name ->
            let known = PredictorCatalogue.all |> Array.map (fun (m, _) -> m.Name)

            if not (Array.contains name known) then
                raise (
                    InputException("--predictor", "", "one of " + String.Join(", ", known), Nearest.found known name)
                )

            PredictorCatalogue.find name)

    /// Says on standard error what predicts, and why that; `moment` says when, where it is fitted more than once.
    let told (table: Table) (moment: string) (s: Surrogate) : unit =
        let why =
            if (predictor table).IsSome then
                "; as asked"
            elif s.Parts[0].Method.Name = PredictorCatalogue.smooth.Name then
                "; the default of searches and claims: smooth, and quick to condition on one more run"
            else
                ""

        let warning =
            if Surrogate.relativeError s < 1.0 then
                ""
            else
                "; no better than the constant, which knows nothing of the mixture"

        let moment = if moment = "" then "" else " " + moment
        Console.Error.WriteLine($"predictor{moment}: {Surrogate.words s}{why}{warning}")

    /// A target fitted at the scale and step that are named; standard error says by what, and why.
    let surrogate (table: Table) (standard: Method) (ledger: Ledger) : Surrogate =
        let method' = predictor table |> Option.defaultValue standard
        let s = MixtureCommands.surrogate (Some method') (scale table) (step table) (target table) ledger
        told table "" s
        s

    /// The acquisition of a name; expected improvement without one.
    let acquisition (name: string option) : Acquisition =
        let known = [ "ei"; "ucb"; "thompson"; "kg"; "variance"; "mean"; "lcb" ]

        match name with
        | None -> Acquisition.ExpectedImprovement
        | Some name when List.contains name known -> Acquisition.parse name
        | Some name ->
            raise (InputException("--acquisition", "", "one of " + String.Join(", ", known), Nearest.found known name))

    /// Whether gains are divided by costs. Raises InputException where the acquisition is none that can be.
    let perCost (acquisition: Acquisition) (wanted: bool) : bool =
        if wanted && not (Acquisition.isGain acquisition) then
            raise (InputException("--per-cost", "", "one of the acquisitions ei, kg and variance", "another"))

        wanted

    /// The mixtures that a file of bounds allows; all without one.
    let space (domains: string[]) (bounds: string option) : MixtureSpace =
        match bounds with
        | Some file -> Bounds.read domains file
        | None -> MixtureSpace.simplex domains

    /// Whether high or low scores are wanted.
    let goal (name: string) : Goal =
        match name with
        | "max" -> Goal.Max
        | "min" -> Goal.Min
        | other -> raise (InputException("--goal", "", "max or min", "'" + other + "'"))

    /// The seed of what is drawn.
    let seed (common: Common) : uint64 = uint64 (Option.defaultValue 0 common.Seed)

    /// The mixtures of a table whose columns are named as those of a ledger.
    let mixtures (table: Table) (file: string) : NamedMixture[] =
        LedgerFile.read (format table) file
        |> noticed file
        |> _.Rows
        |> Array.map (fun row -> { NamedMixture.Run = row.Run; Weights = row.Weights })
