using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>
/// The forward and backward passes against transformers 5.23.0, with the tolerances of goldens/models/README.md.
/// </summary>
public class ForwardGoldenTests
{
    public static TheoryData<string, string> Cases() =>
        [
            .. from name in new[] { "text_only", "one_image", "two_images", "batch_left", "batch_right" }
            select ("qwen2_vl_tied", name),
        ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Positions_EqualTheReference(string model, string name)
    {
        using var golden = new GoldenCase(model, name);
        var positions = golden.Batch.Positions(PolicyConfig.Read(Goldens.ModelFolder(model)));
        int[] found = [.. positions.Temporal, .. positions.Height, .. positions.Width];
        Assert.Equal(golden.Integers("position_ids"), found);
        Assert.Equal(golden.Integers("rope_deltas"), positions.Deltas);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForwardAndGradients_EqualTheReference(string model, string name)
    {
        using var scope = NewDisposeScope();
        using var golden = new GoldenCase(model, name);
        using var policy = Policy.Load(Goldens.ModelFolder(model));
        Assert.Equal(golden.Names, policy.NamedParameters.Select(p => p.Key));

        var traced = new Dictionary<string, Tensor>();
        var logits = policy.Forward(
            golden.Batch,
            trace: (key, value) => traced[key] = value.detach().clone().DetachFromDisposeScope()
        );
        Close(golden, "logits", logits, 5e-4, golden.Real(false));
        foreach (var (key, value) in traced)
        {
            var perToken = key.StartsWith("hidden", StringComparison.Ordinal) || key == "inputs_embeds";
            var tolerance = key switch
            {
                "vision_last_hidden" => 5e-4,
                "image_features" or "inputs_embeds" => 1e-4,
                _ => 1e-3,
            };
            Close(golden, key, value, tolerance, perToken ? golden.Real(false) : null);
            value.Dispose();
        }
        Close(golden, "logps", golden.LogProbs(logits, 1), 5e-4, golden.Real(true));
        Close(golden, "logps_t07", golden.LogProbs(logits, 0.7), 5e-4, golden.Real(true));
        var distribution = logits.log_softmax(-1);
        Close(
            golden,
            "entropies",
            -(distribution.exp() * distribution).sum(-1).narrow(1, 0, golden.Batch.Columns - 1),
            2e-4,
            golden.Real(true)
        );

        var loss = golden.Loss(logits);
        Assert.Equal((double)golden.About["loss"]!, loss.item<float>(), 2e-5);
        loss.backward();
        CompareGradients(golden, policy);
    }

    private static void CompareGradients(GoldenCase golden, Policy policy)
    {
        var (norms, sums) = (
            golden.Read("grad_norm").data<float>().ToArray(),
            golden.Read("grad_sum").data<float>().ToArray()
        );
        for (var i = 0; i < golden.Names.Length; i++)
        {
            var name = golden.Names[i];
            var gradient = policy.NamedParameters[i].Value.grad;
            var (norm, sum) = gradient is null ? (0, 0) : (gradient.norm().item<float>(), gradient.sum().item<float>());
            if (norms[i] < 1e-6)
            {
                Assert.True(norm < 1e-6, $"{name}: gradient norm {norm}, wanted {norms[i]}");
                continue;
            }
            Assert.True(
                Math.Abs(norm - norms[i]) <= 2e-4 * norms[i],
                $"{name}: gradient norm {norm}, wanted {norms[i]}"
            );
            Assert.True(Math.Abs(sum - sums[i]) <= 5e-4 * norms[i], $"{name}: gradient sum {sum}, wanted {sums[i]}");
            if (!golden.Has("grad." + name))
                continue;
            var wanted = golden.Read("grad." + name);
            var found = gradient!.narrow(0, 0, wanted.shape[0]);
            var deviation = ((found - wanted).abs().max() / wanted.abs().max()).item<float>();
            Assert.True(deviation <= 5e-4, $"{name}: gradient deviates by {deviation} of its largest element");
        }
    }

    private static void Close(GoldenCase golden, string key, Tensor found, double tolerance, Tensor? real)
    {
        if (!golden.Has(key))
            return;
        var wanted = golden.Read(key);
        Assert.Equal(wanted.shape, found.shape);
        var deviations = (found.detach() - wanted).abs();
        if (real is not null)
            deviations *= real.dim() < deviations.dim() ? real.unsqueeze(-1) : real;
        var worst = deviations.max().item<float>();
        Assert.True(worst <= tolerance, $"{key}: deviates by {worst}, tolerance {tolerance}");
    }
}
