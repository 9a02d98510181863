using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>The first of several folders that has the picture.</summary>
/// <param name="folders">The folders, in the order in which they are asked.</param>
internal sealed class PictureFolders(IReadOnlyList<IPictureFolder> folders) : IPictureFolder
{
    public Image? Find(string path)
    {
        ArgumentException? outside = null;
        var isInside = false;
        foreach (var folder in folders)
            try
            {
                if (folder.Find(path) is { } found)
                    return found;
                isInside = true;
            }
            catch (ArgumentException e)
            {
                outside = e;
            }
        return isInside || outside is null ? null : throw outside;
    }

    /// <summary>The folder of a data file and what the options name, archives among it.</summary>
    public static IPictureFolder Of(string dataFolder, DatasetOptions options)
    {
        string[] beside = ["", "images", "png"];
        var named = options.ImageFolders.Where(folder => !IsArchive(folder));
        var disk = new DiskFolder([.. beside.Select(name => Path.Combine(dataFolder, name)), .. named]);
        return options.ImageFolders.Any(IsArchive)
            ? new PictureFolders([
                disk,
                .. options.ImageFolders.Where(IsArchive).Select(archive => new ZipFolder(archive)),
            ])
            : disk;
    }

    private static bool IsArchive(string path) => path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);
}
