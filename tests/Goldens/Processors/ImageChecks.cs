using System.Runtime.InteropServices;
using System.Text.Json;
using MoDoMoDo.Data;
using MoDoMoDo.Domain;
using MoDoMoDo.Goldens.Models;
using MoDoMoDo.Model;

namespace MoDoMoDo.Goldens.Processors;

/// <summary>
/// processors/images: from file to RGB, to the resized image, to patches. The numbers of torchvision and the older order of
/// the two passes are other answers to the same question, and are not compared.
/// </summary>
internal static class ImageChecks
{
    private const double PatchTolerance = 5e-7;

    public static void Run(Recording recording, Tally tally)
    {
        if (recording.Has("processors/images/cases.json"))
        {
            var about = recording.Json("processors/images/cases.json");
            tally.Same(
                "number of cases",
                "summary",
                recording.Json("processors/images/summary.json").Integer("cases"),
                about.GetProperty("cases").GetArrayLength()
            );
            foreach (var golden in about.GetProperty("cases").EnumerateArray())
                Case(recording, golden, tally);
        }
        foreach (var other in recording.Files.Where(IsOtherOrder))
            recording.Use(other);
        RuleChecks.Run(recording, tally);
        if (recording.Has("processors/images/hostile.json"))
            HostileChecks.Run(recording, tally);
    }

    private static bool IsOtherOrder(string file) =>
        file.StartsWith("processors/images/resized_horizontal_first/", StringComparison.Ordinal);

    private static void Case(Recording recording, JsonElement golden, Tally tally)
    {
        var name = golden.Text("name");
        var file = File.ReadAllBytes(ProcessorFiles.Locate(recording, golden.Text("file")));
        tally.Same("file (sha256)", name, golden.Text("file_sha256"), ProcessorFiles.Hash(file));
        var decoded = Decoded(recording, golden, file, tally);
        OtherLoaders(golden, file, tally);

        var processor = new ImageProcessor
        {
            MinPixels = golden.Integer("min_pixels"),
            MaxPixels = golden.Integer("max_pixels"),
        };
        var resized = processor.Resize(decoded);
        Pixels(golden, "resized", golden.GetProperty("resized_size_hw"), resized, tally);
        if (golden.Has("resized_png"))
            tally.SamePixels("resized (png)", name, Png(recording, golden.Text("resized_png")), resized);

        var patches = processor.Process(decoded);
        tally.SameIds(
            "image_grid_thw",
            name,
            golden.GetProperty("image_grid_thw").Integers(),
            [patches.T, patches.H, patches.W]
        );
        tally.Same("image tokens", name, golden.Integer("image_tokens"), patches.Grid.Cells(processor.MergeSize));
        PixelValues(golden, patches, processor, tally);
        if (golden.GetProperty("full_pixel_values").GetBoolean())
            tally
                .Of("pixel_values, whole", PatchTolerance)
                .AddEach(
                    recording.Tensors("processors/images/pixel_values_full.safetensors")[name].ToNumbers(),
                    Array.ConvertAll(patches.Patches, value => (double)value)
                );
    }

    private static RgbImage Decoded(Recording recording, JsonElement golden, byte[] file, Tally tally)
    {
        var decoded = ImageDecoding.Decode(file, new ImageDecodingOptions());
        var size = ImageDecoding.ReadSize(file, new ImageDecodingOptions());
        tally.Same("size from the header", golden.Text("name"), decoded.Size, size);
        Pixels(golden, "decoded", golden.GetProperty("decoded_size_hw"), decoded, tally);
        Probes(golden, golden.GetProperty("decoded_probes_xyrgb"), decoded, tally);
        if (golden.Has("decoded_png"))
            tally.SamePixels("decoded (png)", golden.Text("name"), Png(recording, golden.Text("decoded_png")), decoded);
        return decoded;
    }

    /// <summary>What the same file gives before transparent pixels are whitened, and over white.</summary>
    private static void OtherLoaders(JsonElement golden, byte[] file, Tally tally)
    {
        var bare = new ImageDecodingOptions { PaintColourKey = false };
        var white = new ImageDecodingOptions { Alpha = AlphaMode.OverWhite };
        if (golden.TryGetProperty("load_image_alone", out var alone))
            Other("load_image alone", alone, bare);
        var datasets = golden.GetProperty("other_loaders").GetProperty("datasets_then_processor");
        if (datasets.ValueKind == JsonValueKind.Object)
            Other("over white", datasets, white);
        else
            tally.Same(
                "over white (sha256)",
                golden.Text("name"),
                golden.Text("decoded_rgb_sha256"),
                ProcessorFiles.Hash(ImageDecoding.Decode(file, white).Pixels)
            );

        void Other(string what, JsonElement wanted, ImageDecodingOptions options)
        {
            var found = ImageDecoding.Decode(file, options);
            tally.Same(
                $"{what} (sha256)",
                golden.Text("name"),
                wanted.Text("rgb_sha256"),
                ProcessorFiles.Hash(found.Pixels)
            );
            Probes(golden, wanted.GetProperty("probes_xyrgb"), found, tally);
        }
    }

    private static void Pixels(JsonElement golden, string what, JsonElement size, RgbImage found, Tally tally)
    {
        tally.SameIds($"{what} size", golden.Text("name"), size.Integers(), [found.Height, found.Width]);
        tally.Same(
            $"{what} (sha256)",
            golden.Text("name"),
            golden.Text($"{what}_rgb_sha256"),
            ProcessorFiles.Hash(found.Pixels)
        );
    }

    private static void Probes(JsonElement golden, JsonElement probes, RgbImage found, Tally tally)
    {
        foreach (var probe in probes.Rows())
        {
            var at = 3 * (probe[1] * found.Width + probe[0]);
            tally.SameIds("probes of the pixels", golden.Text("name"), probe[2..], [.. Three(found.Pixels, at)]);
        }
    }

    private static IEnumerable<int> Three(byte[] pixels, int at) => pixels.Skip(at).Take(3).Select(value => (int)value);

    private static void PixelValues(JsonElement golden, EncodedImage patches, ImageProcessor processor, Tally tally)
    {
        var name = golden.Text("name");
        var found = patches.Patches;
        int[] shape = [patches.Grid.Patches, found.Length / patches.Grid.Patches];
        tally.SameIds("pixel_values: shape", name, golden.GetProperty("pixel_values_shape").Integers(), shape);
        tally.Same(
            "pixel_values (sha256)",
            name,
            golden.Text("pixel_values_sha256"),
            ProcessorFiles.Hash(MemoryMarshal.AsBytes(found.AsSpan()))
        );
        var (sum, absolute) = (golden.Number("pixel_values_sum"), golden.Number("pixel_values_abs_sum"));
        tally.Of("pixel_values: sum (relative)", PatchTolerance).Add(sum, found.Sum(v => (double)v), absolute);
        tally
            .Of("pixel_values: absolute sum (relative)", PatchTolerance)
            .Add(absolute, found.Sum(v => Math.Abs((double)v)), absolute);
        foreach (
            var (place, value) in golden
                .GetProperty("probe_flat_indices")
                .Integers()
                .Zip(golden.GetProperty("probe_values").Numbers())
        )
            tally.Of("pixel_values: probes", PatchTolerance).Add(value, found[place]);
    }

    private static RgbImage Png(Recording recording, string path) =>
        ImageDecoding.Decode(File.ReadAllBytes(ProcessorFiles.Locate(recording, path)), new ImageDecodingOptions());
}
