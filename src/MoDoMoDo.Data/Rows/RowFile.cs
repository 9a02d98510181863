using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>A row as it stands in its file.</summary>
/// <param name="File">The file.</param>
/// <param name="Place">Where in the file: "row 3" (from 0), "line 4" (from 1, over all lines of the file).</param>
/// <param name="Cells">The cells by the file's own names.</param>
internal sealed record Row(string File, string Place, IReadOnlyDictionary<string, Cell> Cells)
{
    /// <summary>The error that names this row.</summary>
    public InputException Fail(string field, string wanted, string found) => new(File, $"{Place}: {field}", wanted, found);
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

    /// <summary>The row at an index. Raises InputException when it cannot be read.</summary>
    Row Read(int index);
}

/// <summary>Where the paths of pictures in rows lead.</summary>
internal interface IPictureFolder
{
    /// <summary>The picture of that path; null when there is none. Raises ArgumentException, which says why, when the path
    /// leads outside.</summary>
    Image? Find(string path);
}
