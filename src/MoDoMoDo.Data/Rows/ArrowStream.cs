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
    private const string FileFormat = "ARROW1";

    private readonly record struct Batch(long Offset, int Length, int Rows);

    private readonly string path;
    private readonly SafeFileHandle file;
    private readonly List<Batch> batches = [];
    private readonly byte[] prefix;

    public ArrowStream(string path)
    {
        this.path = path;
        file = File.OpenHandle(path);
        try
        {
            prefix = Walk();
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
    public IEnumerable<int> BatchLengths => batches.Select(batch => batch.Rows);

    /// <summary>Why the file ends before it should; null when it does not.</summary>
    public string? Damage { get; private set; }

    /// <summary>The rows of a batch. Raises InvalidDataException or an exception of the library when it is damaged.</summary>
    public List<IReadOnlyDictionary<string, Cell>> ReadBatch(int index)
    {
        var (offset, length, rows) = batches[index];
        var stream = new byte[prefix.Length + length];
        prefix.CopyTo(stream, 0);
        FileBytes.ReadExactly(file, offset, stream.AsSpan(prefix.Length));
        using var reader = new ArrowStreamReader(new MemoryStream(stream));
        using var batch = reader.ReadNextRecordBatch();
        if (batch is null || batch.Length != rows)
            throw new InvalidDataException("a batch that is not what its message says");
        return [.. Enumerable.Range(0, batch.Length).Select(row => ArrowCells.Row(batch, row))];
    }

    public void Dispose() => file.Dispose();

    /// <summary>Notes where the batches lie, up to the end mark, the end of the file, or the first message that cannot be.
    /// Comes back with all messages that are no batch: the schema and dictionaries.</summary>
    private byte[] Walk()
    {
        var length = RandomAccess.GetLength(file);
        using var head = new MemoryStream();
        // The file format is a stream between a magic word, padded to 8 bytes, and a footer.
        var isFile = length >= 8 && FileBytes.Read(file, 0, FileFormat.Length).AsSpan().SequenceEqual("ARROW1"u8);
        for (var at = isFile ? 8L : 0; at + 8 <= length; )
        {
            var word = FileBytes.Read(file, at, 8);
            var hasMark = BinaryPrimitives.ReadUInt32LittleEndian(word) == 0xFFFFFFFF;
            var metadataLength = BinaryPrimitives.ReadInt32LittleEndian(word.AsSpan(hasMark ? 4 : 0));
            if (metadataLength == 0)
                break;
            var metadata = at + (hasMark ? 8 : 4);
            if (metadataLength < 0 || metadataLength > MaxMetadata || metadata + metadataLength > length)
            {
                Damage = $"a message at byte {at} whose length cannot be";
                break;
            }
            var message = ArrowMessage.Parse(FileBytes.Read(file, metadata, metadataLength));
            var end = metadata + metadataLength + message.BodyLength;
            if (
                message.Header is < ArrowMessage.Schema or > ArrowMessage.RecordBatch
                || message.BodyLength < 0
                || message.Rows is < 0 or > int.MaxValue
                || end > length
                || end - at > System.Array.MaxLength
            )
            {
                Damage = $"a message at byte {at} that is damaged or cut off";
                break;
            }
            if (message.Header == ArrowMessage.RecordBatch)
                batches.Add(new(at, (int)(end - at), (int)message.Rows));
            else
                head.Write(FileBytes.Read(file, at, (int)(end - at)));
            at = end;
        }
        return head.ToArray();
    }

    private Schema ReadSchema()
    {
        try
        {
            using var reader = new ArrowStreamReader(new MemoryStream(prefix));
            if (reader.Schema is { } schema)
                return schema;
        }
        catch (Exception e) when (e is not InputException)
        {
            Damage ??= e.Message;
        }
        throw new InputException(path, "", "an Arrow stream", Damage ?? "no schema");
    }
}
