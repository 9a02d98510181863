using System.Text.Json;
using MoDoMoDo.Model;
using MoDoMoDo.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Goldens.Models;

/// <summary>Ten steps of AdamW with warm-up, decay and clipping on one batch, the tower frozen.</summary>
internal static class TrajectoryChecks
{
    public static void Run(Recording recording, string folder, Tally tally)
    {
        var golden = recording.Json($"{folder}/trajectory.json");
        var expected = recording.Tensors($"{folder}/trajectory.safetensors");
        var settings = golden.GetProperty("settings");
        var batch = ModelCase.Named(recording, folder, golden.GetProperty("case").GetString()!);
        DecayedWithTower(recording, folder, golden, tally);
        foreach (var run in new[] { "clipped", "unclipped" })
        {
            using var scope = NewDisposeScope();
            using var policy = Policy.Load(recording.At(folder));
            policy.Train(name => !Policy.IsTower(name));
            using var optimiser = Optimiser.Create(Options(settings), policy);
            Decayed(golden, "decayed", optimiser, tally);
            var initial = optimiser.Parameters.Select(entry => entry.Value.detach().clone()).ToArray();
            Steps(golden.GetProperty(run), settings, run == "clipped", batch, expected, policy, optimiser, tally);
            Final(run, golden, expected, optimiser, initial, tally);
        }
    }

    internal static OptimiserOptions Options(JsonElement settings)
    {
        var betas = settings.GetProperty("betas").Numbers();
        return new OptimiserOptions
        {
            Beta1 = betas[0],
            Beta2 = betas[1],
            Epsilon = settings.Number("eps"),
            WeightDecay = settings.Number("weight_decay"),
        };
    }

    /// <summary>Which parameters decay when the tower is trained too: its own.</summary>
    private static void DecayedWithTower(Recording recording, string folder, JsonElement golden, Tally tally)
    {
        using var policy = Policy.Load(recording.At(folder));
        policy.Train(Policy.IsTower);
        using var optimiser = Optimiser.Create(Options(golden.GetProperty("settings")), policy);
        Decayed(golden, "decayed_if_the_tower_were_trained", optimiser, tally);
    }

    private static void Decayed(JsonElement golden, string list, Optimiser optimiser, Tally tally)
    {
        var wanted = golden.GetProperty(list).EnumerateArray().Select(name => name.GetString()!).ToHashSet();
        foreach (var (name, _) in optimiser.Parameters)
            tally
                .Of($"trajectory: {list.Replace('_', ' ')}", 0)
                .Add(wanted.Contains(name) ? 1 : 0, optimiser.Decayed.Contains(name) ? 1 : 0);
    }

    private static void Steps(
        JsonElement wanted,
        JsonElement settings,
        bool clips,
        ModelCase batch,
        TensorFile expected,
        Policy policy,
        Optimiser optimiser,
        Tally tally
    )
    {
        var (losses, rates) = (wanted.GetProperty("loss").Numbers(), wanted.GetProperty("learning_rate").Numbers());
        var norms = wanted.GetProperty("grad_norm").Numbers();
        var schedule = new Schedule
        {
            Peak = settings.Number("learning_rate"),
            WarmUp = settings.Integer("warmup_steps"),
        };
        for (var step = 0; step < losses.Length; step++)
        {
            using var scope = NewDisposeScope();
            optimiser.ClearGradients();
            var loss = batch.Loss(policy.Forward(batch.Batch), expected["row_weights"]);
            loss.backward();
            var norm = Training.Gradients.Norm(optimiser.Parameters);
            if (clips)
                Training.Gradients.Clip(optimiser.Parameters, norm, settings.Number("max_grad_norm"));
            var rate = schedule.Rate(step, losses.Length);
            optimiser.Step(rate);
            tally.Of("trajectory: loss", 5e-6).Add(losses[step], loss.item<float>());
            tally.Of("trajectory: learning rate", 1e-9).Add(rates[step], rate);
            tally.Of("trajectory: grad_norm (relative)", 1e-4).Add(norms[step], norm, norms[step]);
        }
    }

    private static void Final(
        string run,
        JsonElement golden,
        TensorFile expected,
        Optimiser optimiser,
        Tensor[] initial,
        Tally tally
    )
    {
        var names = golden.GetProperty("parameter_names").EnumerateArray().Select(name => name.GetString()!).ToArray();
        var (norms, changes) = (expected[$"{run}.final_norm"].ToNumbers(), expected[$"{run}.change_norm"].ToNumbers());
        foreach (var ((name, parameter), start) in optimiser.Parameters.Zip(initial))
        {
            var i = Array.IndexOf(names, name);
            var final = parameter.detach();
            if (expected.Has($"{run}.final.{name}"))
                tally.Of("trajectory: final", 5e-5).Add(expected[$"{run}.final.{name}"], final);
            tally.Of("trajectory: final_norm (relative)", 5e-5).Add(norms[i], final.norm().item<float>(), norms[i]);
            // The gradient of a key bias nearly vanishes, and Adam magnifies its rounding.
            var (what, tolerance) = name.EndsWith("k_proj.bias", StringComparison.Ordinal)
                ? ("change_norm of key biases", 5e-3)
                : ("change_norm", 2e-4);
            var change = (final - start).norm().item<float>();
            tally.Of($"trajectory: {what} (relative)", tolerance).Add(changes[i], change, changes[i]);
        }
    }
}
