using System.Text.Json;
using MoDoMoDo.Domain;
using MoDoMoDo.Goldens.Models;
using MoDoMoDo.Model;
using MoDoMoDo.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Goldens.Grpo;

/// <summary>
/// grpo/trajectory: six optimiser steps of TRL's trainer, replayed. Recorded rows, old log-probabilities, TRL's normaliser
/// and learning rates are fed; everything else is ours.
/// </summary>
internal static class TrajectoryChecks
{
    private const string Folder = "grpo/trajectory";

    public static void Run(Recording recording, Tally tally)
    {
        foreach (var model in new[] { "text_model", "vision_model" })
        foreach (var file in new[] { "config.json", "generation_config.json", "model.safetensors" })
            recording.Use($"{Folder}/{model}/{file}");
        foreach (var file in Directory.GetFiles(recording.At(Folder), "*.json").Order(StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            using var replay = new Replay(recording, Path.GetFileNameWithoutExtension(file), tally);
            replay.Run();
        }
    }

    /// <summary>One recorded run. Owns the policy, the reference policy and the optimiser.</summary>
    private sealed class Replay : IDisposable
    {
        private readonly JsonElement _golden;
        private readonly JsonElement _settings;
        private readonly TensorFile _expected;
        private readonly Tally _tally;
        private readonly Policy _policy;
        private readonly Policy _reference;
        private readonly Optimiser _optimiser;
        private readonly GrpoOptions _options;
        private readonly RecordedGeneration[] _generations;

        public Replay(Recording recording, string name, Tally tally)
        {
            _tally = tally;
            _golden = recording.Json($"{Folder}/{name}.json");
            _settings = _golden.GetProperty("settings");
            _expected = recording.Tensors($"{Folder}/{name}.safetensors");
            var model = recording.At($"{Folder}/{name.Split('_')[0]}_model");
            (_policy, _reference) = (Policy.Load(model), Policy.Load(model));
            if (_golden.GetProperty("frozen").ValueKind == JsonValueKind.String)
                _policy.Train(parameter => !Policy.IsTower(parameter));
            _options = new GrpoOptions
            {
                Loss = GrpoSettings.Parse<LossType>(_settings.GetProperty("loss_type")),
                Beta = _settings.Number("beta"),
            };
            _optimiser = Optimiser.Create(
                new OptimiserOptions
                {
                    Beta1 = _settings.Number("adam_beta1"),
                    Beta2 = _settings.Number("adam_beta2"),
                    Epsilon = _settings.Number("adam_epsilon"),
                    WeightDecay = _settings.Number("weight_decay"),
                },
                _policy.NamedParameters
            );
            var images = Prompts(recording, $"{Folder}/{name}.images.safetensors");
            _generations =
            [
                .. _golden
                    .GetProperty("generations")
                    .EnumerateArray()
                    .Select(g => new RecordedGeneration(
                        g,
                        images,
                        _policy.Config,
                        Setting("mask_truncated_completions")
                    )),
            ];
        }

        private double Temperature => _settings.TryGetProperty("temperature", out var given) ? given.GetDouble() : 1;

        private int Accumulation => Whole("gradient_accumulation_steps", 1);

        public void Run()
        {
            Decayed();
            Pixels();
            var seen = new HashSet<int>();
            var micro = _golden.GetProperty("micro_batches").EnumerateArray().ToArray();
            foreach (var wanted in _golden.GetProperty("steps").EnumerateArray())
            {
                var step = wanted.Integer("optimizer_step") - 1;
                var parts = micro.Where(part => part.Integer("optimizer_step") == step).ToArray();
                var metrics = new List<(string Name, double Value)>();
                foreach (var generation in parts.Select(part => part.Integer("generation")).Distinct())
                    if (seen.Add(generation))
                        metrics.AddRange(Begin(generation));
                Step(wanted, parts, metrics);
            }
            Final();
        }

        private void Step(JsonElement wanted, JsonElement[] parts, List<(string Name, double Value)> metrics)
        {
            using var scope = NewDisposeScope();
            _optimiser.ClearGradients();
            var figures = parts.Select(Part).ToArray();
            var norm = Training.Gradients.Norm(_optimiser.Parameters);
            Training.Gradients.Clip(_optimiser.Parameters, norm, _settings.Number("max_grad_norm"));
            _optimiser.Step(wanted.Number("learning_rate"));
            _tally.Of("loss", 2e-5).Add(wanted.Number("loss"), figures.Sum(figure => figure.Loss));
            _tally.Of("grad_norm (relative)", 1e-3).Add(wanted.Number("grad_norm"), norm, wanted.Number("grad_norm"));
            foreach (var metric in wanted.EnumerateObject())
                if (metric.Name is not ("optimizer_step" or "loss" or "grad_norm" or "learning_rate"))
                    Metric(metric, figures, metrics);
        }

        private void Metric(JsonProperty metric, LossFigures[] figures, List<(string Name, double Value)> metrics)
        {
            var ofLoss = figures.Select(figure => GrpoSettings.Metric(metric.Name, figure, _options)).ToArray();
            double[] values = ofLoss[0] is null
                ? [.. metrics.Where(known => known.Name == metric.Name).Select(known => known.Value)]
                : [.. ofLoss.Select(value => value!.Value)];
            if (values.Length == 0)
                _tally.Fail($"{Folder}: metric {metric.Name}: nothing compares it");
            else
                // Logged as the mean over micro-batches, those without a value left out.
                _tally
                    .Of(metric.Name, 1e-3)
                    .Add(
                        metric.Value.Number(),
                        values.Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Average()
                    );
        }

        /// <summary>Scores a generation's rewards, and compares the log-probabilities that were recorded at its start.</summary>
        private IEnumerable<(string Name, double Value)> Begin(int number)
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            var generation = _generations[number];
            var rows = generation.Take([.. Enumerable.Range(0, generation.Rows)]);
            foreach (var (prefix, policy) in new[] { ("old", _policy), ("ref", _reference) })
                if (_expected.Has($"{prefix}_per_token_logps__generation_{number}"))
                    _tally
                        .Of($"{prefix}_per_token_logps", 1e-3)
                        .Add(
                            _expected[$"{prefix}_per_token_logps__generation_{number}"],
                            rows.Score(policy, Temperature).LogProbs
                        );
            _tally.Of("num_items_in_batch", 0).Add(generation.Golden.Number("num_items_in_batch"), generation.Tokens);
            var scale = _settings.TryGetProperty("scale_rewards", out var given)
                ? GrpoSettings.Parse<AdvantageScale>(given)
                : AdvantageScale.Group;
            var (group, weights) = (
                _settings.Integer("num_generations"),
                _settings.GetProperty("reward_weights").Numbers()
            );
            var found = Advantage.Compute(
                scale,
                RewardAggregation.SumThenNormalise,
                group,
                weights,
                generation.Rewards
            );
            _tally.Of("advantages", 1e-3).AddEach(generation.Advantages, found);
            var figures = RewardFigures.Of(
                scale,
                RewardAggregation.SumThenNormalise,
                group,
                weights,
                generation.Rewards
            );
            return Metrics(figures, generation.Lengths);
        }

        private static IEnumerable<(string Name, double Value)> Metrics(
            RewardFigures rewards,
            CompletionLengths lengths
        ) =>
            [
                ("reward", rewards.Mean),
                ("reward_std", rewards.Deviation),
                ("frac_reward_zero_std", rewards.ZeroDeviation),
                ("rewards/even_share/mean", rewards.FunctionMeans[0]),
                ("rewards/even_share/std", rewards.FunctionDeviations[0]),
                ("rewards/finished/mean", rewards.FunctionMeans[1]),
                ("rewards/finished/std", rewards.FunctionDeviations[1]),
                ("completions/mean_length", lengths.Mean),
                ("completions/min_length", lengths.Min),
                ("completions/max_length", lengths.Max),
                ("completions/clipped_ratio", lengths.Truncated),
                ("completions/mean_terminated_length", lengths.MeanTerminated),
                ("completions/min_terminated_length", lengths.MinTerminated),
                ("completions/max_terminated_length", lengths.MaxTerminated),
            ];

        private LossFigures Part(JsonElement part)
        {
            var number = part.Integer("generation");
            var generation = _generations[number];
            var chosen = part.GetProperty("rows").Integers();
            var rows = generation.Take(chosen);
            var (logps, entropies) = rows.Score(_policy, Temperature);
            var inputs = new LossInputs(
                logps,
                rows.Mask,
                tensor(chosen.Select(row => (float)generation.Advantages[row]).ToArray())
            )
            {
                OldLogProbs = generation.Golden.GetProperty("old_logps_recorded").GetBoolean()
                    ? _expected[$"old_per_token_logps__generation_{number}"]
                        .index_select(0, tensor(chosen.Select(row => (long)row).ToArray()))
                    : null,
                ReferenceLogProbs = Reference(rows),
                Entropies = entropies,
            };
            var normaliser = LossNormaliser.Trl(
                generation.Golden.Number("num_items_in_batch"),
                chosen.Length,
                Accumulation,
                Whole("steps_per_generation", Accumulation),
                _settings.Integer("max_completion_length")
            );
            var (loss, figures) = new GrpoLoss(_options).Compute(inputs, normaliser);
            loss.backward();
            _tally.Of("loss of a micro-batch", 2e-5).Add(part.Number("loss"), figures.Loss);
            return figures;
        }

        private Tensor? Reference(ScoredRows rows)
        {
            using var still = no_grad();
            return _options.Beta == 0 ? null : rows.Score(_reference, Temperature).LogProbs;
        }

        private void Decayed()
        {
            var groups = _golden.GetProperty("optimizer_groups").EnumerateArray();
            var decayed = groups
                .Where(group => group.Number("weight_decay") > 0)
                .SelectMany(group => group.GetProperty("parameters").EnumerateArray().Select(name => name.GetString()));
            var wanted = decayed.ToHashSet();
            foreach (var (name, parameter) in _optimiser.Parameters)
                _tally.Of("decayed", 0).Add(wanted.Contains(name) ? 1 : 0, parameter.dim() > 1 ? 1 : 0);
        }

        private void Final()
        {
            var norms = _golden.GetProperty("final_norms");
            foreach (var (name, parameter) in _policy.NamedParameters)
            {
                if (_expected.Has($"final__{name}"))
                    _tally.Of("final tensors", 1e-4).Add(_expected[$"final__{name}"], parameter);
                if (norms.TryGetProperty(name, out var norm))
                    _tally.Of("final norms", 1e-4).Add(norm.GetDouble(), parameter.norm().item<float>());
            }
        }

        private void Pixels()
        {
            if (!_expected.Has("pixel_values__generation_0"))
                return;
            var images = _generations[0].Images.SelectMany(row => row).ToArray();
            var wanted = _expected["pixel_values__generation_0"];
            var found = tensor(images.SelectMany(image => image.Patches).ToArray()).reshape(wanted.shape);
            // Half a byte's step would be 0.0075: the resized bytes are equal.
            _tally.Of("pixel_values", 5e-7).Add(wanted, found);
            _tally
                .Of("image_grid_thw", 0)
                .AddEach(
                    _expected["image_grid_thw__generation_0"].ToIntegers(),
                    images.SelectMany(image => new[] { image.T, image.H, image.W })
                );
        }

        /// <summary>The recorded images of a prompt, cut into patches of 4 pixels within 64 to 4 096 pixels.</summary>
        private static Func<int, EncodedImage[]> Prompts(Recording recording, string file)
        {
            if (!recording.Has(file))
                return _ => [];
            var pixels = recording.Tensors(file);
            var processor = new ImageProcessor
            {
                PatchSize = 4,
                MinPixels = 64,
                MaxPixels = 4096,
            };
            var patches = pixels.Names.ToDictionary(name => name, name => processor.Process(Picture(pixels[name])));
            return prompt =>
                [
                    .. patches
                        .Where(entry => entry.Key.StartsWith($"prompt_{prompt}_image_", StringComparison.Ordinal))
                        .OrderBy(entry => entry.Key, StringComparer.Ordinal)
                        .Select(entry => entry.Value),
                ];
        }

        private static RgbImage Picture(Tensor pixels) =>
            RgbImage.Create((int)pixels.shape[1], (int)pixels.shape[0], [.. pixels.ToIntegers().Select(b => (byte)b)]);

        private bool Setting(string name) => _settings.TryGetProperty(name, out var given) && given.GetBoolean();

        private int Whole(string name, int otherwise) =>
            _settings.TryGetProperty(name, out var given) ? given.GetInt32() : otherwise;

        public void Dispose()
        {
            _optimiser.Dispose();
            _policy.Dispose();
            _reference.Dispose();
        }
    }
}
