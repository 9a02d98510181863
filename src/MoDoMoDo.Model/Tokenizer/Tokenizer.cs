using System.Text;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>A part of a text. Plain: what looks like a special token in it is text and nothing else.</summary>
/// <param name="Text">The part.</param>
/// <param name="Plain">True for what comes from data or users.</param>
public readonly record struct TextPart(string Text, bool Plain);

/// <summary>
/// The byte-level BPE tokenizer of the Qwen2 family: added tokens are cut out first, the text between them is brought to
/// NFC, cut by Qwen2's pattern and merged. The tokenizer of the embedded world is the same class without merges, with its
/// words as added tokens. Immutable, safe to use from many threads; loads no part of libtorch.
/// </summary>
public sealed partial class Tokenizer
{
    private readonly Microsoft.ML.Tokenizers.BpeTokenizer bpe;
    private readonly AddedTokenTrie trie;
    private readonly Dictionary<string, int> ids;
    private readonly byte[]?[] bytes;
    private readonly bool[] special;
    private readonly string[] vocabulary;
    private readonly (string First, string Second)[] merges;
    private readonly Lazy<LongWords> longWords;

    /// <summary>Longer words are merged by ourselves; below, the library is as fast and keeps what it has merged before.</summary>
    private const int LongestWord = 4096;

    internal Tokenizer(
        IEnumerable<KeyValuePair<string, int>> vocabulary,
        IEnumerable<(string First, string Second)> merges,
        IEnumerable<AddedToken> added,
        string source
    )
    {
        Added = [.. added.OrderBy(t => t.Id)];
        this.merges = [.. merges];
        ids = new Dictionary<string, int>(vocabulary, StringComparer.Ordinal);
        if (ids.Count == 0)
            throw new InputException(source, "vocab", "at least one token", "none");
        bpe = CreateBpe(ids, this.merges, source);
        longWords = new(() => new LongWords(ids, this.merges));

        foreach (var token in Added)
            ids[token.Content] = token.Id;
        var count = ids.Values.Max() + 1;
        if (ids.Values.Min() < 0 || count > 10_000_000)
            throw new InputException(source, "vocab", "ids from 0 to 9999999", "another");
        (bytes, special, this.vocabulary) = (new byte[count][], new bool[count], new string[count]);
        foreach (var (token, id) in ids)
            (bytes[id], this.vocabulary[id]) = (ByteLevel.ToBytes(token), token);
        foreach (var token in Added)
            (bytes[token.Id], special[token.Id]) = (Encoding.UTF8.GetBytes(token.Content), token.Special);
        trie = new AddedTokenTrie(Added);
    }

    /// <summary>The added tokens, by id.</summary>
    public IReadOnlyList<AddedToken> Added { get; }

    /// <summary>One more than the largest id.</summary>
    public int VocabularySize => bytes.Length;

    /// <summary>The id of an added token or vocabulary entry; -1 when there is none.</summary>
    public int IdOf(string token) => ids.GetValueOrDefault(token, -1);

    /// <summary>The vocabulary entry or added token of an id (byte-level form for the former); empty for an id without one.</summary>
    public string TokenOf(int id) => id >= 0 && id < vocabulary.Length ? vocabulary[id] ?? "" : "";

    /// <summary>True for ids of special tokens, which decoded text leaves out.</summary>
    public bool IsSpecial(int id) => id >= 0 && id < special.Length && special[id];

    /// <summary>The ids of a text. Lone surrogates become U+FFFD. With `plain`, special tokens in it are read as text.</summary>
    public int[] Encode(string text, bool plain = false) => Encode([new TextPart(text, plain)]);

    /// <summary>The ids of the parts joined without a gap; merges may cross from one part to the next, special tokens never reach into a plain part.</summary>
    public int[] Encode(IReadOnlyList<TextPart> parts)
    {
        var text = Clean(string.Concat(parts.Select(p => p.Text)));
        // Number of plain characters before each place: a special token may cover none.
        var plainBefore = new int[text.Length + 1];
        var i = 0;
        foreach (var part in parts)
            for (var end = i + part.Text.Length; i < end; i++)
                plainBefore[i + 1] = plainBefore[i] + (part.Plain ? 1 : 0);

        var result = new List<int>();
        var ordinary = 0;
        for (var start = 0; start < text.Length; )
        {
            var here = start;
            var token = trie.Longest(text, start, (t, end) => !t.Special || plainBefore[end] == plainBefore[here]);
            if (token is null)
            {
                start++;
                continue;
            }
            EncodeOrdinary(text[ordinary..start], result);
            result.Add(token.Id);
            ordinary = start += token.Content.Length;
        }
        EncodeOrdinary(text[ordinary..], result);
        return [.. result];
    }

    /// <summary>
    /// The text of the ids: their bytes joined and read as UTF-8, one U+FFFD for each maximal invalid part. Ids without a
    /// token are skipped, and special tokens too unless `keepSpecial`.
    /// </summary>
    public string Decode(IReadOnlyList<int> tokens, bool keepSpecial = false)
    {
        var joined = new List<byte>(4 * tokens.Count);
        foreach (var id in tokens)
            joined.AddRange(BytesOf(id, keepSpecial));
        return Encoding.UTF8.GetString([.. joined]);
    }

    /// <summary>The bytes that an id adds to a text.</summary>
    internal ReadOnlySpan<byte> BytesOf(int id, bool keepSpecial) =>
        id < 0 || id >= bytes.Length || (special[id] && !keepSpecial) ? [] : bytes[id];

    private void EncodeOrdinary(string text, List<int> result)
    {
        if (text.Length == 0)
            return;
        var normal = CanonicalForm.Of(text);
        PreTokenizer.Split(normal, (start, length) => result.AddRange(EncodeWord(normal.AsSpan(start, length))));
    }

    private IEnumerable<int> EncodeWord(ReadOnlySpan<char> word) =>
        word.Length > LongestWord && longWords.Value.ReadsEverything
            ? longWords.Value.Encode(word)
            : bpe.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false);

    private static string Clean(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]))
            {
                if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                    i++;
                else
                    return ReplaceLoneSurrogates(text);
            }
        return text;
    }

    private static string ReplaceLoneSurrogates(string text)
    {
        var letters = text.ToCharArray();
        for (var i = 0; i < letters.Length; i++)
            if (i + 1 < letters.Length && char.IsSurrogatePair(letters[i], letters[i + 1]))
                i++;
            else if (char.IsSurrogate(letters[i]))
                letters[i] = '\uFFFD';
        return new string(letters);
    }
}
