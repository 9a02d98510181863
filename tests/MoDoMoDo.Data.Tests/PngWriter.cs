using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace MoDoMoDo.Data.Tests;

/// <summary>Writes PNG files of any colour type from raw rows (without their filter bytes), with chunks of the test's choice.</summary>
internal static class PngWriter
{
    public static byte[] Write(
        int width,
        int depth,
        int colourType,
        byte[][] rows,
        params (string Type, byte[] Data)[] chunks
    ) => WriteWithTail(width, depth, colourType, rows, chunks, []);

    /// <summary>With chunks before and after the pixels.</summary>
    public static byte[] WriteWithTail(
        int width,
        int depth,
        int colourType,
        byte[][] rows,
        (string Type, byte[] Data)[] chunks,
        (string Type, byte[] Data)[] tail
    )
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), rows.Length);
        (header[8], header[9]) = ((byte)depth, (byte)colourType);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            foreach (var row in rows)
                zlib.Write([0, .. row]);
        byte[] file = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];
        foreach (
            var (type, data) in (IEnumerable<(string, byte[])>)
                [("IHDR", header), .. chunks, ("IDAT", packed.ToArray()), .. tail, ("IEND", [])]
        )
            file =
            [
                .. file,
                .. BigEndian((uint)data.Length),
                .. Encoding.ASCII.GetBytes(type),
                .. data,
                .. BigEndian(Crc32.HashToUInt32([.. Encoding.ASCII.GetBytes(type), .. data])),
            ];
        return file;
    }

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
