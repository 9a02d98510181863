using System.Text.Json;
using MoDoMoDo.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Goldens.Models;

/// <summary>Positions, activations, logits, log-probabilities and gradients of every case of a model.</summary>
internal static class ForwardChecks
{
    private const double GradientNormTolerance = 2e-4;

    public static void Run(Recording recording, string folder, Tally tally)
    {
        var about = recording.Json($"{folder}/cases.json");
        var names = about.GetProperty("parameter_names").EnumerateArray().Select(name => name.GetString()!).ToArray();
        foreach (var (golden, expected) in ModelCase.All(recording, folder))
        {
            using var scope = NewDisposeScope();
            using var policy = Policy.Load(recording.At(folder));
            tally
                .Of("parameter names", 0)
                .Add(1, names.SequenceEqual(policy.NamedParameters.Select(p => p.Key)) ? 1 : 0);
            Inputs(golden, policy.Config, tally);
            var logits = policy.Forward(golden.Batch, trace: (name, value) => Activation(golden, name, value, tally));
            Compare(golden, "logits", logits, 5e-4, golden.Real.unsqueeze(2), tally);
            Compare(golden, "logps", golden.LogProbs(logits, 1), 5e-4, golden.RealPairs, tally);
            Compare(golden, "logps_t07", golden.LogProbs(logits, 0.7), 5e-4, golden.RealPairs, tally);
            Compare(golden, "entropies", golden.Entropies(logits), 2e-4, golden.RealPairs, tally);
            var loss = golden.Loss(logits, golden.Tensors["row_weights"]);
            tally.Of("loss", 2e-5).Add(expected.Number("loss"), loss.item<float>());
            loss.backward();
            Gradients(golden, expected, names, policy, tally);
        }
    }

    private static void Inputs(ModelCase golden, PolicyConfig config, Tally tally)
    {
        var tensors = golden.Tensors;
        var positions = golden.Batch.Positions(config);
        // A model without a tower has one axis and no deltas.
        var axes = tensors["position_ids"].dim() == 2 ? 1 : 3;
        int[][] found = [positions.Temporal, positions.Height, positions.Width];
        tally
            .Of("position_ids", 0)
            .AddEach(tensors["position_ids"].ToIntegers(), found.Take(axes).SelectMany(axis => axis));
        if (tensors.Has("rope_deltas"))
            tally.Of("rope_deltas", 0).AddEach(tensors["rope_deltas"].ToIntegers(), positions.Deltas);
        if (tensors.Has("image_grid_thw"))
            tally
                .Of("image_grid_thw", 0)
                .AddEach(
                    tensors["image_grid_thw"].ToIntegers(),
                    golden.Batch.Images.SelectMany(image => new[] { image.T, image.H, image.W })
                );
        if (tensors.Has("mm_token_type_ids"))
            tally
                .Of("mm_token_type_ids", 0)
                .AddEach(
                    tensors["mm_token_type_ids"].ToIntegers(),
                    golden.Batch.Ids.Select(id => id == config.ImageToken ? 1 : 0)
                );
    }

    private static void Activation(ModelCase golden, string name, Tensor value, Tally tally)
    {
        var tolerance = name switch
        {
            "inputs_embeds" or "image_features" => 1e-4,
            "vision_last_hidden" => 5e-4,
            _ => 1e-3,
        };
        var perToken = name == "inputs_embeds" || name.StartsWith("hidden_", StringComparison.Ordinal);
        Compare(golden, name, value, tolerance, perToken ? golden.Real.unsqueeze(2) : null, tally);
    }

    private static void Compare(
        ModelCase golden,
        string name,
        Tensor found,
        double tolerance,
        Tensor? real,
        Tally tally
    )
    {
        if (golden.Tensors.Has(name))
            tally.Of(name, tolerance).Add(golden.Tensors[name], found, real?.expand(found.shape));
    }

    private static void Gradients(ModelCase golden, JsonElement expected, string[] names, Policy policy, Tally tally)
    {
        var norms = golden.Tensors["grad_norm"].ToNumbers();
        var sums = golden.Tensors["grad_sum"].ToNumbers();
        var found = policy.NamedParameters.Select(parameter => parameter.Value.grad).ToArray();
        var foundNorms = found.Select(gradient => gradient is null ? 0.0 : gradient.norm().item<float>()).ToArray();
        for (var i = 0; i < names.Length; i++)
            // Below 1e-6 everywhere a gradient is rounding noise, and is not compared.
            if (norms[i] >= 1e-6 || foundNorms[i] >= 1e-6)
            {
                tally.Of("grad_norm (relative)", GradientNormTolerance).Add(norms[i], foundNorms[i], norms[i]);
                tally
                    .Of("grad_sum (relative to norm)", 5e-4)
                    .Add(sums[i], found[i] is { } gradient ? gradient.sum().item<float>() : 0, norms[i]);
                Full(golden, names[i], found[i], tally);
            }
        Total("grad_norm_total", _ => true);
        Total("grad_norm_total_tower_frozen", name => !Policy.IsTower(name));

        void Total(string name, Func<string, bool> counted)
        {
            var squares = foundNorms.Where((_, i) => counted(names[i])).Sum(norm => norm * norm);
            if (expected.TryGetProperty(name, out var wanted) && wanted.ValueKind == JsonValueKind.Number)
                tally
                    .Of($"{name} (relative)", GradientNormTolerance)
                    .Add(wanted.GetDouble(), Math.Sqrt(squares), wanted.GetDouble());
        }
    }

    /// <summary>A gradient recorded element by element; of the patch embedding the first two output channels.</summary>
    private static void Full(ModelCase golden, string name, Tensor? found, Tally tally)
    {
        if (!golden.Tensors.Has($"grad.{name}") || found is null)
            return;
        var wanted = golden.Tensors[$"grad.{name}"];
        tally
            .Of("gradient (relative to largest)", 5e-4)
            .Add(wanted, found.narrow(0, 0, wanted.shape[0]), scale: wanted.abs().max().item<float>());
    }
}
