using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>From cells to pictures: bytes, {bytes, path}, a path, a data URI, or a list of these. Nothing is ever fetched.</summary>
internal static class PictureCells
{
    private const string Wanted = "an image (bytes, a path or a data URI)";

    public static IEnumerable<Image> Read(Cell cell, IPictureFolder pictures, Func<string, string, InputException> fail)
    {
        switch (cell)
        {
            case Cell.Null:
                return [];
            case Cell.List list:
                return list.Items.SelectMany(item => Read(item, pictures, fail));
            case Cell.Bytes { Value.Length: 0 }:
                throw fail(Wanted, "empty image bytes");
            case Cell.Bytes bytes:
                return [Image.OfBytes(bytes.Value)];
            case Cell.Object both when both["bytes"] is not Cell.Null:
                return Read(both["bytes"], pictures, fail);
            case Cell.Object both:
                return Read(both["path"], pictures, fail);
            case Cell.Text { Value: "" }:
                throw fail(Wanted, "an empty text");
            case Cell.Text text when text.Value.StartsWith("data:", StringComparison.Ordinal):
                return
                [
                    Image.OfBytes(OfDataUri(text.Value) ?? throw fail("an image as data URI in base64", "no base64")),
                ];
            case Cell.Text text when text.Value.Contains("://", StringComparison.Ordinal):
                throw fail(Wanted, $"an address ({Short(text.Value)}); pictures are never fetched");
            case Cell.Text text:
                return [OfPath(text.Value, pictures, fail)];
            default:
                throw fail(Wanted, cell.Kind);
        }
    }

    private static Image OfPath(string path, IPictureFolder pictures, Func<string, string, InputException> fail)
    {
        try
        {
            return pictures.Find(path) ?? throw fail("an image file", $"no file {Short(path)}");
        }
        catch (ArgumentException e)
        {
            throw fail("an image in the data's folder", $"{Short(path)}: {e.Message}");
        }
        catch (InvalidDataException e)
        {
            throw fail("a sound entry of the archive", $"{Short(path)}: {e.Message}");
        }
    }

    private static byte[]? OfDataUri(string text)
    {
        var comma = text.IndexOf(',');
        if (comma < 0 || !text.AsSpan(0, comma).EndsWith(";base64", StringComparison.Ordinal))
            return null;
        var bytes = new byte[(text.Length - comma) / 4 * 3 + 3];
        return Convert.TryFromBase64Chars(text.AsSpan(comma + 1), bytes, out var length) && length > 0
            ? bytes[..length]
            : null;
    }

    private static string Short(string text) => text.Length <= 80 ? text : text[..77] + "...";
}
