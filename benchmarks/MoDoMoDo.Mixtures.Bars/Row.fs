/// Rows of the table of bars.
module MoDoMoDo.Mixtures.Bars.Row

open System

/// One measurement beside its bar.
type Row = {
    /// G1 ... G14, or a name.
    Check: string
    /// Target, runs, and what else was measured on.
    On: string
    Predictor: string
    Measured: string
    /// Empty for baselines, which have none.
    Bar: string
    /// None where there is no bar.
    Holds: bool option
}

let private word (row: Row) =
    match row.Holds with
    | Some true -> "ok"
    | Some false -> "MISS"
    | None -> ""

/// Prints a row as soon as it is measured.
let print (row: Row) : Row =
    let cells = [ row.Check, 5; row.On, 34; row.Predictor, 18; row.Measured, 62; row.Bar, 44; word row, 4 ]
    printfn "%s" (cells |> List.map (fun (text: string, width) -> text.PadRight width) |> String.concat " ")
    row

/// Rows as a Markdown table.
let markdown (rows: Row seq) : string =
    let line cells = "| " + String.concat " | " cells + " |"

    [
        line [ "check"; "on"; "predictor"; "measured"; "bar"; "" ]
        "|---|---|---|---|---|---|"
        for row in rows do
            line [ row.Check; row.On; row.Predictor; row.Measured; row.Bar; word row ]
    ]
    |> String.concat "\n"

/// Text with the invariant culture.
let text (format: FormattableString) : string = FormattableString.Invariant format
