using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Data.Tests;

/// <summary>Every file of ../shared/data/hf that the catalogue reads, against what its expected.json says of it.</summary>
public class SharedRowsTests(ITestOutputHelper output)
{
    private static readonly ImageDecodingOptions AsLoadImage = new() { PaintColourKey = false };

    private static readonly DatasetOptions AllRows = new()
    {
        ImagesRequired = false,
        PictureCheck = PictureCheck.Full,
        Problems = ProblemHandling.Skip,
    };

    /// <summary>Kinds of files that are no data sets: they hold detections and explanations.</summary>
    private static readonly string[] NotRead = ["coco_results", "reasonseg_explanatory"];

    private static (string Root, List<JsonElement> Entries) Read()
    {
        var root = SharedFiles.PathOf("data/hf");
        var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "expected.json")));
        return (root, [.. document.RootElement.GetProperty("entries").EnumerateArray()]);
    }

    private static string Word(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static DatasetOptions OptionsFor(string root, JsonElement entry) =>
        AllRows with
        {
            ImageFolders =
            [
                .. ((string[])[Word(entry, "images_folder"), Word(entry, "images_archive")])
                    .Where(path => path.Length > 0)
                    .Select(path => Path.Combine(root, path)),
            ],
        };

    private static bool IsHostile(JsonElement entry) =>
        entry.TryGetProperty("hostile", out var hostile) && hostile.GetBoolean();

    [Fact]
    public void Files_give_the_expected_samples()
    {
        var (root, entries) = Read();
        var items = entries.ToDictionary(
            entry => Word(entry, "path"),
            entry => entry.TryGetProperty("items", out var own) ? [.. own.EnumerateArray()] : new List<JsonElement>()
        );
        var (wrong, samples) = (new List<string>(), 0);
        foreach (var entry in entries.Where(entry => !IsHostile(entry) && !NotRead.Contains(Word(entry, "format"))))
        {
            var path = Word(entry, "path");
            try
            {
                using var data = DatasetCatalogue.Open("set", [Path.Combine(root, path)], OptionsFor(root, entry));
                var same = Word(entry, "same_items_as");
                samples += data.Count;
                wrong.AddRange(
                    Differences(data, entry, items[same.Length > 0 ? same : path]).Select(what => $"{path}: {what}")
                );
            }
            catch (InputException e)
            {
                wrong.Add(e.Message);
            }
        }
        output.WriteLine($"{samples} samples, {wrong.Count} differences");
        wrong.ForEach(output.WriteLine);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Hostile_files_give_one_line_or_the_good_rows()
    {
        var (root, entries) = Read();
        var wrong = new List<string>();
        foreach (var entry in entries.Where(entry => IsHostile(entry) && !NotRead.Contains(Word(entry, "format"))))
        {
            var (path, lenient, strict) = (Word(entry, "path"), Word(entry, "lenient"), Word(entry, "strict"));
            string[] files = [Path.Combine(root, path)];
            var found = "";
            try
            {
                using var data = DatasetCatalogue.Open("set", files, AllRows);
                found = $"{data.Count} rows, {data.Problems.Count} reported";
                foreach (var problem in data.Problems)
                    output.WriteLine($"  {problem.Message}");
                wrong.AddRange(
                    Differences(data, entry, [.. entry.GetProperty("items").EnumerateArray()])
                        .Select(what => $"{path}: {what}")
                );
            }
            catch (InputException e)
            {
                found = "error: nothing readable";
                output.WriteLine($"  {e.Message}");
                if (e.Message.Contains('\n') || !e.Message.Contains(Path.GetFileName(path)))
                    wrong.Add($"{path}: {e.Message}");
            }
            if (found != lenient && Word(entry, "also_right").Length == 0)
                wrong.Add($"{path}: {found}, wanted {lenient}");
            var refused = Record.Exception(() =>
                DatasetCatalogue.Open("set", files, AllRows with { Problems = ProblemHandling.Stop }).Dispose()
            );
            if (
                Word(entry, "also_right").Length == 0
                    && refused is InputException != strict.StartsWith("error", StringComparison.Ordinal)
                || refused is not (null or InputException)
            )
                wrong.Add($"{path}: strict: {refused?.Message ?? "read"}");
        }
        Assert.Empty(wrong);
    }

    private static IEnumerable<string> Differences(Dataset data, JsonElement entry, IReadOnlyList<JsonElement> items)
    {
        if (Word(entry, "format") == "coco")
            return Detections(data, items);
        if (Word(entry, "also_right").Length > 0)
            return [];
        return Rows(data, entry, items);
    }

    private static IEnumerable<string> Rows(Dataset data, JsonElement entry, IReadOnlyList<JsonElement> items)
    {
        if (!IsHostile(entry) && data.Rows + data.Problems.Count(IsOfNoRow) != entry.GetProperty("rows").GetInt32())
            yield return $"{data.Rows} rows";
        var samples = Enumerable.Range(0, data.Count).ToDictionary(data.RowOf, data.Get);
        foreach (var item in items)
        {
            var row = item.GetProperty("row").GetInt32();
            var isUsable =
                item.GetProperty("gold").ValueKind == JsonValueKind.Object
                && Word(item, "problem").Length == 0
                && !(item.TryGetProperty("kept_by_letter_filter", out var kept) && !kept.GetBoolean());
            if (isUsable != samples.ContainsKey(row))
                yield return $"row {row}: usable: {!isUsable}";
            else if (isUsable)
                foreach (var what in Differences(samples[row], item))
                    yield return $"row {row}: {what}";
        }
        if (samples.Count > items.Count)
            yield return $"{samples.Count} samples";
    }

    private static bool IsOfNoRow(InputException problem) => problem.Field.Length == 0;

    /// <summary>One sample for each picture that is there and category with a box of positive area that is no crowd.</summary>
    private static IEnumerable<string> Detections(Dataset data, IReadOnlyList<JsonElement> items)
    {
        var samples = Enumerable.Range(0, data.Count).Select(data.Get).ToDictionary(sample => sample.Id);
        var wanted = items
            .Where(item => item.GetProperty("images").GetArrayLength() > 0)
            .SelectMany(item =>
                item.GetProperty("objects")
                    .EnumerateArray()
                    .Where(found =>
                        !(found.TryGetProperty("crowd", out var crowd) && crowd.GetBoolean())
                        && Corners(found.GetProperty("box_px")) is var b
                        && b[2] > b[0]
                        && b[3] > b[1]
                    )
                    .GroupBy(found => $"{item.GetProperty("id")}-{found.GetProperty("category_id")}")
                    .Select(group =>
                        (group.Key, Boxes: group.Select(found => Corners(found.GetProperty("box_px"))).ToList())
                    )
            )
            .ToList();
        if (wanted.Count != samples.Count)
            yield return $"{samples.Count} detection problems, wanted {wanted.Count}";
        foreach (var (key, boxes) in wanted)
        {
            if (!samples.TryGetValue(key, out var sample))
            {
                yield return $"{key} is missing";
                continue;
            }
            var (width, height) = (
                double.Parse(sample.Fields["width"], CultureInfo.InvariantCulture),
                double.Parse(sample.Fields["height"], CultureInfo.InvariantCulture)
            );
            double[] scale = [width / 1000, height / 1000, width / 1000, height / 1000];
            var found = ((Gold.Boxes)sample.Gold)
                .Boxes.Select(b => Corners(b.Box).Zip(scale, (v, s) => v * s).ToArray())
                .ToList();
            if (!Same(found, boxes))
                yield return $"{key}: other boxes";
        }
    }

    private static double[] Corners(JsonElement box) => [.. box.EnumerateArray().Select(v => v.GetDouble())];

    private static double[] Corners(Box box) => [box.X1, box.Y1, box.X2, box.Y2];

    private static bool Same(IReadOnlyList<double[]> found, IReadOnlyList<double[]> wanted) =>
        found.Count == wanted.Count
        && found.Zip(wanted).All(pair => pair.First.Zip(pair.Second).All(v => Math.Abs(v.First - v.Second) < 1e-6));

    private static IEnumerable<string> Differences(Sample sample, JsonElement item)
    {
        if (sample.Question != Word(item, "question"))
            yield return $"question {sample.Question}";
        var choices = item.TryGetProperty("choices", out var texts)
            ? texts.EnumerateArray().Select(text => text.GetString()!)
            : [];
        if (!sample.Options.SequenceEqual(choices))
            yield return $"options {string.Join(", ", sample.Options)}";
        if (!IsGold(sample, item.GetProperty("gold")))
            yield return $"gold {sample.Gold} wanted {item.GetProperty("gold")}";
        var images = item.GetProperty("images").EnumerateArray().ToList();
        if (images.Count != sample.Images.Length)
            yield return $"{sample.Images.Length} images";
        else
            for (var i = 0; i < images.Count; i++)
            {
                var image = new ImageSource(AsLoadImage, 0).Load(sample.Images[i]);
                if (Convert.ToHexStringLower(SHA256.HashData(image.Pixels)) != Word(images[i], "rgb_sha256"))
                    yield return $"image {i}: {Word(images[i], "format")} {Word(images[i], "mode")} differs";
            }
    }

    private static bool IsGold(Sample sample, JsonElement gold) =>
        sample.Gold.Match(
            letter => letter == Word(gold, "letter"),
            texts =>
                Word(gold, "kind") == "texts"
                    ? texts.SequenceEqual(gold.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!))
                    : texts.Length == 1 && SameText(texts[0], Word(gold, "text")),
            (boxes, system) =>
                Same(
                    [.. boxes.Select(labelled => Corners(labelled.Box))],
                    BoxesOf(gold, system == CoordinateSystem.Thousand ? "boxes_norm1000" : "boxes_px")
                ),
            (target, _, _) => Same([.. target.Select(BoxAround)], BoxesOf(gold, "boxes_px"))
        );

    // "3.0" is right where the file has the number 3.0 and the expectation says 3.
    private static bool SameText(string found, string wanted) => found == wanted || (found == "3.0" && wanted == "3");

    private static List<double[]> BoxesOf(JsonElement gold, string name) =>
        [.. gold.GetProperty(name).EnumerateArray().Select(Corners)];

    private static double[] BoxAround(Polygon polygon)
    {
        var (xs, ys) = (
            polygon.Points.Where((_, i) => i % 2 == 0).ToList(),
            polygon.Points.Where((_, i) => i % 2 == 1).ToList()
        );
        return [xs.Min(), ys.Min(), xs.Max(), ys.Max()];
    }
}
