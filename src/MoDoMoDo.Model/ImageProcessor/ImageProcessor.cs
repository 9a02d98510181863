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

    /// <summary>Numbers in one patch.</summary>
    public int PatchLength => 3 * TemporalPatchSize * PatchSize * PatchSize;

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
    private const string NewerFileName = "processor_config.json";
    private const int LargestSide = 1024;

    /// <summary>
    /// The processor that preprocessor_config.json in a folder describes, or processor_config.json, in which transformers 5
    /// writes it as image_processor. Raises InputException when a value is impossible.
    /// </summary>
    public static ImageProcessor Load(string folder)
    {
        var file = Path.Combine(folder, FileName);
        if (File.Exists(file) || !File.Exists(Path.Combine(folder, NewerFileName)))
            return Parse(JsonFile.ReadObject(file), file);
        file = Path.Combine(folder, NewerFileName);
        return Parse(JsonFile.ReadObject(file)["image_processor"] as JsonObject ?? [], file);
    }

    private static ImageProcessor Parse(JsonObject json, string file)
    {
        var size = json["size"] as JsonObject;
        // Without its own limits a file means the class's defaults, which are lower than the published ones.
        return new ImageProcessor
        {
            PatchSize = Integer(json["patch_size"], "patch_size", 14, LargestSide),
            TemporalPatchSize = Integer(json["temporal_patch_size"], "temporal_patch_size", 2, most: 64),
            MergeSize = Integer(json["merge_size"], "merge_size", 2, LargestSide),
            MinPixels = Integer(json["min_pixels"] ?? size?["shortest_edge"], "min_pixels", 3136),
            MaxPixels = Integer(json["max_pixels"] ?? size?["longest_edge"], "max_pixels", 1003520),
            Mean = Three("image_mean", new ImageProcessor().Mean, positive: false),
            Deviation = Three("image_std", new ImageProcessor().Deviation, positive: true),
        };

        int Integer(JsonNode? node, string key, int missing, int most = int.MaxValue) =>
            node is null ? missing
            : node is JsonValue v && v.TryGetValue(out int i) && i > 0 && i <= most ? i
            : throw new InputException(file, key, $"an integer from 1 to {most}", node.ToJsonString());

        double[] Three(string key, IReadOnlyList<double> missing, bool positive)
        {
            if (json[key] is not { } node)
                return [.. missing];
            var values = (node as JsonArray)
                ?.Select(n => n is JsonValue v && v.TryGetValue(out double d) ? d : double.NaN)
                .ToArray();
            return values is { Length: 3 } && values.All(v => float.IsFinite((float)v) && (!positive || (float)v > 0))
                ? values
                : throw new InputException(file, key, "three numbers", node.ToJsonString());
        }
    }

    /// <summary>True when a folder has the file of a processor.</summary>
    public static bool IsIn(string folder) =>
        File.Exists(Path.Combine(folder, FileName)) || File.Exists(Path.Combine(folder, NewerFileName));

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

    /// <summary>
    /// The size in pixels to which an image of this size is brought. Raises ArgumentException for an impossible shape, or when
    /// the patches would not fit into one array.
    /// </summary>
    public ImageSize Target(ImageSize size)
    {
        var target = Geometry.SmartResize(PatchSize * MergeSize, MinPixels, MaxPixels, size);
        var most = Array.MaxLength / (3 * TemporalPatchSize);
        return (long)target.Width * target.Height <= most
            ? target
            : throw new ArgumentException(
                $"wanted at most {most} pixels, found {target.Width} x {target.Height} after resizing"
            );
    }

    /// <summary>The image brought to its target size. Raises ArgumentException for an impossible shape.</summary>
    public RgbImage Resize(RgbImage image) => Bicubic.Resize(image, Target(image.Size));

    /// <summary>The patches of an image that has its target size. Raises ArgumentException for sides that are no multiples of patch * merge.</summary>
    public EncodedImage Cut(RgbImage image) => Patches.Cut(image, this);

    /// <summary>The image's patches. Raises ArgumentException for an impossible shape.</summary>
    public EncodedImage Process(RgbImage image) => Cut(Resize(image));
}
