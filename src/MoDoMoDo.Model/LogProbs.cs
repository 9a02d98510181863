using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoDoMoDo.Model;

/// <summary>What the policy thinks of given completions. C completions of all groups in order, T the longest of them.</summary>
/// <param name="LogProbs">Log-probability of each completion token [C, T]; 0 after a completion's end.</param>
/// <param name="Entropies">Entropy in nats of the distribution it was drawn from [C, T]; null when not asked for.</param>
public sealed record TokenLogProbs(Tensor LogProbs, Tensor? Entropies) : IDisposable
{
    internal TokenLogProbs MoveToOuterDisposeScope()
    {
        LogProbs.MoveToOuterDisposeScope();
        Entropies?.MoveToOuterDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        LogProbs.Dispose();
        Entropies?.Dispose();
    }
}

/// <summary>Whether entropies are computed, and whether gradients flow through them.</summary>
public enum EntropyMode
{
    /// <summary>Not computed.</summary>
    None,

    /// <summary>Computed without gradient.</summary>
    Value,

    /// <summary>Computed with gradient, for an entropy bonus.</summary>
    Gradient,
}

/// <summary>What is computed again in the backward pass so that it need not be kept. No value or gradient depends on it.</summary>
public sealed record MemorySaving
{
    /// <summary>
    /// Positions whose logits are held at a time, at least 1 (Liger's chunked loss, arXiv 2410.10989, section 3.2); 0 = as
    /// many as take 256 MiB in 32-bit floats.
    /// </summary>
    public int Positions { get; init; }

    /// <summary>Whether a layer keeps its input alone, and is computed again (Chen et al., arXiv 1604.06174); false.</summary>
    public bool RecomputeLayers { get; init; }

    internal int PositionsAtOnce(int vocabulary) =>
        Positions > 0 ? Positions : (int)Math.Max(1, (256L << 20) / (sizeof(float) * vocabulary));
}

public sealed partial class Policy
{
    /// <summary>
    /// Log-probabilities of the groups' completions under the full distribution at `temperature` (logits / temperature,
    /// TRL's definition, grpo.md 1.5), in one pass in which each prompt is computed once. Differentiable unless gradients
    /// are switched off. `features` are the image features of all prompts' images, in order; computed here when null.
    /// Raises ArgumentException when image tokens and images do not fit.
    /// </summary>
    public TokenLogProbs LogProbs(
        IReadOnlyList<CompletionGroup> groups,
        double temperature = 1,
        EntropyMode entropy = EntropyMode.None,
        Tensor? features = null
    )
    {
        using var scope = NewDisposeScope();
        var packed = new PackedGroups(groups, Config);
        var scores = new CompletionScores(packed, Device, temperature, entropy);
        if (packed.Targets.Length == 0)
            return scores.None().MoveToOuterDisposeScope();
        var inputs = Inputs(packed, groups, features);
        var hidden = decoder.Forward(
            decoder.Fuse(Device),
            inputs.Embeddings,
            inputs.Rotation,
            inputs.Mask,
            outputs: inputs.Outputs
        ); // [M, H]
        var result = is_grad_enabled()
            ? scores.Of(hidden, decoder.Head)
            : scores.InParts(hidden, decoder.Head, new MemorySaving().PositionsAtOnce(Config.Decoder.VocabularySize));
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same log-probabilities, to be followed by the backward pass of a loss of them, with less memory: see
    /// <see cref="LogProbPass"/>.
    /// </summary>
    public LogProbPass BeginPass(
        IReadOnlyList<CompletionGroup> groups,
        double temperature,
        EntropyMode entropy,
        Tensor? features,
        MemorySaving saving
    )
    {
        var packed = new PackedGroups(groups, Config);
        return new LogProbPass(
            decoder,
            new CompletionScores(packed, Device, temperature, entropy),
            () => Inputs(packed, groups, features),
            Device,
            saving
        );
    }

    private DecoderInputs Inputs(PackedGroups packed, IReadOnlyList<CompletionGroup> groups, Tensor? features)
    {
        var images = groups.SelectMany(g => g.Prompt.Images).ToList();
        long[] shape = [packed.Rows, packed.Columns];
        return new DecoderInputs(
            Embed(packed.Ids, images, features).view(packed.Rows, packed.Columns, -1),
            decoder.Rotary.For(packed.Temporal, packed.Height, packed.Width, shape, Device),
            Device.Upload(packed.Mask, packed.Rows, 1, packed.Columns, packed.Columns).to(Device.Dtype),
            Device.Upload(packed.Outputs, packed.Outputs.Length)
        );
    }
}

/// <summary>What the decoder reads of packed groups. P rows, L columns, M places whose outputs are wanted.</summary>
/// <param name="Embeddings">[P, L, H]</param>
/// <param name="Rotation">Of the positions [P, L].</param>
/// <param name="Mask">Additive [P, 1, L, L].</param>
/// <param name="Outputs">[M]</param>
internal sealed record DecoderInputs(Tensor Embeddings, Rotation Rotation, Tensor Mask, Tensor Outputs);
