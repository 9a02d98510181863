using System.Text.Json;
using MoDoMoDo.Model;
using MoDoMoDo.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Goldens.Models;

/// <summary>models/NAME_lora: adapters of peft on the model NAME, each with logits, gradients and AdamW steps.</summary>
internal static class LoraChecks
{
    private const string Suffix = "_lora";
    private const double LogitTolerance = 1e-3;

    public static void Run(Recording recording, string folder, Tally tally)
    {
        var about = recording.Json($"{folder}/lora.json");
        var basis = folder[..^Suffix.Length];
        foreach (var adapter in about.EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.Object))
        {
            var one = new RecordedAdapter(recording, basis, $"{folder}/{adapter.Name}", adapter.Value);
            one.Config(about, tally);
            one.Forward(tally);
            one.Gradients(tally);
            if (adapter.Value.TryGetProperty("trajectory", out var trajectory))
                one.Steps(trajectory, tally);
            one.SavedAgain(tally);
        }
    }

    private sealed class RecordedAdapter(Recording recording, string basis, string folder, JsonElement about)
    {
        private readonly ModelCase image = ModelCase.Named(recording, basis, "one_image");
        private readonly ModelCase batch = ModelCase.Named(recording, basis, "batch_left");
        private readonly TensorFile expected = recording.Tensors($"{folder}/expected.safetensors");

        /// <summary>A fresh policy: unmerging would leave rounding in the weights.</summary>
        private Policy Load()
        {
            foreach (var file in new[] { LoraConfig.FileName, LoraAdapter.FileName })
                recording.Use($"{folder}/{file}");
            var policy = Policy.Load(recording.At(basis));
            policy.LoadAdapter(recording.At(folder));
            return policy;
        }

        public void Config(JsonElement all, Tally tally)
        {
            using var policy = Load();
            var config = policy.Adapter!.Config;
            tally.Of("lora: rank", 0).Add(all.Integer("rank"), config.Rank);
            tally.Of("lora: alpha", 0).Add(all.Number("alpha"), config.Alpha);
            tally.Of("lora: scaling", 0).Add(about.Number("scaling"), config.Scaling);
            var names = about.GetProperty("trainable").EnumerateArray().Select(name => name.GetString()!);
            tally.Of("lora: trainable", 0).Add(1, names.SequenceEqual(policy.Trainable.Select(p => p.Key)) ? 1 : 0);
        }

        public void Forward(Tally tally)
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            using var policy = Load();
            var on = policy.Forward(image.Batch);
            tally.Of("lora: logits on", LogitTolerance).Add(expected["one_image.logits_on"], on);
            using (policy.WithoutAdapter())
                tally.Of("lora: logits off", 5e-4).Add(image.Tensors["logits"], policy.Forward(image.Batch));
            if (expected.Has("batch_left.logps_on"))
                tally
                    .Of("lora: logps on", 5e-4)
                    .Add(
                        expected["batch_left.logps_on"],
                        batch.LogProbs(policy.Forward(batch.Batch), 1),
                        batch.RealPairs
                    );
            policy.MergeAdapter();
            var merged = policy.Forward(image.Batch);
            var wanted = expected.Has("one_image.logits_merged") ? expected["one_image.logits_merged"] : on;
            tally.Of("lora: logits merged", LogitTolerance).Add(wanted, merged);
        }

        public void Gradients(Tally tally)
        {
            using var scope = NewDisposeScope();
            using var policy = Load();
            var loss = batch.Loss(policy.Forward(batch.Batch), batch.Tensors["row_weights"]);
            tally.Of("lora: loss", 2e-5).Add(about.Number("loss"), loss.item<float>());
            loss.backward();
            foreach (var (name, parameter) in policy.Trainable)
            {
                var wanted = expected[$"grad.{name}"];
                tally
                    .Of("lora: gradient (relative to largest)", 2e-4)
                    .Add(wanted, parameter.grad!, scale: wanted.abs().max().item<float>());
            }
            tally
                .Of("lora: gradients of the base", 0)
                .Add(0, policy.NamedParameters.Count(parameter => parameter.Value.grad is not null));
        }

        /// <summary>AdamW on A and B alone, with the settings of the base model's trajectory.</summary>
        public void Steps(JsonElement wanted, Tally tally)
        {
            using var scope = NewDisposeScope();
            using var policy = Load();
            var settings = recording.Json($"{basis}/trajectory.json").GetProperty("settings");
            using var optimiser = Optimiser.Create(TrajectoryChecks.Options(settings), policy);
            tally.Of("lora: decayed", 0).Add(optimiser.Parameters.Count, optimiser.Decayed.Count);
            var (losses, rates) = (wanted.GetProperty("loss").Numbers(), wanted.GetProperty("learning_rate").Numbers());
            var norms = wanted.GetProperty("grad_norm").Numbers();
            for (var step = 0; step < losses.Length; step++)
            {
                using var inner = NewDisposeScope();
                optimiser.ClearGradients();
                var loss = batch.Loss(policy.Forward(batch.Batch), batch.Tensors["row_weights"]);
                loss.backward();
                var norm = Training.Gradients.Norm(optimiser.Parameters);
                Training.Gradients.Clip(optimiser.Parameters, norm, settings.Number("max_grad_norm"));
                optimiser.Step(rates[step]);
                tally.Of("lora: trajectory loss", 2e-5).Add(losses[step], loss.item<float>());
                tally.Of("lora: trajectory grad_norm (relative)", 1e-4).Add(norms[step], norm, norms[step]);
            }
            foreach (var (name, parameter) in policy.Trainable)
                tally.Of("lora: trajectory final", 5e-5).Add(expected[$"final.{name}"], parameter.detach());
        }

        /// <summary>What we write is what we read: the same keys, settings and numbers.</summary>
        public void SavedAgain(Tally tally)
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            using var policy = Load();
            var saved = Directory.CreateTempSubdirectory("adapter-").FullName;
            try
            {
                policy.SaveAdapter(saved);
                var (ours, theirs) = (
                    new TensorFile(Path.Combine(saved, LoraAdapter.FileName)),
                    recording.Tensors($"{folder}/{LoraAdapter.FileName}")
                );
                tally.Of("lora: keys on disk", 0).Add(1, ours.Names.ToHashSet().SetEquals(theirs.Names) ? 1 : 0);
                foreach (var name in theirs.Names)
                    tally.Of("lora: saved again", 0).Add(theirs[name], ours[name]);
                tally.Of("lora: scaling saved again", 0).Add(about.Number("scaling"), LoraConfig.Read(saved).Scaling);
            }
            finally
            {
                Directory.Delete(saved, recursive: true);
            }
        }
    }
}
