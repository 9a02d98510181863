using Google.Protobuf;

namespace MoDoMoDo.Training.Tests;

/// <summary>
/// A reader of TensorBoard's event files: records of length (8 bytes), its checksum (4), an Event message, its checksum (4).
/// </summary>
internal static class EventFile
{
    public static float[] Scalars(string file, string tag)
    {
        var values = new List<float>();
        using var reader = new BinaryReader(File.OpenRead(file));
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var length = (int)reader.ReadInt64();
            reader.ReadInt32();
            var message = Tensorboard.Event.Parser.ParseFrom(reader.ReadBytes(length));
            reader.ReadInt32();
            values.AddRange(
                message.Summary?.Value.Where(value => value.Tag == tag).Select(value => value.SimpleValue) ?? []
            );
        }
        return [.. values];
    }
}
