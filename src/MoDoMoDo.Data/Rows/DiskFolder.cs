using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Pictures in folders of the disk: beside the data file, or in the folders that the settings name.</summary>
/// <param name="roots">The folders, the first being the data file's own.</param>
internal sealed class DiskFolder(IReadOnlyList<string> roots) : IPictureFolder
{
    private readonly string[] roots = [.. roots.Select(root => Path.GetFullPath(root))];

    public Image? Find(string path)
    {
        var inside = roots
            .Select(root => (Root: root, File: Path.GetFullPath(Path.Combine(root, path.Replace('\\', '/')))))
            .Where(at =>
                at.File.StartsWith(
                    Path.TrimEndingDirectorySeparator(at.Root) + Path.DirectorySeparatorChar,
                    StringComparison.Ordinal
                )
            )
            .Select(at => at.File)
            .ToList();
        if (inside.Count == 0)
            throw new ArgumentException("a path that leaves the data's folder");
        return inside.Find(File.Exists) is { } file ? Image.OfFile(file) : null;
    }
}
