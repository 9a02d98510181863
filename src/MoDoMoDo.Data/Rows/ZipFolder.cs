using System.IO.Compression;
using System.IO.Hashing;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>
/// The files in a zip archive, read in memory and never written to the disk. An entry is inflated to the length that it claims
/// and no further, and its checksum is verified. Of entries with one name the last counts.
/// </summary>
internal sealed class ZipFolder : IPictureFolder, IDisposable
{
    // What deflate can give at most for a byte.
    private const int MaxRatio = 1032;

    private readonly string path;
    private readonly string folder;
    private readonly ZipArchive archive;
    private readonly Dictionary<string, ZipArchiveEntry> entries = new(StringComparer.Ordinal);
    private readonly List<InputException> problems = [];
    private readonly Lock gate = new();

    /// <summary>The files of an archive; paths are relative to a folder in it.</summary>
    public ZipFolder(string path, string folder = "")
    {
        (this.path, this.folder) = (path, folder);
        try
        {
            archive = ZipFile.OpenRead(path);
            foreach (
                var entry in archive.Entries.Where(entry => !entry.FullName.EndsWith('/') && !IsJunk(entry.FullName))
            )
                Add(entry);
        }
        catch (InvalidDataException)
        {
            throw new InputException(
                path,
                "",
                "a whole zip archive",
                FileKind.Describe(FileKind.Start(path)) + ", damaged or cut off"
            );
        }
    }

    /// <summary>Names of the entries that can be used.</summary>
    public IEnumerable<string> Names => entries.Keys;

    /// <summary>Entries that cannot be used.</summary>
    public IReadOnlyList<InputException> Problems => problems;

    public Image? Find(string name)
    {
        var full =
            Normal(folder.Length > 0 ? $"{folder}/{name}" : name)
            ?? throw new ArgumentException("a path that leaves the archive");
        return entries.ContainsKey(full) ? Image.OfBytes(Read(full)) : null;
    }

    /// <summary>The bytes of an entry. Raises InvalidDataException when they are not what the archive says of them.</summary>
    public byte[] Read(string name)
    {
        lock (gate)
        {
            var entry = entries[name];
            var bytes = new byte[entry.Length];
            using var content = entry.Open();
            var length = content.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length < bytes.Length || content.ReadByte() >= 0)
                throw new InvalidDataException("another length than the archive says");
            return Crc32.HashToUInt32(bytes) == entry.Crc32
                ? bytes
                : throw new InvalidDataException("data that does not fit its checksum");
        }
    }

    public void Dispose() => archive.Dispose();

    private void Add(ZipArchiveEntry entry)
    {
        if (Normal(entry.FullName) is not { } name || entry.FullName.StartsWith('/'))
            problems.Add(Wrong(entry.FullName, "a path that leaves the archive"));
        else if (entry.Length > int.MaxValue || entry.Length > MaxRatio * (entry.CompressedLength + 1))
            problems.Add(
                Wrong(entry.FullName, $"{entry.CompressedLength} bytes that claim to inflate to {entry.Length}")
            );
        else if (!entries.TryAdd(name, entry))
        {
            problems.Add(Wrong(entry.FullName, "the same name twice; the last one is read"));
            entries[name] = entry;
        }
    }

    private InputException Wrong(string name, string found) => new(path, $"entry {name}", "a sound entry", found);

    private static bool IsJunk(string name) =>
        name.StartsWith("__MACOSX/", StringComparison.Ordinal) || name.EndsWith(".DS_Store", StringComparison.Ordinal);

    /// <summary>The path without . and ..; null when it leaves the archive.</summary>
    private static string? Normal(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".")
                continue;
            if (part != "..")
                parts.Add(part);
            else if (parts.Count == 0)
                return null;
            else
                parts.RemoveAt(parts.Count - 1);
        }
        return string.Join('/', parts);
    }
}
