using Microsoft.Win32.SafeHandles;

namespace MoDoMoDo.Data;

/// <summary>Reading at a position, safe for many threads.</summary>
internal static class FileBytes
{
    /// <summary>Fills the bytes from an offset on. Raises EndOfStreamException when the file ends before.</summary>
    public static void ReadExactly(SafeFileHandle file, long offset, Span<byte> bytes)
    {
        for (var done = 0; done < bytes.Length; )
        {
            var read = RandomAccess.Read(file, bytes[done..], offset + done);
            if (read == 0)
                throw new EndOfStreamException();
            done += read;
        }
    }

    /// <summary>So many bytes from an offset on. Raises EndOfStreamException when the file ends before.</summary>
    public static byte[] Read(SafeFileHandle file, long offset, int length)
    {
        var bytes = new byte[length];
        ReadExactly(file, offset, bytes);
        return bytes;
    }
}
