using System.Security.Cryptography;
using System.Text.Json;
using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Data.Tests;

/// <summary>Pixels against those of transformers 5.23 with Pillow 13 (goldens/processors).</summary>
public class ImageGoldenTests(ITestOutputHelper output)
{
    private static readonly ImageDecodingOptions Options = new();

    private static JsonElement Read(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;

    private static string Hash(RgbImage image) => Convert.ToHexStringLower(SHA256.HashData(image.Pixels));

    private static bool HasProbes(RgbImage image, JsonElement item) =>
        item.GetProperty("probes_xyrgb")
            .EnumerateArray()
            .Select(probe => probe.EnumerateArray().Select(v => v.GetInt32()).ToArray())
            .All(p => Enumerable.Range(0, 3).All(c => image.Pixels[3 * (p[1] * image.Width + p[0]) + c] == p[2 + c]));

    [Fact]
    public void Every_recorded_image_decodes_to_the_reference_pixels()
    {
        var root = SharedFiles.PathOf("goldens/processors");
        var cases = Read(Path.Combine(root, "images/cases.json")).GetProperty("cases").EnumerateArray().ToList();
        var wrong = new List<string>();
        var compared = 0;
        foreach (var item in cases)
        {
            var file = File.ReadAllBytes(Path.Combine(root, item.GetProperty("file").GetString()!));
            foreach (var (way, options, hash) in Expectations(item))
            {
                compared++;
                if (Hash(ImageDecoding.Decode(file, options)) != hash)
                    wrong.Add($"{item.GetProperty("name").GetString()} {way}");
            }
        }
        output.WriteLine($"{cases.Count} images, {compared} comparisons, {wrong.Count} not exact");
        Assert.Empty(wrong);
    }

    private static IEnumerable<(string Way, ImageDecodingOptions Options, string Hash)> Expectations(JsonElement item)
    {
        var hash = item.GetProperty("decoded_rgb_sha256").GetString()!;
        yield return ("as the processor sees it", Options, hash);
        if (item.TryGetProperty("load_image_alone", out var alone))
            yield return (
                "load_image alone",
                Options with
                {
                    PaintColourKey = false,
                },
                alone.GetProperty("rgb_sha256").GetString()!
            );
        if (!item.TryGetProperty("other_loaders", out var others))
            yield break;
        var overWhite = others.GetProperty("datasets_then_processor");
        yield return (
            "over white",
            Options with
            {
                Alpha = AlphaMode.OverWhite,
            },
            overWhite.ValueKind == JsonValueKind.String ? hash : overWhite.GetProperty("rgb_sha256").GetString()!
        );
    }

    [Fact]
    public void Hostile_files_are_refused_or_give_the_tolerated_pixels()
    {
        var root = SharedFiles.PathOf("goldens/processors");
        var wrong = new List<string>();
        foreach (var item in Read(Path.Combine(root, "images/hostile.json")).GetProperty("files").EnumerateArray())
        {
            var file = item.GetProperty("file").GetString()!;
            try
            {
                var image = ImageDecoding.Decode(File.ReadAllBytes(Path.Combine(root, file)), Options);
                var hashed = item.TryGetProperty("rgb_sha256", out var hash) && hash.GetString() == Hash(image);
                var tolerated =
                    item.GetProperty("outcome").GetString() == "decoded" && (hashed || HasProbes(image, item));
                output.WriteLine($"{file}: {(hashed ? "tolerated pixels" : "tolerated, probes alone equal")}");
                if (!tolerated)
                    wrong.Add(file);
            }
            catch (InputException e)
            {
                output.WriteLine($"{file}: {e.Message}");
            }
        }
        Assert.Empty(wrong);
    }
}
