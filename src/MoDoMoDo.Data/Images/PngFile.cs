using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace MoDoMoDo.Data;

/// <summary>A colour that a file declares transparent.</summary>
internal readonly record struct ColourKey(byte Red, byte Green, byte Blue);

/// <summary>A file made ready for the decoder: transparency by colour is told apart from alpha.</summary>
/// <param name="Bytes">The file that the decoder sees.</param>
/// <param name="Key">The colour declared transparent, if there is one.</param>
/// <param name="SplitGrey">The pixels hold the high byte of a 16-bit grey in the colours and its low byte in alpha.</param>
internal sealed record PreparedFile(byte[] Bytes, ColourKey? Key = null, bool SplitGrey = false);

/// <summary>
/// What a general decoder gets wrong for us in a PNG. It reduces 16-bit grey to its high byte, where the reference saturates;
/// it turns tRNS into alpha 0, which loses whether alpha or a colour key was meant; it repeats the last colour of a short
/// palette, where the reference has black. All of this is settled by editing chunks before the
/// pixels, so that the decoding itself stays the decoder's.
/// </summary>
internal static class PngFile
{
    internal const int SignatureLength = 8;
    private const int Grey = 0,
        Rgb = 2,
        Palette = 3,
        GreyAlpha = 4;

    private readonly record struct Chunk(string Type, byte[] Data);

    public static bool Is(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

    /// <summary>The edited file; graded alpha of a palette stays only where it is wanted. A file whose chunks cannot be
    /// followed up to the pixels comes back as it is: the decoder will refuse it.</summary>
    public static PreparedFile Prepare(byte[] file, AlphaMode alpha)
    {
        var (chunks, rest) = BeforePixels(file);
        if (rest == file.Length || chunks.Count == 0 || chunks[0] is not { Type: "IHDR", Data: { Length: 13 } header })
            return new(file);
        int depth = header[8],
            colourType = header[9];
        var transparency = chunks.Find(chunk => chunk.Type == "tRNS").Data;
        var palette = chunks.Find(chunk => chunk.Type == "PLTE").Data;
        var key = transparency is null ? null : KeyOf(transparency, colourType, depth, palette);

        var splitGrey = colourType == Grey && depth == 16;
        var edited = false;
        if (transparency is not null && (key is not null || splitGrey || alpha == AlphaMode.Dropped))
            edited |= chunks.RemoveAll(chunk => chunk.Type == "tRNS") > 0;
        if (splitGrey)
        {
            // 16-bit grey and 8-bit grey with alpha have the same rows, the same filters (two bytes a pixel) and the same
            // passes: under the other label any decoder hands out both bytes of each grey value.
            (header[8], header[9]) = (8, GreyAlpha);
            edited = true;
        }
        if (colourType == Palette && depth <= 8 && palette?.Length < 3 << depth)
        {
            chunks[chunks.FindIndex(chunk => chunk.Type == "PLTE")] = new("PLTE", Padded(palette, 3 << depth));
            edited = true;
        }
        return new(edited ? Join(file, chunks, rest) : file, key, splitGrey);
    }

    /// <summary>The chunks before the first IDAT and where that begins; the file's length when there is none. A chunk with a
    /// wrong checksum ends the walk, as the decoder must see it.</summary>
    private static (List<Chunk> Chunks, int PixelsAt) BeforePixels(byte[] file)
    {
        var chunks = new List<Chunk>();
        for (var at = SignatureLength; at + 12 <= file.Length; )
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            var type = Encoding.Latin1.GetString(file, at + 4, 4);
            if (type == "IDAT")
                return (chunks, at);
            if (length > (uint)(file.Length - at - 12))
                break;
            var checkedPart = file.AsSpan(at + 4, 4 + (int)length);
            if (
                Crc32.HashToUInt32(checkedPart)
                != BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + (int)length))
            )
                break;
            chunks.Add(new(type, checkedPart[4..].ToArray()));
            at += 12 + (int)length;
        }
        return (chunks, file.Length);
    }

    private static byte[] Join(byte[] file, List<Chunk> chunks, int rest)
    {
        using var joined = new MemoryStream(file.Length + 1024);
        Span<byte> number = stackalloc byte[4];
        joined.Write(file, 0, SignatureLength);
        foreach (var (type, data) in chunks)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            joined.Write(number);
            byte[] checkedPart = [.. Encoding.Latin1.GetBytes(type), .. data];
            joined.Write(checkedPart);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(checkedPart));
            joined.Write(number);
        }
        joined.Write(file, rest, file.Length - rest);
        return joined.ToArray();
    }

    private static byte[] Padded(byte[] data, int length)
    {
        var padded = new byte[length];
        data.CopyTo(padded, 0);
        return padded;
    }

    private static ColourKey? KeyOf(ReadOnlySpan<byte> data, int colourType, int depth, ReadOnlySpan<byte> palette)
    {
        switch (colourType)
        {
            // Pillow compares with the unscaled value, of 16 bits with its low byte alone (chunk_tRNS, rgbT2a); as grey of 16
            // bits only the red of the colour.
            case Grey when data.Length >= 2:
                var value = BinaryPrimitives.ReadUInt16BigEndian(data);
                var grey = (byte)(depth == 1 && value > 0 ? 255 : Math.Min((int)value, 255));
                return depth < 16 ? new(grey, grey, grey)
                    : data[1] == 0 ? default(ColourKey)
                    : null;
            case Rgb when data.Length >= 6:
                return new(data[1], data[3], data[5]);
            case Palette:
                var clear = data.IndexOf((byte)0);
                var others = clear < 0 ? data : [.. data[..clear], .. data[(clear + 1)..]];
                return clear >= 0 && !others.ContainsAnyExcept((byte)255) && palette.Length >= 3 * clear + 3
                    ? new(palette[3 * clear], palette[3 * clear + 1], palette[3 * clear + 2])
                    : null;
            default:
                return null;
        }
    }
}
