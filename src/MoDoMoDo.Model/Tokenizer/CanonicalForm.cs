using System.Globalization;
using System.Text;

namespace MoDoMoDo.Model;

/// <summary>
/// Unicode's canonical composition (NFC, UAX 15) with tables of our own: the platform's needs a library that bare machines
/// lack, and leaves texts as they are where it is switched off. The reference tokenizer has Unicode's tables built in too.
/// </summary>
internal static class CanonicalForm
{
    /// <summary>Below this, nothing decomposes into a mark or composes with one.</summary>
    private const char FirstMark = '\u0300';

    private const int HangulBase = 0xAC00,
        LeadBase = 0x1100,
        VowelBase = 0x1161,
        TrailBase = 0x11A7,
        Vowels = 21,
        Trails = 28,
        Syllables = 19 * Vowels * Trails;

    private static readonly Dictionary<int, byte> Classes = [];
    private static readonly Dictionary<int, int[]> Decompositions = [];
    private static readonly Dictionary<(int, int), int> Compositions = [];

    static CanonicalForm()
    {
        using var stream = typeof(CanonicalForm).Assembly.GetManifestResourceStream("canonical.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line[0] != '#')
                Add(line.Split(' '));
    }

    /// <summary>The text in NFC; it has no lone surrogates.</summary>
    internal static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstMark, char.MaxValue))
            return text;
        var runes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, runes);
        Order(runes);
        Compose(runes);
        var result = new StringBuilder(runes.Count);
        Span<char> letters = stackalloc char[2];
        foreach (var rune in runes)
            result.Append(letters[..new Rune(rune).EncodeToUtf16(letters)]);
        return result.ToString();
    }

    private static void Add(string[] parts)
    {
        int Code(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (parts[0].Split("..") is [var first, var last])
        {
            for (var code = Code(first); code <= Code(last); code++)
                Classes[code] = byte.Parse(parts[1], CultureInfo.InvariantCulture);
            return;
        }
        var pieces = parts[2..].Select(Code).ToArray();
        Decompositions[Code(parts[0])] = pieces;
        if (parts[1] == "=")
            Compositions[(pieces[0], pieces[1])] = Code(parts[0]);
    }

    private static void Decompose(int rune, List<int> into)
    {
        if (rune - HangulBase is >= 0 and < Syllables and var syllable)
        {
            into.Add(LeadBase + syllable / (Vowels * Trails));
            into.Add(VowelBase + syllable / Trails % Vowels);
            if (syllable % Trails > 0)
                into.Add(TrailBase + syllable % Trails);
        }
        else if (Decompositions.TryGetValue(rune, out var parts))
            foreach (var part in parts)
                Decompose(part, into); // at most four deep, by the table
        else
            into.Add(rune);
    }

    /// <summary>Marks between two characters that are none stand in the order of their classes, equal ones as they were.</summary>
    private static void Order(List<int> runes)
    {
        for (var start = 0; start < runes.Count; start++)
        {
            var end = start;
            while (end < runes.Count && Class(runes[end]) > 0)
                end++;
            if (end - start > 1)
            {
                var sorted = runes.GetRange(start, end - start).OrderBy(Class).ToArray();
                for (var i = 0; i < sorted.Length; i++)
                    runes[start + i] = sorted[i];
            }
            start = end;
        }
    }

    /// <summary>Each mark joins the last character that is none, unless a mark of its class or above, or such a character, stands between.</summary>
    private static void Compose(List<int> runes)
    {
        var (starter, kept, before) = (-1, 0, 0);
        for (var i = 0; i < runes.Count; i++)
        {
            var (rune, own) = (runes[i], Class(runes[i]));
            var blocked = kept - 1 > starter && before >= own;
            if (starter >= 0 && !blocked && Joined(runes[starter], rune) is { } joined)
            {
                runes[starter] = joined;
                continue;
            }
            if (own == 0)
                starter = kept;
            before = own;
            runes[kept++] = rune;
        }
        runes.RemoveRange(kept, runes.Count - kept);
    }

    private static int? Joined(int first, int second)
    {
        if (first - LeadBase is >= 0 and < 19 and var lead && second - VowelBase is >= 0 and < Vowels and var vowel)
            return HangulBase + (lead * Vowels + vowel) * Trails;
        if (
            first - HangulBase is >= 0 and < Syllables and var syllable
            && syllable % Trails == 0
            && second - TrailBase is > 0 and < Trails and var trail
        )
            return first + trail;
        return Compositions.TryGetValue((first, second), out var joined) ? joined : null;
    }

    private static int Class(int rune) => Classes.GetValueOrDefault(rune);
}
