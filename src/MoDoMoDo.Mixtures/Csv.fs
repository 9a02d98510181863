namespace MoDoMoDo.Mixtures

open System
open System.Globalization
open System.IO
open System.Text
open MoDoMoDo.Domain

/// A table of text cells with named columns.
type Table = {
    /// Where it came from; names the file in errors.
    File: string
    Columns: string[]
    /// One cell for each column.
    Rows: string[][]
}

/// Comma-separated values (RFC 4180, UTF-8, first line = column names).
module Csv =

    /// The records of a text: cells may be quoted, quotes in them doubled, and then hold commas and line breaks.
    let private records (text: string) : string[][] =
        let records, record, cell = ResizeArray<string[]>(), ResizeArray<string>(), StringBuilder()
        let mutable quoted, i = false, 0

        let endCell () =
            record.Add(cell.ToString())
            cell.Clear() |> ignore

        let endRecord () =
            endCell ()
            records.Add(record.ToArray())
            record.Clear()

        while i < text.Length do
            match text[i] with
            | '"' when quoted && i + 1 < text.Length && text[i + 1] = '"' ->
                cell.Append '"' |> ignore
                i <- i + 1
            | '"' -> quoted <- not quoted
            | ',' when not quoted -> endCell ()
            | '\n' when not quoted -> endRecord ()
            | '\r' when not quoted -> ()
            | c -> cell.Append c |> ignore

            i <- i + 1

        if cell.Length > 0 || record.Count > 0 then
            endRecord ()

        records.ToArray()

    let private quoted (cell: string) =
        if cell.AsSpan().ContainsAny("\",\r\n") then
            "\"" + cell.Replace("\"", "\"\"") + "\""
        else
            cell

    /// The table in a file. Raises InputException when it cannot be read, has no or repeated columns, or a row has another
    /// number of cells.
    let read (file: string) : Table =
        let refuse field wanted found = raise (InputException(file, field, wanted, found))

        let lines =
            try
                records (File.ReadAllText file)
            with
            | :? IOException
            | :? UnauthorizedAccessException -> refuse "" "a readable file" "none"

        if lines.Length = 0 then
            refuse "" "a line of column names" "an empty file"

        let columns = lines[0] |> Array.map _.Trim()

        if columns.Length = 1 && columns[0].AsSpan().ContainsAny(";\t") then
            refuse "" "cells separated by commas (and decimal points)" "semicolons or tabs"

        match columns |> Array.countBy id |> Array.tryFind (fun (_, n) -> n > 1) with
        | Some(name, _) -> refuse name "each column once" "it twice"
        | None -> ()

        let rows = lines |> Array.tail |> Array.filter (Array.forall String.IsNullOrWhiteSpace >> not)

        match rows |> Array.tryFindIndex (fun r -> r.Length <> columns.Length) with
        | Some i -> refuse $"row {i + 1}" $"{columns.Length} cells" $"{rows[i].Length}"
        | None -> { File = file; Columns = columns; Rows = rows |> Array.map (Array.map _.Trim()) }

    /// A number as a cell: reads back as exactly the same float.
    let ofFloat (x: float) : string = x.ToString("R", CultureInfo.InvariantCulture)

    /// The number in a cell; none when the cell is empty. Raises InputException when it holds no finite number.
    let tryFloat (file: string) (field: string) (cell: string) : float option =
        match cell, Double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | "", _ -> None
        | _, (true, x) when Double.IsFinite x -> Some x
        | _ -> raise (InputException(file, field, "a number, or nothing where there is none", $"'{cell}'"))

    /// Writes a table, whole or not at all: to a temporary name in the same folder first, then renamed.
    let write (file: string) (columns: string seq) (rows: string seq seq) : unit =
        let full = FileInfo file
        full.Directory |> Option.ofObj |> Option.iter _.Create()
        let temporary = $"{full.FullName}.{Guid.NewGuid():N}.tmp"

        try
            (use stream = new FileStream(temporary, FileMode.CreateNew)
             use text = new StreamWriter(stream, NewLine = "\n")
             Seq.append [ columns ] rows |> Seq.iter (Seq.map quoted >> String.concat "," >> text.WriteLine)
             text.Flush()
             stream.Flush true)

            File.Move(temporary, full.FullName, true)
        finally
            File.Delete temporary
