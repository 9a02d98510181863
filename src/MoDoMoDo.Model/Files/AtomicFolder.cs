using System.Globalization;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>Folders that are there whole or not at all.</summary>
public static class AtomicFolder
{
    private const string Unfinished = ".unfinished";
    private const string Replaced = ".replaced";

    /// <summary>Lets <paramref name="fill"/> write into a temporary folder, flushes its files to the disk and renames it.</summary>
    /// <param name="folder">The folder that appears; one of that name is replaced, and untouched until the new one is whole.</param>
    /// <param name="fill">Writes the files into the folder whose path it gets.</param>
    /// <param name="bytes">About how much it writes; refused at once when the disk has less room.</param>
    /// <exception cref="WorkException">The disk is too small, or became full.</exception>
    public static void Write(string folder, Action<string> fill, long bytes = 0) =>
        Write(folder, fill, bytes, FreeBytes);

    internal static void Write(string folder, Action<string> fill, long bytes, Func<string, long> free)
    {
        var unfinished = folder + Unfinished;
        Remove(unfinished);
        if (bytes > 0 && free(folder) is var room && room < bytes)
            throw TooSmall(folder, bytes, room);
        Directory.CreateDirectory(unfinished);
        try
        {
            fill(unfinished);
            foreach (var file in Directory.EnumerateFiles(unfinished, "*", SearchOption.AllDirectories))
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
                stream.Flush(flushToDisk: true);
            }
        }
        catch (Exception error)
        {
            Remove(unfinished);
            if (error is IOException && free(folder) < Math.Max(bytes, 1 << 20))
                throw TooSmall(folder, bytes, free(folder));
            throw;
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

    /// <summary>Bytes that the disk under a folder, which need not exist yet, has room for.</summary>
    public static long FreeBytes(string folder)
    {
        var existing = new DirectoryInfo(Path.GetFullPath(folder));
        while (!existing.Exists && existing.Parent is { } parent)
            existing = parent;
        return new DriveInfo(existing.FullName).AvailableFreeSpace;
    }

    private static WorkException TooSmall(string folder, long bytes, long room) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{folder}: wanted {bytes >> 20} MiB of room on the disk, found {room >> 20} MiB; what was there is untouched; a smaller checkpoint.keep, model.dtype=bf16 or model.trainable=lora would help"
            )
        );

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
