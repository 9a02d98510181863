using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Model.Tests;

/// <summary>
/// Resize, normalise and patch order. Recorded numbers: transformers 5.23.0 and Pillow 13.0.0 (goldens/processors 1.3 and 1.4).
/// Decoding PNG files is another project's work, so recorded pixels come from patch_order and normalise_table here.
/// </summary>
public class ImageProcessorTests
{
    [Fact]
    public void NormaliseTable_EqualsTheReferenceBitForBit()
    {
        using var reader = new SafeTensorsReader(
            Path.Combine(Goldens.Shared("goldens/processors"), "images", "normalise_table.safetensors")
        );
        using var table = reader.Read("pil");
        Assert.Equal(table.data<float>().ToArray(), Patches.Table(new ImageProcessor()));
    }

    [Fact]
    public void PatchOrder_EqualsTheReference()
    {
        var about = Goldens.Json(Path.Combine(Goldens.Shared("goldens/processors"), "images", "patch_order.json"));
        var pixels = new byte[3 * 56 * 84];
        for (var y = 0; y < 56; y++)
        for (var x = 0; x < 84; x++)
            (pixels[3 * (84 * y + x)], pixels[3 * (84 * y + x) + 1]) = ((byte)x, (byte)y);
        var processor = new ImageProcessor { Mean = [0, 0, 0], Deviation = [1.0 / 255, 1.0 / 255, 1.0 / 255] };
        var image = processor.Process(RgbImage.Create(84, 56, pixels));
        Assert.Equal((1, 4, 6), (image.T, image.H, image.W));
        foreach (var row in about["rows"]!.AsArray())
        {
            var corner = row!["top_left_yx"]!.AsArray();
            var first = image.Patches.AsSpan((int)row["row"]! * 1176, 1176);
            Assert.Equal((double)corner[1]!, first[0], 1e-3);
            Assert.Equal((double)corner[0]!, first[392], 1e-3);
            Assert.Equal(first[0], first[196]);
            Assert.Equal(first[0] + 1, first[1], 1e-3);
            Assert.Equal(first[392] + 1, first[392 + 14], 1e-3);
        }
    }

    [Fact]
    public void AConstantImage_StaysConstantAtEverySize()
    {
        var image = RgbImage.Create(37, 53, [.. Enumerable.Repeat((byte)201, 3 * 37 * 53)]);
        foreach (var size in new[] { (20, 91), (106, 12), (53, 74) })
            Assert.All(Bicubic.Resize(image, new ImageSize(size.Item1, size.Item2)).Pixels, p => Assert.Equal(201, p));
    }

    [Fact]
    public void TheSameSize_IsTheSameImage()
    {
        var image = RgbImage.Create(2, 2, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        Assert.Same(image, Bicubic.Resize(image, image.Size));
    }

    [Fact]
    public void SavedAndLoaded_IsTheSameProcessor()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var processor = new ImageProcessor
            {
                PatchSize = 8,
                MinPixels = 64,
                MaxPixels = 4096,
                Mean = [0.5, 0.25, 0.125],
            };
            processor.Save(folder.FullName);
            var loaded = ImageProcessor.Load(folder.FullName);
            Assert.Equal(processor.Mean, loaded.Mean);
            Assert.Equal(processor with { Mean = [], Deviation = [] }, loaded with { Mean = [], Deviation = [] });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
