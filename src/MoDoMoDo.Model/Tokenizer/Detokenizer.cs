namespace MoDoMoDo.Model;

/// <summary>
/// Text of a growing list of ids, for printing as it is produced: whole characters at once, nothing for a character that
/// may still be completed, U+FFFD as soon as bytes are certainly invalid. Together the pieces are Tokenizer.Decode.
/// </summary>
public sealed class Detokenizer(Tokenizer tokenizer, bool keepSpecial = false)
{
    private readonly System.Text.Decoder decoder = System.Text.Encoding.UTF8.GetDecoder();
    private readonly List<byte> waiting = [];
    private byte last;

    /// <summary>What may be printed after one more id; may be empty.</summary>
    public string Next(int id)
    {
        waiting.AddRange(tokenizer.BytesOf(id, keepSpecial));
        if (waiting.Count == 0)
            return "";
        // The reference waits for the byte after half a surrogate (ED A0..BF), though it is invalid already.
        var before = waiting.Count > 1 ? waiting[^2] : last;
        var kept = before == 0xED && waiting[^1] is >= 0xA0 and <= 0xBF ? 1 : 0;
        var text = Read([.. waiting[..^kept]], flush: false);
        waiting.RemoveRange(0, waiting.Count - kept);
        return text;
    }

    /// <summary>What remains at the end: U+FFFD for a character that was cut off, else nothing.</summary>
    public string Flush()
    {
        var text = Read([.. waiting], flush: true);
        waiting.Clear();
        return text;
    }

    private string Read(byte[] bytes, bool flush)
    {
        if (bytes.Length > 0)
            last = bytes[^1];
        var letters = new char[bytes.Length + 4];
        return new string(letters, 0, decoder.GetChars(bytes, letters, flush));
    }
}
