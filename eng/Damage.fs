/// Ten thousand damaged checkpoints and images of each kind: refused in one line, or read. The log is docs/damage.md.
module Damage

open System.IO
open Shell

[<Literal>]
let Files = 10_000

let private page (table: string) = [
    "# Damaged files"
    ""
    $"Written by `dotnet fsi build.fsx damage`: {Files} times each, a file is damaged and read. `safetensors` are the weights of a small"
    "checkpoint, mostly in their header; `settings` are its config.json, generation_config.json and preprocessor_config.json;"
    "`images` are PNG, JPEG, WebP, GIF and BMP files of all colour modes, PNG mostly with checksums made to fit. Refused: with one"
    "clear line. Read: the damage left a file that says something else; a checkpoint that loads must also run. A hang ends the run."
    ""
    table.TrimEnd()
]

/// Damages so many files of each kind; ten thousand unless told otherwise, and then the log is written.
let run (goldens: string list -> string * string) (count: int option) : unit =
    let table, crashes = goldens [ "damage"; string (defaultArg count Files) ]
    printf "%s" table
    eprintf "%s" crashes

    if count.IsNone then
        File.WriteAllLines(at "docs/damage.md", page table)
