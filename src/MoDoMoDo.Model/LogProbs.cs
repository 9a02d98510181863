using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoDoMoDo.Model;

/// <summary>What the policy thinks of given completions. C completions of all groups in order, T the longest of them.</summary>
/// <param name="LogProbs">Log-probability of each completion token [C, T]; 0 after a completion's end.</param>
/// <param name="Entropies">Entropy in nats of the distribution it was drawn from [C, T]; null when not asked for.</param>
public sealed record TokenLogProbs(Tensor LogProbs, Tensor? Entropies) : IDisposable
{
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
        if (packed.Targets.Length == 0)
        {
            var none = zeros(packed.Completions, 0, dtype: ScalarType.Float32, device: Device.Device);
            return new(
                none.MoveToOuterDisposeScope(),
                entropy == EntropyMode.None ? null : none.alias().MoveToOuterDisposeScope()
            );
        }
        var images = groups.SelectMany(g => g.Prompt.Images).ToList();
        var embeddings = Embed(packed.Ids, images, features).view(packed.Rows, packed.Columns, -1); // [P, L, H]
        var rotation = decoder.Rotary.For(
            packed.Temporal,
            packed.Height,
            packed.Width,
            [packed.Rows, packed.Columns],
            Device
        );
        var mask = Device.Upload(packed.Mask, packed.Rows, 1, packed.Columns, packed.Columns).to(Device.Dtype);
        var outputs = Device.Upload(packed.Outputs, packed.Outputs.Length);
        var hidden = decoder.Forward(decoder.Fuse(Device), embeddings, rotation, mask, outputs: outputs); // [M, H]

        var logits = functional.linear(hidden, decoder.Head).to(ScalarType.Float32); // [M, V]
        var distribution = (temperature == 1 ? logits : logits / temperature).log_softmax(-1);
        var logProbs = Table(packed, distribution.view(-1).index_select(0, Chosen(packed)));
        var entropies =
            entropy == EntropyMode.None
                ? null
                : Table(packed, Entropy(distribution, entropy).index_select(0, Predecessors(packed)));
        return new(logProbs.MoveToOuterDisposeScope(), entropies?.MoveToOuterDisposeScope());
    }

    /// <summary>Which output predicts each completion token [N].</summary>
    private Tensor Predecessors(PackedGroups packed) => Device.Upload(packed.Predecessors, packed.Predecessors.Length);

    /// <summary>Places of the completion tokens in the flattened distributions [N].</summary>
    private Tensor Chosen(PackedGroups packed)
    {
        var words = (long)Config.Decoder.VocabularySize;
        return Device.Upload(
            [.. packed.Predecessors.Zip(packed.Targets, (row, id) => row * words + id)],
            packed.Targets.Length
        );
    }

    private static Tensor Entropy(Tensor distribution, EntropyMode mode)
    {
        if (mode == EntropyMode.Gradient)
            return -(distribution.exp() * distribution).sum(-1);
        using var gradients = no_grad();
        return -(distribution.exp() * distribution).sum(-1);
    }

    /// <summary>Numbers [N] of the completion tokens as a table [C, T], 0 where a completion has ended.</summary>
    private Tensor Table(PackedGroups packed, Tensor values)
    {
        var (rows, columns) = (packed.Completions, packed.Longest);
        return values.shape[0] == rows * columns
            ? values.view(rows, columns)
            : zeros(rows * columns, dtype: values.dtype, device: values.device)
                .index_copy(0, Device.Upload(packed.Places, packed.Places.Length), values)
                .view(rows, columns);
    }
}
