using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoDoMoDo.Training;

/// <summary>Loss of a batch, and the share of what is learnt that is predicted right.</summary>
/// <param name="Loss">Scalar to descend; belongs to the caller.</param>
/// <param name="Accuracy">Scalar in [0, 1]; belongs to the caller.</param>
public readonly record struct SupervisedLoss(Tensor Loss, Tensor Accuracy);

/// <summary>A stage of supervised training. Example i of step s is number s * Batch + i, so that data can be drawn on demand.</summary>
public abstract record WarmStartStage
{
    /// <summary>Name in progress messages.</summary>
    public required string Name { get; init; }

    /// <summary>Optimiser steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Examples a step.</summary>
    public required int Batch { get; init; }

    /// <summary>The optimiser; each stage starts with fresh moments.</summary>
    public OptimiserOptions Optimiser { get; init; } = new();

    /// <summary>Learning rate by step.</summary>
    public required Schedule Schedule { get; init; }

    /// <summary>Where the stage's first step stands on the schedule: stages may share one.</summary>
    public int ScheduleStart { get; init; }

    /// <summary>Steps of the schedule; 0 = those of the stage.</summary>
    public int ScheduleSteps { get; init; }

    /// <summary>Largest length of the gradient; 0 = no limit.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Whether the vision tower stays as it is.</summary>
    public bool FreezeTower { get; init; }

    /// <summary>The loss on the examples from number `first` on.</summary>
    internal abstract SupervisedLoss Loss(Policy policy, IImageSource images, int first);

    /// <summary>Features [cells, H] of the images, connected to the tower only where that is trained.</summary>
    private protected Tensor Features(Policy policy, IReadOnlyList<EncodedImage> images)
    {
        using var still = FreezeTower ? no_grad() : null;
        return policy.ImageFeatures(images);
    }
}

/// <summary>
/// Image tokens learn to be named by words: within each group of words, the logits are Scale times the products of the
/// image token with the words' embeddings. It gives tower and embeddings one space before the decoder learns to read it.
/// </summary>
public sealed record TagStage : WarmStartStage
{
    /// <summary>Example by number.</summary>
    public required Func<int, TaggedImage> Example { get; init; }

    /// <summary>The groups of words, in the order of each image token's tags.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Words { get; init; }

    /// <summary>Factor on the products; 8.</summary>
    public double Scale { get; init; } = 8;

    internal override SupervisedLoss Loss(Policy policy, IImageSource images, int first)
    {
        using var scope = NewDisposeScope();
        TaggedImage[] examples = [.. Enumerable.Range(first, Batch).Select(Example)];
        var features = Features(policy, [.. examples.Select(e => policy.Images.Process(images.Load(e.Image)))]); // [cells, H]
        var losses = new Tensor[Words.Count];
        var accuracies = new Tensor[Words.Count];
        for (var group = 0; group < Words.Count; group++)
        {
            var places = new List<long>();
            var targets = new List<long>();
            var cell = 0L;
            foreach (var tags in examples.SelectMany(e => e.Tags))
            {
                if (tags[group].Length > 0)
                {
                    places.Add(cell);
                    targets.Add(IndexIn(Words[group], tags[group]));
                }
                cell++;
            }
            long[] ids = [.. Words[group].Select(word => (long)policy.Tokenizer.IdOf(word))];
            var words = Embedding(policy).index_select(0, policy.Device.Upload(ids, ids.Length)); // [words, H]
            var tagged = features.index_select(0, policy.Device.Upload([.. places], places.Count));
            var logits = functional.linear(tagged, words) * Scale; // [tagged, words]
            var target = policy.Device.Upload([.. targets], targets.Count);
            losses[group] = functional.cross_entropy(logits, target);
            accuracies[group] = logits.detach().argmax(1).eq(target).to(ScalarType.Float32).mean();
        }
        return new(stack(losses).mean().MoveToOuterDisposeScope(), stack(accuracies).mean().MoveToOuterDisposeScope());
    }

    private static Tensor Embedding(Policy policy) =>
        policy.NamedParameters.First(p => p.Key.EndsWith("embed_tokens.weight", StringComparison.Ordinal)).Value; // [V, H]

    private static int IndexIn(IReadOnlyList<string> words, string tag)
    {
        for (var i = 0; i < words.Count; i++)
            if (words[i] == tag)
                return i;
        throw new ArgumentException($"wanted one of {string.Join(", ", words)}, found {tag}");
    }
}

/// <summary>
/// Texts about images, learnt where their segments have weight: the loss is the weighted mean over tokens. Texts about the
/// same images are computed together, their images once.
/// </summary>
public sealed record TextStage : WarmStartStage
{
    /// <summary>Example by number.</summary>
    public required Func<int, SupervisedExample> Example { get; init; }

    internal override SupervisedLoss Loss(Policy policy, IImageSource images, int first)
    {
        using var scope = NewDisposeScope();
        SupervisedExample[] examples = [.. Enumerable.Range(first, Batch).Select(Example)];
        CompletionGroup[] groups = [.. examples.Select(example => Group(policy, images, example))];
        var features = Features(policy, [.. groups.SelectMany(group => group.Prompt.Images)]);
        using var known = policy.LogProbs(groups, features: features);
        var logProbs = known.LogProbs; // [texts, T]
        var weights = Weights(policy, examples, logProbs); // [texts, T]
        var loss = -(logProbs * weights).sum() / weights.sum();
        // A token that is predicted with more than half of the probability is certainly predicted right.
        var sure = (logProbs.detach() > Math.Log(0.5)).to(ScalarType.Float32);
        var accuracy = (sure * (weights > 0).to(ScalarType.Float32)).sum() / (weights > 0).sum();
        return new(loss.MoveToOuterDisposeScope(), accuracy.MoveToOuterDisposeScope());
    }

    private static CompletionGroup Group(Policy policy, IImageSource images, SupervisedExample example)
    {
        var prompt = policy.Encode(new Prompt("", "", example.Images, false), images);
        return new(prompt, [.. example.Texts.Select(text => Ids(policy, text))]);
    }

    private static int[] Ids(Policy policy, SupervisedSegment[] text) =>
        [.. text.SelectMany(segment => policy.Tokenizer.Encode(segment.Text, plain: true))];

    private static Tensor Weights(Policy policy, SupervisedExample[] examples, Tensor like)
    {
        var columns = like.shape[1];
        var weights = new float[like.shape[0] * columns];
        var row = 0;
        foreach (var text in examples.SelectMany(example => example.Texts))
        {
            var column = 0;
            foreach (var segment in text)
            foreach (var _ in policy.Tokenizer.Encode(segment.Text, plain: true))
                weights[row * columns + column++] = (float)segment.Weight;
            row++;
        }
        return policy.Device.Upload(weights, like.shape);
    }
}
