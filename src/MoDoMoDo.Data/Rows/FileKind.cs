namespace MoDoMoDo.Data;

/// <summary>What a file is by its first bytes.</summary>
internal static class FileKind
{
    /// <summary>What the file is when it does not begin with the given bytes, in words for an error; null when it does.</summary>
    public static string? WrongStart(string path, ReadOnlySpan<byte> wanted)
    {
        var start = Start(path);
        return start.AsSpan().StartsWith(wanted) ? null : Describe(start);
    }

    /// <summary>The first bytes of a file, at most 512.</summary>
    public static byte[] Start(string path)
    {
        using var file = File.OpenRead(path);
        var start = new byte[(int)Math.Min(512, file.Length)];
        file.ReadExactly(start);
        return start;
    }

    /// <summary>What the first bytes of a file look like, in words for an error.</summary>
    public static string Describe(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
            return "an empty file";
        if (start.StartsWith("version https://git-lfs"u8))
            return "a Git LFS pointer: the file itself was not downloaded";
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return "UTF-16 text";
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            return "a gzip file";
        if (start.StartsWith("PK"u8))
            return "a zip archive";
        if (start.StartsWith("PAR1"u8))
            return "a parquet file";
        if (start.StartsWith("ARROW1"u8))
            return "an Arrow file";
        var text = start.Trim(" \t\r\n"u8);
        if (text.StartsWith("<"u8))
            return "a web page or other markup";
        if (text.StartsWith("{"u8) || text.StartsWith("["u8))
            return "JSON text";
        return $"a file that begins with {Convert.ToHexString(start[..Math.Min(4, start.Length)])}";
    }
}
