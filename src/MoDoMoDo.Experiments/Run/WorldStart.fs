namespace MoDoMoDo.Experiments

open System
open System.IO
open System.Threading
open MoDoMoDo.Data
open MoDoMoDo.Domain
open MoDoMoDo.Model
open MoDoMoDo.Training

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
                // Of the recipe below: higher whenever its stages, rates or data change, so that no older policy is taken for it.
                "version", Json.Number 2.0
                "warmStart", s.At "model.warmStart"
                "world", Json.Object [ "seed", s.At "data.world.seed"; "level", s.At "data.world.level" ]
                "threads", s.At "threads"
            ]
        )

    /// A learning rate that rises over some steps and falls along a line to a tenth.
    let private rate peak warmUp = Schedule(Peak = peak, WarmUp = warmUp, FromZero = false, Floor = 0.1)

    /// The stages of world.md 4: cells get names, scenes get captions (first with the tower frozen, then with it), and the
    /// training domains are answered as an unreliable teacher would.
    let private stages (s: Settings) : WarmStartStage list =
        let world =
            WorldWarmStart(World(WorldLevel.Of(s.Whole "data.world.level"), uint64 (s.Whole "data.world.seed")))

        let steps name = s.Whole("model.warmStart." + name)
        let captions, tower = steps "captionSteps", steps "towerSteps"

        let caption rich count start =
            TextStage(
                Name = (if rich then "captions, tower trained" else "captions"),
                Steps = count,
                Batch = 24,
                Example = Func<_, _>(fun i -> world.Caption(rich, i)),
                Optimiser = OptimiserOptions(Kind = OptimiserKind.AdamW, WeightDecay = 0.01),
                Schedule = rate 3e-3 50,
                ScheduleStart = start,
                ScheduleSteps = captions + tower,
                FreezeTower = not rich
            )

        [
            TagStage(
                Name = "names of cells",
                Steps = steps "tagSteps",
                Batch = 64,
                Example = Func<_, _> world.Tagged,
                Words = WorldWarmStart.TagWords,
                Optimiser = OptimiserOptions(Kind = OptimiserKind.AdamW, Beta2 = 0.98),
                Schedule = rate 2e-3 30
            )
            caption false captions 0
            caption true tower captions
            TextStage(
                Name = "instructions",
                Steps = steps "instructionSteps",
                Batch = 16,
                Example = Func<_, _> world.Instruction,
                Optimiser = OptimiserOptions(Kind = OptimiserKind.AdamW, WeightDecay = 0.01),
                Schedule = rate 2e-3 100,
                FreezeTower = true
            )
        ]

    let private prepare (notice: string -> unit) (stop: CancellationToken) (s: Settings) (folder: string) : unit =
        notice "preparing the embedded world's policy (about two minutes, once; kept in the cache)"
        ComputeDevice.Threads <- s.Whole "threads"
        let tokenizer = WorldTokenizer.atLevel (s.Whole "data.world.level")

        use policy =
            Policy.Create(
                PolicyConfig.Small tokenizer,
                tokenizer,
                uint64 (s.Whole "model.warmStart.seed"),
                ImageProcessor.Small
            )

        WarmStart.Run(policy, List.toArray (stages s), ImageSource(), notice, stop)
        policy.Save folder

    /// The folder of the policy, prepared now when the cache has none for these settings. Raises OperationCanceledException when
    /// stopped meanwhile; nothing is kept of a warm start that was not finished.
    let folder (notice: string -> unit) (stop: CancellationToken) (s: Settings) : string =
        let parent = Path.Combine(cache (), "warm-start")
        let folder = Path.Combine(parent, Provenance.hash (key s))

        if not (Directory.Exists folder) then
            Directory.CreateDirectory parent |> ignore

            let waiting () = notice "waiting for the warm start that another process is preparing"

            Files.locked (folder + ".lock") waiting stop (fun () ->
                if not (Directory.Exists folder) then
                    let unfinished = folder + ".unfinished"

                    if Directory.Exists unfinished then
                        Directory.Delete(unfinished, true)

                    prepare notice stop s unfinished
                    Files.write (Path.Combine(unfinished, "warm-start.json")) (key s + "\n")
                    Directory.Move(unfinished, folder))

        folder
