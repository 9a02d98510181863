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

    let private checkSupported (s: Settings) =
        let refuse path wanted found = raise (InputException(s.Source, path, wanted, found))

        if s.Text "model.trainable" = "lora" then
            refuse "model.trainable" "decoder or all" "\"lora\""

        if s.Text "model.adapter" <> "" then
            refuse "model.adapter" "null" (s.Text "model.adapter")

    /// The policy in a folder, on the device and with the picture sizes of the settings. Raises InputException when it is no
    /// checkpoint.
    let load (s: Settings) (folder: string) : Policy =
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
        | least, most -> Policy.Load(folder, device s, least, most)

    /// Makes the policy; each call makes the same one. The owner disposes it. Raises InputException when the folder is no
    /// checkpoint, OperationCanceledException when stopped while the embedded world's policy is prepared.
    let create (notice: string -> unit) (stop: CancellationToken) (s: Settings) : Func<Policy> =
        checkSupported s

        match s.Text "model.path" with
        | "world" ->
            let folder = WorldStart.folder notice stop s
            Func<_>(fun () -> load s folder)
        | path when Directory.Exists path -> Func<_>(fun () -> load s path)
        | path ->
            raise (
                InputException(
                    s.Source,
                    "model.path",
                    "a folder with a checkpoint, or 'world'",
                    "'" + path + "', which is none"
                )
            )
