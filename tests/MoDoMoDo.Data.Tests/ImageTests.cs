using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Data.Tests;

public class ImageTests
{
    private const int Grey = 0,
        Rgb = 2,
        Palette = 3,
        Rgba = 6;
    private static readonly ImageDecodingOptions Dropped = new();
    private static readonly ImageDecodingOptions OverWhite = new() { Alpha = AlphaMode.OverWhite };
    private static readonly ImageDecodingOptions KeyKept = new() { PaintColourKey = false };

    private static RgbImage Random(int width, int height, int seed)
    {
        var pixels = new byte[3 * width * height];
        new Random(seed).NextBytes(pixels);
        return RgbImage.Create(width, height, pixels);
    }

    [Property(MaxTest = 50)]
    public Property A_png_of_ours_decodes_to_the_same_pixels() =>
        Prop.ForAll(
            Gen.Choose(1, 40).Three().ToArbitrary(),
            sizes =>
            {
                var image = Random(sizes.Item1, sizes.Item2, sizes.Item3);
                var back = ImageDecoding.Decode(ImageEncoding.ToPng(image), Dropped);
                return back.Size.Equals(image.Size) && back.Pixels.AsSpan().SequenceEqual(image.Pixels);
            }
        );

    [Fact]
    public void Sixteen_bit_grey_saturates()
    {
        var file = PngWriter.Write(
            4,
            16,
            Grey,
            [
                [0, 0, 0, 200, 1, 0, 255, 255],
            ]
        );
        Assert.Equal(
            [0, 0, 0, 200, 200, 200, 255, 255, 255, 255, 255, 255],
            ImageDecoding.Decode(file, Dropped).Pixels
        );
    }

    [Fact]
    public void The_colour_under_alpha_0_survives_and_white_shows_only_where_wanted()
    {
        var file = PngWriter.Write(
            3,
            8,
            Rgba,
            [
                [10, 20, 30, 0, 10, 20, 30, 128, 10, 20, 30, 255],
            ]
        );
        Assert.Equal([10, 20, 30, 10, 20, 30, 10, 20, 30], ImageDecoding.Decode(file, Dropped).Pixels);
        Assert.Equal([255, 255, 255, 132, 137, 142, 10, 20, 30], ImageDecoding.Decode(file, OverWhite).Pixels);
    }

    [Fact]
    public void A_colour_key_is_painted_white_or_kept()
    {
        var file = PngWriter.Write(
            2,
            8,
            Rgb,
            [
                [1, 2, 3, 4, 5, 6],
            ],
            ("tRNS", [0, 4, 0, 5, 0, 6])
        );
        Assert.Equal([1, 2, 3, 255, 255, 255], ImageDecoding.Decode(file, Dropped).Pixels);
        Assert.Equal([1, 2, 3, 4, 5, 6], ImageDecoding.Decode(file, KeyKept).Pixels);
    }

    [Theory]
    // Pillow compares the unscaled key with the scaled grey, and of 16 bits the low byte with the high one.
    [InlineData(2, Grey, new byte[] { 0b00_01_10_11 }, new byte[] { 0, 1 }, new byte[] { 0, 85, 170, 255 })]
    [InlineData(2, Grey, new byte[] { 0b00_01_10_11 }, new byte[] { 0, 0 }, new byte[] { 255, 85, 170, 255 })]
    [InlineData(16, Grey, new byte[] { 0, 0, 0, 200 }, new byte[] { 0, 200 }, new byte[] { 0, 200 })]
    [InlineData(16, Grey, new byte[] { 0, 0, 0, 200 }, new byte[] { 1, 0 }, new byte[] { 255, 200 })]
    [InlineData(16, Rgb, new byte[] { 1, 2, 1, 2, 1, 2 }, new byte[] { 1, 2, 1, 2, 1, 2 }, new byte[] { 1 })]
    [InlineData(16, Rgb, new byte[] { 1, 2, 1, 2, 1, 2 }, new byte[] { 2, 1, 2, 1, 2, 1 }, new byte[] { 255 })]
    public void A_key_of_another_depth_meets_what_pillow_compares(
        int depth,
        int colourType,
        byte[] row,
        byte[] key,
        byte[] greys
    )
    {
        var file = PngWriter.Write(greys.Length, depth, colourType, [row], ("tRNS", key));
        Assert.Equal(greys, ImageDecoding.Decode(file, Dropped).Pixels.Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void One_clear_palette_entry_is_a_key_and_graded_ones_are_alpha()
    {
        byte[] palette = [9, 8, 7, 6, 5, 4];
        var key = PngWriter.Write(
            2,
            8,
            Palette,
            [
                [0, 1],
            ],
            ("PLTE", palette),
            ("tRNS", [255, 0])
        );
        var graded = PngWriter.Write(
            2,
            8,
            Palette,
            [
                [0, 1],
            ],
            ("PLTE", palette),
            ("tRNS", [255, 128])
        );
        Assert.Equal([9, 8, 7, 255, 255, 255], ImageDecoding.Decode(key, Dropped).Pixels);
        Assert.Equal([9, 8, 7, 6, 5, 4], ImageDecoding.Decode(graded, Dropped).Pixels);
        Assert.Equal([9, 8, 7, 130, 130, 129], ImageDecoding.Decode(graded, OverWhite).Pixels);
    }

    [Fact]
    public void More_pixels_than_allowed_are_refused_by_the_header()
    {
        var file = ImageEncoding.ToPng(Random(20, 10, 1));
        Assert.Equal(20, ImageDecoding.Decode(file, Dropped with { MaxPixels = 200 }).Width);
        var refused = Assert.Throws<InputException>(() =>
            ImageDecoding.Decode(file, Dropped with { MaxPixels = 199 }, "a.parquet")
        );
        Assert.Equal("a.parquet: image: wanted an image of at most 199 pixels, found 20 x 10", refused.Message);
    }

    [Property(MaxTest = 300)]
    public Property Damaged_files_are_refused_or_read_and_nothing_else() =>
        Prop.ForAll(
            Gen.Choose(0, 1 << 20).Two().Zip(Gen.Choose(0, 255)).ToArbitrary(),
            damage =>
            {
                var file = ImageEncoding.ToPng(Random(9, 7, 3));
                file[damage.Item1.Item1 % file.Length] ^= (byte)damage.Item2;
                var cut = damage.Item1.Item2 % 3 == 0 ? file[..(damage.Item1.Item2 % file.Length)] : file;
                try
                {
                    return ImageDecoding.Decode(cut, Dropped).Width > 0;
                }
                catch (InputException)
                {
                    return true;
                }
            }
        );

    [Fact]
    public void The_source_reads_files_bytes_and_pixels_and_names_what_is_missing()
    {
        using var folder = new TemporaryFolder();
        var image = Random(5, 4, 2);
        var png = ImageEncoding.ToPng(image);
        var path = folder.Write("picture.jpg", png);
        var source = new ImageSource();
        foreach (var stored in (Image[])[Image.OfFile(path), Image.OfBytes(png), Image.OfPixels(image)])
            Assert.Equal(image.Pixels, source.Load(stored).Pixels);
        Assert.Same(source.Load(Image.OfFile(path)), source.Load(Image.OfFile(path)));
        var missing = Assert.Throws<InputException>(() => source.Load(Image.OfFile(folder.PathOf("none.png"))));
        Assert.Equal($"{folder.PathOf("none.png")}: image: wanted an image file, found no such file", missing.Message);
    }
}
