using System.Buffers.Binary;

namespace MoDoMoDo.Data;

/// <summary>The one EXIF tag that changes pixels.</summary>
internal static class Exif
{
    private const int OrientationTag = 0x0112,
        EntryLength = 12,
        Short = 3,
        Long = 4;

    /// <summary>What an EXIF block (TIFF layout) gives as orientation, valid (1..8) or not; null when it gives none.</summary>
    public static int? Orientation(ReadOnlySpan<byte> exif)
    {
        var little = exif.StartsWith("II"u8);
        if (exif.Length < 8 || !(little || exif.StartsWith("MM"u8)))
            return null;

        uint Read16(ReadOnlySpan<byte> from) =>
            little ? BinaryPrimitives.ReadUInt16LittleEndian(from) : BinaryPrimitives.ReadUInt16BigEndian(from);
        uint Read32(ReadOnlySpan<byte> from) =>
            little ? BinaryPrimitives.ReadUInt32LittleEndian(from) : BinaryPrimitives.ReadUInt32BigEndian(from);
        var directory = Read32(exif[4..]);
        if (directory > exif.Length - 2)
            return null;

        var entries = exif[((int)directory + 2)..];
        for (var left = Read16(exif[(int)directory..]); left > 0 && entries.Length >= EntryLength; left--)
        {
            if (Read16(entries) == OrientationTag)
                return Value(entries);
            entries = entries[EntryLength..];
        }
        return null;

        // One short, in which it is written, or one long; anything else is there, but no orientation.
        int Value(ReadOnlySpan<byte> entry) =>
            (Read16(entry[2..]), Read32(entry[4..])) switch
            {
                (Short, 1) => (int)Read16(entry[8..]),
                (Long, 1) => (int)Math.Min(Read32(entry[8..]), 0xFF),
                _ => 0,
            };
    }
}
