namespace MoDoMoDo.Experiments

open System
open System.IO
open System.Threading
open MoDoMoDo.Domain
open MoDoMoDo.Model

/// The embedded world's policy after its warm start, kept in a cache that runs and processes share (DESIGN.md 14).
module WorldStart =

    /// $MODOMODO_CACHE, else $XDG_CACHE_HOME/modomodo, else ~/.cache/modomodo.
    let cache () : string =
        let variable name =
            match Environment.GetEnvironmentVariable name with
            | null
            | "" -> None
            | value -> Some value

        match variable "MODOMODO_CACHE", variable "XDG_CACHE_HOME" with
        | Some folder, _ -> folder
        | None, Some folder -> Path.Combine(folder, "modomodo")
        | None, None ->
            Path.Combine(Environment.GetFolderPath Environment.SpecialFolder.UserProfile, ".cache", "modomodo")

    /// What the warm start is a function of.
    let private key (s: Settings) : string =
        Json.line (
            Json.Object [
                "version", Json.Number 1.0
                "warmStart", s.At "model.warmStart"
                "world", Json.Object [ "seed", s.At "data.world.seed"; "level", s.At "data.world.level" ]
                "threads", s.At "threads"
            ]
        )

    /// Holds an exclusive lock file while the work runs, so that parallel runs wait instead of doing it twice.
    let private locked (file: string) (notice: string -> unit) (work: unit -> unit) : unit =
        let rec take (said: bool) =
            try
                new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            with :? IOException ->
                if not said then notice "waiting for the warm start that another process is preparing"
                Thread.Sleep 200
                take true

        use _ = take false
        work ()

    let private prepare (notice: string -> unit) (s: Settings) (folder: string) : unit =
        notice "preparing the embedded world's policy (once; kept in the cache)"
        let tokenizer = WorldTokenizer.atLevel (s.Whole "data.world.level")
        use policy = Policy.Create(PolicyConfig.Small tokenizer, tokenizer, uint64 (s.Whole "model.warmStart.seed"), ImageProcessor.Small)
        policy.Save folder

    /// The folder of the policy, prepared now when the cache has none for these settings.
    let folder (notice: string -> unit) (s: Settings) : string =
        let parent = Path.Combine(cache (), "warm-start")
        let folder = Path.Combine(parent, Provenance.hash (key s))

        if not (Directory.Exists folder) then
            Directory.CreateDirectory parent |> ignore

            locked (folder + ".lock") notice (fun () ->
                if not (Directory.Exists folder) then
                    let unfinished = folder + ".unfinished"
                    if Directory.Exists unfinished then Directory.Delete(unfinished, true)
                    prepare notice s unfinished
                    Files.write (Path.Combine(unfinished, "warm-start.json")) (key s + "\n")
                    Directory.Move(unfinished, folder))

        folder
