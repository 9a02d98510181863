using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>An image as the vision tower reads it.</summary>
/// <param name="Patches">T * H * W patches of PatchLength numbers each, in merge order (goldens/processors 1.4).</param>
/// <param name="T">Frames; 1 for a picture.</param>
/// <param name="H">Rows of patches.</param>
/// <param name="W">Columns of patches.</param>
public sealed record EncodedImage(float[] Patches, int T, int H, int W)
{
    /// <summary>Size in patches.</summary>
    public Grid Grid => new(T, H, W);
}

/// <summary>A prompt as the policy reads it.</summary>
/// <param name="Ids">Token ids, image placeholders repeated once for each image token.</param>
/// <param name="Images">The images in the order of their placeholders.</param>
public sealed record EncodedPrompt(int[] Ids, EncodedImage[] Images);

/// <summary>Rows of equal length, padded on either side, with the images of all rows in order.</summary>
public sealed record TokenBatch
{
    /// <summary>Number of rows.</summary>
    public required int Rows { get; init; }

    /// <summary>Tokens in a row, padding included.</summary>
    public required int Columns { get; init; }

    /// <summary>Token ids [Rows * Columns], row by row.</summary>
    public required int[] Ids { get; init; }

    /// <summary>True where a token is real [Rows * Columns]. Generation wants the real tokens of a row to stand together.</summary>
    public required bool[] Mask { get; init; }

    /// <summary>The images of all rows, in order.</summary>
    public IReadOnlyList<EncodedImage> Images { get; init; } = [];

    /// <summary>The prompts padded on the left to the longest of them.</summary>
    public static TokenBatch LeftPadded(IReadOnlyList<EncodedPrompt> prompts, int padToken) =>
        Padded(prompts, padToken, left: true);

    /// <summary>The prompts padded on the right to the longest of them.</summary>
    public static TokenBatch RightPadded(IReadOnlyList<EncodedPrompt> prompts, int padToken) =>
        Padded(prompts, padToken, left: false);

    private static TokenBatch Padded(IReadOnlyList<EncodedPrompt> prompts, int padToken, bool left)
    {
        var columns = prompts.Max(p => p.Ids.Length);
        var ids = new int[prompts.Count * columns];
        Array.Fill(ids, Math.Max(padToken, 0));
        var mask = new bool[ids.Length];
        for (var row = 0; row < prompts.Count; row++)
        {
            var start = row * columns + (left ? columns - prompts[row].Ids.Length : 0);
            prompts[row].Ids.CopyTo(ids, start);
            mask.AsSpan(start, prompts[row].Ids.Length).Fill(true);
        }
        return new TokenBatch
        {
            Rows = prompts.Count,
            Columns = columns,
            Ids = ids,
            Mask = mask,
            Images = [.. prompts.SelectMany(p => p.Images)],
        };
    }

    /// <summary>
    /// Rotary positions as the reference implementation gives them: those of RowPositions when the batch has an image,
    /// otherwise 0 .. Columns - 1 with padding counted (a shift that attention cannot see).
    /// </summary>
    public BatchPositions Positions(PolicyConfig config)
    {
        if (Images.Count > 0)
            return RowPositions(config);
        int[] columns = [.. Enumerable.Range(0, Rows * Columns).Select(i => i % Columns)];
        return new BatchPositions(columns, columns, columns, [.. Enumerable.Repeat(Columns, Rows)], new int[Rows]);
    }

    /// <summary>
    /// Rotary positions of each row by itself, 0 at padding. Raises ArgumentException when image tokens and images do not fit.
    /// </summary>
    public BatchPositions RowPositions(PolicyConfig config)
    {
        var (temporal, height, width) = (new int[Ids.Length], new int[Ids.Length], new int[Ids.Length]);
        var (nexts, deltas) = (new int[Rows], new int[Rows]);
        var taken = 0;
        for (var row = 0; row < Rows; row++)
        {
            int[] real = [.. Enumerable.Range(row * Columns, Columns).Where(i => Mask[i])];
            var ids = Array.ConvertAll(real, i => Ids[i]);
            var runs = ImageRuns(ids, config.ImageToken);
            if (taken + runs > Images.Count)
                throw new ArgumentException($"wanted {Images.Count} runs of image tokens, found more");
            var grids = Images.Skip(taken).Take(runs).Select(i => i.Grid).ToList();
            taken += runs;
            var positions = Model.Positions.Of(ids, grids, config.ImageToken, config.Tower?.MergeSize ?? 1);
            for (var k = 0; k < real.Length; k++)
                (temporal[real[k]], height[real[k]], width[real[k]]) = (
                    positions.Temporal[k],
                    positions.Height[k],
                    positions.Width[k]
                );
            (nexts[row], deltas[row]) = (positions.Next, positions.Next - real.Length);
        }
        if (taken != Images.Count)
            throw new ArgumentException($"wanted {Images.Count} runs of image tokens, found {taken}");
        return new BatchPositions(temporal, height, width, nexts, deltas);
    }

    /// <summary>First column and number of the real tokens of a row. Raises ArgumentException when padding stands between them.</summary>
    public (int First, int Count) RealTokens(int row)
    {
        var mask = Mask.AsSpan(row * Columns, Columns);
        var first = mask.IndexOf(true);
        if (first < 0)
            return (0, 0);
        var count = mask[first..].LastIndexOf(true) + 1;
        return mask.Slice(first, count).Contains(false)
            ? throw new ArgumentException(
                $"row {row}: wanted padding on the sides alone, found some between real tokens"
            )
            : (first, count);
    }

    private static int ImageRuns(ReadOnlySpan<int> ids, int imageToken)
    {
        var runs = 0;
        for (var i = 0; i < ids.Length; i++)
            if (ids[i] == imageToken && (i == 0 || ids[i - 1] != imageToken))
                runs++;
        return runs;
    }
}

/// <summary>Rotary positions of a batch.</summary>
/// <param name="Temporal">[Rows * Columns]</param>
/// <param name="Height">[Rows * Columns]</param>
/// <param name="Width">[Rows * Columns]</param>
/// <param name="Next">Per row: position, on all axes, of the token after it.</param>
/// <param name="Deltas">Per row: the position after the last real token, less the number of real tokens.</param>
public sealed record BatchPositions(int[] Temporal, int[] Height, int[] Width, int[] Next, int[] Deltas);
