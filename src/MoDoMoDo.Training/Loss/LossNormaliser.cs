namespace MoDoMoDo.Training;

/// <summary>
/// What the sums of a loss are divided by. The counts are those of the whole optimiser step, so that a step split into
/// micro-batches in any way gives the gradient of the step in one piece (DESIGN.md 7; goldens/grpo/loss).
/// </summary>
/// <param name="Tokens">Active tokens of the optimiser step: divides dapo, cispo and vespo.</param>
/// <param name="Rows">Rows of the optimiser step, fully masked ones included: divides grpo, sapo, luspo and dr_grpo.</param>
/// <param name="MicroBatches">Micro-batches of the optimiser step: divides what is a mean over one micro-batch (bnpo, entropy bonus).</param>
/// <param name="Length">Dr. GRPO's constant length in tokens.</param>
public readonly record struct LossNormaliser(double Tokens, double Rows, double MicroBatches, double Length)
{
    /// <summary>
    /// TRL 1.16's normaliser for one micro-batch of <paramref name="microBatchRows"/> rows, exact only where
    /// <paramref name="accumulation"/> equals <paramref name="stepsPerGeneration"/>. For replays of TRL's runs.
    /// </summary>
    /// <param name="itemsInBatch">Active tokens of the generation batch.</param>
    /// <param name="microBatchRows">Rows of the micro-batch.</param>
    /// <param name="accumulation">Micro-batches an optimiser step.</param>
    /// <param name="stepsPerGeneration">Micro-batches a generation batch.</param>
    /// <param name="length">Limit of new tokens.</param>
    public static LossNormaliser Trl(
        double itemsInBatch,
        int microBatchRows,
        int accumulation,
        int stepsPerGeneration,
        int length
    ) =>
        new(
            Math.Max(1, itemsInBatch) * accumulation / stepsPerGeneration,
            (double)microBatchRows * accumulation,
            accumulation,
            length
        );
}
