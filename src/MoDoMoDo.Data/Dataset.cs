using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>The samples of data files. Samples are read when they are asked for; safe to use from many threads.</summary>
public sealed class Dataset : ISampleSource, IDisposable
{
    private readonly IRowFile rows;
    private readonly DatasetFormat format;
    private readonly DatasetOptions options;
    private readonly List<int> usable = [];
    private readonly List<InputException> problems = [];
    private readonly Dictionary<string, int> leftOut = new(StringComparer.Ordinal);

    internal Dataset(string name, IRowFile rows, DatasetFormat format, DatasetOptions options)
    {
        (Name, this.rows, this.format, this.options) = (name, rows, format, options);
        LookAtAllRows();
    }

    /// <summary>Domain or benchmark.</summary>
    public string Name { get; }

    /// <summary>Number of samples.</summary>
    public int Count => usable.Count;

    /// <summary>Name of the format in the catalogue.</summary>
    public string Format => format.Name;

    /// <summary>Rows of the files, usable or not; with a limit those after it are not looked at.</summary>
    public int Rows => rows.Count;

    /// <summary>What is wrong with the rows that cannot be used, in the order of the files.</summary>
    public IReadOnlyList<InputException> Problems => problems;

    /// <summary>How many good rows are no part of the set, by reason.</summary>
    public IReadOnlyDictionary<string, int> LeftOut => leftOut;

    /// <summary>The sample at an index. Raises InputException when its row cannot be read any more.</summary>
    /// <param name="index">In [0, Count).</param>
    public Sample Get(int index) => format.Read(ReaderOf(usable[index]));

    /// <summary>The row that sample <paramref name="index"/> comes from, counted over all files from 0.</summary>
    /// <param name="index">In [0, Count).</param>
    public int RowOf(int index) => usable[index];

    /// <summary>Closes the files.</summary>
    public void Dispose() => rows.Dispose();

    private RowReader ReaderOf(int index) => new(rows.Read(index), index, Name, options.Columns, rows.Pictures);

    private void LookAtAllRows()
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < rows.Count && usable.Count < (options.Limit ?? int.MaxValue); i++)
            try
            {
                var reader = ReaderOf(i);
                var sample = format.Read(reader);
                PictureChecks.Check(sample, options, reader);
                if (ReasonToLeaveOut(sample) is { } reason) leftOut[reason] = leftOut.GetValueOrDefault(reason) + 1;
                else if (reader.OwnId is { } id && !seen.TryAdd(id, i))
                    throw reader.Fail("id", "an id of its own", $"'{id}', which {rows.Read(seen[id]).Place} has");
                else usable.Add(i);
            }
            catch (InputException e) when (options.Problems == ProblemHandling.Skip)
            {
                problems.Add(e);
            }
    }

    private string? ReasonToLeaveOut(Sample sample) =>
        sample.Images.Length == 0 && (options.ImagesRequired ?? format.ImagesRequired) ? "no picture" : format.LeaveOut?.Invoke(sample);
}
