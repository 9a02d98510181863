using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Microsoft.Win32.SafeHandles;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>
/// An Arrow IPC stream file with access to each of its record batches: the messages are walked once, and a batch is read as a
/// stream of the schema and that batch alone. Lengths are checked before anything is allocated.
/// </summary>
internal sealed class ArrowStream : IDisposable
{
    private const int MaxMetadata = 64 << 20;
    private const byte SchemaHeader = 1, DictionaryHeader = 2, BatchHeader = 3;

    private readonly record struct Message(long Offset, long Length, byte Header, long Rows);

    private readonly string path;
    private readonly SafeHandleFile file;
    private readonly List<Message> batches = [];
    private readonly byte[] prefix;

    public ArrowStream(string path)
    {
        this.path = path;
        file = new SafeHandleFile(path);
        try
        {
            // The file format is a stream between a magic word and a footer.
            var start = file.StartsWith("ARROW1"u8) ? 8 : 0;
            using var head = new MemoryStream();
            foreach (var message in Messages(start))
            {
                if (message.Header == BatchHeader) batches.Add(message);
                else head.Write(file.Read(message.Offset, checked((int)message.Length)));
            }
            prefix = head.ToArray();
            Schema = ReadSchema();
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public Schema Schema { get; }

    /// <summary>Rows of each batch, as its message says.</summary>
    public IEnumerable<int> BatchLengths => batches.Select(batch => checked((int)batch.Rows));

    /// <summary>Why the file ends before it should; null when it does not.</summary>
    public string? Damage { get; private set; }

    /// <summary>The rows of a batch.</summary>
    public List<IReadOnlyDictionary<string, Cell>> ReadBatch(int index)
    {
        var (offset, length, _, rows) = batches[index];
        var stream = new byte[prefix.Length + length];
        prefix.CopyTo(stream, 0);
        file.Read(offset, stream.AsSpan(prefix.Length));
        using var reader = new ArrowStreamReader(new MemoryStream(stream));
        using var batch = reader.ReadNextRecordBatch();
        if (batch is null || batch.Length != rows) throw new InvalidDataException("a batch that is not what its message says");
        return [.. Enumerable.Range(0, batch.Length).Select(row => Cells(batch, row))];
    }

    public void Dispose() => file.Dispose();

    private Schema ReadSchema()
    {
        try
        {
            using var reader = new ArrowStreamReader(new MemoryStream(prefix));
            if (reader.Schema is { } schema) return schema;
        }
        catch (Exception e) when (e is not InputException)
        {
            Damage ??= e.Message;
        }
        throw new InputException(path, "", "an Arrow stream", Damage ?? "no schema");
    }

    private static Dictionary<string, Cell> Cells(RecordBatch batch, int row)
    {
        var cells = new Dictionary<string, Cell>(batch.ColumnCount, StringComparer.Ordinal);
        for (var column = 0; column < batch.ColumnCount; column++)
            cells[batch.Schema.GetFieldByIndex(column).Name] = ArrowCells.Read(batch.Column(column), row);
        return cells;
    }

    /// <summary>The messages up to the end mark, the end of the file, or the first that cannot be.</summary>
    private IEnumerable<Message> Messages(long at)
    {
        while (at + 8 <= file.Length)
        {
            var word = file.Read(at, 8);
            var hasMark = BinaryPrimitives.ReadUInt32LittleEndian(word) == 0xFFFFFFFF;
            var length = BinaryPrimitives.ReadInt32LittleEndian(word.AsSpan(hasMark ? 4 : 0));
            var metadata = at + (hasMark ? 8 : 4);
            if (length == 0) yield break;
            if (length < 0 || length > MaxMetadata || metadata + length > file.Length)
            {
                Damage = $"a message at byte {at} whose length cannot be";
                yield break;
            }
            var (header, rows, body) = Flatbuffer.Message(file.Read(metadata, length));
            if (header is < SchemaHeader or > BatchHeader || body < 0 || rows < 0 || body > file.Length - metadata - length)
            {
                Damage = $"a message at byte {at} that is damaged or cut off";
                yield break;
            }
            yield return new(at, metadata + length + body - at, header, rows);
            at = metadata + length + body;
        }
    }

    /// <summary>The three numbers that are needed of a message's metadata (Arrow's Message.fbs).</summary>
    private static class Flatbuffer
    {
        public static (byte Header, long Rows, long Body) Message(ReadOnlySpan<byte> data)
        {
            try
            {
                var root = BinaryPrimitives.ReadInt32LittleEndian(data);
                var header = Field(data, root, 1) is > 0 and var type ? data[type] : (byte)0;
                var body = Field(data, root, 3) is > 0 and var length ? BinaryPrimitives.ReadInt64LittleEndian(data[length..]) : 0;
                if (header != BatchHeader || Field(data, root, 2) is not (> 0 and var link)) return (header, 0, body);
                var table = link + BinaryPrimitives.ReadInt32LittleEndian(data[link..]);
                var rows = Field(data, table, 0) is > 0 and var count ? BinaryPrimitives.ReadInt64LittleEndian(data[count..]) : 0;
                return (header, rows, body);
            }
            catch (ArgumentOutOfRangeException)
            {
                return (0, 0, 0);
            }
            catch (IndexOutOfRangeException)
            {
                return (0, 0, 0);
            }
        }

        /// <summary>Where a field of a table lies; 0 when the table does not have it.</summary>
        private static int Field(ReadOnlySpan<byte> data, int table, int number)
        {
            var vtable = table - BinaryPrimitives.ReadInt32LittleEndian(data[table..]);
            var slot = 4 + 2 * number;
            if (slot >= BinaryPrimitives.ReadUInt16LittleEndian(data[vtable..])) return 0;
            var offset = BinaryPrimitives.ReadUInt16LittleEndian(data[(vtable + slot)..]);
            return offset == 0 ? 0 : table + offset;
        }
    }

    /// <summary>Positional reading; safe for many threads.</summary>
    private sealed class SafeHandleFile(string path) : IDisposable
    {
        private readonly SafeFileHandle handle = File.OpenHandle(path);

        public long Length => RandomAccess.GetLength(handle);

        public bool StartsWith(ReadOnlySpan<byte> word) => Length >= word.Length && Read(0, word.Length).AsSpan().SequenceEqual(word);

        public byte[] Read(long offset, int length)
        {
            var bytes = new byte[length];
            Read(offset, bytes);
            return bytes;
        }

        public void Read(long offset, Span<byte> bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var read = RandomAccess.Read(handle, bytes[done..], offset + done);
                if (read == 0) throw new EndOfStreamException();
                done += read;
            }
        }

        public void Dispose() => handle.Dispose();
    }
}
