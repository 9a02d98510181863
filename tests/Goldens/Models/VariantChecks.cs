using MoDoMoDo.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Goldens.Models;

/// <summary>
/// models/NAME_hub and NAME_bf16: the weights of NAME rounded to bf16, in another layout (shards and a flat config; keys named
/// as the modules). In 32 bits they are the rounded model itself; in 16 bits logits and log-probabilities stay near the 32-bit recording.
/// </summary>
internal static class VariantChecks
{
    public static void Run(Recording recording, string folder, Tally tally)
    {
        using var still = no_grad();
        var whole = folder[..folder.LastIndexOf('_')];
        foreach (var file in recording.Files.Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal)))
            if (Path.GetFileName(file) != "expected.safetensors")
                recording.Use(file); // the checkpoint, read by the policy's own loader; deviation.json tells of other implementations
        var cases = ModelCase.All(recording, whole).Select(entry => entry.Case).ToArray();
        Layout(recording, folder, whole, cases, tally);
        SixteenBits(recording, folder, cases, tally);
    }

    private static void Layout(Recording recording, string folder, string whole, ModelCase[] cases, Tally tally)
    {
        using var policy = Policy.Load(recording.At(folder));
        using var rounded = Policy.Load(recording.At(whole));
        foreach (var ((name, wanted), found) in rounded.NamedParameters.Zip(policy.NamedParameters))
        {
            using var scope = NewDisposeScope();
            wanted.copy_(wanted.to(ScalarType.BFloat16));
            tally.Of("parameter names", 0).Add(1, name == found.Key ? 1 : 0);
            tally.Of("rounded weights", 0).Add(wanted, found.Value);
        }
        foreach (var golden in cases)
        {
            using var scope = NewDisposeScope();
            tally.Of("logits of the rounded model", 0).Add(rounded.Forward(golden.Batch), policy.Forward(golden.Batch));
        }
    }

    private static void SixteenBits(Recording recording, string folder, ModelCase[] cases, Tally tally)
    {
        using var scope = NewDisposeScope();
        using var policy = Policy.Load(recording.At(folder), ComputeDevice.Parse("cpu", "bf16"));
        var file = $"{folder}/expected.safetensors";
        var expected = recording.Has(file) ? recording.Tensors(file) : null;
        foreach (var what in new[] { "logits", "logps" })
        {
            var (fromWide, fromNarrow) = (new Deviations(), new Deviations());
            foreach (var golden in cases.Where(golden => golden.Tensors.Has("logits")))
            {
                var logits = policy.Forward(golden.Batch);
                var found = what == "logits" ? logits : golden.LogProbs(logits.to(ScalarType.Float32), 1);
                var real = what == "logits" ? golden.Real.unsqueeze(2) : golden.RealPairs;
                fromWide.Add(golden.Tensors[what], found, real);
                if (expected is not null && expected.Has($"{golden.Name}.{what}"))
                    fromNarrow.Add(expected[$"{golden.Name}.{what}"], found, real);
            }
            fromWide.Compare($"bf16 {what} - fp32", what, tally);
            if (expected is not null)
                fromNarrow.Compare($"bf16 {what} - recorded bf16", what, tally);
        }
    }

    /// <summary>Differences over all cases together, whose mean, 99th percentile and largest are bounded.</summary>
    private sealed class Deviations
    {
        private readonly List<double> _all = [];

        public void Add(Tensor wanted, Tensor found, Tensor real)
        {
            using var scope = NewDisposeScope();
            var difference = (wanted.to(ScalarType.Float32) - found.to(ScalarType.Float32)).abs();
            _all.AddRange(difference.masked_select(real.expand(difference.shape) != 0).ToNumbers());
        }

        public void Compare(string name, string what, Tally tally)
        {
            _all.Sort();
            tally.Of($"{name}: mean", 0.05).AddSummary(_all.Average(), _all.Count);
            tally
                .Of($"{name}: 99 %", what == "logits" ? 0.5 : 0.2)
                .AddSummary(_all[(int)(0.99 * _all.Count)], _all.Count);
            tally.Of($"{name}: max", what == "logits" ? 1 : 0.5).AddSummary(_all[^1], _all.Count);
        }
    }
}
