using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>
/// A COCO instances file as detection problems: a row for each picture and category with at least one box of positive area
/// that is no crowd. The file is walked once; annotations are never held as a tree.
/// </summary>
internal sealed class CocoRows
{
    private sealed record Picture(long Id, string File, double Width, double Height)
    {
        public SortedDictionary<long, List<double[]>> Boxes { get; } = [];
    }

    private readonly string path;
    private readonly IPictureFolder pictures;
    private readonly DatasetOptions options;
    private readonly Dictionary<long, Picture> byId = [];
    private readonly List<Picture> order = [];
    private readonly Dictionary<long, string> categories = [];
    private readonly HashSet<long> annotations = [];
    private readonly List<InputException> problems = [];
    private readonly Dictionary<string, int> leftOut = new(StringComparer.Ordinal);

    private CocoRows(string path, IPictureFolder pictures, DatasetOptions options) =>
        (this.path, this.pictures, this.options) = (path, pictures, options);

    public static IRowFile Open(string path, IPictureFolder pictures, DatasetOptions options)
    {
        var coco = new CocoRows(path, pictures, options);
        using (var file = File.OpenHandle(path))
        {
            coco.ForEach(file, "categories", coco.AddCategory);
            coco.ForEach(file, "images", coco.AddPicture);
            coco.ForEach(file, "annotations", coco.AddAnnotation);
        }
        var rows = coco.order.SelectMany(picture =>
            picture.Boxes.Keys.Select<long, Func<Row>>(category => () => coco.RowOf(picture, category))
        );
        return new ListedRows(
            "coco",
            ["id", "image", "category", "boxes", "width", "height"],
            pictures,
            [.. rows],
            coco.problems,
            coco.leftOut
        );
    }

    private Row RowOf(Picture picture, long category)
    {
        var boxes = picture.Boxes[category].Select(box => new Cell.List([.. box.Select(NumberOf)]));
        return new(
            path,
            $"image {picture.Id}, category {category}",
            new Dictionary<string, Cell>(StringComparer.Ordinal)
            {
                ["id"] = new Cell.Text($"{picture.Id}-{category}"),
                ["image"] = new Cell.Text(picture.File),
                ["category"] = new Cell.Text(categories[category]),
                ["boxes"] = new Cell.List([.. boxes]),
                ["width"] = NumberOf(picture.Width),
                ["height"] = NumberOf(picture.Height),
            }
        );
    }

    private static Cell NumberOf(double value) =>
        new Cell.Number(value.ToString("R", CultureInfo.InvariantCulture), value);

    private void ForEach(SafeFileHandle file, string property, Action<Cell.Object> add)
    {
        List<JsonElementAt> elements;
        try
        {
            elements = JsonIndex.Elements(file, property);
        }
        catch (JsonException e)
        {
            throw new InputException(
                path,
                $"line {e.LineNumber + 1}",
                "a whole JSON text",
                $"an error at byte {e.BytePositionInLine}"
            );
        }
        foreach (var (offset, length, _, _) in elements)
            try
            {
                if (JsonCells.Parse(FileBytes.Read(file, offset, length)) is Cell.Object element)
                    add(element);
                else
                    problems.Add(new(path, property, "objects", "another JSON value"));
            }
            catch (FormatException e)
            {
                problems.Add(new(path, property, "a JSON object", e.Message));
            }
            catch (InputException e)
            {
                problems.Add(e);
            }
    }

    private void AddCategory(Cell.Object category)
    {
        var id = Id(category, "id", "category");
        if (category["name"] is not Cell.Text name)
            throw Wrong($"category {id}: name", "text", category["name"].Kind);
        if (!categories.TryAdd(id, name.Value))
            throw Wrong($"category {id}", "an id of its own", "the id twice");
    }

    private void AddPicture(Cell.Object stored)
    {
        var id = Id(stored, "id", "image");
        if (stored["file_name"] is not Cell.Text name)
            throw Wrong($"image {id}: file_name", "text", stored["file_name"].Kind);
        if (
            stored["width"] is not Cell.Number { Value: > 0 and var width }
            || stored["height"] is not Cell.Number { Value: > 0 and var height }
        )
            throw Wrong($"image {id}", "a positive width and height", "others");
        if (byId.ContainsKey(id))
            throw Wrong($"image {id}", "an id of its own", "the id twice");
        var picture = byId[id] = new(id, name.Value, width, height);
        var found = PictureCells
            .Read(name, pictures, (wanted, found) => Wrong($"image {id}: file_name", wanted, found))
            .First();
        if (
            options.PictureCheck == PictureCheck.Full
            && PictureChecks.SizeOf(found, options.Images) is var size
            && (size.Width != width || size.Height != height)
        )
            throw Wrong(
                $"image {id}",
                $"a picture of {width} x {height}, as the file says",
                $"{size.Width} x {size.Height}"
            );
        order.Add(picture);
    }

    private void AddAnnotation(Cell.Object stored)
    {
        var id = Id(stored, "id", "annotation");
        if (!annotations.Add(id))
            throw Wrong($"annotation {id}", "an id of its own", "the id twice");
        if (!byId.TryGetValue(Id(stored, "image_id", "annotation"), out var picture))
        {
            LeaveOut("annotation without a picture");
            return;
        }
        var category = Id(stored, "category_id", "annotation");
        if (!categories.ContainsKey(category))
            throw Wrong($"annotation {id}: category_id", "a known category", $"{category}");
        if (stored["bbox"] is not Cell.List { Items: [Cell.Number x, Cell.Number y, Cell.Number w, Cell.Number h] })
            throw Wrong($"annotation {id}: bbox", "four numbers", "others");
        if (stored["iscrowd"] is Cell.Number { Value: 1 })
        {
            LeaveOut("crowd annotation");
            return;
        }
        double[] box = [x.Value, y.Value, x.Value + w.Value, y.Value + h.Value];
        // COCO's own boxes may stand a little over the edge.
        if (
            w.Value < 0
            || h.Value < 0
            || box[0] < -1
            || box[1] < -1
            || box[2] > picture.Width + 1
            || box[3] > picture.Height + 1
        )
            throw Wrong(
                $"annotation {id}: bbox",
                "a box inside the picture",
                $"[{x.Written}, {y.Written}, {w.Written}, {h.Written}]"
            );
        if (w.Value == 0 || h.Value == 0)
        {
            LeaveOut("box without area");
            return;
        }
        if (!picture.Boxes.TryGetValue(category, out var boxes))
            picture.Boxes[category] = boxes = [];
        boxes.Add(box);
    }

    private void LeaveOut(string reason) => leftOut[reason] = leftOut.GetValueOrDefault(reason) + 1;

    private long Id(Cell.Object element, string name, string what) =>
        element[name] is Cell.Number number && Math.Abs(number.Value) < 1L << 53
            ? (long)number.Value
            : throw Wrong($"{what}: {name}", "a number", element[name].Kind);

    private InputException Wrong(string field, string wanted, string found) => new(path, field, wanted, found);
}
