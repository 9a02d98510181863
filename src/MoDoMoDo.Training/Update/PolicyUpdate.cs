using MoDoMoDo.Model;
using static TorchSharp.torch;

// B rows (completions), T completion positions.
namespace MoDoMoDo.Training;

/// <summary>What became of one optimiser step.</summary>
/// <param name="Figures">Figures of the loss over the whole step.</param>
/// <param name="GradientNorm">Length of the gradient before clipping.</param>
/// <param name="Taken">False when loss or gradient was not finite: then the policy is as before.</param>
public sealed record UpdateOutcome(LossFigures Figures, double GradientNorm, bool Taken);

/// <summary>Moves the policy by one optimiser step over a batch of groups.</summary>
/// <param name="policy">The policy; its trainable parameters are the optimiser's.</param>
/// <param name="optimiser">Moves them.</param>
/// <param name="options">Loss, clipping, micro-batches.</param>
/// <param name="temperature">Temperature of the log-probabilities: that of the rollout.</param>
/// <param name="features">Image features of prompts.</param>
public sealed class PolicyUpdate(
    Policy policy,
    Optimiser optimiser,
    UpdateOptions options,
    double temperature,
    FeatureCache features
)
{
    private readonly GrpoLoss loss = new(options.Loss);

    /// <summary>
    /// Accumulates the gradient of the whole step, clips it, and takes the step if all is finite: loss, gradient, and the
    /// log-probabilities of the samples (of a ruined policy all groups may lack signal, and then loss and gradient are 0).
    /// </summary>
    /// <param name="batch">The step's groups.</param>
    /// <param name="rate">Learning rate.</param>
    public UpdateOutcome Step(StepBatch batch, double rate)
    {
        optimiser.ClearGradients();
        var figures = LossFigures.None;
        foreach (var groups in batch.MicroBatches)
            figures += Backward(batch, groups);
        var norm = Gradients.Norm(optimiser.Parameters);
        var taken = double.IsFinite(figures.Loss) && double.IsFinite(norm) && batch.SamplesAreFinite;
        if (taken)
        {
            Gradients.Clip(optimiser.Parameters, norm, options.MaxGradientNorm);
            optimiser.Step(rate);
        }
        return new UpdateOutcome(figures, norm, taken);
    }

    /// <summary>
    /// Length of the gradient of each domain's part of the loss, by one backward pass a domain; the parts add up to the
    /// step's gradient, their lengths need not.
    /// </summary>
    /// <param name="batch">The step's groups.</param>
    public IReadOnlyDictionary<string, double> DomainNorms(StepBatch batch) =>
        batch
            .Passing.GroupBy(group => group.Entry.Domain)
            .ToDictionary(
                domain => domain.Key,
                domain =>
                {
                    optimiser.ClearGradients();
                    foreach (var groups in batch.MicroBatches)
                        if (groups.Where(group => group.Entry.Domain == domain.Key).ToArray() is { Length: > 0 } own)
                            Backward(batch, own);
                    return Gradients.Norm(optimiser.Parameters);
                }
            );

    /// <summary>Log-probabilities of the groups' completions under a policy, without gradient, [G][T] for each group.</summary>
    /// <param name="of">This policy, or a reference.</param>
    /// <param name="ofFeatures">Image features under that policy.</param>
    /// <param name="groups">The groups, in portions.</param>
    public float[][][] LogProbs(Policy of, FeatureCache ofFeatures, IEnumerable<RolledGroup[]> groups)
    {
        using var still = no_grad();
        return
        [
            .. groups.SelectMany(part =>
            {
                using var scope = NewDisposeScope();
                return OutOfMemory.Named(
                    () => $"log-probabilities of {Contents.Of(part)}",
                    "training.microBatchPrompts=1 or a smaller model.maxPixels",
                    () => Rows(of.LogProbs(Packed(part), temperature, features: ofFeatures.Of(part)).LogProbs, part)
                );
            }),
        ];
    }

    private LossFigures Backward(StepBatch batch, RolledGroup[] groups) =>
        OutOfMemory.Named(
            () => $"training on {Contents.Of(groups)}",
            "training.microBatchPrompts=1, training.activationCheckpointing=true, a smaller training.logProbPositions or model.maxPixels",
            () => Differentiate(batch, groups)
        );

    private LossFigures Differentiate(StepBatch batch, RolledGroup[] groups)
    {
        using var scope = NewDisposeScope();
        var entropy = options.Loss.NeedsEntropy ? EntropyMode.Gradient : EntropyMode.Value;
        var pass = policy.BeginPass(Packed(groups), temperature, entropy, features.Of(groups), options.Saving);
        var (logProbs, entropies) = pass.Result; // [B, T]
        var length = (int)logProbs.shape[1];
        var rows = groups.SelectMany(group => group.Completions.Select((_, row) => (group, row))).ToArray();
        var inputs = new LossInputs(
            logProbs,
            Matrix((group, row, t) => t < batch.ActiveTokens(group.Completions[row]) ? 1 : 0),
            Upload([.. rows.Select(at => (float)at.group.Advantages[at.row])], rows.Length)
        )
        {
            OldLogProbs = Recorded(group => group.OldLogProbs),
            ReferenceLogProbs = Recorded(group => group.ReferenceLogProbs),
            Entropies = entropies,
            RowWeights = batch.HasRowWeights
                ? Upload([.. rows.Select(at => (float)batch.RowWeight(at.group))], rows.Length)
                : null,
        };
        var (scalar, figures) = loss.Compute(inputs, batch.Normaliser);
        scalar.backward();
        pass.Backward();
        return figures;

        Tensor? Recorded(Func<RolledGroup, float[][]> of) =>
            groups.All(group => of(group).Length == 0)
                ? null
                : Matrix((group, row, t) => t < of(group)[row].Length ? of(group)[row][t] : 0);

        Tensor Matrix(Func<RolledGroup, int, int, float> value)
        {
            var values = new float[rows.Length * length];
            for (var i = 0; i < rows.Length; i++)
            for (var t = 0; t < length; t++)
                values[i * length + t] = value(rows[i].group, rows[i].row, t);
            return Upload(values, rows.Length, length);
        }

        Tensor Upload(float[] values, params ReadOnlySpan<long> shape) => policy.Device.Upload(values, shape);
    }

    private static CompletionGroup[] Packed(RolledGroup[] groups) =>
        [
            .. groups.Select(group => new CompletionGroup(
                group.Entry.Encoded,
                [.. group.Completions.Select(completion => completion.Ids)]
            )),
        ];

    /// <summary>The rows of [B, T] as plain numbers, cut to the completions' lengths and dealt to their groups.</summary>
    private static float[][][] Rows(Tensor logProbs, RolledGroup[] groups)
    {
        var length = (int)logProbs.shape[1];
        var all = logProbs.ToFloats();
        var row = 0;
        return
        [
            .. groups.Select(group =>
                group
                    .Completions.Select(completion => all.AsSpan(row++ * length, completion.Ids.Length).ToArray())
                    .ToArray()
            ),
        ];
    }
}
