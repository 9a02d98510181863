namespace MoDoMoDo.Mixtures

open System
open System.Collections.Generic
open System.Globalization
open Deedle
open MoDoMoDo.Domain

/// How the columns of a table of runs are named. The default is the project's own ledger (CLI.md).
type LedgerFormat = {
    /// Before the names of the domains; default `w:`.
    WeightsPrefix: string
    /// Before the names of the targets; default `score:`.
    ScorePrefix: string
    /// Column that names the run; default `run`.
    Key: string
    /// Whether rows whose weights do not sum to 1 are refused; default: within 2 % of 1 they are normalised, with a notice.
    Exact: bool
} with

    /// The project's own ledger.
    static member Default = { WeightsPrefix = "w:"; ScorePrefix = "score:"; Key = "run"; Exact = false }

/// A ledger as it was read, and what the user should know about it.
type LedgerReading = { Ledger: Ledger; Notices: string[] }

/// Ledgers, tables of runs of other tools, and bounds as files.
module LedgerFile =

    let private prefixed (prefix: string) (columns: string[]) =
        columns
        |> Array.indexed
        |> Array.filter (fun (_, c) -> c.StartsWith(prefix, StringComparison.Ordinal) && c.Length > prefix.Length)
        |> Array.map (fun (i, c) -> i, c.Substring prefix.Length)

    /// Weights off by more than this from 1 in sum are refused; by less they are normalised.
    let private roundingOfSums = 0.02

    /// The mixture in some cells of a row: None when all are empty. A sum that had to be divided out is added to `sums`.
    let private weightsOf
        format
        (table: Table)
        (sums: List<string * float>)
        run
        (columns: (int * string)[])
        (row: string[])
        =
        let cells = columns |> Array.map (fun (i, d) -> Csv.tryFloat table.File $"{run}: {d}" row[i])
        let refuse wanted found = raise (InputException(table.File, $"{run}: weights", wanted, found))

        if cells |> Array.forall _.IsNone then
            None
        else
            let values = cells |> Array.map (Option.defaultValue 0.0)
            let sum = Array.sum values

            match Array.IndexOf(cells, None) with
            | i when i >= 0 && abs (sum - 1.0) > roundingOfSums ->
                let domain = snd columns[i]
                raise (InputException(table.File, $"{run}: {domain}", "a weight, or 0", "an empty cell"))
            | _ -> ()

            if values |> Array.exists (fun v -> v < 0.0) then
                refuse "weights of at least 0" (Csv.ofFloat (Array.min values))

            if abs (sum - 1.0) > (if format.Exact then Weights.Tolerance else roundingOfSums) then
                refuse "weights that sum to 1" $"a sum of {Csv.ofFloat sum}"

            if abs (sum - 1.0) > Weights.Tolerance then
                sums.Add(run, sum)

            let domains = columns |> Array.map snd

            Some(
                if abs (sum - 1.0) > Weights.Tolerance then
                    Weights.Normalised(domains, values)
                else
                    Weights.Create(domains, values)
            )

    let private integer (table: Table) field (cell: string) =
        match cell, Int32.TryParse(cell, NumberStyles.Integer, CultureInfo.InvariantCulture) with
        | "", _ -> None
        | _, (true, x) -> Some x
        | _ -> raise (InputException(table.File, field, "an integer", $"'{cell}'"))

    let private keyColumn (format: LedgerFormat) (table: Table) =
        match Array.IndexOf(table.Columns, format.Key) with
        | -1 ->
            raise (
                InputException(
                    table.File,
                    format.Key,
                    "this column (--key names another)",
                    String.Join(", ", table.Columns)
                )
            )
        | i -> i

    /// Both tables side by side, joined by the key; runs without a row in the second have empty cells.
    let private join format (left: Table) (right: Table) =
        let key, keyRight = keyColumn format left, keyColumn format right

        let columns =
            right.Columns
            |> Array.indexed
            |> Array.filter (fun (i, c) -> i <> keyRight && not (Array.contains c left.Columns))

        let byKey = Dictionary<string, string[]>(StringComparer.Ordinal)

        for row in right.Rows do
            if not (byKey.TryAdd(row[keyRight], row)) then
                raise (InputException(right.File, row[keyRight], "each key once", "it twice"))

        let cells (row: string[]) =
            match byKey.TryGetValue row[key] with
            | true, other -> columns |> Array.map (fun (i, _) -> other[i])
            | _ -> Array.create columns.Length ""

        {
            File = left.File
            Columns = Array.append left.Columns (Array.map snd columns)
            Rows = left.Rows |> Array.map (fun row -> Array.append row (cells row))
        }

    /// Variances of larger scores are no numbers any more.
    let private largestScore = 1e150

    let private ledgerOf (format: LedgerFormat) (table: Table) : LedgerReading =
        let key = keyColumn format table
        let notices = List<string>()
        let sums = List<string * float>()
        let weightColumns = prefixed format.WeightsPrefix table.Columns |> Array.filter (fun (i, _) -> i <> key)
        let isWeight i = weightColumns |> Array.exists (fun (j, _) -> j = i)
        let own = [| "seed"; "step"; "scale"; "cost" |]
        let kinds = [| "n:"; "sd:"; "test:" |]

        let special (c: string) =
            Array.contains c own || kinds |> Array.exists (fun k -> c.StartsWith(k, StringComparison.Ordinal))

        let scoreColumns =
            prefixed format.ScorePrefix table.Columns
            |> Array.filter (fun (i, _) -> i <> key && not (isWeight i) && not (special table.Columns[i]))

        let testColumns = prefixed "test:" table.Columns

        if weightColumns.Length = 0 then
            raise (
                InputException(
                    table.File,
                    "columns",
                    $"columns named {format.WeightsPrefix}DOMAIN",
                    String.Join(", ", table.Columns)
                )
            )

        let find name = Array.IndexOf(table.Columns, name)

        let taken = [|
            key
            yield! Array.map fst weightColumns
            yield! Array.map fst scoreColumns
            yield! Array.map fst testColumns
            yield! own |> Array.map find
            for prefix in [ "n:"; "sd:" ] do
                for _, t in scoreColumns do
                    find (prefix + t)

                for _, t in testColumns do
                    find (prefix + "test:" + t)
        |]

        let further =
            table.Columns |> Array.indexed |> Array.filter (fun (i, _) -> not (Array.contains i taken))

        let row (cells: string[]) =
            let run = cells[key]

            let cell name =
                match find name with
                | -1 -> ""
                | i -> cells[i]

            let number name = Csv.tryFloat table.File $"{run}: {name}" (cell name)

            let measurements prefix columns =
                columns
                |> Array.choose (fun (i, t) ->
                    Csv.tryFloat table.File $"{run}: {t}" cells[i]
                    |> Option.map (fun score ->
                        if abs score > largestScore then
                            raise (InputException(table.File, $"{run}: {t}", "a score that can be squared", cells[i]))

                        t, { Score = score; Items = number $"n:{prefix}{t}"; Deviation = number $"sd:{prefix}{t}" }))
                |> Map.ofArray

            if run = "" then
                raise (InputException(table.File, format.Key, "a name for each run", "an empty cell"))

            weightsOf format table sums run weightColumns cells
            |> Option.map (fun weights -> {
                Run = run
                Weights = weights
                Scores = measurements "" scoreColumns
                Tests = measurements "test:" testColumns
                Seed = integer table $"{run}: seed" (cell "seed")
                Step = integer table $"{run}: step" (cell "step")
                Scale = cell "scale"
                Cost = number "cost"
                Further = further |> Array.map (fun (i, c) -> c, cells[i]) |> Map.ofArray
            })

        let rows = table.Rows |> Array.map row

        if sums.Count > 0 then
            let off = Seq.map snd sums
            let range = $"{Csv.ofFloat (Math.Round(Seq.min off, 6))} to {Csv.ofFloat (Math.Round(Seq.max off, 6))}"

            notices.Add
                $"weights of {sums.Count} rows have sums of {range} and were divided by them (first: {fst sums[0]})"

        for cells, r in Array.zip table.Rows rows do
            if r.IsNone then
                notices.Add $"{cells[key]}: left out, it has no weights"

        let rows = Array.choose id rows

        match rows |> Array.countBy (fun r -> r.Run, r.Step) |> Array.tryFind (fun (_, n) -> n > 1) with
        | Some((run, _), _) -> raise (InputException(table.File, run, "each run and step once", "it twice"))
        | None -> ()

        {
            Ledger = { Domains = Array.map snd weightColumns; Targets = Array.map snd scoreColumns; Rows = rows }
            Notices = notices.ToArray()
        }

    /// The ledger in a CSV file. Weights whose sum is within 2 % of 1 are normalised, which is a notice; rows without any
    /// weight are left out, which is one too. Raises InputException where the file breaks the format of CLI.md.
    let read (format: LedgerFormat) (file: string) : LedgerReading = ledgerOf format (Csv.read file)

    /// As `read`, with the scores in a second file, joined by the key.
    let readWithScores (format: LedgerFormat) (file: string) (scores: string) : LedgerReading =
        ledgerOf format (join format (Csv.read file) (Csv.read scores))

    let private optional f = Option.map f >> Option.defaultValue ""

    /// Writes a ledger in the project's own format; it reads back as an equal value. Columns that no row uses are left out.
    let write (file: string) (ledger: Ledger) : unit =
        let rows = ledger.Rows
        let number (f: LedgerRow -> float option) = f >> optional Csv.ofFloat

        let column name (cell: LedgerRow -> string) =
            if rows |> Array.exists (cell >> (<>) "") then [ name, cell ] else []

        let measured prefix (target: string) =
            let field f = number (Ledger.measurement target >> Option.bind f)

            [
                prefix, field (fun m -> Some m.Score)
                yield! column $"n:{target}" (field _.Items)
                yield! column $"sd:{target}" (field _.Deviation)
            ]

        let keys (f: LedgerRow -> Map<string, 'v>) =
            rows |> Seq.collect (f >> Map.keys) |> Seq.distinct |> Seq.sort |> List.ofSeq

        let columns: (string * (LedgerRow -> string)) list = [
            "run", _.Run
            for d in ledger.Domains do
                $"w:{d}", (fun r -> Csv.ofFloat r.Weights[d])
            yield! ledger.Targets |> Seq.collect (fun t -> measured $"score:{t}" t)
            yield! keys _.Tests |> Seq.collect (fun t -> measured $"test:{t}" $"test:{t}")
            yield! column "seed" (fun r -> optional string r.Seed)
            yield! column "step" (fun r -> optional string r.Step)
            yield! column "scale" _.Scale
            yield! column "cost" (number _.Cost)
            for c in keys _.Further do
                c, (fun r -> r.Further |> Map.tryFind c |> Option.defaultValue "")
        ]

        Csv.write file (Seq.map fst columns) (rows |> Seq.map (fun r -> columns |> Seq.map (fun (_, cell) -> cell r)))

    /// The ledger as a Deedle frame: one row a run (its key is `run`, or `run@step` where runs have several rows), columns `run`,
    /// `w:DOMAIN`, `score:TARGET`, `test:DOMAIN`, `n:` and `sd:` of these, `seed`, `step`, `scale`, `cost`; missing where nothing was
    /// measured. `ofFrame` reads it back.
    let frame (ledger: Ledger) : Frame<string, string> =
        let measured prefix (target: string) (m: Measurement) = seq {
            yield prefix + target, box m.Score

            for kind, value in [ "n:", m.Items; "sd:", m.Deviation ] do
                match value with
                | Some v -> yield kind + (if prefix = "test:" then prefix else "") + target, box v
                | None -> ()
        }

        let columns (row: LedgerRow) = seq {
            yield "run", box row.Run

            for d in ledger.Domains do
                yield $"w:{d}", box row.Weights[d]

            for t in ledger.Targets do
                match Ledger.measurement t row with
                | Some m -> yield! measured "score:" t m
                | None -> ()

            for KeyValue(t, m) in row.Tests do
                yield! measured "test:" t m

            for name, value in
                [ "seed", Option.map float row.Seed; "step", Option.map float row.Step; "cost", row.Cost ] do
                match value with
                | Some v -> yield name, box v
                | None -> ()

            if row.Scale <> "" then
                yield "scale", box row.Scale
        }

        Frame.ofRows [ for row in ledger.Rows -> Ledger.rowName ledger row => series (columns row) ]

    /// The ledger in a Deedle frame whose columns are named as those of a ledger file, `run` among them or the row keys in its place:
    /// what a script has computed or joined. Raises InputException as `read` does.
    let ofFrame (format: LedgerFormat) (frame: Frame<string, string>) : LedgerReading =
        let columns = frame.ColumnKeys |> Array.ofSeq
        let named = Array.contains format.Key columns

        let cell (row: ObjectSeries<string>) column =
            match row.TryGet column with
            | OptionalValue.Present(:? float as x) -> Csv.ofFloat x
            | OptionalValue.Present value -> String.Format(CultureInfo.InvariantCulture, "{0}", value)
            | OptionalValue.Missing -> ""

        ledgerOf format {
            File = "frame"
            Columns = if named then columns else Array.append [| format.Key |] columns
            Rows = [|
                for KeyValue(key, row) in frame.Rows |> Series.observations |> Seq.map KeyValuePair do
                    let cells = columns |> Array.map (cell row)
                    if named then cells else Array.append [| key |] cells
            |]
        }

    /// The mixtures in a CSV file (`run` and `w:` columns), such as `mixture seeds` writes and `predict --test` reads.
    let readMixtures (format: LedgerFormat) (file: string) : NamedMixture[] =
        let reading = read format file
        reading.Ledger.Rows |> Array.map (fun r -> { Run = r.Run; Weights = r.Weights })

    /// Writes mixtures as `run,w:DOMAIN,...`.
    let writeMixtures (file: string) (mixtures: NamedMixture[]) : unit =
        let domains = if mixtures.Length = 0 then [] else List.ofSeq mixtures[0].Weights.Domains

        Csv.write
            file
            (Seq.append [ "run" ] (domains |> Seq.map (fun d -> $"w:{d}")))
            (mixtures
             |> Seq.map (fun m -> Seq.append [ m.Run ] (domains |> Seq.map (fun d -> Csv.ofFloat m.Weights[d]))))
