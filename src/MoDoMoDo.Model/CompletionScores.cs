using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// From the decoder's outputs to log-probabilities and entropies of completion tokens. Legend: M places whose outputs
/// predict a token, N tokens (several may share a place), C completions, T the longest of them, V vocabulary.
/// </summary>
internal sealed class CompletionScores(
    PackedGroups packed,
    ComputeDevice device,
    double temperature,
    EntropyMode entropy
)
{
    /// <summary>Number of places.</summary>
    internal int Places => packed.Outputs.Length;

    /// <summary>Whether gradients flow through entropies.</summary>
    internal bool DifferentiatesEntropy => entropy == EntropyMode.Gradient;

    /// <summary>Scores of completions without any token.</summary>
    internal TokenLogProbs None()
    {
        using var scope = NewDisposeScope();
        var none = zeros(packed.Completions, 0, dtype: ScalarType.Float32, device: device.Device);
        return new TokenLogProbs(none, entropy == EntropyMode.None ? null : none.alias()).MoveToOuterDisposeScope();
    }

    /// <summary>Scores [C, T] of the outputs hidden [M, H], with all logits at once.</summary>
    internal TokenLogProbs Of(Tensor hidden, Tensor head)
    {
        using var scope = NewDisposeScope();
        var all = Part(0, Places);
        var (logProbs, entropies) = all.Scores(hidden, head);
        return Tables(logProbs, entropies);
    }

    /// <summary>The same, with the logits of `count` places at a time.</summary>
    internal TokenLogProbs InParts(Tensor hidden, Tensor head, int count)
    {
        using var scope = NewDisposeScope();
        var logProbs = zeros(packed.Targets.Length, dtype: ScalarType.Float32, device: device.Device);
        var entropies = entropy == EntropyMode.None ? null : zeros_like(logProbs);
        foreach (var part in Parts(count))
        {
            using var inner = NewDisposeScope();
            var scores = part.Scores(hidden.narrow(0, part.Start, part.Count), head);
            logProbs.index_copy_(0, part.Tokens, scores.LogProbs);
            entropies?.index_copy_(0, part.Tokens, scores.Entropies!);
        }
        return Tables(logProbs, entropies);
    }

    /// <summary>All places, `count` at a time.</summary>
    internal IEnumerable<ScorePart> Parts(int count)
    {
        for (var start = 0; start < Places; start += count)
            yield return Part(start, Math.Min(count, Places - start));
    }

    /// <summary>The numbers of a table [C, T] that belong to tokens [N].</summary>
    internal Tensor Rows(Tensor table) =>
        table.reshape(-1).index_select(0, device.Upload(packed.Places, packed.Places.Length));

    private ScorePart Part(int start, int count)
    {
        long[] tokens =
        [
            .. Enumerable
                .Range(0, packed.Predecessors.Length)
                .Where(n => packed.Predecessors[n] >= start && packed.Predecessors[n] < start + count)
                .Select(n => (long)n),
        ];
        return new ScorePart(
            start,
            count,
            device.Upload(tokens, tokens.Length),
            device.Upload(Array.ConvertAll(tokens, n => packed.Predecessors[n] - start), tokens.Length),
            Array.ConvertAll(tokens, n => packed.Targets[n]),
            device,
            temperature,
            entropy
        );
    }

    private TokenLogProbs Tables(Tensor logProbs, Tensor? entropies) =>
        new TokenLogProbs(Table(logProbs), entropies is null ? null : Table(entropies)).MoveToOuterDisposeScope();

    /// <summary>Numbers [N] of the completion tokens as a table [C, T], 0 where a completion has ended.</summary>
    private Tensor Table(Tensor values)
    {
        var (rows, columns) = (packed.Completions, packed.Longest);
        return values.shape[0] == rows * columns
            ? values.view(rows, columns)
            : zeros(rows * columns, dtype: values.dtype, device: values.device)
                .index_copy(0, device.Upload(packed.Places, packed.Places.Length), values)
                .view(rows, columns);
    }
}

/// <summary>Neighbouring places whose logits are held together.</summary>
/// <param name="Start">The first of them.</param>
/// <param name="Count">How many.</param>
/// <param name="Tokens">Numbers of the tokens that they predict [n].</param>
/// <param name="Predecessors">For each, its place, counted from Start [n].</param>
/// <param name="Targets">For each, its id.</param>
/// <param name="Device">Where tensors live.</param>
/// <param name="Temperature">Divides the logits.</param>
/// <param name="Entropy">Whether entropies are computed.</param>
internal sealed record ScorePart(
    int Start,
    int Count,
    Tensor Tokens,
    Tensor Predecessors,
    long[] Targets,
    ComputeDevice Device,
    double Temperature,
    EntropyMode Entropy
)
{
    /// <summary>Log-probabilities and entropies [n] of the tokens from the outputs hidden [Count, H].</summary>
    internal (Tensor LogProbs, Tensor? Entropies) Scores(Tensor hidden, Tensor head)
    {
        var logits = Ops.Linear(hidden, head).to(ScalarType.Float32); // [Count, V]
        var distribution = (Temperature == 1 ? logits : logits / Temperature).log_softmax(-1);
        var words = distribution.shape[1];
        var chosen = Predecessors * words + Device.Upload(Targets, Targets.Length);
        return (
            distribution.view(-1).index_select(0, chosen),
            Entropy == EntropyMode.None ? null : EntropyOf(distribution).index_select(0, Predecessors)
        );
    }

    private Tensor EntropyOf(Tensor distribution)
    {
        if (Entropy == EntropyMode.Gradient)
            return -(distribution.exp() * distribution).sum(-1);
        using var gradients = no_grad();
        return -(distribution.exp() * distribution).sum(-1);
    }
}
