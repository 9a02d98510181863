using System.Buffers.Binary;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>Writes safetensors files that the reference implementation reads.</summary>
public static class SafeTensorsWriter
{
    /// <summary>
    /// Writes the tensors in the given order, whole or not at all (temporary name, flush, rename). Tensors may live on any
    /// device and be views; they are copied one at a time.
    /// </summary>
    public static void Write(string file, IReadOnlyList<KeyValuePair<string, Tensor>> tensors)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        var offset = 0L;
        foreach (var (name, tensor) in tensors)
        {
            var type = SafeTensorsHeader.Types.First(t => t.Type == tensor.dtype);
            var end = offset + tensor.numel() * type.Size;
            header[name] = new JsonObject
            {
                ["dtype"] = type.Word,
                ["shape"] = new JsonArray([.. tensor.shape.Select(s => JsonValue.Create(s))]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }
        var json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        var padded = (json.Length + 7) / 8 * 8;

        AtomicFile.Write(
            file,
            path =>
            {
                using var stream = new FileStream(path, FileMode.Create, FileAccess.Write);
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, padded);
                stream.Write(length);
                stream.Write(json);
                for (var i = json.Length; i < padded; i++)
                    stream.WriteByte((byte)' ');
                foreach (var (_, tensor) in tensors)
                {
                    using var scope = NewDisposeScope();
                    stream.Write(tensor.detach().cpu().contiguous().bytes);
                }
            }
        );
    }
}
