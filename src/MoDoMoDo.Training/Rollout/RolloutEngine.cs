using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>
/// Samples the completions of prompts. One prompt's completions share one prefill and one vision pass, and stay together
/// from here to the loss. What is drawn depends on (seed, step, prompt, row, position) alone.
/// </summary>
/// <param name="policy">The policy that answers.</param>
/// <param name="features">Image features under that policy.</param>
/// <param name="options">Sampling settings.</param>
/// <param name="seed">Seed of the uniforms.</param>
public sealed class RolloutEngine(Policy policy, FeatureCache features, RolloutOptions options, ulong seed)
{
    /// <summary>The prompts with their completions.</summary>
    /// <param name="prompts">Prompts.</param>
    /// <param name="step">Number of the batch: part of the seed of its tokens.</param>
    public RolledGroup[] Complete(IReadOnlyList<PromptEntry> prompts, int step)
    {
        var generation = new GenerationOptions
        {
            Sampling = new SamplingOptions
            {
                Temperature = options.Temperature,
                TopP = options.TopP,
                TopK = options.TopK,
                MinP = options.MinP,
                RepetitionPenalty = options.RepetitionPenalty,
            },
            MaxNewTokens = options.MaxNewTokens,
            Seed = seed,
            Step = step,
        };
        return
        [
            .. prompts
                .Chunk(options.PromptsAtOnce > 0 ? options.PromptsAtOnce : Math.Max(1, prompts.Count))
                .SelectMany(part =>
                    OutOfMemory.Named(
                        () => $"rollout of {Contents.Of(part)}",
                        "a smaller rollout.promptsAtOnce, rollout.maxNewTokens or model.maxPixels",
                        () => Complete(part, generation)
                    )
                ),
        ];
    }

    private RolledGroup[] Complete(PromptEntry[] part, GenerationOptions generation)
    {
        using var scope = NewDisposeScope();
        return
        [
            .. policy
                .Generate(
                    [.. part.Select(prompt => prompt.Encoded)],
                    options.Generations,
                    generation,
                    [.. part.Select(prompt => prompt.Number)],
                    features.Of(part)
                )
                .Select((completions, i) => new RolledGroup(part[i], completions)),
        ];
    }
}
