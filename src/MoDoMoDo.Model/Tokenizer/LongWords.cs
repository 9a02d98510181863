using System.Text;

namespace MoDoMoDo.Model;

/// <summary>
/// Byte-pair merges of one very long word, n log n in its length, where the library's are quadratic and a text without spaces
/// would seem to hang: the pair of lowest rank merges first, of equal pairs the leftmost.
/// </summary>
internal sealed class LongWords
{
    private readonly int[] bytes = new int[256];
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> pairs = [];

    internal LongWords(Dictionary<string, int> ids, (string First, string Second)[] merges)
    {
        for (var value = 0; value < 256; value++)
            bytes[value] = ids.GetValueOrDefault(ByteLevel.ToChar((byte)value).ToString(), -1);
        for (var rank = 0; rank < merges.Length; rank++)
        {
            var (first, second) = merges[rank];
            pairs.TryAdd((ids[first], ids[second]), (rank, ids[first + second]));
        }
    }

    /// <summary>True when every byte has a token of its own, so that any word can be read.</summary>
    internal bool ReadsEverything => !bytes.Contains(-1);

    /// <summary>The ids of a word, as Tokenizer gives them.</summary>
    internal IEnumerable<int> Encode(ReadOnlySpan<char> word)
    {
        var text = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, text);
        var ids = Array.ConvertAll(text, value => bytes[value]);
        var (next, before) = (new int[ids.Length], new int[ids.Length]);
        var waiting = new PriorityQueue<(int Place, int Left, int Right), (int Rank, int Place)>();
        void Offer(int place)
        {
            if (place < 0 || next[place] >= ids.Length)
                return;
            var (left, right) = (ids[place], ids[next[place]]);
            if (pairs.TryGetValue((left, right), out var merge))
                waiting.Enqueue((place, left, right), (merge.Rank, place));
        }

        for (var i = 0; i < ids.Length; i++)
            (next[i], before[i]) = (i + 1, i - 1);
        for (var i = 0; i < ids.Length; i++)
            Offer(i);
        while (waiting.TryDequeue(out var pair, out _))
        {
            var second = next[pair.Place];
            // The pair may have been merged into others since; a token that is gone has id -1.
            if (ids[pair.Place] != pair.Left || second >= ids.Length || ids[second] != pair.Right)
                continue;
            (ids[pair.Place], ids[second]) = (pairs[(pair.Left, pair.Right)].Merged, -1);
            next[pair.Place] = next[second];
            if (next[second] < ids.Length)
                before[next[second]] = pair.Place;
            Offer(before[pair.Place]);
            Offer(pair.Place);
        }
        return ids.Where(id => id >= 0);
    }
}
