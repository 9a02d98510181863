using MoDoMoDo.Domain;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace MoDoMoDo.Data;

/// <summary>
/// The rows of parquet files that form one split, in order. Read by row group: the groups read last are kept, up to a number
/// of bytes; checksums of pages are verified where the file has them.
/// </summary>
internal sealed class ParquetRows : IRowFile
{
    private const long KeptBytes = 256L << 20;

    private readonly record struct Group(int File, int Index, int FirstRow, int FirstRowInFile, int Rows);

    private readonly string[] paths;
    private readonly FileReader[] files;
    private readonly Group[] groups;
    private readonly Lock gate = new();
    private readonly BoundedCache<int, Row[]> kept = new(KeptBytes, rows => rows.Sum(row => row.Size));

    public ParquetRows(IReadOnlyList<string> paths, IPictureFolder pictures)
    {
        this.paths = [.. paths];
        Pictures = pictures;
        files = [.. paths.Select(Open)];
        groups = [.. Groups()];
        Fields = files.Length == 0 ? [] : [.. files[0].Schema.FieldsList.Select(field => field.Name)];
        for (var i = 1; i < files.Length; i++)
            if (Fields.Except(files[i].Schema.FieldsList.Select(field => field.Name)).FirstOrDefault() is { } missing)
                throw new InputException(this.paths[i], missing, $"the columns of {this.paths[0]}", "no such column");
    }

    public string Kind => "parquet";
    public IReadOnlyList<string> Fields { get; }
    public IPictureFolder Pictures { get; }
    public int Count => groups.Length == 0 ? 0 : groups[^1].FirstRow + groups[^1].Rows;

    public Row Read(int index)
    {
        var at = Array.FindLastIndex(groups, group => group.FirstRow <= index);
        return kept.GetOrAdd(at, () => ReadGroup(groups[at]))[index - groups[at].FirstRow];
    }

    public void Dispose()
    {
        foreach (var file in files)
            file.Dispose();
    }

    private static FileReader Open(string path)
    {
        if (!File.Exists(path))
            throw new InputException(path, "", "a parquet file", "no such file");
        if (FileKind.WrongStart(path, "PAR1"u8) is { } found)
            throw new InputException(path, "", "a parquet file", found);
        try
        {
            return SmallRowGroups.Open(path);
        }
        catch (Exception e) when (e is ParquetException or IOException)
        {
            throw new InputException(path, "", "a whole parquet file", OneLine(e));
        }
    }

    private IEnumerable<Group> Groups()
    {
        var row = 0;
        for (var file = 0; file < files.Length; file++)
        {
            var inFile = 0;
            for (var index = 0; index < files[file].NumRowGroups; index++)
            {
                using var group = files[file].ParquetReader.RowGroup(index);
                var rows = checked((int)group.MetaData.NumRows);
                if (rows > 0)
                    yield return new(file, index, row, inFile, rows);
                (row, inFile) = (row + rows, inFile + rows);
            }
        }
    }

    private Row[] ReadGroup(Group group)
    {
        try
        {
            lock (gate)
            {
                using var batches = files[group.File].GetRecordBatchReader(rowGroups: [group.Index]);
                var rows = new List<Row>(group.Rows);
                while (batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult() is { } batch)
                    using (batch)
                        for (var i = 0; i < batch.Length; i++)
                            rows.Add(
                                new(
                                    paths[group.File],
                                    $"row {group.FirstRowInFile + rows.Count}",
                                    ArrowCells.Row(batch, i)
                                )
                            );
                return rows.Count == group.Rows
                    ? [.. rows]
                    : throw Damaged(group, $"{rows.Count} rows where {group.Rows} are announced");
            }
        }
        catch (Exception e) when (e is not InputException)
        {
            throw Damaged(group, OneLine(e));
        }
    }

    private InputException Damaged(Group group, string found) =>
        new(
            paths[group.File],
            group.Rows == 1
                ? $"row {group.FirstRowInFile}"
                : $"rows {group.FirstRowInFile} to {group.FirstRowInFile + group.Rows - 1} (row group {group.Index})",
            "readable pages",
            found
        );

    /// <summary>The library's message on one line, without the name of its exception type.</summary>
    private static string OneLine(Exception e)
    {
        const string mark = "(message: '";
        var start = e.Message.IndexOf(mark, StringComparison.Ordinal);
        var message = start < 0 ? e.Message : e.Message[(start + mark.Length)..].TrimEnd(')').TrimEnd('\'');
        return string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
    }
}
