namespace MoDoMoDo.Experiments

open System

/// Suggestions for mistyped names.
module Nearest =

    /// Smallest number of insertions, deletions, replacements and swaps of neighbours that turn one text into the other
    /// (optimal string alignment).
    let distance (a: string) (b: string) : int =
        let d = Array2D.zeroCreate (a.Length + 1) (b.Length + 1)

        for i in 0 .. a.Length do
            d[i, 0] <- i

        for j in 0 .. b.Length do
            d[0, j] <- j

        for i in 1 .. a.Length do
            for j in 1 .. b.Length do
                let replace = d[i - 1, j - 1] + (if a[i - 1] = b[j - 1] then 0 else 1)
                let best = min replace (1 + min d[i - 1, j] d[i, j - 1])

                d[i, j] <-
                    if i > 1 && j > 1 && a[i - 1] = b[j - 2] && a[i - 2] = b[j - 1] then
                        min best (1 + d[i - 2, j - 2])
                    else
                        best

        d[a.Length, b.Length]

    /// The known name that is closest to the given one, when it is close enough to be what was meant: at most two edits
    /// for every five letters, letter case aside.
    let name (known: string seq) (given: string) : string option =
        let clipped = if given.Length > 64 then given.Substring(0, 64) else given
        let folded = clipped.ToLowerInvariant()

        known
        |> Seq.map (fun k -> k, distance (k.ToLowerInvariant()) folded)
        |> Seq.filter (fun (k, d) -> 5 * d <= 2 * max k.Length clipped.Length)
        |> Seq.sortBy snd
        |> Seq.tryHead
        |> Option.map fst

    /// The given name in quotes, with the closest known one: "'lenght' (did you mean 'length'?)".
    let found (known: string seq) (given: string) : string =
        let shown = if given.Length > 64 then given.Substring(0, 64) + "..." else given

        match name known given with
        | Some near -> "'" + shown + "' (did you mean '" + near + "'?)"
        | None -> "'" + shown + "'"
