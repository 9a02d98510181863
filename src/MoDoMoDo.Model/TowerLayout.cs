namespace MoDoMoDo.Model;

/// <summary>Neighbouring segments of one length, each of which attends to itself alone.</summary>
/// <param name="Start">First patch.</param>
/// <param name="Length">Patches in a segment.</param>
/// <param name="Count">Number of segments.</param>
internal readonly record struct Segments(long Start, long Length, long Count);

/// <summary>
/// The order in which the tower sees the cells (squares of merge x merge patches) of its images, and which patches attend to
/// each other. With windows the cells of one window stand together: windows row by row over a frame, cells row by row
/// inside a window, smaller windows at the right and lower border. Source: transformers 5.23
/// Qwen2_5_VisionTransformerPretrainedModel.get_window_index, restated in goldens/models/README "Tower".
/// </summary>
internal sealed class TowerLayout
{
    private readonly Segments[] frames;
    private readonly Segments[] windows;
    private readonly HashSet<int> fullAttention;

    private TowerLayout(long[]? order, Segments[] frames, Segments[] windows, IEnumerable<int> fullAttention)
    {
        (Order, this.frames, this.windows) = (order, frames, windows);
        this.fullAttention = [.. fullAttention];
        if (order is null)
            return;
        Inverse = new long[order.Length];
        for (var place = 0; place < order.Length; place++)
            Inverse[order[place]] = place;
    }

    /// <summary>The cell that stands at each place; null: each at its own.</summary>
    internal long[]? Order { get; }

    /// <summary>The place at which each cell stands; null: each at its own.</summary>
    internal long[]? Inverse { get; }

    /// <summary>What attends to each other in a block.</summary>
    internal IReadOnlyList<Segments> SegmentsOf(int block) =>
        Order is null || fullAttention.Contains(block) ? frames : windows;

    internal static TowerLayout Of(IReadOnlyList<Grid> grids, TowerConfig config)
    {
        var frames = Joined(grids.SelectMany(g => Enumerable.Repeat((long)g.H * g.W, g.T)));
        if (config.WindowSize == 0)
            return new TowerLayout(null, frames, frames, []);

        var side = config.WindowSize / config.PatchSize / config.MergeSize;
        var (order, lengths) = (new List<long>(), new List<long>());
        foreach (var grid in grids)
            for (var frame = 0; frame < grid.T; frame++)
                AddWindows(grid.H / config.MergeSize, grid.W / config.MergeSize, side, order, lengths);
        var patches = config.MergeSize * config.MergeSize;
        return new TowerLayout(
            [.. order],
            frames,
            Joined(lengths.Select(cells => cells * patches)),
            config.FullAttentionBlocks
        );
    }

    /// <summary>Appends the cells of a frame, window by window, and the number of cells of each window.</summary>
    private static void AddWindows(int rows, int columns, int side, List<long> order, List<long> lengths)
    {
        var first = order.Count;
        for (var top = 0; top < rows; top += side)
        for (var left = 0; left < columns; left += side)
        {
            var before = order.Count;
            for (var row = top; row < Math.Min(top + side, rows); row++)
            for (var column = left; column < Math.Min(left + side, columns); column++)
                order.Add(first + (long)row * columns + column);
            lengths.Add(order.Count - before);
        }
    }

    /// <summary>Consecutive segments, those of equal length together.</summary>
    private static Segments[] Joined(IEnumerable<long> lengths)
    {
        var joined = new List<Segments>();
        var start = 0L;
        foreach (var length in lengths)
        {
            if (joined.Count > 0 && joined[^1].Length == length)
                joined[^1] = joined[^1] with { Count = joined[^1].Count + 1 };
            else
                joined.Add(new Segments(start, length, 1));
            start += length;
        }
        return [.. joined];
    }
}
