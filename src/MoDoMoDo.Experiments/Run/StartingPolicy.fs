namespace MoDoMoDo.Experiments

open System
open System.IO
open System.Threading
open MoDoMoDo.Domain
open MoDoMoDo.Model

/// The policy that settings say to start from.
module StartingPolicy =

    /// The device and precision of the settings. Raises InputException when this machine has no such device.
    let device (s: Settings) : ComputeDevice = ComputeDevice.Parse(s.Text "device", s.Text "model.dtype")

    /// Whether an adapter is what is trained.
    let trainsAdapter (s: Settings) : bool = s.Text "model.trainable" = "lora"

    /// Whether the policy has an adapter that changes nothing yet.
    let startsAtBase (s: Settings) : bool = trainsAdapter s && s.Text "model.adapter" = ""

    /// Shape and place of a new adapter.
    let private lora (s: Settings) : LoraConfig =
        LoraConfig(
            Rank = s.Whole "model.lora.rank",
            Alpha = s.Number "model.lora.alpha",
            RankStabilised = s.Switch "model.lora.rankStabilised",
            Targets = (Json.items (s.At "model.lora.targets") |> List.map Json.text |> Array.ofList),
            Pattern =
                match s.Text "model.lora.pattern" with
                | "" -> LoraConfig.DecoderLayers
                | pattern -> pattern
        )

    /// The policy with the adapter that the settings name, or with a new one when that is what is trained.
    let private adapted (s: Settings) (policy: Policy) : Policy =
        try
            match s.Text "model.adapter" with
            | "" when trainsAdapter s -> policy.AddAdapter(lora s, uint64 (s.Whole "seed"))
            | "" -> ()
            | folder -> policy.LoadAdapter folder

            policy
        with _ ->
            policy.Dispose()
            reraise ()

    let private read (outline: bool) (s: Settings) (folder: string) : Policy =
        let pixels path =
            match s.At path with
            | Json.Number n -> Nullable(int n)
            | _ -> Nullable()

        match pixels "model.minPixels", pixels "model.maxPixels" with
        | least, most when least.HasValue && most.HasValue && least.Value > most.Value ->
            raise (
                InputException(
                    s.Source,
                    "model.maxPixels",
                    $"at least model.minPixels ({least.Value})",
                    string most.Value
                )
            )
        | least, most when outline -> Policy.Outline(folder, device s, least, most)
        | least, most -> Policy.Load(folder, device s, least, most)

    /// The policy in a folder, on the device and with the picture sizes of the settings. Raises InputException when it is no
    /// checkpoint.
    let load (s: Settings) (folder: string) : Policy = read false s folder

    let private made (outline: bool) (notice: string -> unit) (stop: CancellationToken) (s: Settings) : Func<Policy> =
        match s.Text "model.path" with
        | "world" ->
            let folder = WorldStart.folder notice stop s
            Func<_>(fun () -> adapted s (read outline s folder))
        | path when Directory.Exists path -> Func<_>(fun () -> adapted s (read outline s path))
        | path ->
            raise (
                InputException(
                    s.Source,
                    "model.path",
                    "a folder with a checkpoint, or 'world'",
                    "'" + path + "', which is none"
                )
            )

    /// Makes the policy, with its adapter on top where there is one; each call makes the same one. The owner disposes it.
    /// Raises InputException when the folder is no checkpoint or the adapter does not fit, OperationCanceledException when
    /// stopped while the embedded world's policy is prepared.
    let create (notice: string -> unit) (stop: CancellationToken) (s: Settings) : Func<Policy> =
        made false notice stop s

    /// The same policy without its weights: prompts can be encoded and parameters counted. The owner disposes it.
    let outline (notice: string -> unit) (s: Settings) : Policy = (made true notice CancellationToken.None s).Invoke()

    /// The policy that training starts from: an adapter is merged into the weights unless it is what is trained.
    let forTraining (notice: string -> unit) (stop: CancellationToken) (s: Settings) : Func<Policy> =
        let create = create notice stop s

        Func<_>(fun () ->
            let policy = create.Invoke()

            if not (trainsAdapter s) then
                policy.MergeAdapter()

            policy)
