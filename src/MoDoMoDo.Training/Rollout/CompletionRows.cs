namespace MoDoMoDo.Training;

/// <summary>Where completions end, and what that says about their lengths (grpo.md 1.2; goldens/grpo/completions).</summary>
public static class CompletionRows
{
    /// <summary>The ids up to and including the first end token; all of them when there is none.</summary>
    /// <param name="ids">Token ids as generated, [L].</param>
    /// <param name="ends">Every id that ends a completion.</param>
    public static int[] Cut(int[] ids, IReadOnlySet<int> ends)
    {
        var end = Array.FindIndex(ids, ends.Contains);
        return end < 0 ? ids : ids[..(end + 1)];
    }

    /// <summary>True when the last id is neither an end token nor padding: the limit of new tokens cut the row.</summary>
    /// <param name="kept">A row as <see cref="Cut"/> returns it.</param>
    /// <param name="ends">Every id that ends a completion.</param>
    /// <param name="pad">The padding id.</param>
    public static bool IsTruncated(int[] kept, IReadOnlySet<int> ends, int pad) =>
        kept.Length > 0 && !ends.Contains(kept[^1]) && kept[^1] != pad;

    /// <summary>Rows of equal length [N][T]: T is the longest row, rounded up to a multiple.</summary>
    /// <param name="rows">Rows of any lengths.</param>
    /// <param name="pad">The id to fill with.</param>
    /// <param name="left">True to fill on the left (prompts), false on the right (completions).</param>
    /// <param name="multiple">T is a multiple of this, at least 1.</param>
    public static int[][] Padded(IReadOnlyList<int[]> rows, int pad, bool left, int multiple = 1)
    {
        var width = (rows.Max(row => row.Length) + multiple - 1) / multiple * multiple;
        return
        [
            .. rows.Select(row =>
            {
                var fill = Enumerable.Repeat(pad, width - row.Length);
                return (left ? fill.Concat(row) : row.Concat(fill)).ToArray();
            }),
        ];
    }
}

/// <summary>Lengths of a batch's completions in tokens; means over no row are 0.</summary>
/// <param name="Mean">Mean over all rows.</param>
/// <param name="Min">Least over all rows.</param>
/// <param name="Max">Largest over all rows.</param>
/// <param name="Truncated">Share of rows that the limit of new tokens cut.</param>
/// <param name="MeanTerminated">Mean over the rows that ended by themselves.</param>
/// <param name="MinTerminated">Least over the rows that ended by themselves.</param>
/// <param name="MaxTerminated">Largest over the rows that ended by themselves.</param>
public sealed record CompletionLengths(
    double Mean,
    double Min,
    double Max,
    double Truncated,
    double MeanTerminated,
    double MinTerminated,
    double MaxTerminated
)
{
    /// <summary>The figures of a batch.</summary>
    /// <param name="lengths">Tokens of each row, the end token included.</param>
    /// <param name="truncated">For each row, whether the limit cut it.</param>
    public static CompletionLengths Of(IReadOnlyList<int> lengths, IReadOnlyList<bool> truncated)
    {
        var ended = lengths.Where((_, row) => !truncated[row]).DefaultIfEmpty().ToArray();
        return new CompletionLengths(
            lengths.DefaultIfEmpty().Average(),
            lengths.DefaultIfEmpty().Min(),
            lengths.DefaultIfEmpty().Max(),
            truncated.Count == 0 ? 0 : (double)truncated.Count(cut => cut) / truncated.Count,
            ended.Average(),
            ended.Min(),
            ended.Max()
        );
    }
}
