using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace MoDoMoDo.Data.Tests;

public class PythonLiteralTests
{
    private static string[] Texts(string literal) =>
        [.. ((Cell.List)PythonLiteral.Parse(literal)).Items.Select(item => ((Cell.Text)item).Value)];

    [Fact]
    public void Lists_and_tuples_of_texts_with_either_quote_and_escapes_are_read()
    {
        Assert.Equal(
            ["a", "it's", "say \"x\"", "a\\b", "\n", "é", "😀"],
            Texts("""['a', "it's", 'say "x"', 'a\\b', '\n', '\u00e9', '\U0001F600']""")
        );
        Assert.Equal(["a", "b"], Texts("('a', 'b',)"));
        Assert.Equal(@"\sqrt", Texts(@"['\sqrt']")[0]);
        Assert.Empty(Texts("[]"));
    }

    [Fact]
    public void Numbers_keep_how_they_are_written()
    {
        var items = ((Cell.List)PythonLiteral.Parse("[1, -2.50, 1e3, None, True]")).Items;
        Assert.Equal(["1", "-2.50", "1e3"], items.OfType<Cell.Number>().Select(number => number.Written));
        Assert.Equal(1000, ((Cell.Number)items[2]).Value);
        Assert.Equal((Cell.Null.Instance, new Cell.Truth(true)), (items[3], items[4]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("['a', 'b'")]
    [InlineData("['a' 'b']")]
    [InlineData("[x for x in 'ab']")]
    [InlineData("__import__('os')")]
    [InlineData("{1: 2}")]
    [InlineData("['a'] + ['b']")]
    [InlineData("1e999")]
    [InlineData("'\\u12'")]
    [InlineData("'\\U00110000'")]
    public void What_is_no_literal_is_refused(string text) =>
        Assert.Throws<FormatException>(() => PythonLiteral.Parse(text));

    [Property(MaxTest = 300)]
    public Property Any_text_is_read_or_refused_and_brackets_never_overflow() =>
        Prop.ForAll(
            Gen.Elements("[", "]", "(", "{", "}", "'", "\"", "\\", ",", ":", "a", "1", " ", "-", "None")
                .ListOf()
                .ToArbitrary(),
            parts =>
            {
                try
                {
                    return PythonLiteral.Parse(string.Concat(parts) + new string('[', parts.Count * 500)) is not null;
                }
                catch (FormatException)
                {
                    return true;
                }
            }
        );

    [Property(MaxTest = 200)]
    public Property What_python_writes_for_texts_and_boxes_is_read_back() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<NonNull<string>>().Generator.ListOf().Zip(Gen.Choose(0, 1000)).ToArbitrary(),
            pair =>
            {
                var (texts, corner) = (pair.Item1.Select(text => text.Get).ToArray(), pair.Item2);
                var literal =
                    $"[{string.Concat(texts.Select(text => Representation(text) + ", "))}{{'Position': [{corner}, 0], 'Confidence': 0.5}}]";
                var items = ((Cell.List)PythonLiteral.Parse(literal)).Items;
                var box = (Cell.Object)items[^1];
                return items.SkipLast(1).Cast<Cell.Text>().Select(text => text.Value).SequenceEqual(texts)
                    && ((Cell.List)box["Position"]).Items[0] is Cell.Number number
                    && number.Value == corner;
            }
        );

    // Python's repr of a text, with every character above ASCII escaped.
    private static string Representation(string text) =>
        "'"
        + string.Concat(
            text.Select(c =>
                c switch
                {
                    '\'' => "\\'",
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    < ' ' or > '~' => "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
                    _ => c.ToString(),
                }
            )
        )
        + "'";
}
