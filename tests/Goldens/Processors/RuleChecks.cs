using System.Text.Json;
using MoDoMoDo.Domain;
using MoDoMoDo.Goldens.Models;
using MoDoMoDo.Model;

namespace MoDoMoDo.Goldens.Processors;

/// <summary>processors/images: rules without pictures: target sizes, the numbers that bytes become, the order of patches.</summary>
internal static class RuleChecks
{
    public static void Run(Recording recording, Tally tally)
    {
        foreach (
            var (file, check) in new (string, Action<Recording, string, Tally>)[]
            {
                ("smart_resize.json", Sizes),
                ("aspect_ratio.json", Shapes),
                ("normalise_table.safetensors", Table),
                ("patch_order.json", Order),
            }
        )
            if (recording.Has($"processors/images/{file}"))
                check(recording, $"processors/images/{file}", tally);
    }

    private static void Sizes(Recording recording, string file, Tally tally)
    {
        var about = recording.Json(file);
        foreach (var row in about.GetProperty("rows").EnumerateArray().Select(r => r.EnumerateArray().ToArray()))
        {
            var size = new ImageSize(row[0].GetInt32(), row[1].GetInt32());
            var wanted = row[4].ValueKind == JsonValueKind.Array ? Show(row[4].Integers()) : "an error";
            tally.Same("smart_resize", $"{Show(size)}", wanted, Target(size, row[2].GetInt32(), row[3].GetInt32()));
        }
    }

    private static void Shapes(Recording recording, string file, Tally tally)
    {
        foreach (var row in recording.Json(file).EnumerateArray())
        {
            var sides = row.GetProperty("size_hw").Integers();
            var found = Target(new ImageSize(sides[0], sides[1]), 3136, 12845056);
            tally.Same("impossible shapes", Show(sides), row.Text("outcome") == "error", found == "an error");
        }
    }

    private static string Target(ImageSize size, int min, int max)
    {
        try
        {
            return Show(new ImageProcessor { MinPixels = min, MaxPixels = max }.Target(size));
        }
        catch (ArgumentException)
        {
            return "an error";
        }
    }

    private static string Show(ImageSize size) => Show([size.Height, size.Width]);

    private static string Show(int[] sides) => string.Join(" x ", sides);

    /// <summary>Every normalised byte, through an image in which each value stands once; torchvision's table is as near as the README says.</summary>
    private static void Table(Recording recording, string file, Tally tally)
    {
        var pixels = new byte[3 * 28 * 28];
        for (var i = 0; i < 256; i++)
            pixels.AsSpan(3 * (i / 14 * 28 + i % 14), 3).Fill((byte)i);
        // Rows of the first patches: 14 x 14 values in the first, the rest below it.
        var image = new ImageProcessor { MinPixels = 28 * 28 }
            .Process(RgbImage.Create(28, 28, pixels))
            .Patches;
        var found = new double[3 * 256];
        for (var channel = 0; channel < 3; channel++)
        for (var value = 0; value < 256; value++)
            found[256 * channel + value] = image[value / 196 * 2 * 1176 + 392 * channel + value % 196];
        var tables = recording.Tensors(file);
        tally.Of("normalised bytes", 0).AddEach(tables["pil"].ToNumbers(), found);
        tally.Of("normalised bytes, torchvision", 5e-7).AddEach(tables["torchvision"].ToNumbers(), found);
    }

    private static void Order(Recording recording, string file, Tally tally)
    {
        var about = recording.Json(file);
        const int height = 56;
        const int width = 84;
        var pixels = new byte[3 * height * width];
        for (var y = 0; y < height; y++)
        for (var x = 0; x < width; x++)
        {
            var at = 3 * (width * y + x);
            (pixels[at], pixels[at + 1], pixels[at + 2]) = ((byte)x, (byte)y, (byte)(3 * x + 5 * y));
        }
        var plain = new ImageProcessor { Mean = [0, 0, 0], Deviation = [1.0 / 255, 1.0 / 255, 1.0 / 255] };
        var patches = plain.Process(RgbImage.Create(width, height, pixels)).Patches;
        var found = Array.ConvertAll(patches, value => (long)Math.Round(value));
        foreach (var row in about.GetProperty("rows").EnumerateArray())
        {
            var (number, corner) = (row.Integer("row"), row.GetProperty("top_left_yx").Integers());
            int[] first = [(int)found[1176 * number + 392], (int)found[1176 * number]];
            tally.SameIds("patch order: rows", $"row {number}", corner, first);
            tally.SameIds(
                "patch order: rows",
                $"row {number}",
                row.GetProperty("patch_yx").Integers(),
                [first[0] / 14, first[1] / 14]
            );
        }
        foreach (var entry in about.GetProperty("column_layout").EnumerateArray())
        {
            var (channel, y, x) = (entry.Integer("channel"), entry.Integer("y"), entry.Integer("x"));
            int[] colours = [x, y, 3 * x + 5 * y];
            tally.Same(
                "patch order: columns",
                $"column {entry.Integer("column")}",
                colours[channel],
                (int)found[entry.Integer("column")]
            );
        }
        foreach (var entry in about.GetProperty("example_row_1").EnumerateObject())
            tally.Same(
                "patch order: example",
                entry.Name,
                entry.Value.GetInt64(),
                found[1176 + int.Parse(entry.Name, System.Globalization.CultureInfo.InvariantCulture)]
            );
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(found.AsSpan());
        tally.Same("patch order (sha256)", "all", about.Text("pixel_values_int64_sha256"), ProcessorFiles.Hash(bytes));
    }
}
