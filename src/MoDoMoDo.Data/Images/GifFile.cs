namespace MoDoMoDo.Data;

/// <summary>
/// A GIF's first frame and its transparent index: a general decoder paints such pixels as transparent black, where the
/// reference keeps the palette's colour.
/// </summary>
internal static class GifFile
{
    private const byte Extension = 0x21,
        GraphicControl = 0xF9,
        ImageDescriptor = 0x2C;

    public static bool Is(ReadOnlySpan<byte> file) => file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8);

    /// <summary>The file with the transparency of its first frame switched off, and the colour that was transparent.</summary>
    public static PreparedFile Prepare(byte[] file)
    {
        if (file.Length < 13)
            return new(file);
        var globalTable = 13;
        var (flagsAt, index) = (-1, 0);
        for (var at = globalTable + TableLength(file[10]); at + 1 < file.Length; )
        {
            if (file[at] == ImageDescriptor)
            {
                if (flagsAt < 0 || at + 10 > file.Length)
                    return new(file);
                var local = TableLength(file[at + 9]);
                var entry = (local > 0 ? at + 10 : globalTable) + 3 * index;
                if (entry + 3 > file.Length)
                    return new(file);
                var opaque = (byte[])file.Clone();
                opaque[flagsAt] &= 0xFE;
                return new(opaque, new ColourKey(file[entry], file[entry + 1], file[entry + 2]));
            }
            if (file[at] != Extension)
                return new(file);
            if (file[at + 1] == GraphicControl && at + 7 < file.Length && (file[at + 3] & 1) == 1)
                (flagsAt, index) = (at + 3, file[at + 6]);
            for (at += 2; at < file.Length && file[at] != 0; )
                at += file[at] + 1;
            at++;
        }
        return new(file);
    }

    private static int TableLength(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
}
