using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Model.Tests;

/// <summary>What holds of every image; recorded pixels, sizes and patches are compared in tests/Goldens.</summary>
public class ImageProcessorTests
{
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

    /// <summary>The two passes against the definition, one number at a time: sides that are no multiple of a vector, thin and tiny images.</summary>
    [Theory]
    [InlineData(1, 1, 28, 56)]
    [InlineData(3, 200, 28, 1988)]
    [InlineData(200, 3, 1988, 28)]
    [InlineData(37, 53, 84, 28)]
    [InlineData(101, 67, 28, 112)]
    [InlineData(64, 48, 56, 56)]
    [InlineData(11, 11, 364, 336)]
    public void Resize_EqualsTheDefinition(int width, int height, int newHeight, int newWidth)
    {
        var random = new RandomStream((ulong)(width * 1000 + height));
        var pixels = Enumerable
            .Range(0, 3 * width * height)
            .Select(_ => (byte)(random.NextBool(0.5) ? 255 * random.NextInt(2) : random.NextInt(256)));
        var image = RgbImage.Create(width, height, [.. pixels]);
        var found = Bicubic.Resize(image, new ImageSize(newHeight, newWidth));
        var verticalFirst = newHeight < height && height - newHeight > 2 * (width - newWidth);
        var across = (RgbImage i) => Slow(i, newWidth, i.Height, (x, y) => x, true);
        var down = (RgbImage i) => Slow(i, i.Width, newHeight, (x, y) => y, false);
        Assert.Equal((verticalFirst ? across(down(image)) : down(across(image))).Pixels, found.Pixels);
    }

    private static RgbImage Slow(RgbImage image, int width, int height, Func<int, int, int> place, bool across)
    {
        var (from, into) = across ? (image.Width, width) : (image.Height, height);
        var result = new byte[3 * width * height];
        for (var y = 0; y < height; y++)
        for (var x = 0; x < width; x++)
        for (var channel = 0; channel < 3; channel++)
        {
            int Pixel(int j) => image.Pixels[3 * (across ? y * image.Width + j : j * image.Width + x) + channel];
            result[3 * (y * width + x) + channel] =
                from == into ? (byte)Pixel(place(x, y)) : Weighted(place(x, y), from, into, Pixel);
        }
        return RgbImage.Create(width, height, result);
    }

    /// <summary>goldens/processors 1.3, steps 1 to 4.</summary>
    private static byte Weighted(int i, int from, int into, Func<int, int> pixel)
    {
        var scale = (double)from / into;
        var stretch = Math.Max(scale, 1);
        var centre = (i + 0.5) * scale;
        var first = Math.Max(0, (int)Math.Truncate(centre - 2 * stretch + 0.5));
        var last = Math.Min(from, (int)Math.Truncate(centre + 2 * stretch + 0.5));
        var kernel = Enumerable.Range(first, last - first).Select(j => Kernel((j - centre + 0.5) / stretch)).ToArray();
        var total = 0.0;
        foreach (var weight in kernel)
            total += weight;
        var sum = 1L << 21;
        for (var j = first; j < last; j++)
            sum +=
                pixel(j)
                * (long)
                    Math.Truncate(kernel[j - first] / total * 4194304 + (kernel[j - first] / total < 0 ? -0.5 : 0.5));
        return (byte)Math.Clamp(sum >> 22, 0, 255);
    }

    private static double Kernel(double x) =>
        Math.Abs(x) switch
        {
            < 1 and var d => (1.5 * d - 2.5) * d * d + 1,
            < 2 and var d => -0.5 * (((d - 5) * d + 8) * d - 4),
            _ => 0,
        };
}
