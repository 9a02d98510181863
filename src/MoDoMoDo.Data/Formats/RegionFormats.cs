using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Sets whose answer is a place in the picture.</summary>
internal static class RegionFormats
{
    /// <summary>COCO as a detection problem, asked in the words of Visual-RFT; boxes in thousandths, not rounded.</summary>
    public static Sample Coco(RowReader row)
    {
        var category = row.Text("category");
        var (width, height) = (((Cell.Number)row["width"]).Value, ((Cell.Number)row["height"]).Value);
        double Side(Cell corner, double side) => Math.Clamp(((Cell.Number)corner).Value / side * 1000, 0, 1000);
        var boxes = ((Cell.List)row["boxes"])
            .Items.Cast<Cell.List>()
            .Select(box => new LabelledBox(
                Box.Create(
                    Side(box.Items[0], width),
                    Side(box.Items[1], height),
                    Side(box.Items[2], width),
                    Side(box.Items[3], height)
                ),
                category,
                1
            ));
        return row.Sample(
            $"Detect all objects belonging to the category '{category}' in the image, and provide the bounding boxes "
                + "(between 0 and 1000, integer) and confidence (between 0 and 1, with two decimal places).\n"
                + "If no object belonging to the category exists in the image, return 'No Objects'.",
            [],
            row.Images("image"),
            Gold.NewBoxes([.. boxes], CoordinateSystem.Thousand),
            ("width", row.Written("width")),
            ("height", row.Written("height")),
            ("category", category)
        );
    }

    /// <summary>ReasonSeg: the polygons to find, those that do not count, flags skipped.</summary>
    public static Sample ReasonSeg(RowReader row)
    {
        var question = row.Text("text");
        var images = row.Images("image");
        var size = PictureChecks.SizeOf(images[0], new ImageDecodingOptions());
        var shapes = row["shapes"] is Cell.List list
            ? list.Items.OfType<Cell.Object>().ToList()
            : throw row.Fail("shapes", "a list of shapes", row["shapes"]);
        Polygon[] Labelled(string label) =>
            [
                .. shapes
                    .Where(shape => shape["label"] is Cell.Text text && text.Value == label)
                    .Select(shape => PolygonOf(row, shape, size)),
            ];
        var target = Labelled("target");
        if (target.Length == 0)
            throw row.Fail("shapes", "a shape labelled target", "none");
        return row.Sample(question, [], images, Gold.NewRegion(target, Labelled("ignore"), size));
    }

    private static Polygon PolygonOf(RowReader row, Cell.Object shape, ImageSize size)
    {
        var points = shape["points"] is Cell.List list ? list.Items : [];
        if (points.Count < 3)
            throw row.Fail("shapes", "polygons of at least three points", $"one of {points.Count}");
        var numbers = new List<double>(2 * points.Count);
        foreach (var point in points)
        {
            if (point is not Cell.List { Items: [Cell.Number x, Cell.Number y] })
                throw row.Fail("shapes", "points [x, y]", "others");
            if (x.Value < 0 || y.Value < 0 || x.Value > size.Width || y.Value > size.Height)
                throw row.Fail(
                    "shapes",
                    $"polygons inside the picture of {size.Width} x {size.Height}",
                    $"a point [{x.Written}, {y.Written}]"
                );
            numbers.AddRange([x.Value, y.Value]);
        }
        return new Polygon([.. numbers]);
    }
}
