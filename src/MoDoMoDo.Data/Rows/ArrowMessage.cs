using System.Buffers.Binary;

namespace MoDoMoDo.Data;

/// <summary>What the metadata of an Arrow IPC message says (Message.fbs of the Arrow format): as much as is needed to walk from
/// one message to the next.</summary>
/// <param name="Header">1 schema, 2 dictionary, 3 record batch; 0 when the metadata is damaged.</param>
/// <param name="Rows">Rows of a record batch.</param>
/// <param name="BodyLength">Bytes between the metadata and the next message.</param>
internal readonly record struct ArrowMessage(byte Header, long Rows, long BodyLength)
{
    public const byte Schema = 1,
        RecordBatch = 3;

    /// <summary>Reads a flatbuffer of type Message.</summary>
    public static ArrowMessage Parse(ReadOnlySpan<byte> metadata)
    {
        try
        {
            var root = BinaryPrimitives.ReadInt32LittleEndian(metadata);
            var header = Field(metadata, root, 1) is > 0 and var type ? metadata[type] : (byte)0;
            var body = Field(metadata, root, 3) is > 0 and var length
                ? BinaryPrimitives.ReadInt64LittleEndian(metadata[length..])
                : 0;
            if (header != RecordBatch || Field(metadata, root, 2) is not (> 0 and var link))
                return new(header, 0, body);
            var batch = link + BinaryPrimitives.ReadInt32LittleEndian(metadata[link..]);
            var rows = Field(metadata, batch, 0) is > 0 and var count
                ? BinaryPrimitives.ReadInt64LittleEndian(metadata[count..])
                : 0;
            return new(header, rows, body);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return default;
        }
    }

    /// <summary>Where a field of a table lies; 0 when the table does not have it.</summary>
    private static int Field(ReadOnlySpan<byte> data, int table, int number)
    {
        var vtable = table - BinaryPrimitives.ReadInt32LittleEndian(data[table..]);
        var slot = 4 + 2 * number;
        if (slot >= BinaryPrimitives.ReadUInt16LittleEndian(data[vtable..]))
            return 0;
        var offset = BinaryPrimitives.ReadUInt16LittleEndian(data[(vtable + slot)..]);
        return offset == 0 ? 0 : table + offset;
    }
}
