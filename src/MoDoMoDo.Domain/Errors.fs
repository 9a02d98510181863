namespace MoDoMoDo.Domain

open System

/// Something the user gave cannot be used: a file, a setting, an argument. The command line prints
/// `error: FILE: FIELD: wanted WHAT, found WHAT` on one line and exits with 2.
[<Sealed>]
type InputException(file: string, field: string, wanted: string, found: string) =
    inherit
        Exception(
            [ file; field; $"wanted {wanted}, found {found}" ]
            |> List.filter (String.IsNullOrEmpty >> not)
            |> String.concat ": "
        )

    /// The file or source in question; empty when there is none.
    member _.File = file
    /// The field, key, row or option in question; empty when there is none.
    member _.Field = field
    /// What would have been accepted.
    member _.Wanted = wanted
    /// What was there instead.
    member _.Found = found

/// Work that was well specified but failed (a run diverged, a check did not hold): the command line prints
/// `error: MESSAGE` on one line and exits with 1. What was already computed stays on disk.
[<Sealed>]
type WorkException(message: string) =
    inherit Exception(message)
