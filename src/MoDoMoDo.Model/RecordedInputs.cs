using MoDoMoDo.Domain;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>A batch as another implementation's processor wrote it into a safetensors file (CLI.md `forward`).</summary>
public static class RecordedInputs
{
    /// <summary>
    /// The batch of a file: input_ids and attention_mask [B, L] (no mask: all tokens are real), with images pixel_values
    /// [P, patch length] and image_grid_thw [N, 3]. Other tensors are ignored. Raises InputException naming the tensor that
    /// is missing, of another shape, or at odds with the policy or with another tensor.
    /// </summary>
    public static TokenBatch Read(string file, PolicyConfig config)
    {
        using var scope = NewDisposeScope();
        using var reader = new SafeTensorsReader(file);
        var ids = Whole(reader, "input_ids", 2)!;
        if (ids.Shape[0] == 0 || ids.Shape[1] == 0)
            throw Wrong(reader, "input_ids", "at least one row and one column", Show(ids.Shape));
        foreach (var id in ids.Values)
            if (id < 0 || id >= config.Decoder.VocabularySize)
                throw Wrong(reader, "input_ids", $"ids below {config.Decoder.VocabularySize}", $"{id}");
        var mask = reader.Contains("attention_mask") ? Whole(reader, "attention_mask", 2) : null;
        if (mask is not null && !mask.Shape.SequenceEqual(ids.Shape))
            throw Wrong(reader, "attention_mask", $"the shape of input_ids {Show(ids.Shape)}", Show(mask.Shape));
        if (mask is not null && mask.Values.FirstOrDefault(m => m is not (0 or 1), 0) is not 0 and var other)
            throw Wrong(reader, "attention_mask", "0 and 1", $"{other}");
        var batch = new TokenBatch
        {
            Rows = (int)ids.Shape[0],
            Columns = (int)ids.Shape[1],
            Ids = Array.ConvertAll(ids.Values, id => (int)id),
            Mask = mask is null
                ? [.. Enumerable.Repeat(true, ids.Values.Length)]
                : Array.ConvertAll(mask.Values, m => m == 1),
            Images = Images(reader, config),
        };
        try
        {
            batch.RowPositions(config);
            return batch;
        }
        catch (ArgumentException error)
        {
            throw Wrong(reader, "input_ids", "tokens that fit the mask and the images", error.Message);
        }
    }

    private static EncodedImage[] Images(SafeTensorsReader reader, PolicyConfig config)
    {
        if (!reader.Contains("pixel_values") && !reader.Contains("image_grid_thw"))
            return [];
        if (config.Tower is not { } tower)
            throw Wrong(reader, "pixel_values", "text alone, for a model without a tower", "images");
        var grids = Whole(reader, "image_grid_thw", 2)!;
        if (grids.Shape[1] != 3)
            throw Wrong(reader, "image_grid_thw", "three numbers an image", Show(grids.Shape));
        var patches = Entry(reader, "pixel_values", 2);
        if (patches.Shape[1] != tower.PatchLength)
            throw Wrong(reader, "pixel_values", $"{tower.PatchLength} numbers a patch", Show(patches.Shape));
        foreach (var grid in grids.Values.Chunk(3))
            if (grid[0] < 1 || grid.Skip(1).Any(side => side < 1 || side % tower.MergeSize != 0))
                throw Wrong(
                    reader,
                    "image_grid_thw",
                    $"at least one frame and sides that are multiples of {tower.MergeSize}",
                    Show(grid)
                );
        var counts = grids.Values.Chunk(3).Select(grid => (Int128)grid[0] * grid[1] * grid[2]).ToArray();
        if (counts.Aggregate((Int128)0, (sum, count) => sum + count) != patches.Shape[0])
            throw Wrong(reader, "pixel_values", "as many patches as image_grid_thw says", Show(patches.Shape));

        using var values = reader.Read("pixel_values", ScalarType.Float32);
        var all = values.data<float>().ToArray();
        var images = new List<EncodedImage>();
        var start = 0;
        foreach (var (grid, count) in grids.Values.Chunk(3).Zip(counts))
        {
            var length = (int)count * tower.PatchLength;
            images.Add(new(all[start..(start + length)], (int)grid[0], (int)grid[1], (int)grid[2]));
            start += length;
        }
        return [.. images];
    }

    private sealed record Integers(long[] Shape, long[] Values);

    private static Integers Whole(SafeTensorsReader reader, string name, int dimensions)
    {
        var entry = Entry(reader, name, dimensions);
        if (entry.Dtype is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16)
            throw Wrong(reader, name, "whole numbers", entry.Dtype.ToString());
        using var tensor = reader.Read(name, ScalarType.Int64);
        return new([.. entry.Shape], tensor.data<long>().ToArray());
    }

    private static SafeTensorsEntry Entry(SafeTensorsReader reader, string name, int dimensions)
    {
        var entry =
            reader.Entries.FirstOrDefault(e => e.Name == name)
            ?? throw Wrong(reader, name, "a tensor of this name", "none");
        return entry.Shape.Count == dimensions
            ? entry
            : throw Wrong(reader, name, $"{dimensions} dimensions", Show(entry.Shape));
    }

    private static InputException Wrong(SafeTensorsReader reader, string name, string wanted, string found) =>
        new(reader.File, name, wanted, found);

    private static string Show(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
