using System.Globalization;
using System.Text;

namespace MoDoMoDo.Model;

/// <summary>
/// Qwen2's pre-tokeniser as a hand-written scanner: linear in the text, no backtracking. It cuts where the pattern
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>
/// of the published tokenizer.json cuts.
/// </summary>
internal static class PreTokenizer
{
    internal const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Letter,
        Number,
        LineBreak,
        Space,
        Other,
    }

    /// <summary>Calls `piece` with start and length of each piece, in order; together they are the text (no lone surrogates).</summary>
    internal static void Split(ReadOnlySpan<char> text, Action<int, int> piece)
    {
        for (var start = 0; start < text.Length; )
        {
            var length = Next(text[start..]);
            piece(start, length);
            start += length;
        }
    }

    private static int Next(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'')
            foreach (var contraction in Contractions)
                if (StartsWithFolded(text, contraction))
                    return contraction.Length;

        var (first, width) = At(text, 0);
        if (first == Kind.Letter)
            return Run(text, 0, Kind.Letter);
        if (first is Kind.Other or Kind.Space && At(text, width).Kind == Kind.Letter)
            return Run(text, width, Kind.Letter);
        if (first == Kind.Number)
            return width;

        var symbols = text[0] == ' ' ? 1 : 0;
        if (At(text, symbols).Kind == Kind.Other)
        {
            var end = Run(text, symbols, Kind.Other);
            while (end < text.Length && text[end] is '\r' or '\n')
                end++;
            return end;
        }
        return Blank(text);
    }

    /// <summary>A run of white space: up to its last line break; else without its last character when a word follows.</summary>
    private static int Blank(ReadOnlySpan<char> text)
    {
        var (end, afterBreak) = (0, 0);
        while (end < text.Length && At(text, end) is { Kind: Kind.Space or Kind.LineBreak })
        {
            if (text[end] is '\r' or '\n')
                afterBreak = end + 1;
            end++;
        }
        if (afterBreak > 0)
            return afterBreak;
        return end < text.Length && end > 1 ? end - 1 : end;
    }

    private static int Run(ReadOnlySpan<char> text, int start, Kind kind)
    {
        while (start < text.Length)
        {
            var (found, width) = At(text, start);
            if (found != kind)
                break;
            start += width;
        }
        return start;
    }

    private static bool StartsWithFolded(ReadOnlySpan<char> text, string contraction)
    {
        if (text.Length < contraction.Length)
            return false;
        for (var i = 1; i < contraction.Length; i++)
            // U+017F, the long s, folds to s as well.
            if (char.ToLowerInvariant(text[i]) != contraction[i] && !(text[i] == '\u017F' && contraction[i] == 's'))
                return false;
        return true;
    }

    private static (Kind? Kind, int Width) At(ReadOnlySpan<char> text, int index)
    {
        if (index >= text.Length)
            return (null, 0);
        Rune.DecodeFromUtf16(text[index..], out var rune, out var width);
        if (rune.Value is '\r' or '\n')
            return (Kind.LineBreak, width);
        if (Rune.IsWhiteSpace(rune))
            return (Kind.Space, width);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter
            or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter => (Kind.Letter, width),
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => (
                Kind.Number,
                width
            ),
            _ => (Kind.Other, width),
        };
    }
}
