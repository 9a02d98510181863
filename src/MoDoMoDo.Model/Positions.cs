using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>Size of an image in patches: frames, rows, columns.</summary>
/// <param name="T">Frames; 1 for a picture.</param>
/// <param name="H">Rows of patches; even.</param>
/// <param name="W">Columns of patches; even.</param>
public readonly record struct Grid(int T, int H, int W)
{
    /// <summary>Number of patches.</summary>
    public int Patches => T * H * W;

    /// <summary>Number of image tokens when squares of merge x merge patches become one.</summary>
    public int Cells(int merge) => Patches / (merge * merge);
}

/// <summary>
/// Multimodal rotary positions of a row of tokens: three numbers a token (temporal, height, width), and the position of
/// the token that would come next. Source: transformers 5.23 Qwen2VLModel.get_rope_index, restated in
/// goldens/models/README "Positions from input_ids alone".
/// </summary>
/// <param name="Temporal">[L]</param>
/// <param name="Height">[L]</param>
/// <param name="Width">[L]</param>
/// <param name="Next">Position, on all axes, of the token after the row.</param>
public sealed record Positions(int[] Temporal, int[] Height, int[] Width, int Next)
{
    /// <summary>Number of tokens.</summary>
    public int Length => Temporal.Length;

    /// <summary>
    /// The positions of one row without padding. `grids` are those of the row's images, in order. Raises ArgumentException
    /// when the runs of image tokens are not those of the grids.
    /// </summary>
    public static Positions Of(ReadOnlySpan<int> ids, IReadOnlyList<Grid> grids, int imageToken, int merge)
    {
        var (temporal, height, width) = (new int[ids.Length], new int[ids.Length], new int[ids.Length]);
        var (next, image) = (0, 0);
        for (var i = 0; i < ids.Length; )
        {
            if (ids[i] != imageToken)
            {
                temporal[i] = height[i] = width[i] = next++;
                i++;
                continue;
            }
            if (image == grids.Count)
                throw new ArgumentException($"wanted {grids.Count} runs of image tokens, found more");
            var grid = grids[image++];
            var (rows, columns) = (grid.H / merge, grid.W / merge);
            var cells = grid.Cells(merge);
            var run = 0;
            while (i + run < ids.Length && ids[i + run] == imageToken)
                run++;
            if (run != cells)
                throw new ArgumentException($"image {image}: wanted a run of {cells} image tokens, found {run}");
            for (var k = 0; k < cells; k++, i++)
            {
                temporal[i] = next + k / (rows * columns);
                height[i] = next + k / columns % rows;
                width[i] = next + k % columns;
            }
            next += Math.Max(rows, columns);
        }
        if (image != grids.Count)
            throw new ArgumentException($"wanted {grids.Count} runs of image tokens, found {image}");
        return new Positions(temporal, height, width, next);
    }
}
