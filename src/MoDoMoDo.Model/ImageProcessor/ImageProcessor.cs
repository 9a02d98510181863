using System.Text.Json.Nodes;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Model;

/// <summary>
/// From pixels to patches as Qwen2VLImageProcessorPil of transformers 5.23 makes them: resize to multiples of
/// patch * merge, normalise, cut into patches in merge order. Loads no part of libtorch.
/// </summary>
public sealed record ImageProcessor
{
    /// <summary>Side of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary>Copies of a still image along time in one patch.</summary>
    public int TemporalPatchSize { get; init; } = 2;

    /// <summary>Side, in patches, of the square that becomes one image token.</summary>
    public int MergeSize { get; init; } = 2;

    /// <summary>Smaller images are enlarged to about this many pixels.</summary>
    public int MinPixels { get; init; } = 3136;

    /// <summary>Larger images are shrunk to about this many pixels.</summary>
    public int MaxPixels { get; init; } = 12845056;

    /// <summary>Mean of each channel, of pixels in [0, 1].</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.48145466, 0.4578275, 0.40821073];

    /// <summary>Deviation of each channel.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [0.26862954, 0.26130258, 0.27577711];

    /// <summary>The processor of PolicyConfig.Small: patches of 8 pixels, mean 0.5, deviation 0.25, 16 x 16 to 128 x 128 pixels.</summary>
    public static ImageProcessor Small { get; } =
        new()
        {
            PatchSize = 8,
            MinPixels = 16 * 16,
            MaxPixels = 128 * 128,
            Mean = [0.5, 0.5, 0.5],
            Deviation = [0.25, 0.25, 0.25],
        };

    private const string FileName = "preprocessor_config.json";

    /// <summary>The processor that preprocessor_config.json in a folder describes. Raises InputException when a value is impossible.</summary>
    public static ImageProcessor Load(string folder)
    {
        var file = Path.Combine(folder, FileName);
        var json = JsonFile.ReadObject(file);
        // Without its own limits a file means the class's defaults, which are lower than the published ones.
        return new ImageProcessor
        {
            PatchSize = Integer(json["patch_size"], "patch_size", 14),
            TemporalPatchSize = Integer(json["temporal_patch_size"], "temporal_patch_size", 2),
            MergeSize = Integer(json["merge_size"], "merge_size", 2),
            MinPixels = Integer(json["min_pixels"] ?? json["size"]?["shortest_edge"], "min_pixels", 3136),
            MaxPixels = Integer(json["max_pixels"] ?? json["size"]?["longest_edge"], "max_pixels", 1003520),
            Mean = Three("image_mean", new ImageProcessor().Mean, positive: false),
            Deviation = Three("image_std", new ImageProcessor().Deviation, positive: true),
        };

        int Integer(JsonNode? node, string key, int missing) =>
            node is null ? missing
            : node is JsonValue v && v.TryGetValue(out int i) && i > 0 ? i
            : throw new InputException(file, key, "a positive integer", node.ToJsonString());

        double[] Three(string key, IReadOnlyList<double> missing, bool positive)
        {
            if (json[key] is not { } node)
                return [.. missing];
            var values = (node as JsonArray)
                ?.Select(n => n is JsonValue v && v.TryGetValue(out double d) ? d : double.NaN)
                .ToArray();
            return values is { Length: 3 } && values.All(v => double.IsFinite(v) && (!positive || v > 0))
                ? values
                : throw new InputException(file, key, "three numbers", node.ToJsonString());
        }
    }

    /// <summary>True when a folder has the file of a processor.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Writes preprocessor_config.json.</summary>
    public void Save(string folder)
    {
        JsonArray Array(IReadOnlyList<double> values) => new([.. values.Select(v => JsonValue.Create(v))]);
        Directory.CreateDirectory(folder);
        JsonFile.Write(
            Path.Combine(folder, FileName),
            new JsonObject
            {
                ["image_processor_type"] = "Qwen2VLImageProcessor",
                ["processor_class"] = "Qwen2VLProcessor",
                ["patch_size"] = PatchSize,
                ["temporal_patch_size"] = TemporalPatchSize,
                ["merge_size"] = MergeSize,
                ["min_pixels"] = MinPixels,
                ["max_pixels"] = MaxPixels,
                ["size"] = new JsonObject { ["shortest_edge"] = MinPixels, ["longest_edge"] = MaxPixels },
                ["image_mean"] = Array(Mean),
                ["image_std"] = Array(Deviation),
            }
        );
    }

    /// <summary>The same with other bounds on an image's area in pixels; null keeps a bound.</summary>
    public ImageProcessor Within(int? minPixels, int? maxPixels) =>
        this with
        {
            MinPixels = minPixels ?? MinPixels,
            MaxPixels = maxPixels ?? MaxPixels,
        };

    /// <summary>The size in pixels to which an image of this size is brought. Raises ArgumentException for an impossible shape.</summary>
    public ImageSize Target(ImageSize size) => Geometry.SmartResize(PatchSize * MergeSize, MinPixels, MaxPixels, size);

    /// <summary>The image brought to its target size. Raises ArgumentException for an impossible shape.</summary>
    public RgbImage Resize(RgbImage image) => Bicubic.Resize(image, Target(image.Size));

    /// <summary>The image's patches. Raises ArgumentException for an impossible shape.</summary>
    public EncodedImage Process(RgbImage image) => Patches.Cut(Resize(image), this);
}
