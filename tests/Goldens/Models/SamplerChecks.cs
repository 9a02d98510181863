using System.Text.Json;
using MoDoMoDo.Model;
using TorchSharp;
using static TorchSharp.torch;

// V vocabulary.
namespace MoDoMoDo.Goldens.Models;

/// <summary>models/sampler: the distribution that a sampler draws from, after each of its steps.</summary>
internal static class SamplerChecks
{
    private const double Tolerance = 2e-6;

    public static void Run(Recording recording, Tally tally)
    {
        using var scope = NewDisposeScope();
        var about = recording.Json("models/sampler.json");
        var expected = recording.Tensors("models/sampler.safetensors");
        var logits = expected["logits"]; // [4, V]
        var settings = about.GetProperty("settings");
        var bare = new SamplingOptions { Temperature = settings.Number("temperature") };
        var topK = bare with { TopK = settings.Integer("top_k") };
        var topP = topK with { TopP = settings.Number("top_p") };
        var all = topP with { MinP = settings.Number("min_p") };
        foreach (
            var (name, options) in new[] { ("temperature", bare), ("top_k", topK), ("top_p", topP), ("min_p", all) }
        )
        {
            var found = TokenSampler.Distribution(logits, options);
            Compare($"probs_after_{name}", found);
            var kept = about.GetProperty("kept_tokens").GetProperty(name).Integers();
            tally.Of("kept tokens", 0).AddEach(kept, (found > 0).sum(1).ToIntegers());
        }
        Compare("probs", TokenSampler.Distribution(logits, all));

        var penalty = about.Number("repetition_penalty");
        var history = expected["history_ids"];
        var seen = zeros_like(logits, ScalarType.Bool).scatter_(1, history, ones_like(history, ScalarType.Bool));
        tally
            .Of("logits_after_penalty", Tolerance)
            .Add(expected["logits_after_penalty"], TokenSampler.Penalise(logits, seen, penalty));
        Compare(
            "probs_with_penalty",
            TokenSampler.Distribution(logits, all with { RepetitionPenalty = penalty }, seen)
        );

        void Compare(string name, Tensor found)
        {
            tally.Of(name, Tolerance).Add(expected[name], found);
            tally
                .Of("which tokens are kept", 0)
                .Add((expected[name] > 0).to(ScalarType.Int64), (found > 0).to(ScalarType.Int64));
        }
    }
}
