using MoDoMoDo.Data;
using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using SkiaSharp;

namespace MoDoMoDo.Goldens.Damage;

/// <summary>Images of every kind, damaged; where they are there, the recorded ones too.</summary>
internal sealed class DamagedImages : IDamaged
{
    private const string SmallestGif = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    private static readonly ImageDecodingOptions Options = new();
    private static readonly ImageProcessor Processor = new() { MaxPixels = 200_000 };

    private readonly byte[][] _whole = [.. Drawn(), .. Recorded()];

    public DamagedImages()
    {
        foreach (var file in _whole)
            ImageDecoding.Decode(file, Options); // undamaged, they are read
    }

    public string Name => "images";

    public Outcome Try(RandomStream random)
    {
        var file = Mutation.Bytes(random.Pick(_whole), random);
        if (random.NextBool(0.7))
            file = Mutation.WithChecksums(file);
        try
        {
            ImageDecoding.ReadSize(file, Options);
            var image = ImageDecoding.Decode(file, Options);
            Processor.Process(image);
            return Outcome.Loaded;
        }
        catch (InputException error) when (!error.Message.Contains('\n', StringComparison.Ordinal))
        {
            return Outcome.Refused;
        }
        catch (ArgumentException)
        {
            return Outcome.Refused; // an impossible shape
        }
    }

    private static IEnumerable<byte[]> Drawn()
    {
        var random = new RandomStream(1);
        var pixels = Enumerable.Range(0, 3 * 33 * 21).Select(_ => (byte)random.NextInt(256)).ToArray();
        var png = ImageEncoding.ToPng(RgbImage.Create(33, 21, pixels));
        yield return png;
        using var bitmap = SKBitmap.Decode(png);
        foreach (var format in new[] { SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp })
        {
            using var encoded = bitmap.Encode(format, 90);
            yield return encoded.ToArray();
        }
        yield return Bmp(33, 21, pixels);
        yield return Convert.FromBase64String(SmallestGif);
    }

    /// <summary>A 24-bit BMP; rows are padded to four bytes.</summary>
    private static byte[] Bmp(int width, int height, byte[] pixels)
    {
        var row = (3 * width + 3) / 4 * 4;
        var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("BM"u8);
        foreach (
            var value in new[]
            {
                54 + row * height,
                0,
                54,
                40,
                width,
                height,
                1 | (24 << 16),
                0,
                row * height,
                0,
                0,
                0,
                0,
            }
        )
            writer.Write(value);
        for (var y = height - 1; y >= 0; y--)
        {
            writer.Write(pixels, 3 * width * y, 3 * width);
            writer.Write(new byte[row - 3 * width]);
        }
        return file.ToArray();
    }

    private static IEnumerable<byte[]> Recorded()
    {
        var folder = Path.Combine(Repository.Recordings[1], "processors", "images", "files");
        return Directory.Exists(folder)
            ? Directory
                .EnumerateFiles(folder)
                .Order(StringComparer.Ordinal)
                .Select(File.ReadAllBytes)
                .Where(file => file.Length < 20_000)
            : [];
    }

    public void Dispose() { }
}
