namespace MoDoMoDo.Model;

/// <summary>A prompt and token sequences that continue it.</summary>
/// <param name="Prompt">The shared prefix; at least one token.</param>
/// <param name="Completions">Token ids of each continuation, of any lengths.</param>
public sealed record CompletionGroup(EncodedPrompt Prompt, IReadOnlyList<int[]> Completions);

/// <summary>
/// Groups packed one to a row, [prefix | completion 1 | completion 2 | ...], so that a prompt is computed once for all its
/// completions (shared-prefix packing, as in Prefix Grouper, arXiv 2506.05433): a completion sees the prefix and itself, its
/// positions go on where the prefix ends. A completion's last token predicts nothing and is left out. Exact: log-probabilities
/// and gradients are those of the unpacked rows.
/// </summary>
internal sealed class PackedGroups
{
    internal PackedGroups(IReadOnlyList<CompletionGroup> groups, PolicyConfig config)
    {
        var merge = config.Tower?.MergeSize ?? 1;
        Rows = groups.Count;
        Columns = groups.Max(g => g.Prompt.Ids.Length + g.Completions.Sum(c => Math.Max(c.Length - 1, 0)));
        Longest = groups.SelectMany(g => g.Completions).Select(c => c.Length).DefaultIfEmpty(0).Max();
        Completions = groups.Sum(g => g.Completions.Count);
        (Ids, Temporal, Height, Width) = (
            new int[Rows * Columns],
            new int[Rows * Columns],
            new int[Rows * Columns],
            new int[Rows * Columns]
        );
        Array.Fill(Ids, Math.Max(config.PadToken, 0));
        Mask = new float[Rows * Columns * Columns];
        Array.Fill(Mask, float.NegativeInfinity);

        var tokens = groups.Sum(g => g.Completions.Sum(c => c.Length));
        (Predecessors, Targets, Places) = (new long[tokens], new long[tokens], new long[tokens]);
        var outputs = new List<long>();
        var (token, completion) = (0, 0);
        for (var row = 0; row < Rows; row++)
        {
            var prompt = groups[row].Prompt;
            var grids = Array.ConvertAll(prompt.Images, i => i.Grid);
            var positions = Positions.Of(prompt.Ids, grids, config.ImageToken, merge);
            var start = row * Columns;
            prompt.Ids.CopyTo(Ids, start);
            positions.Temporal.CopyTo(Temporal, start);
            positions.Height.CopyTo(Height, start);
            positions.Width.CopyTo(Width, start);
            var prefix = prompt.Ids.Length;
            Allow(row, 0, prefix, prefix);

            var column = prefix;
            var last = outputs.Count; // the prefix's last token predicts the first of every completion
            if (groups[row].Completions.Any(c => c.Length > 0))
                outputs.Add(start + prefix - 1);
            foreach (var ids in groups[row].Completions)
            {
                for (var t = 0; t < ids.Length; t++, token++)
                {
                    Predecessors[token] = t == 0 ? last : outputs.Count + t - 1;
                    Targets[token] = ids[t];
                    Places[token] = completion * Longest + t;
                }
                completion++;
                var kept = Math.Max(ids.Length - 1, 0);
                for (var t = 0; t < kept; t++)
                {
                    outputs.Add(start + column + t);
                    Ids[start + column + t] = ids[t];
                    Temporal[start + column + t] =
                        Height[start + column + t] =
                        Width[start + column + t] =
                            positions.Next + t;
                }
                Allow(row, column, kept, prefix);
                column += kept;
            }
            // Padding sees itself, so that no row of scores is empty.
            for (; column < Columns; column++)
                Mask[(row * Columns + column) * Columns + column] = 0;
        }
        Outputs = [.. outputs];
    }

    /// <summary>Number of groups.</summary>
    internal int Rows { get; }

    /// <summary>Tokens of the longest packed row.</summary>
    internal int Columns { get; }

    /// <summary>Number of completions of all groups.</summary>
    internal int Completions { get; }

    /// <summary>Length of the longest completion.</summary>
    internal int Longest { get; }

    /// <summary>Token ids [Rows * Columns].</summary>
    internal int[] Ids { get; }

    /// <summary>Rotary positions [Rows * Columns].</summary>
    internal int[] Temporal { get; }

    /// <summary>Rotary positions [Rows * Columns].</summary>
    internal int[] Height { get; }

    /// <summary>Rotary positions [Rows * Columns].</summary>
    internal int[] Width { get; }

    /// <summary>0 where a token may look, -infinity elsewhere [Rows * Columns * Columns].</summary>
    internal float[] Mask { get; }

    /// <summary>Places in Ids whose outputs predict a completion token.</summary>
    internal long[] Outputs { get; }

    /// <summary>For each completion token, row by row, which of the Outputs predicts it.</summary>
    internal long[] Predecessors { get; }

    /// <summary>The completion tokens' ids.</summary>
    internal long[] Targets { get; }

    /// <summary>The completion tokens' places in a [Completions, Longest] table.</summary>
    internal long[] Places { get; }

    /// <summary>Lets `count` tokens from `column` on see the prefix and, causally, each other.</summary>
    private void Allow(int row, int column, int count, int prefix)
    {
        for (var t = 0; t < count; t++)
        {
            var scores = Mask.AsSpan((row * Columns + column + t) * Columns, Columns);
            if (column >= prefix)
                scores[..prefix].Clear();
            scores.Slice(column, t + 1).Clear();
        }
    }
}
