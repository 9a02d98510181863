using System.Text.Json;
using MoDoMoDo.Domain;
using MoDoMoDo.Goldens.Models;
using MoDoMoDo.Model;
using MoDoMoDo.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Goldens.Grpo;

/// <summary>One generation batch of a recorded run: its rows in the sampler's order, and their rewards.</summary>
internal sealed class RecordedGeneration
{
    private readonly int[][] _prompts;
    private readonly int[][] _completions;
    private readonly int[] _counted;
    private readonly bool[] _truncated;
    private readonly int _pad;

    /// <param name="golden">The generation's entry.</param>
    /// <param name="images">The images of each prompt, by its index.</param>
    /// <param name="config">Says which ids end a completion and which is padding.</param>
    /// <param name="dropsTruncated">True: tokens of truncated rows do not count.</param>
    public RecordedGeneration(
        JsonElement golden,
        Func<int, EncodedImage[]> images,
        PolicyConfig config,
        bool dropsTruncated
    )
    {
        Golden = golden;
        _pad = Math.Max(0, config.PadToken);
        _prompts = golden.GetProperty("prompt_ids").Rows();
        _completions = golden.GetProperty("completion_ids").Rows();
        var ends = config.EndTokens.ToHashSet();
        _truncated = [.. _completions.Select(row => CompletionRows.IsTruncated(row, ends, _pad))];
        _counted = [.. _completions.Select((row, i) => dropsTruncated && _truncated[i] ? 0 : row.Length)];
        Images = [.. golden.GetProperty("prompt_index").Integers().Select(images)];
        Rewards = [.. golden.GetProperty("rewards").EnumerateArray().Select(JsonNumbers.Numbers)];
        Advantages = golden.GetProperty("advantages").Numbers();
    }

    public JsonElement Golden { get; }

    public EncodedImage[][] Images { get; }

    public double[][] Rewards { get; }

    /// <summary>As recorded.</summary>
    public double[] Advantages { get; }

    public int Tokens => _counted.Sum();

    public int Rows => _prompts.Length;

    public CompletionLengths Lengths => CompletionLengths.Of([.. _completions.Select(row => row.Length)], _truncated);

    /// <summary>Some of the rows, padded to the longest of all.</summary>
    public ScoredRows Take(int[] rows)
    {
        var (width, length) = (_prompts.Max(row => row.Length), _completions.Max(row => row.Length));
        return new ScoredRows(
            Matrix(rows, row => Enumerable.Repeat(_pad, width - _prompts[row].Length).Concat(_prompts[row])),
            Matrix(rows, row => Ones(_prompts[row].Length, width).Reverse()),
            Matrix(rows, row => _completions[row].Concat(Enumerable.Repeat(_pad, length - _completions[row].Length))),
            Matrix(rows, row => Ones(_counted[row], length)),
            [.. rows.SelectMany(row => Images[row])]
        );
    }

    private static IEnumerable<int> Ones(int count, int of) => Enumerable.Range(0, of).Select(i => i < count ? 1 : 0);

    private static Tensor Matrix(int[] rows, Func<int, IEnumerable<int>> row)
    {
        var values = rows.SelectMany(r => row(r).Select(id => (long)id)).ToArray();
        return tensor(values, rows.Length, values.Length / rows.Length);
    }
}
