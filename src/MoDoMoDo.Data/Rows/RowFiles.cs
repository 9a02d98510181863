using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Opens files by what they are.</summary>
internal static class RowFiles
{
    public static IRowFile Open(IReadOnlyList<string> files, DatasetOptions options)
    {
        var paths = files.SelectMany(Expanded).ToList();
        if (paths.Count == 0)
            throw new InputException("", "files", "at least one file", "none");
        var opened = new List<IRowFile>();
        try
        {
            for (var i = 0; i < paths.Count; )
            {
                var shards = IsParquet(paths[i]) ? paths[i..].TakeWhile(IsParquet).ToList() : [paths[i]];
                opened.Add(OpenOne(shards, options));
                i += shards.Count;
            }
            return opened is [var one] ? one : new ConcatenatedRows(opened);
        }
        catch (Exception e)
        {
            opened.ForEach(file => file.Dispose());
            if (e is IOException or UnauthorizedAccessException)
                throw new InputException(files[0], "", "a readable file", e.Message);
            throw;
        }
    }

    private static IRowFile OpenOne(List<string> paths, DatasetOptions options)
    {
        var path = paths[0];
        if (Directory.Exists(path))
            return OpenFolder(path, options);
        if (!File.Exists(path))
            throw new InputException(path, "", "a data file or folder", "no such file");
        var pictures = PictureFolders.Of(Path.GetDirectoryName(Path.GetFullPath(path))!, options);
        if (IsParquet(path))
            return new ParquetRows(paths, pictures);
        if (HasExtension(path, ".zip"))
            return ZippedRows.Open(path, options);
        if (HasExtension(path, ".jsonl", ".jsonl.gz"))
            return new JsonRows(path, pictures, lines: true);
        if (HasExtension(path, ".json", ".json.gz"))
            return OpenJson(path, pictures, options);
        throw new InputException(
            path,
            "",
            "a folder, or a file whose name ends in .parquet, .jsonl, .json, .gz or .zip",
            FileKind.Describe(FileKind.Start(path))
        );
    }

    private static IRowFile OpenJson(string path, IPictureFolder pictures, DatasetOptions options)
    {
        // The beginning tells an array from an object, and of objects the one that holds COCO's lists.
        var start = System
            .Text.Encoding.UTF8.GetString(FileKind.Start(path))
            .TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (
            options.Format == "coco"
            || (
                start is ['{', ..]
                && (start.Contains("\"licenses\"") || start.Contains("\"images\"") || start.Contains("\"annotations\""))
            )
        )
            return CocoRows.Open(
                path,
                PictureFolders.Of(Path.GetDirectoryName(Path.GetFullPath(path))!, options),
                options
            );
        return new JsonRows(path, pictures, lines: false, property: start is ['{', ..] ? "data" : null);
    }

    private static IRowFile OpenFolder(string folder, DatasetOptions options)
    {
        bool Has(string name) => File.Exists(Path.Combine(folder, name));
        var pictures = PictureFolders.Of(folder, options);
        if (Has("state.json"))
            return new ArrowRows(folder, pictures);
        if (Has("dataset_dict.json"))
            return OpenFolder(Path.Combine(folder, SplitOf(folder, options)), options);
        if (Has("problems.json"))
            return FolderRows.ScienceQa(folder, pictures);
        if (Directory.EnumerateFiles(folder, "*.json").Any())
            return FolderRows.ReasonSeg(folder, pictures);
        if (Directory.EnumerateDirectories(folder).Any(inner => File.Exists(Path.Combine(inner, "data.json"))))
            return FolderRows.Geometry3K(folder, pictures);
        throw new InputException(
            folder,
            "",
            "a folder of parquet files, of save_to_disk, of ReasonSeg, ScienceQA or Geometry3K",
            "none of these"
        );
    }

    /// <summary>The split of a DatasetDict that the options name; the only one where they name none.</summary>
    private static string SplitOf(string folder, DatasetOptions options)
    {
        string[] splits = JsonFiles.Read(Path.Combine(folder, "dataset_dict.json"))["splits"] is Cell.List list
            ? [.. list.Items.OfType<Cell.Text>().Select(split => split.Value)]
            : [];
        var wanted = options.Split ?? (splits.Length == 1 ? splits[0] : "none");
        return splits.Contains(wanted)
            ? Path.GetFileName(wanted)
            : throw new InputException(folder, "split", $"one of {string.Join(", ", splits)}", wanted);
    }

    private static bool IsParquet(string path) => HasExtension(path, ".parquet");

    private static bool HasExtension(string path, params string[] extensions) =>
        extensions.Any(extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    /// <summary>The files that a pattern or a folder stands for, in the order of their names.</summary>
    internal static IEnumerable<string> Expanded(string path)
    {
        var (folder, pattern) = (
            Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".",
            Path.GetFileName(path)
        );
        if (pattern.Contains('*'))
        {
            if (!Directory.Exists(folder))
                throw new InputException(path, "", "a pattern in a folder that exists", "no such folder");
            string[] found = [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)];
            return found.Length > 0
                ? found
                : throw new InputException(path, "", "files that match the pattern", "none");
        }
        if (!Directory.Exists(path))
            return [path];
        string[] parquet = [.. Directory.EnumerateFiles(path, "*.parquet").Order(StringComparer.Ordinal)];
        return parquet.Length > 0 ? parquet : [path];
    }
}
