namespace MoDoMoDo.Goldens.Models;

/// <summary>models/NAME: everything that is recorded of one checkpoint.</summary>
internal static class ModelChecks
{
    /// <summary>The check of a recorded checkpoint; null for kinds that later work will cover.</summary>
    public static Action<Recording, Tally>? For(Recording recording, string folder) =>
        Kind(recording, folder) switch
        {
            "lora" => (recorded, tally) => LoraChecks.Run(recorded, folder, tally),
            "shards" or "bf16" => (recorded, tally) => VariantChecks.Run(recorded, folder, tally),
            _ => (recorded, tally) => Run(recorded, folder, tally),
        };

    /// <summary>What a folder holds: a model's type, or what makes it a variant of another folder's model.</summary>
    private static string? Kind(Recording recording, string folder) =>
        recording.Has($"{folder}/lora.json") ? "lora"
        : recording.Has($"{folder}/model.safetensors.index.json") ? "shards"
        : recording.Has($"{folder}/deviation.json") ? "bf16"
        : recording.Json($"{folder}/config.json").GetProperty("model_type").GetString();

    private static void Run(Recording recording, string folder, Tally tally)
    {
        // Read by the policy's own loader.
        foreach (var file in new[] { "config.json", "generation_config.json", "model.safetensors" })
            recording.Use($"{folder}/{file}");
        ForwardChecks.Run(recording, folder, tally);
        if (recording.Has($"{folder}/generation.json"))
            GenerationChecks.Run(recording, folder, tally);
        if (recording.Has($"{folder}/trajectory.json"))
            TrajectoryChecks.Run(recording, folder, tally);
    }
}
