using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MoDoMoDo.Data;

/// <summary>
/// What a file says about how its picture is held: the EXIF block, or, where that has no orientation, the XMP text. The
/// places are those of Pillow 13 (Image.getexif and its PNG, JPEG and WebP plugins), whose turn the reference applies.
/// </summary>
internal sealed class ImageMetadata
{
    /// <summary>Longest compressed text that is unpacked, as in Pillow.</summary>
    private const int LongestText = 1 << 20;
    private const string ExifText = "Raw profile type exif",
        XmpText = "XML:com.adobe.xmp";

    private static ReadOnlySpan<byte> ExifPrefix => "Exif\0\0"u8;
    private static ReadOnlySpan<byte> XmpPrefix => "http://ns.adobe.com/xap/1.0/\0"u8;

    private byte[] exif = [];
    private byte[] xmp = [];

    private ImageMetadata() { }

    /// <summary>Orientation 1..8 of a PNG, JPEG or WebP file, or of its beginning; 1 when it has none that is valid.</summary>
    public static int Orientation(byte[] file)
    {
        var metadata = new ImageMetadata();
        if (PngFile.Is(file))
            metadata.ReadPng(file);
        else if (file.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]))
            metadata.ReadJpeg(file);
        else if (file.Length > 21 && file.AsSpan().StartsWith("RIFF"u8) && file.AsSpan(8).StartsWith("WEBPVP8X"u8))
            metadata.ReadWebP(file);
        return (Exif.Orientation(metadata.exif) ?? XmpOrientation(metadata.xmp)) is >= 1 and <= 8 and var found
            ? found
            : 1;
    }

    /// <summary>The digit of the first tiff:Orientation, attribute or element.</summary>
    private static int? XmpOrientation(ReadOnlySpan<byte> text)
    {
        var name = "tiff:Orientation"u8;
        for (int at; (at = text.IndexOf(name)) >= 0; )
        {
            text = text[(at + name.Length)..];
            var digit =
                text.StartsWith("=\""u8) ? 2
                : text.StartsWith(">"u8) ? 1
                : text.Length;
            if (digit < text.Length && char.IsAsciiDigit((char)text[digit]))
                return text[digit] - '0';
        }
        return null;
    }

    private void ReadJpeg(ReadOnlySpan<byte> file)
    {
        const byte StartOfScan = 0xDA,
            Application1 = 0xE1;
        for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF && file[at + 1] != StartOfScan; )
        {
            if (file[at + 1] == 0xFF) // padding
            {
                at++;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length)
                return;
            var segment = file.Slice(at + 4, length - 2);
            if (file[at + 1] == Application1 && segment.StartsWith(ExifPrefix))
                exif = [.. exif, .. segment[ExifPrefix.Length..]]; // a block longer than a segment goes on in the next
            else if (file[at + 1] == Application1 && segment.StartsWith(XmpPrefix))
                xmp = segment[XmpPrefix.Length..].ToArray();
            at += 2 + length;
        }
    }

    private void ReadWebP(ReadOnlySpan<byte> file)
    {
        const byte HasXmp = 4,
            HasExif = 8;
        var flags = file[20];
        for (var at = 12; at + 8 <= file.Length; )
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            if (length > (uint)(file.Length - at - 8))
                return;
            var data = file.Slice(at + 8, (int)length);
            if (exif.Length == 0 && (flags & HasExif) != 0 && file[at..].StartsWith("EXIF"u8))
                exif = WithoutPrefix(data);
            else if (xmp.Length == 0 && (flags & HasXmp) != 0 && file[at..].StartsWith("XMP "u8))
                xmp = data.ToArray();
            at += 8 + (int)length + (int)(length & 1);
        }
    }

    /// <summary>The chunks before and after the pixels count.</summary>
    private void ReadPng(ReadOnlySpan<byte> file)
    {
        var (block, profile) = (Array.Empty<byte>(), Array.Empty<byte>());
        for (var at = PngFile.SignatureLength; at + 12 <= file.Length; )
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > (uint)(file.Length - at - 12))
                break;
            var type = Encoding.Latin1.GetString(file.Slice(at + 4, 4));
            var data = file.Slice(at + 8, (int)length);
            if (type == "IEND")
                break;
            if (type == "eXIf")
                block = data.ToArray();
            else if (type is "tEXt" or "zTXt" or "iTXt" && Text(type, data, ExifText) is { } raw)
                profile = RawProfile(raw);
            else if (type is "tEXt" or "zTXt" or "iTXt" && Text(type, data, XmpText) is { } text)
                xmp = text;
            at += 12 + (int)length;
        }
        exif = WithoutPrefix(block.Length > 0 ? block : profile);
    }

    /// <summary>The text of a chunk whose keyword is this one; null for another, or when it is not well-formed.</summary>
    private static byte[]? Text(string type, ReadOnlySpan<byte> data, string keyword)
    {
        if (!data.StartsWith(Encoding.Latin1.GetBytes(keyword + "\0")))
            return null;
        data = data[(keyword.Length + 1)..];
        if (type == "tEXt")
            return data.ToArray();
        var packed = type == "zTXt";
        if (data.Length < (packed ? 1 : 2))
            return null;
        if (packed)
            return Unpacked(data[1..]);
        packed = data[0] != 0;
        data = data[2..];
        for (var part = 0; part < 2; part++) // language, translated keyword
            if (data.IndexOf((byte)0) is >= 0 and var end)
                data = data[(end + 1)..];
            else
                return null;
        return packed ? Unpacked(data) : data.ToArray();
    }

    private static byte[]? Unpacked(ReadOnlySpan<byte> data)
    {
        try
        {
            using var stream = new ZLibStream(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
            var text = new byte[LongestText];
            return text[..stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>ImageMagick's form: three lines of heading, then hexadecimal digits on many lines.</summary>
    private static byte[] RawProfile(byte[] text)
    {
        var digits = string.Concat(Encoding.Latin1.GetString(text).Split('\n').Skip(3)).Trim();
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : [];
    }

    private static byte[] WithoutPrefix(ReadOnlySpan<byte> block) =>
        (block.StartsWith(ExifPrefix) ? block[ExifPrefix.Length..] : block).ToArray();
}
