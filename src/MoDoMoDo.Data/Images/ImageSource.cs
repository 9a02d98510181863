using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>
/// Decodes the images of samples and keeps the last ones, up to a number of bytes. Safe to use from many threads.
/// </summary>
/// <param name="options">Alpha and limits.</param>
/// <param name="cacheBytes">Decoded bytes to keep; 0 keeps none.</param>
public sealed class ImageSource(ImageDecodingOptions options, long cacheBytes = 128L << 20) : IImageSource
{
    private readonly BoundedCache<string, RgbImage> cache = new(cacheBytes, image => image.Pixels.LongLength);

    /// <summary>A source with the default options.</summary>
    public ImageSource()
        : this(new ImageDecodingOptions()) { }

    /// <summary>The pixels of an image. Raises InputException when it cannot be read or is larger than allowed.</summary>
    public RgbImage Load(Image image) =>
        image.Data.Match(
            path => cache.GetOrAdd(image.Id, () => ImageDecoding.Decode(ReadFile(path), options, path)),
            bytes => cache.GetOrAdd(image.Id, () => ImageDecoding.Decode(bytes, options, field: $"image {image.Id}")),
            pixels => pixels
        );

    private byte[] ReadFile(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new InputException(path, "image", "an image file", "no such file");
        if (file.Length > options.MaxFileBytes)
            throw new InputException(
                path,
                "image",
                $"a file of at most {options.MaxFileBytes} bytes",
                $"{file.Length} bytes"
            );
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, "image", "a readable file", e.Message);
        }
    }
}
