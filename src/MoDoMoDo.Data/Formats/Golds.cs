using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>How a set names the right option.</summary>
[Flags]
internal enum ChoiceWays
{
    Index = 1,
    Letter = 2,
    Text = 4,
    Any = Index | Letter | Text,
}

/// <summary>From the ways in which data sets write a right answer to golds.</summary>
internal static class Golds
{
    private const string Open = "<answer>",
        Close = "</answer>";

    /// <summary>What stands in the answer tags, without white space around it; the whole text when there are none.</summary>
    public static string InTags(string solution)
    {
        var start = solution.IndexOf(Open, StringComparison.Ordinal);
        if (start < 0)
            return solution.Trim();
        start += Open.Length;
        var end = solution.IndexOf(Close, start, StringComparison.Ordinal);
        return solution[start..(end < 0 ? solution.Length : end)].Trim();
    }

    /// <summary>A letter when the answer is one letter, else a text.</summary>
    public static Gold LetterOrText(string answer) =>
        answer is [>= 'A' and <= 'Z'] ? Gold.NewLetter(answer) : Gold.NewText([answer]);

    /// <summary>The letter of one of the options, from an answer that is an index (from 0), a letter, or an option's text, as
    /// far as <paramref name="ways"/> allows; a letter goes before a text.</summary>
    public static Gold OfOptions(
        RowReader row,
        string column,
        string[] options,
        string optionsColumn,
        ChoiceWays ways = ChoiceWays.Any
    )
    {
        if (options.Length == 0)
            throw row.Fail(optionsColumn, "options to choose from", "none");
        var chosen = row[column] switch
        {
            Cell.Number index when ways.HasFlag(ChoiceWays.Index) => index.Value == Math.Floor(index.Value)
                ? index.Value
                : -1,
            Cell.Text { Value: [>= 'A' and <= 'Z' and var letter] }
                when ways.HasFlag(ChoiceWays.Letter) && letter - 'A' < options.Length => letter - 'A',
            Cell.Text text when ways.HasFlag(ChoiceWays.Text) => Array.IndexOf(options, text.Value),
            Cell.Text or Cell.Number => -1,
            var other => throw row.Fail(column, $"one of {options.Length} options ({ways})", other),
        };
        return chosen >= 0 && chosen < options.Length
            ? Gold.NewLetter(Domain.Sample.LetterOf((int)chosen))
            : throw row.Fail(column, $"one of {options.Length} options ({ways})", $"'{row.Written(column)}'");
    }

    /// <summary>
    /// Boxes as Visual-RFT's sets write them, a Python list of {'Position': [x1, y1, x2, y2], 'Confidence': c} in thousandths
    /// of the picture's sides, or a bare [x1, y1, x2, y2] in pixels as VLM-R1's; 'No Objects' is the empty list.
    /// </summary>
    public static Gold Boxes(RowReader row, string column, string answer, string label)
    {
        const string wanted = "a list of boxes [x1, y1, x2, y2] or 'No Objects'";
        if (answer == "No Objects")
            return Gold.NewBoxes([], CoordinateSystem.Thousand);
        if (row.Literal(column, answer, wanted) is not Cell.List list)
            throw row.Fail(column, wanted, "another literal");
        if (list.Items.Count == 0)
            throw row.Fail(column, wanted, "an empty list");
        var bare = list.Items.Count == 4 && list.Items.All(item => item is Cell.Number);
        var boxes = (bare ? [list] : list.Items).Select(item =>
            item switch
            {
                Cell.Object { } box => Box(box["Position"], limit: 1000),
                Cell.List corners => Box(corners, bare ? double.PositiveInfinity : 1000),
                var other => throw row.Fail(column, wanted, other.Kind),
            }
        );
        return Gold.NewBoxes([.. boxes], bare ? CoordinateSystem.Pixel : CoordinateSystem.Thousand);

        LabelledBox Box(Cell corners, double limit)
        {
            if (corners is not Cell.List { Items.Count: 4 } four || four.Items.Any(item => item is not Cell.Number))
                throw row.Fail(column, wanted, "a box that is not four numbers");
            var v = four.Items.Cast<Cell.Number>().Select(number => number.Value).ToArray();
            var written = string.Join(", ", four.Items.Cast<Cell.Number>().Select(number => number.Written));
            if (v[0] >= v[2] || v[1] >= v[3])
                throw row.Fail(column, "boxes with x1 < x2 and y1 < y2", $"[{written}]");
            if (v.Min() < 0 || v.Max() > limit)
                throw row.Fail(column, $"boxes between 0 and {limit}", $"[{written}]");
            return new LabelledBox(Domain.Box.Create(v[0], v[1], v[2], v[3]), label, 1);
        }
    }
}
