using System.Text;

namespace MoDoMoDo.Model;

/// <summary>
/// The 256 characters that stand for bytes in a byte-level vocabulary: printable Latin-1 characters for themselves, the
/// other bytes as U+0100 onward. Source: openai/gpt-2 encoder.py bytes_to_unicode.
/// </summary>
internal static class ByteLevel
{
    private static readonly char[] CharOf = new char[256];
    private static readonly Dictionary<char, byte> ByteOf = [];

    static ByteLevel()
    {
        var next = 0x100;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            CharOf[value] = printable ? (char)value : (char)next++;
            ByteOf[CharOf[value]] = (byte)value;
        }
    }

    /// <summary>The character of a byte.</summary>
    internal static char ToChar(byte value) => CharOf[value];

    /// <summary>The bytes that a vocabulary entry stands for; its UTF-8 bytes when it is no byte-level text.</summary>
    internal static byte[] ToBytes(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
            if (!ByteOf.TryGetValue(token[i], out bytes[i]))
                return Encoding.UTF8.GetBytes(token);
        return bytes;
    }
}
