using System.Buffers.Binary;

namespace MoDoMoDo.Data;

/// <summary>The one EXIF tag that changes pixels.</summary>
internal static class Exif
{
    private const int OrientationTag = 0x0112,
        EntryLength = 12;

    /// <summary>Orientation 1..8 of an EXIF block (TIFF layout); 1 when it has none that is valid.</summary>
    public static int Orientation(ReadOnlySpan<byte> exif)
    {
        var little = exif.StartsWith("II"u8);
        if (exif.Length < 8 || !(little || exif.StartsWith("MM"u8)))
            return 1;

        uint Read16(ReadOnlySpan<byte> from) =>
            little ? BinaryPrimitives.ReadUInt16LittleEndian(from) : BinaryPrimitives.ReadUInt16BigEndian(from);
        var directory = little
            ? BinaryPrimitives.ReadUInt32LittleEndian(exif[4..])
            : BinaryPrimitives.ReadUInt32BigEndian(exif[4..]);
        if (directory > exif.Length - 2)
            return 1;

        var entries = exif[((int)directory + 2)..];
        for (var left = Read16(exif[(int)directory..]); left > 0 && entries.Length >= EntryLength; left--)
        {
            if (Read16(entries) == OrientationTag)
                return Read16(entries[8..]) is >= 1 and <= 8 and var found ? (int)found : 1;
            entries = entries[EntryLength..];
        }
        return 1;
    }
}
