using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// A training pass over completions. Log-probabilities and entropies come out; after the backward pass of a loss of them,
/// <see cref="Backward"/> carries their gradients on to the parameters. In between only what cannot be had again is kept: the
/// logits of a few positions at a time and, where wanted, the inputs of the layers alone. Without any saving it is plain
/// autograd, and Backward has nothing left to do. Its tensors belong to the dispose scope in which it was begun.
/// </summary>
public sealed class LogProbPass
{
    private readonly Decoder decoder;
    private readonly CompletionScores scores;
    private readonly ComputeDevice device;
    private readonly DecoderInputs? inputs;
    private readonly List<Tensor> layerInputs = []; // detached, one a layer, and after the last
    private readonly Tensor? hidden; // [M, H], the end of the first part of the graph
    private readonly Tensor? cut; // the same values, a leaf: the start of the second part
    private readonly int positions;

    internal LogProbPass(
        Decoder decoder,
        CompletionScores scores,
        Func<DecoderInputs> prepare,
        ComputeDevice device,
        MemorySaving saving
    )
    {
        (this.decoder, this.scores, this.device) = (decoder, scores, device);
        if (scores.Places == 0)
        {
            Result = scores.None();
            return;
        }
        inputs = prepare();
        hidden = saving.RecomputeLayers ? Keeping(inputs) : Plain(inputs);
        positions = saving.PositionsAtOnce((int)decoder.Head.shape[0]);
        var chunked = positions < scores.Places;
        cut = chunked || saving.RecomputeLayers ? Leaf(hidden) : hidden;
        if (!chunked)
        {
            Result = scores.Of(cut, decoder.Head);
            return;
        }
        using var still = no_grad();
        var (logProbs, entropies) = scores.InParts(cut, decoder.Head, positions);
        Result = new(logProbs.requires_grad_(), scores.DifferentiatesEntropy ? entropies?.requires_grad_() : entropies);
        IsChunked = true;
    }

    /// <summary>Log-probabilities and entropies, for a loss.</summary>
    public TokenLogProbs Result { get; }

    private bool IsChunked { get; }

    /// <summary>Carries the gradients that the loss left at <see cref="Result"/> on to the parameters; once.</summary>
    public void Backward()
    {
        if (inputs is null || ReferenceEquals(cut, hidden))
            return;
        using var inner = NewDisposeScope();
        if (IsChunked)
            ThroughScores();
        if (cut!.grad is not { } gradient)
            return;
        if (layerInputs.Count == 0)
            hidden!.backward([gradient]);
        else
            ThroughLayers(gradient);
    }

    private Tensor Plain(DecoderInputs x) =>
        decoder.Forward(decoder.Fuse(device), x.Embeddings, x.Rotation, x.Mask, outputs: x.Outputs);

    /// <summary>The forward pass that keeps the input of each layer and nothing else.</summary>
    private Tensor Keeping(DecoderInputs x)
    {
        using var still = no_grad();
        var order = decoder.Order(device);
        layerInputs.Add(x.Embeddings.detach());
        for (var i = 0; i < decoder.Layers; i++)
        {
            using var inner = NewDisposeScope();
            var layer = decoder.Fuse(i, order, device);
            var next = decoder.Through(layer, i, layerInputs[i], x.Rotation, x.Mask, null, x.Outputs);
            layerInputs.Add(next.MoveToOuterDisposeScope());
        }
        return decoder.FinalNorm(layerInputs[^1]);
    }

    /// <summary>Computes the logits again, a few positions at a time; gradients gather at `cut` and at the head.</summary>
    private void ThroughScores()
    {
        var toLogProbs = scores.Rows(Result.LogProbs.grad ?? zeros_like(Result.LogProbs)); // [N]
        var toEntropies = Result.Entropies?.grad is { } g ? scores.Rows(g) : null;
        foreach (var part in scores.Parts(positions))
        {
            using var inner = NewDisposeScope();
            var (logProbs, entropies) = part.Scores(cut!.narrow(0, part.Start, part.Count), decoder.Head);
            var sum = (logProbs * toLogProbs.index_select(0, part.Tokens)).sum();
            if (toEntropies is not null)
                sum = sum + (entropies! * toEntropies.index_select(0, part.Tokens)).sum();
            sum.backward();
        }
    }

    /// <summary>Computes the layers again from the last to the first, each from its input.</summary>
    private void ThroughLayers(Tensor gradient)
    {
        var x = Leaf(layerInputs[^1]);
        decoder.FinalNorm(x).backward([gradient]);
        var order = decoder.Order(device);
        var toOutput = x.grad!;
        for (var i = decoder.Layers - 1; i >= 0; i--)
        {
            using var inner = NewDisposeScope();
            var input = Leaf(layerInputs[i]);
            var layer = decoder.Fuse(i, order, device);
            decoder.Through(layer, i, input, inputs!.Rotation, inputs.Mask, null, inputs.Outputs).backward([toOutput]);
            toOutput = input.grad!.MoveToOuterDisposeScope();
        }
        if (inputs!.Embeddings.requires_grad)
            inputs.Embeddings.backward([toOutput]);
    }

    private static Tensor Leaf(Tensor x) => x.detach().requires_grad_();
}
