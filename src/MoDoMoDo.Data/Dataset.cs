using System.Globalization;
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

    internal Dataset(
        string name,
        IRowFile rows,
        DatasetFormat format,
        DatasetOptions options,
        IRowObserver? observer = null
    )
    {
        (Name, this.rows, this.format, this.options) = (name, rows, format, options);
        Format = format.Name;
        if (LookAtAllRows(observer) && format.Name == DatasetCatalogue.ProblemSolution)
            Format = DatasetCatalogue.Boxes;
    }

    /// <summary>Domain or benchmark.</summary>
    public string Name { get; }

    /// <summary>Number of samples.</summary>
    public int Count => usable.Count;

    /// <summary>Name of the format in the catalogue; of problems and solutions that all ask for boxes: virft-coco.</summary>
    public string Format { get; }

    /// <summary>Rows of the files, usable or not; with a limit those after it are not looked at.</summary>
    public int Rows => rows.Count;

    /// <summary>What is wrong with the rows that cannot be used, in the order of the files.</summary>
    public IReadOnlyList<InputException> Problems => problems;

    /// <summary>How many good rows are no part of the set, by reason.</summary>
    public IReadOnlyDictionary<string, int> LeftOut => leftOut;

    /// <summary>The sample at an index. Raises InputException when its row cannot be read any more.</summary>
    /// <param name="index">In [0, Count).</param>
    public Sample Get(int index) => Sized(format.Read(ReaderOf(rows.Read(usable[index]), usable[index])));

    /// <summary>The row that sample <paramref name="index"/> comes from, counted over all files from 0.</summary>
    /// <param name="index">In [0, Count).</param>
    public int RowOf(int index) => usable[index];

    /// <summary>Closes the files.</summary>
    public void Dispose() => rows.Dispose();

    private RowReader ReaderOf(Row row, int index) => new(row, index, Name, options.Columns, rows.Pictures);

    /// <summary>True when there are samples and all have boxes as gold.</summary>
    private bool LookAtAllRows(IRowObserver? observer)
    {
        var onlyBoxes = true;
        if (options.Problems == ProblemHandling.Stop && rows.Problems is [var first, ..])
            throw first;
        problems.AddRange(rows.Problems);
        foreach (var (reason, count) in rows.LeftOut)
            leftOut[reason] = count;
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < rows.Count && usable.Count < (options.Limit ?? int.MaxValue); i++)
            try
            {
                var row = rows.Read(i);
                observer?.Saw(row);
                var reader = ReaderOf(row, i);
                var sample = format.Read(reader);
                var sizes = PictureChecks.Check(sample, options, reader);
                observer?.Saw(sample, sizes);
                if (ReasonToLeaveOut(sample) is { } reason)
                    leftOut[reason] = leftOut.GetValueOrDefault(reason) + 1;
                else if (reader.OwnId is { } id && !seen.TryAdd(id, i))
                    throw reader.Fail("id", "an id of its own", $"'{id}', which {rows.Read(seen[id]).Place} has");
                else
                {
                    usable.Add(i);
                    onlyBoxes &= sample.Gold.IsBoxes;
                }
            }
            catch (InputException e) when (options.Problems == ProblemHandling.Skip)
            {
                problems.Add(e);
            }
        return onlyBoxes && usable.Count > 0;
    }

    /// <summary>The sample with the size of its picture as fields width and height where boxes need it.</summary>
    private Sample Sized(Sample sample)
    {
        if (!sample.Gold.IsBoxes || sample.Images is not [var image, ..] || sample.Fields.ContainsKey("width"))
            return sample;
        var size = PictureChecks.SizeOf(image, options.Images);
        var fields = new Dictionary<string, string>(sample.Fields, StringComparer.Ordinal)
        {
            ["width"] = size.Width.ToString(CultureInfo.InvariantCulture),
            ["height"] = size.Height.ToString(CultureInfo.InvariantCulture),
        };
        return new(sample.Id, sample.Domain, sample.Question, sample.Options, sample.Images, sample.Gold, fields);
    }

    private string? ReasonToLeaveOut(Sample sample) =>
        options.Split is { } split && SplitOf(sample) is { } own && own != split ? "another split"
        : sample.Images.Length == 0 && (options.ImagesRequired ?? format.ImagesRequired) ? "no picture"
        : format.LeaveOut?.Invoke(sample);

    private static string? SplitOf(Sample sample) =>
        sample.Fields.TryGetValue("split", out var split) || sample.Fields.TryGetValue("data_split", out split)
            ? split
            : null;
}

/// <summary>Looks on while the rows of a data set are looked at.</summary>
internal interface IRowObserver
{
    /// <summary>A row that could be read.</summary>
    void Saw(Row row);

    /// <summary>A sample that could be made of it, and the sizes of its pictures as far as they were looked at.</summary>
    void Saw(Sample sample, IReadOnlyList<ImageSize> sizes);
}
