using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Data.Tests;

/// <summary>What turns a picture, and where a file may say it: the places are those of Pillow 13's Image.getexif.</summary>
public class OrientationTests
{
    private const int Grey = 0;

    /// <summary>The 2 x 3 image 0 1 / 2 3 / 4 5.</summary>
    private static readonly byte[][] Rows =
    [
        [0, 1],
        [2, 3],
        [4, 5],
    ];

    /// <summary>A big-endian EXIF block with the one tag.</summary>
    private static byte[] Exif(byte orientation) =>
        [.. "MM\0*\0\0\0\b\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0"u8, orientation, .. new byte[6]];

    private static byte[] Xmp(int orientation, bool element) =>
        Encoding.UTF8.GetBytes(
            element
                ? $"<rdf:Description><tiff:Orientation>{orientation}</tiff:Orientation></rdf:Description>"
                : $"<rdf:Description tiff:Orientation=\"{orientation}\"/>"
        );

    private static byte[] XmpText(int orientation, bool element) =>
        [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. Xmp(orientation, element)];

    /// <summary>ImageMagick's form of the block.</summary>
    private static byte[] RawProfile(byte orientation)
    {
        byte[] block = [.. "Exif\0\0"u8, .. Exif(orientation)];
        var digits = Convert.ToHexStringLower(block);
        return Encoding.ASCII.GetBytes($"\nexif\n      32\n{digits[..40]}\n{digits[40..]}\n");
    }

    private static byte[] Packed(byte[] text)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(text);
        return packed.ToArray();
    }

    private static byte[] Png((string, byte[])[] before, params (string, byte[])[] after) =>
        PngWriter.WriteWithTail(2, 8, Grey, Rows, before, after);

    private static byte[] Greys(byte[] file, out int width)
    {
        var image = ImageDecoding.Decode(file, new ImageDecodingOptions());
        Assert.Equal(image.Size, ImageDecoding.ReadSize(file, new ImageDecodingOptions()));
        width = image.Width;
        return [.. image.Pixels.Where((_, i) => i % 3 == 0)];
    }

    [Theory]
    // The pixels after the turn, row by row.
    [InlineData(1, 2, new byte[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(2, 2, new byte[] { 1, 0, 3, 2, 5, 4 })]
    [InlineData(3, 2, new byte[] { 5, 4, 3, 2, 1, 0 })]
    [InlineData(4, 2, new byte[] { 4, 5, 2, 3, 0, 1 })]
    [InlineData(5, 3, new byte[] { 0, 2, 4, 1, 3, 5 })]
    [InlineData(6, 3, new byte[] { 4, 2, 0, 5, 3, 1 })]
    [InlineData(7, 3, new byte[] { 5, 3, 1, 4, 2, 0 })]
    [InlineData(8, 3, new byte[] { 1, 3, 5, 0, 2, 4 })]
    [InlineData(9, 2, new byte[] { 0, 1, 2, 3, 4, 5 })]
    public void Orientation_is_applied_wherever_a_png_says_it(byte orientation, int width, byte[] greys)
    {
        foreach (
            var file in new[]
            {
                Png([("eXIf", Exif(orientation))]),
                Png([], ("eXIf", Exif(orientation))),
                Png([("tEXt", [.. "Raw profile type exif\0"u8, .. RawProfile(orientation)])]),
                Png([("zTXt", [.. "Raw profile type exif\0\0"u8, .. Packed(RawProfile(orientation))])]),
                Png([("iTXt", XmpText(orientation, element: false))]),
                Png([], ("iTXt", XmpText(orientation, element: true))),
            }
        )
        {
            Assert.Equal(greys, Greys(file, out var found));
            Assert.Equal(width, found);
        }
    }

    [Fact]
    public void Exif_goes_before_xmp_even_where_its_orientation_is_none()
    {
        Assert.Equal([5, 4, 3, 2, 1, 0], Greys(Png([("eXIf", Exif(3)), ("iTXt", XmpText(2, false))]), out _));
        Assert.Equal([0, 1, 2, 3, 4, 5], Greys(Png([("eXIf", Exif(0)), ("iTXt", XmpText(2, false))]), out _));
    }

    [Fact]
    public void A_jpeg_is_turned_by_exif_else_by_xmp()
    {
        var picture = RgbImage.Create(16, 8, [.. Enumerable.Repeat((byte)90, 3 * 16 * 8)]);
        var jpeg = ImageEncoding.ToJpeg(picture, 90);
        byte[] Segment(byte[] prefix, byte[] data)
        {
            var length = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(2 + prefix.Length + data.Length));
            return [0xFF, 0xE1, .. length, .. prefix, .. data];
        }
        byte[] With(params byte[][] segments) => [.. jpeg[..2], .. segments.SelectMany(s => s), .. jpeg[2..]];
        byte[] exif(byte o) => Segment([.. "Exif\0\0"u8], Exif(o));
        byte[] xmp(int o) => Segment([.. "http://ns.adobe.com/xap/1.0/\0"u8], Xmp(o, false));
        foreach (
            var (file, width) in new[]
            {
                (With(), 16),
                (With(exif(6)), 8),
                (With(xmp(8)), 8),
                (With(xmp(8), exif(1)), 16),
                (With(exif(5), xmp(1)), 8),
            }
        )
        {
            Greys(file, out var found);
            Assert.Equal(width, found);
        }
    }

    [Fact]
    public void Damaged_metadata_turn_nothing()
    {
        foreach (var length in Enumerable.Range(0, Exif(3).Length - 7))
            Assert.Equal([0, 1, 2, 3, 4, 5], Greys(Png([("eXIf", Exif(3)[..length])]), out _));
        foreach (var data in new byte[][] { [], [0], [.. "XML:com.adobe.xmp\0\u0001\0\0\0xx"u8] })
            Assert.Equal([0, 1, 2, 3, 4, 5], Greys(Png([("iTXt", data), ("zTXt", data), ("tEXt", data)]), out _));
    }
}
