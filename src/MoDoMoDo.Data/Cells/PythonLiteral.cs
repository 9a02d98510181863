using System.Globalization;
using System.Text;

namespace MoDoMoDo.Data;

/// <summary>
/// Reads a Python literal (lists, tuples, dictionaries with text keys, texts, numbers, None, True, False) as data files carry
/// them in text columns. A reader of values and nothing else: an expression is an error, never evaluated.
/// </summary>
internal sealed class PythonLiteral
{
    private const int MaxDepth = 32;
    private readonly string text;
    private int at;

    private PythonLiteral(string text) => this.text = text;

    /// <summary>The value of the whole text. Raises FormatException, which says what is wrong and where.</summary>
    public static Cell Parse(string text)
    {
        var reader = new PythonLiteral(text);
        var value = reader.Value(0);
        reader.SkipSpace();
        return reader.at == text.Length ? value : throw reader.Wrong("text after the literal");
    }

    private char Current => at < text.Length ? text[at] : '\0';

    private FormatException Wrong(string what) => new($"{what} at character {at + 1}");

    private void SkipSpace()
    {
        while (char.IsWhiteSpace(Current))
            at++;
    }

    private bool Take(char wanted)
    {
        SkipSpace();
        if (Current != wanted)
            return false;
        at++;
        return true;
    }

    private Cell Value(int depth)
    {
        if (depth > MaxDepth)
            throw Wrong($"more than {MaxDepth} levels");
        SkipSpace();
        switch (Current)
        {
            case '[':
                at++;
                return new Cell.List(Items(']', depth));
            case '(':
                at++;
                return new Cell.List(Items(')', depth));
            case '{':
                at++;
                return new Cell.Object(Members(depth));
            case '\'' or '"':
                return new Cell.Text(Text());
            case '\0':
                throw Wrong("the end of the text");
            default:
                return Word();
        }
    }

    private List<Cell> Items(char close, int depth)
    {
        var items = new List<Cell>();
        while (!Take(close))
        {
            if (items.Count > 0 && !Take(','))
                throw Wrong("no comma or closing bracket");
            if (items.Count > 0 && Take(close))
                break;
            items.Add(Value(depth + 1));
        }
        return items;
    }

    private Dictionary<string, Cell> Members(int depth)
    {
        var members = new Dictionary<string, Cell>(StringComparer.Ordinal);
        for (var first = true; !Take('}'); first = false)
        {
            if (!first && !Take(','))
                throw Wrong("no comma or closing brace");
            if (!first && Take('}'))
                break;
            if (Value(depth + 1) is not Cell.Text key)
                throw Wrong("a key that is no text");
            if (!Take(':'))
                throw Wrong("no colon");
            members[key.Value] = Value(depth + 1);
        }
        return members;
    }

    private string Text()
    {
        var quote = text[at++];
        var value = new StringBuilder();
        while (Current != quote)
        {
            if (at >= text.Length || Current == '\n')
                throw Wrong("a text that is not closed");
            if (Current == '\\')
                Escape(value);
            else
                value.Append(text[at++]);
        }
        at++;
        return value.ToString();
    }

    private void Escape(StringBuilder value)
    {
        at++;
        var kind = Current;
        at++;
        switch (kind)
        {
            case 'n':
                value.Append('\n');
                break;
            case 't':
                value.Append('\t');
                break;
            case 'r':
                value.Append('\r');
                break;
            case '\\' or '\'' or '"':
                value.Append(kind);
                break;
            case 'x':
                value.Append((char)Hexadecimal(2));
                break;
            case 'u':
                value.Append((char)Hexadecimal(4));
                break;
            case 'U' when Hexadecimal(8) is var rune && Rune.IsValid(rune):
                value.Append(new Rune(rune).ToString());
                break;
            case 'U':
                throw Wrong("a character that does not exist");
            // Python keeps the backslash of an escape that it does not know.
            default:
                value.Append('\\').Append(kind);
                break;
        }
    }

    private int Hexadecimal(int digits)
    {
        if (
            at + digits > text.Length
            || !int.TryParse(
                text.AsSpan(at, digits),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var value
            )
        )
            throw Wrong("an escape that is cut off");
        at += digits;
        return value;
    }

    private Cell Word()
    {
        var start = at;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '.' or '+' or '-' or '_')
            at++;
        var word = text[start..at];
        switch (word)
        {
            case "None" or "null":
                return Cell.Null.Instance;
            case "True" or "true":
                return new Cell.Truth(true);
            case "False" or "false":
                return new Cell.Truth(false);
        }
        if (
            double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
        )
            return new Cell.Number(word, number);
        at = start;
        throw Wrong(word.Length > 0 ? $"'{word[..Math.Min(word.Length, 20)]}', which is no literal," : $"'{Current}'");
    }
}
