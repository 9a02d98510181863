namespace MoDoMoDo.Model;

/// <summary>Text for messages.</summary>
internal static class Strings
{
    internal static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd('\r');
}

/// <summary>Files that appear whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Lets `write` fill a temporary file beside `file`, flushes it to the disk and renames it.</summary>
    internal static void Write(string file, Action<string> write)
    {
        var temporary = file + ".tmp";
        write(temporary);
        using (var stream = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite))
            stream.Flush(flushToDisk: true);
        File.Move(temporary, file, overwrite: true);
    }

    /// <summary>Makes the folder that a file is to stand in.</summary>
    internal static void CreateFolderOf(string file)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder)
            Directory.CreateDirectory(folder);
    }
}
