using MoDoMoDo.Domain;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>The patches of an image in a file, so that another implementation can be compared on anyone's own images.</summary>
public static class RecordedImage
{
    /// <summary>
    /// Writes pixel_values [patches, patch length], image_grid_thw [1, 3] and resized [height, width, 3] (bytes) into a
    /// safetensors file, whole or not at all. Raises ArgumentException for an impossible shape.
    /// </summary>
    public static void Write(ImageProcessor processor, RgbImage image, string file)
    {
        using var scope = NewDisposeScope();
        var resized = processor.Resize(image);
        var encoded = processor.Cut(resized);
        var grid = encoded.Grid;
        AtomicFile.CreateFolderOf(file);
        SafeTensorsWriter.Write(
            file,
            [
                KeyValuePair.Create("pixel_values", tensor(encoded.Patches).view(grid.Patches, -1)),
                KeyValuePair.Create("image_grid_thw", tensor(new long[] { grid.T, grid.H, grid.W }).view(1, 3)),
                KeyValuePair.Create("resized", tensor(resized.Pixels).view(resized.Height, resized.Width, 3)),
            ]
        );
    }
}
