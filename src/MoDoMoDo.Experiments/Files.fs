namespace MoDoMoDo.Experiments

open System
open System.IO
open System.Text
open System.Threading
open MoDoMoDo.Domain

/// Reading and writing of small files.
module Files =

    let private refuse (path: string) (why: exn) : 'a = raise (InputException(path, "", "a readable file", why.Message))

    /// The file beside a missing one that was probably meant, in words.
    let private meant (path: string) : string =
        match Path.GetDirectoryName(Path.GetFullPath path) with
        | null -> ""
        | folder when not (Directory.Exists folder) -> ""
        | folder ->
            let known =
                Directory.EnumerateFiles folder
                |> Seq.truncate 1000
                |> Seq.map (fun f -> string (Path.GetFileName f))

            match Nearest.name known (string (Path.GetFileName path)) with
            | Some near -> " (did you mean '" + near + "'?)"
            | None -> ""

    /// The text of a file. Raises InputException when there is none or it cannot be read.
    let read (path: string) : string =
        if Directory.Exists path then
            raise (InputException(path, "", "a file", "a folder"))

        if not (File.Exists path) then
            raise (InputException(path, "", "a file", "none" + meant path))

        try
            File.ReadAllText path
        with
        | :? IOException as e -> refuse path e
        | :? UnauthorizedAccessException as e -> refuse path e

    /// Writes a file whole or not at all: `produce` gets a temporary name in the same folder, which then takes the file's place.
    /// Raises InputException when it cannot be written.
    let replace (path: string) (produce: string -> unit) : unit =
        let full = Path.GetFullPath path
        let temporary = full + ".tmp" + string Environment.ProcessId
        let refuse found = raise (InputException(path, "", "a file that can be written", found))

        if Directory.Exists full then
            refuse "a folder"

        try
            match Path.GetDirectoryName full with
            | null -> ()
            | folder -> Directory.CreateDirectory folder |> ignore

            produce temporary
            File.Move(temporary, full, true)
        with
        | :? DirectoryNotFoundException
        | :? FileNotFoundException -> refuse "a place where none can be made"
        | :? UnauthorizedAccessException
        | :? IOException as e -> refuse (e.Message.Replace(temporary, path))

    /// Writes a text whole or not at all, flushed to disk.
    let write (path: string) (text: string) : unit =
        replace path (fun temporary ->
            use stream = new FileStream(temporary, FileMode.Create, FileAccess.Write)
            stream.Write(ReadOnlySpan(UTF8Encoding(false).GetBytes text))
            stream.Flush true)

    /// The JSON value in a file. Raises InputException.
    let readJson (path: string) : Json = Json.parse path (read path)

    /// The JSON value in a file; None where there is no such file.
    let tryReadJson (path: string) : Json option = if File.Exists path then Some(readJson path) else None

    /// The JSON values of a file with one a line; a last line that was cut off is left out. No file: none.
    let readJsonLines (path: string) : Json list =
        if File.Exists path then
            [
                for line in File.ReadLines path do
                    match Json.tryParse line with
                    | Ok value -> value
                    | Error _ -> ()
            ]
        else
            []

    /// Holds an exclusive lock file while the work runs; a process that dies lets it go. `waiting` is called once where another
    /// process holds it. Raises OperationCanceledException when stopped meanwhile.
    let locked (file: string) (waiting: unit -> unit) (stop: CancellationToken) (work: unit -> 'a) : 'a =
        let rec take (said: bool) =
            try
                new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            with :? IOException ->
                if not said then
                    waiting ()

                stop.WaitHandle.WaitOne 200 |> ignore
                stop.ThrowIfCancellationRequested()
                take true

        use _ = take false
        work ()
