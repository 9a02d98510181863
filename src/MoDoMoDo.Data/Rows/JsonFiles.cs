using System.Text;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Small JSON files that are read whole.</summary>
internal static class JsonFiles
{
    private const long MaxBytes = 64 << 20;
    private static readonly UTF8Encoding StrictUtf8 = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>The object in a file: UTF-8, else Windows-1252, in which some sets are written. Raises InputException when the
    /// file is missing, too long or no JSON object.</summary>
    public static Cell.Object Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException(path, "", "a JSON file", "no such file");
        if (new FileInfo(path).Length > MaxBytes)
            throw new InputException(path, "", $"at most {MaxBytes} bytes", "more");
        try
        {
            return JsonCells.Parse(AsUtf8(File.ReadAllBytes(path))) as Cell.Object
                ?? throw new InputException(path, "", "a JSON object", "another JSON value");
        }
        catch (FormatException e)
        {
            throw new InputException(path, "", "a JSON object", e.Message);
        }
    }

    private static ReadOnlySpan<byte> AsUtf8(byte[] bytes)
    {
        if (bytes.AsSpan().StartsWith("\uFEFF"u8))
            return bytes.AsSpan(3);
        if (System.Text.Unicode.Utf8.IsValid(bytes))
            return bytes;
        var windows = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
        return StrictUtf8.GetBytes(windows.GetString(bytes));
    }
}
