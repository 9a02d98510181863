namespace MoDoMoDo.Training;

/// <summary>Folders that are there whole or not at all.</summary>
internal static class AtomicFolder
{
    private const string Unfinished = ".unfinished";
    private const string Replaced = ".replaced";

    /// <summary>Lets <paramref name="fill"/> write into a temporary folder, flushes its files to the disk and renames it.</summary>
    /// <param name="folder">The folder that appears; one of that name is replaced.</param>
    /// <param name="fill">Writes the files into the folder whose path it gets.</param>
    public static void Write(string folder, Action<string> fill)
    {
        var unfinished = folder + Unfinished;
        Remove(unfinished);
        Directory.CreateDirectory(unfinished);
        fill(unfinished);
        foreach (var file in Directory.EnumerateFiles(unfinished, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }
        if (Directory.Exists(folder))
        {
            Remove(folder + Replaced);
            Directory.Move(folder, folder + Replaced);
        }
        Directory.Move(unfinished, folder);
        Remove(folder + Replaced);
    }

    /// <summary>Removes a folder such that a process killed meanwhile leaves no half of it under its own name.</summary>
    public static void Delete(string folder)
    {
        Remove(folder + Replaced);
        Directory.Move(folder, folder + Replaced);
        Remove(folder + Replaced);
    }

    /// <summary>Ends what a killed process left half done: a replaced folder without its successor comes back, the rest goes.</summary>
    /// <param name="parent">The folder that holds such folders.</param>
    public static void Recover(string parent)
    {
        foreach (var left in Directory.EnumerateDirectories(parent, "*" + Replaced).ToArray())
        {
            var folder = left[..^Replaced.Length];
            if (Directory.Exists(folder + Unfinished) && !Directory.Exists(folder))
                Directory.Move(left, folder);
            else
                Remove(left);
        }
        foreach (var left in Directory.EnumerateDirectories(parent, "*" + Unfinished).ToArray())
            Remove(left);
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
