using MoDoMoDo.Goldens.Models;
using MoDoMoDo.Model;
using TorchSharp;
using static TorchSharp.torch;

// B rows, P prompt positions, T completion positions.
namespace MoDoMoDo.Goldens.Grpo;

/// <summary>Prompts padded on the left and completions padded on the right, as TRL's trainer scores them.</summary>
/// <param name="promptIds">[B, P]</param>
/// <param name="promptMask">1 at real tokens, [B, P].</param>
/// <param name="completionIds">[B, T]</param>
/// <param name="completionMask">1 at tokens that count, [B, T]; the policy sees these alone.</param>
/// <param name="images">The images of all rows, in order.</param>
internal sealed class ScoredRows(
    Tensor promptIds,
    Tensor promptMask,
    Tensor completionIds,
    Tensor completionMask,
    IReadOnlyList<EncodedImage> images
)
{
    private readonly int _promptLength = (int)promptIds.shape[1];

    public TokenBatch Batch { get; } =
        new()
        {
            Rows = (int)promptIds.shape[0],
            Columns = (int)(promptIds.shape[1] + completionIds.shape[1]),
            Ids = cat([promptIds, completionIds], 1).ToIntegers(),
            Mask = [.. cat([promptMask, completionMask], 1).ToIntegers().Select(m => m == 1)],
            Images = images,
        };

    /// <summary>1 at tokens that count, as numbers, [B, T].</summary>
    public Tensor Mask { get; } = completionMask.to(ScalarType.Float32);

    /// <summary>Log-probabilities and entropies of the completions, 0 where no token counts, both [B, T].</summary>
    public (Tensor LogProbs, Tensor Entropies) Score(Policy policy, double temperature)
    {
        var logits = policy.Forward(Batch).narrow(1, _promptLength - 1, completionIds.shape[1]) / temperature; // [B, T, V]
        var distribution = logits.log_softmax(-1);
        var logps = distribution.gather(2, completionIds.unsqueeze(2)).squeeze(2);
        var entropies = -(distribution.exp() * distribution).sum(-1);
        return (logps * Mask, entropies * Mask);
    }

    /// <summary>Images of consecutive rows of patches.</summary>
    /// <param name="patches">[sum of t h w, patch length]</param>
    /// <param name="grids">[images, 3]</param>
    public static EncodedImage[] Images(Tensor patches, Tensor grids)
    {
        var first = 0L;
        return
        [
            .. grids
                .ToIntegers()
                .Chunk(3)
                .Select(grid =>
                {
                    var count = (long)grid[0] * grid[1] * grid[2];
                    var rows = patches.narrow(0, first, count).contiguous().data<float>().ToArray();
                    first += count;
                    return new EncodedImage(rows, grid[0], grid[1], grid[2]);
                }),
        ];
    }
}
