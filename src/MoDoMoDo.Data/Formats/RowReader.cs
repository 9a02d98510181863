using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>One row on its way to a sample: typed access to its cells, errors that name row and field.</summary>
/// <param name="row">The row.</param>
/// <param name="index">Its index among the rows of the data set, from 0.</param>
/// <param name="domain">The domain or benchmark that the sample belongs to.</param>
/// <param name="columns">The user's own columns by part (id, question, image, options, answer).</param>
/// <param name="pictures">Where the paths of pictures lead.</param>
internal sealed class RowReader(
    Row row,
    int index,
    string domain,
    IReadOnlyDictionary<string, string> columns,
    IPictureFolder pictures
)
{
    private readonly HashSet<string> read = new(StringComparer.Ordinal);

    /// <summary>The cell of a column; Null when the row has no such column.</summary>
    public Cell this[string column]
    {
        get
        {
            read.Add(column);
            return row.Cells.TryGetValue(column, out var cell) ? cell : Cell.Null.Instance;
        }
    }

    public bool Has(string column) => row.Cells.TryGetValue(column, out var cell) && cell is not Cell.Null;

    /// <summary>The column for a part of the sample: the user's own, else the first of the names that the row has.</summary>
    public string Column(string part, params ReadOnlySpan<string> names)
    {
        if (columns.TryGetValue(part, out var own))
            return own;
        foreach (var name in names)
            if (row.Cells.ContainsKey(name))
                return name;
        return names[0];
    }

    public InputException Fail(string field, string wanted, string found) => row.Fail(field, wanted, found);

    public InputException Fail(string field, string wanted, Cell found) =>
        row.Fail(field, wanted, row.Cells.ContainsKey(field) ? found.Kind : "no such field");

    /// <summary>A text that is not empty, exactly as stored.</summary>
    public string Text(string column) =>
        this[column] switch
        {
            Cell.Text { Value: "" } => throw Fail(column, "text", "an empty text"),
            Cell.Text text => text.Value,
            var other => throw Fail(column, "text", other),
        };

    /// <summary>A text, number or truth value as the file writes it.</summary>
    public string Written(string column) =>
        TryWritten(this[column]) ?? throw Fail(column, "a text or a number", this[column]);

    /// <summary>A list of texts: a list, or a text that holds a Python list.</summary>
    public string[] Texts(string column)
    {
        var cell = this[column];
        if (cell is Cell.Text literal)
            cell = Literal(column, literal.Value, "a list of texts");
        if (cell is not Cell.List list)
            throw Fail(column, "a list of texts", cell);
        return
        [
            .. list.Items.Select(item =>
                item is Cell.Text text
                    ? text.Value
                    : throw row.Fail(column, "a list of texts", $"{item.Kind} among them")
            ),
        ];
    }

    /// <summary>The value of a Python literal in a text column.</summary>
    public Cell Literal(string column, string text, string wanted)
    {
        try
        {
            return PythonLiteral.Parse(text);
        }
        catch (FormatException e)
        {
            throw row.Fail(column, wanted, e.Message);
        }
    }

    /// <summary>The pictures of a column: none, one, or a list.</summary>
    public Image[] Images(string column) =>
        [.. PictureCells.Read(this[column], pictures, (wanted, found) => row.Fail(column, wanted, found))];

    /// <summary>The sample of this row. Every plain cell that the format has not read becomes one of its fields.</summary>
    public Sample Sample(
        string question,
        string[] options,
        Image[] images,
        Gold gold,
        params (string Name, string Value)[] further
    )
    {
        var id =
            TryWritten(this[Column("id", "id", "pid", "questionId")])
            ?? index.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var fields = row
            .Cells.Where(cell => !read.Contains(cell.Key))
            .Select(cell => (cell.Key, Value: TryWritten(cell.Value)))
            .Where(cell => cell.Value is { Length: > 0 })
            .ToDictionary(cell => cell.Key, cell => cell.Value!, StringComparer.Ordinal);
        foreach (var (name, value) in further)
            fields[name] = value;
        return new Sample(id, domain, question, options, images, gold, fields);
    }

    /// <summary>The id that the row itself carries; null when it has none.</summary>
    public string? OwnId => TryWritten(this[Column("id", "id", "pid", "questionId")]);

    private static string? TryWritten(Cell cell) =>
        cell switch
        {
            Cell.Text text => text.Value,
            Cell.Number number => number.Written,
            Cell.Truth truth => truth.Value ? "true" : "false",
            _ => null,
        };
}
