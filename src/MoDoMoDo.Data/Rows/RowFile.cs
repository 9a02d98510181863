using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>A row as it stands in its file.</summary>
/// <param name="File">The file.</param>
/// <param name="Place">Where in the file: "row 3" (from 0), "line 4" (from 1, over all lines of the file).</param>
/// <param name="Cells">The cells by the file's own names.</param>
internal sealed record Row(string File, string Place, IReadOnlyDictionary<string, Cell> Cells)
{
    /// <summary>Bytes that the row holds in memory, roughly.</summary>
    public long Size => 200 + Cells.Values.Sum(cell => cell.Size);

    /// <summary>The error that names this row.</summary>
    public InputException Fail(string field, string wanted, string found) =>
        new(File, $"{Place}: {field}", wanted, Quotable(found));

    // What was found may be the row's own text: an error stays one short line.
    private static string Quotable(string text)
    {
        const int most = 200;
        var line = string.Concat(text.Take(most).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c));
        return text.Length <= most ? line : line + " ...";
    }
}

/// <summary>Rows in one or several files, by index; each is read when it is asked for. Safe to use from many threads.</summary>
internal interface IRowFile : IDisposable
{
    /// <summary>Name of the kind: parquet, jsonl, json ...</summary>
    string Kind { get; }

    /// <summary>Column names in the order of the file; for JSON those of the first rows.</summary>
    IReadOnlyList<string> Fields { get; }

    int Count { get; }

    /// <summary>Where the paths of pictures lead.</summary>
    IPictureFolder Pictures { get; }

    /// <summary>What is wrong with the file apart from its rows.</summary>
    IReadOnlyList<InputException> Problems => [];

    /// <summary>Parts of the file that are no rows, by reason, with their number.</summary>
    IReadOnlyDictionary<string, int> LeftOut => new Dictionary<string, int>();

    /// <summary>The row at an index. Raises InputException when it cannot be read.</summary>
    Row Read(int index);
}

/// <summary>Where the paths of pictures in rows lead.</summary>
internal interface IPictureFolder
{
    /// <summary>The picture of that path; null when there is none. Raises ArgumentException, which says why, when the path
    /// leads outside, and InvalidDataException when the picture is there but damaged.</summary>
    Image? Find(string path);
}

/// <summary>Rows that are put together from several files or parts of files when they are asked for.</summary>
/// <param name="kind">Name of the kind.</param>
/// <param name="fields">Column names.</param>
/// <param name="pictures">Where the paths of pictures lead.</param>
/// <param name="rows">Makes each row.</param>
/// <param name="problems">What is wrong apart from the rows.</param>
/// <param name="leftOut">Parts that are no rows.</param>
internal sealed class ListedRows(
    string kind,
    IReadOnlyList<string> fields,
    IPictureFolder pictures,
    IReadOnlyList<Func<Row>> rows,
    IReadOnlyList<InputException>? problems = null,
    IReadOnlyDictionary<string, int>? leftOut = null
) : IRowFile
{
    public string Kind => kind;
    public IReadOnlyList<string> Fields => fields;
    public int Count => rows.Count;
    public IPictureFolder Pictures => pictures;
    public IReadOnlyList<InputException> Problems { get; } = problems ?? [];
    public IReadOnlyDictionary<string, int> LeftOut { get; } = leftOut ?? new Dictionary<string, int>();

    public Row Read(int index) => rows[index]();

    public void Dispose() { }
}
