using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>
/// The rows of a folder that Hugging Face datasets wrote with save_to_disk: Arrow streams named in state.json; column names in
/// dataset_info.json, which is all that a data set without rows has.
/// </summary>
internal sealed class ArrowRows : IRowFile
{
    private const long KeptBytes = 256L << 20;

    private readonly record struct Batch(int File, int Index, int FirstRow, int Rows);

    private readonly string folder;
    private readonly List<string> paths;
    private readonly List<ArrowStream> files = [];
    private readonly List<Batch> batches = [];
    private readonly List<InputException> problems = [];
    private readonly BoundedCache<int, List<IReadOnlyDictionary<string, Cell>>> kept;

    public ArrowRows(string folder, IPictureFolder pictures)
    {
        (this.folder, Pictures) = (folder, pictures);
        paths =
        [
            .. JsonFiles.Read(Path.Combine(folder, "state.json"))["_data_files"] is Cell.List list
                ? list
                    .Items.OfType<Cell.Object>()
                    .Select(file => file["filename"])
                    .OfType<Cell.Text>()
                    .Select(name => Path.Combine(folder, Path.GetFileName(name.Value)))
                : throw new InputException(folder, "state.json: _data_files", "a list of files", "none"),
        ];
        try
        {
            for (var i = 0; i < paths.Count; i++)
                Add(i);
        }
        catch
        {
            Dispose();
            throw;
        }
        var bytes = paths.Sum(path => new FileInfo(path).Length);
        kept = new(KeptBytes, rows => bytes / Math.Max(1, Count) * rows.Count);
        Fields =
            files.Count > 0 ? [.. files[0].Schema.FieldsList.Select(field => field.Name)]
            : JsonFiles.Read(Path.Combine(folder, "dataset_info.json"))["features"] is Cell.Object features
                ? [.. features.Members.Keys]
            : [];
    }

    public string Kind => "save_to_disk";
    public IReadOnlyList<string> Fields { get; }
    public IPictureFolder Pictures { get; }
    public int Count => batches.Count == 0 ? 0 : batches[^1].FirstRow + batches[^1].Rows;
    public IReadOnlyList<InputException> Problems => problems;

    public Row Read(int index)
    {
        var at = batches.FindLastIndex(batch => batch.FirstRow <= index);
        var batch = batches[at];
        try
        {
            var rows = kept.GetOrAdd(at, () => files[batch.File].ReadBatch(batch.Index));
            return new(folder, $"row {index}", rows[index - batch.FirstRow]);
        }
        catch (Exception e) when (e is not InputException)
        {
            throw new InputException(paths[batch.File], $"row {index}", "a readable batch", e.Message);
        }
    }

    public void Dispose() => files.ForEach(file => file.Dispose());

    private void Add(int file)
    {
        if (!File.Exists(paths[file]))
            throw new InputException(paths[file], "", "an Arrow file, as state.json says", "no such file");
        var stream = new ArrowStream(paths[file]);
        files.Add(stream);
        var index = 0;
        foreach (var rows in stream.BatchLengths)
            batches.Add(new(file, index++, Count, rows));
        if (stream.Damage is { } damage)
            problems.Add(
                Count > 0
                    ? new(paths[file], $"row {Count} and those behind it", "a whole Arrow stream", damage)
                    : throw new InputException(paths[file], "", "a whole Arrow stream", damage)
            );
    }
}
