using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Goldens.Processors;

/// <summary>Files that processors/ names relative to itself; samples and the vocabulary lie beside the recordings.</summary>
internal static class ProcessorFiles
{
    public const string Folder = "processors";

    /// <summary>The vocabulary of every recorded text, relative to processors/.</summary>
    public const string Vocabulary = "../../data/tokenizer/qwen2";

    /// <summary>
    /// Where a path of processors/ leads: inside the recording, beside it, or beside the recordings that stand next to the repository.
    /// </summary>
    public static string Locate(Recording recording, string path)
    {
        if (recording.Has($"{Folder}/{path}"))
            return recording.Use($"{Folder}/{path}");
        string[] roots = [recording.Root, Repository.Recordings[1]];
        return roots.Select(root => Path.GetFullPath(Path.Combine(root, Folder, path))).FirstOrDefault(Path.Exists)
            ?? throw new FileNotFoundException($"{path}: neither in the recording nor beside it");
    }

    /// <summary>The lines of a file of processors/, parsed.</summary>
    public static IEnumerable<JsonElement> Lines(Recording recording, string path)
    {
        foreach (var line in File.ReadLines(recording.Use($"{Folder}/{path}")))
        {
            using var document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }

    /// <summary>SHA-256 of bytes, or of numbers as they lie in memory (little-endian).</summary>
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>A text of JSON with lone surrogates, if it has any, as U+FFFD: .NET's reader refuses them.</summary>
    public static string Text(this JsonElement value, string name) => value.GetProperty(name).GetString()!;

    public static bool Has(this JsonElement value, string name) => value.TryGetProperty(name, out _);

    /// <summary>Counts one comparison of two things that must be equal, and names it where they are not.</summary>
    public static void Same<T>(this Tally tally, string quantity, string name, T wanted, T found)
    {
        var same = EqualityComparer<T>.Default.Equals(wanted, found);
        tally.Of(quantity, 0).Add(1, same ? 1 : 0);
        if (!same)
            tally.Fail($"{quantity}: {name}: wanted {wanted}, found {found}");
    }

    /// <summary>Counts the comparison of two lists of ids.</summary>
    public static void SameIds(this Tally tally, string quantity, string name, int[] wanted, int[] found)
    {
        tally.Of(quantity, 0).AddEach(wanted, found);
        if (!wanted.SequenceEqual(found))
            tally.Fail($"{quantity}: {name}: wanted [{string.Join(' ', wanted)}], found [{string.Join(' ', found)}]");
    }

    /// <summary>Counts the comparison of all bytes of two images.</summary>
    public static void SamePixels(this Tally tally, string quantity, string name, RgbImage wanted, RgbImage found)
    {
        var different = wanted.Size.Equals(found.Size) ? Different(wanted.Pixels, found.Pixels) : wanted.Pixels.Length;
        tally.Of(quantity, 0).AddSummary(different, wanted.Pixels.Length);
        if (different > 0)
            tally.Fail($"{quantity}: {name}: {different} of {wanted.Pixels.Length} bytes differ");
    }

    private static int Different(byte[] wanted, byte[] found) => wanted.Zip(found, (a, b) => a == b ? 0 : 1).Sum();
}
