using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Original releases that are folders of small files.</summary>
internal static class FolderRows
{
    private static readonly string[] PictureExtensions = [".jpg", ".png", ".jpeg"];

    /// <summary>ReasonSeg: NAME.json beside NAME.jpg, in the order of the names; a row for each of its texts.</summary>
    public static IRowFile ReasonSeg(string folder, IPictureFolder pictures)
    {
        var (rows, problems) = (new List<Func<Row>>(), new List<InputException>());
        foreach (var path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
            try
            {
                var texts = JsonFiles.Read(path)["text"] is Cell.List list ? list.Items.Count : 0;
                if (texts == 0)
                    throw new InputException(path, "text", "a list of texts", "none");
                for (var i = 0; i < texts; i++)
                {
                    var index = i;
                    rows.Add(() => ReasonSegRow(path, index));
                }
            }
            catch (InputException e)
            {
                problems.Add(e);
            }
        return new ListedRows("reasonseg", ["text", "is_sentence", "shapes"], pictures, rows, problems);
    }

    private static Row ReasonSegRow(string path, int index)
    {
        var stored = JsonFiles.Read(path);
        var name = Path.GetFileNameWithoutExtension(path);
        var picture =
            PictureExtensions.FirstOrDefault(extension => File.Exists(Path.ChangeExtension(path, extension)))
            ?? PictureExtensions[0];
        var cells = new Dictionary<string, Cell>(stored.Members, StringComparer.Ordinal)
        {
            ["text"] =
                stored["text"] is Cell.List texts && index < texts.Items.Count
                    ? texts.Items[index]
                    : Cell.Null.Instance,
            ["image"] = new Cell.Text(name + picture),
            ["name"] = new Cell.Text(name),
            ["id"] = new Cell.Text($"{name}#{index}"),
        };
        return new(path, $"text {index}", cells);
    }

    /// <summary>Geometry3K: a folder for each problem with data.json and img_diagram.png, in the order of the names.</summary>
    public static IRowFile Geometry3K(string folder, IPictureFolder pictures)
    {
        string[] problems =
        [
            .. Directory
                .EnumerateDirectories(folder)
                .Select(path => Path.GetFileName(path))
                .Where(name => File.Exists(Path.Combine(folder, name, "data.json")))
                .Order(StringComparer.Ordinal),
        ];
        Row Read(string name)
        {
            var path = Path.Combine(folder, name, "data.json");
            var cells = new Dictionary<string, Cell>(JsonFiles.Read(path).Members, StringComparer.Ordinal)
            {
                ["image"] = new Cell.Text($"{name}/img_diagram.png"),
                ["id"] = new Cell.Text(name),
            };
            return new(path, "problem", cells);
        }
        return new ListedRows(
            "geometry3k",
            ["problem_text", "choices", "answer", "image", "id"],
            pictures,
            [.. problems.Select<string, Func<Row>>(name => () => Read(name))]
        );
    }

    /// <summary>ScienceQA: problems.json keyed by id, pictures in images/SPLIT/ID.</summary>
    public static IRowFile ScienceQa(string folder, IPictureFolder pictures) =>
        new JsonRows(
            Path.Combine(folder, "problems.json"),
            pictures,
            lines: false,
            shape: (key, cells) =>
                new(cells, StringComparer.Ordinal)
                {
                    ["id"] = new Cell.Text(key),
                    ["image"] =
                        cells.TryGetValue("image", out var image)
                        && image is Cell.Text name
                        && cells.TryGetValue("split", out var split)
                        && split is Cell.Text part
                            ? new Cell.Text($"images/{part.Value}/{key}/{name.Value}")
                            : Cell.Null.Instance,
                }
        );
}
