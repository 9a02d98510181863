using System.Globalization;
using System.Text.Json;
using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>Where a run stands, apart from weights and moments.</summary>
/// <param name="Step">Optimiser steps done, those that were not taken included.</param>
/// <param name="Batch">Batches of prompts rolled out.</param>
/// <param name="OptimiserSteps">Optimiser steps taken.</param>
/// <param name="Skipped">Steps not taken because loss or gradient was not finite.</param>
/// <param name="SkippedInARow">Those among the last steps.</param>
/// <param name="Sampler">State of the prompt sampler.</param>
/// <param name="BestStep">Step of the best policy so far; -1 for none.</param>
/// <param name="BestScore">Its score on the held-back items, in [0, 1].</param>
/// <param name="Seconds">Time spent so far, all sessions together.</param>
public sealed record TrainingState(
    int Step,
    int Batch,
    int OptimiserSteps,
    int Skipped,
    int SkippedInARow,
    string Sampler,
    int BestStep,
    double BestScore,
    double Seconds
)
{
    /// <summary>The state before the first step.</summary>
    /// <param name="sampler">State of the fresh sampler.</param>
    public static TrainingState Start(string sampler) => new(0, 0, 0, 0, 0, sampler, -1, 0, 0);
}

/// <summary>
/// A folder <c>checkpoints/step-N</c> with everything that resuming needs: the policy in its usual layout (of one with an
/// adapter the adapter alone: its base does not change), the optimiser's state, and <see cref="TrainingState"/>. Written whole or not at all.
/// </summary>
public static class Checkpoint
{
    private const string Prefix = "step-";
    private const string OptimiserFile = "optimiser.safetensors";
    private const string StateFile = "state.json";

    /// <summary>Writes a checkpoint and removes all but the newest.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="keep">How many to keep, at least 1.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="optimiser">Its optimiser.</param>
    /// <param name="state">Where the run stands.</param>
    public static void Save(string run, int keep, Policy policy, Optimiser optimiser, TrainingState state)
    {
        var parent = Directory.CreateDirectory(Path.Combine(run, "checkpoints")).FullName;
        AtomicFolder.Write(
            Path.Combine(parent, Prefix + state.Step.ToString(CultureInfo.InvariantCulture)),
            folder =>
            {
                if (policy.Adapter is null)
                    policy.Write(folder);
                else
                    policy.SaveAdapter(AdapterOf(folder));
                SafeTensorsWriter.Write(Path.Combine(folder, OptimiserFile), optimiser.State);
                File.WriteAllText(Path.Combine(folder, StateFile), JsonSerializer.Serialize(state));
            },
            Bytes(policy, optimiser)
        );
        foreach (var (_, old) in All(run).SkipLast(keep).ToArray())
            AtomicFolder.Delete(old);
    }

    /// <summary>The policy of a checkpoint: the one that starts the run with the saved adapter, or one of the saved weights.</summary>
    /// <param name="checkpoint">Folder of the checkpoint.</param>
    /// <param name="start">Makes the policy that starts the run.</param>
    /// <param name="load">Reads a policy of saved weights.</param>
    public static Policy ReadPolicy(string checkpoint, Func<Policy> start, Func<string, Policy> load)
    {
        if (!Directory.Exists(AdapterOf(checkpoint)))
            return load(checkpoint);
        var policy = start();
        policy.LoadAdapter(AdapterOf(checkpoint));
        return policy;
    }

    /// <summary>Bytes of a checkpoint, about: the adapter alone where there is one, else all weights, and the optimiser's state.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="optimiser">Its optimiser.</param>
    private static long Bytes(Policy policy, Optimiser optimiser) =>
        (
            policy.Adapter is { } adapter
                ? adapter.NamedParameters.Sum(entry => entry.Value.numel() * entry.Value.element_size())
                : policy.SavedBytes
        ) + optimiser.State.Sum(entry => entry.Value.numel() * entry.Value.element_size());

    private static string AdapterOf(string checkpoint) => Path.Combine(checkpoint, Policy.AdapterFolder);

    /// <summary>
    /// Ends what a killed process left half done in a run folder, and returns its newest checkpoint: of those whose files are
    /// whole, where there is one.
    /// </summary>
    /// <param name="run">The run folder; made when it is not there.</param>
    /// <param name="notice">Hears of checkpoints that a disk has damaged.</param>
    public static string? Recover(string run, Action<string> notice)
    {
        AtomicFolder.Recover(Directory.CreateDirectory(run).FullName);
        AtomicFolder.Recover(Directory.CreateDirectory(Path.Combine(run, "checkpoints")).FullName);
        foreach (var (_, checkpoint) in All(run).Reverse())
        {
            if (Damage(checkpoint) is not { } damage)
                return checkpoint;
            notice($"a checkpoint is left out, it cannot be read: {damage}");
        }
        return Newest(run);
    }

    private static string? Damage(string checkpoint)
    {
        try
        {
            ReadState(checkpoint);
            foreach (var file in Directory.EnumerateFiles(checkpoint, "*.safetensors", SearchOption.AllDirectories))
                new SafeTensorsReader(file).Dispose();
            return null;
        }
        catch (InputException error)
        {
            return error.Message;
        }
    }

    /// <summary>The folder of the newest checkpoint, or null when there is none.</summary>
    /// <param name="run">The run folder.</param>
    public static string? Newest(string run) => All(run).LastOrDefault().Folder;

    /// <summary>Where the run stood.</summary>
    /// <param name="checkpoint">Folder of the checkpoint.</param>
    /// <exception cref="InputException">The file is missing or is no such state.</exception>
    public static TrainingState ReadState(string checkpoint)
    {
        var file = Path.Combine(checkpoint, StateFile);
        try
        {
            return JsonSerializer.Deserialize<TrainingState>(File.ReadAllText(file))
                ?? throw new InputException(file, "", "a training state", "null");
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new InputException(file, "", "a training state", error.Message.Split('\n')[0]);
        }
    }

    /// <summary>Puts the optimiser back into its saved state.</summary>
    /// <param name="checkpoint">Folder of the checkpoint.</param>
    /// <param name="state">Where the run stood.</param>
    /// <param name="optimiser">A fresh optimiser over the checkpoint's policy.</param>
    /// <exception cref="InputException">The file is missing, corrupt, or of another policy.</exception>
    public static void Restore(string checkpoint, TrainingState state, Optimiser optimiser)
    {
        using var reader = new SafeTensorsReader(Path.Combine(checkpoint, OptimiserFile));
        optimiser.Restore(reader, state.OptimiserSteps);
    }

    private static IEnumerable<(int Step, string Folder)> All(string run)
    {
        var parent = Path.Combine(run, "checkpoints");
        return Directory.Exists(parent)
            ? Directory
                .EnumerateDirectories(parent, Prefix + "*")
                .Select(folder =>
                    (
                        Step: int.TryParse(
                            Path.GetFileName(folder)[Prefix.Length..],
                            NumberStyles.None,
                            CultureInfo.InvariantCulture,
                            out var step
                        )
                            ? step
                            : -1,
                        folder
                    )
                )
                .Where(entry => entry.Step >= 0)
                .OrderBy(entry => entry.Step)
            : [];
    }
}
