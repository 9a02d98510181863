using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Opens files by what they are.</summary>
internal static class RowFiles
{
    public static IRowFile Open(IReadOnlyList<string> files, DatasetOptions options)
    {
        var paths = files.SelectMany(Expanded).ToList();
        if (paths.Count == 0) throw new InputException("", "files", "at least one file", "none");
        var opened = new List<IRowFile>();
        try
        {
            for (var i = 0; i < paths.Count;)
            {
                var shards = IsParquet(paths[i]) ? paths[i..].TakeWhile(IsParquet).ToList() : [paths[i]];
                opened.Add(OpenOne(shards, options));
                i += shards.Count;
            }
            return opened is [var one] ? one : new ConcatenatedRows(opened);
        }
        catch
        {
            opened.ForEach(file => file.Dispose());
            throw;
        }
    }

    private static IRowFile OpenOne(List<string> paths, DatasetOptions options)
    {
        var path = paths[0];
        if (!File.Exists(path)) throw new InputException(path, "", "a data file", Directory.Exists(path) ? "a folder" : "no such file");
        var pictures = new DiskFolder([Path.GetDirectoryName(Path.GetFullPath(path))!, .. options.ImageFolders]);
        if (IsParquet(path)) return new ParquetRows(paths, pictures);
        if (HasExtension(path, ".jsonl", ".jsonl.gz")) return new JsonRows(path, pictures, lines: true);
        if (HasExtension(path, ".json", ".json.gz")) return new JsonRows(path, pictures, lines: false);
        throw new InputException(path, "", "a file whose name ends in .parquet, .jsonl, .json or .gz", FileKind.Describe(FileKind.Start(path)));
    }

    private static bool IsParquet(string path) => HasExtension(path, ".parquet");

    private static bool HasExtension(string path, params string[] extensions) =>
        extensions.Any(extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    /// <summary>The files that a pattern or a folder stands for, in the order of their names.</summary>
    private static IEnumerable<string> Expanded(string path)
    {
        var (folder, pattern) = (Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".", Path.GetFileName(path));
        if (pattern.Contains('*'))
        {
            if (!Directory.Exists(folder)) throw new InputException(path, "", "a pattern in a folder that exists", "no such folder");
            string[] found = [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)];
            return found.Length > 0 ? found : throw new InputException(path, "", "files that match the pattern", "none");
        }
        if (!Directory.Exists(path)) return [path];
        string[] parquet = [.. Directory.EnumerateFiles(path, "*.parquet").Order(StringComparer.Ordinal)];
        return parquet.Length > 0 ? parquet : [path];
    }
}
