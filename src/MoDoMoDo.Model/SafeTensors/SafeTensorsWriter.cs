using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>A tensor that is made when it is written, and freed after.</summary>
/// <param name="Name">Key in the file.</param>
/// <param name="Dtype">Type of its elements.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Make">Makes it, on any device; a view will do.</param>
public sealed record TensorSource(string Name, ScalarType Dtype, IReadOnlyList<long> Shape, Func<Tensor> Make)
{
    /// <summary>Number of bytes.</summary>
    public long Bytes => Shape.Aggregate(Word.Size, (bytes, side) => bytes * side);

    /// <summary>A tensor that is there already.</summary>
    public static TensorSource Of(string name, Tensor tensor) => new(name, tensor.dtype, tensor.shape, tensor.alias);

    internal (string Word, ScalarType Type, long Size) Word => SafeTensorsHeader.Types.First(t => t.Type == Dtype);
}

/// <summary>Writes safetensors files that the reference implementation reads.</summary>
public static class SafeTensorsWriter
{
    /// <summary>The index of a checkpoint in several files.</summary>
    internal const string Index = "model.safetensors.index.json";

    /// <summary>
    /// Writes the tensors in the given order, whole or not at all (temporary name, flush, rename). Tensors may live on any
    /// device and be views; they are copied one at a time.
    /// </summary>
    public static void Write(string file, IReadOnlyList<KeyValuePair<string, Tensor>> tensors) =>
        Write(file, [.. tensors.Select(entry => TensorSource.Of(entry.Key, entry.Value))]);

    /// <summary>Writes the tensors in the given order, whole or not at all; each is made when its turn comes.</summary>
    public static void Write(string file, IReadOnlyList<TensorSource> tensors) =>
        AtomicFile.Write(
            file,
            path =>
            {
                using var stream = new FileStream(
                    path,
                    FileMode.Create,
                    FileAccess.Write,
                    FileShare.None,
                    bufferSize: 1
                );
                stream.Write(Header(tensors));
                foreach (var tensor in tensors)
                {
                    using var scope = NewDisposeScope();
                    foreach (var chunk in TensorBytes.Chunks(tensor.Make().detach().cpu().contiguous()))
                        stream.Write(chunk.bytes);
                }
            }
        );

    /// <summary>
    /// Writes model.safetensors, or, when the tensors exceed `limit` bytes, files of at most that size (a larger tensor
    /// stands alone) named model-00001-of-0000N.safetensors and their index, as transformers' save_pretrained does.
    /// </summary>
    internal static void WriteSharded(string folder, IReadOnlyList<TensorSource> tensors, long limit)
    {
        var shards = Shards(tensors, limit);
        if (shards.Count == 1)
        {
            Write(Path.Combine(folder, "model.safetensors"), tensors);
            return;
        }
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < shards.Count; i++)
        {
            var name = FormattableString.Invariant($"model-{i + 1:00000}-of-{shards.Count:00000}.safetensors");
            Write(Path.Combine(folder, name), shards[i]);
            foreach (var tensor in shards[i])
                map.Add(tensor.Name, name);
        }
        JsonFile.Write(
            Path.Combine(folder, Index),
            new JsonObject
            {
                ["metadata"] = new JsonObject { ["total_size"] = tensors.Sum(tensor => tensor.Bytes) },
                ["weight_map"] = new JsonObject(
                    map.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))
                ),
            }
        );
    }

    private static List<List<TensorSource>> Shards(IReadOnlyList<TensorSource> tensors, long limit)
    {
        var (shards, size) = (new List<List<TensorSource>> { new() }, 0L);
        foreach (var tensor in tensors)
        {
            if (shards[^1].Count > 0 && size + tensor.Bytes > limit)
            {
                shards.Add([]);
                size = 0;
            }
            shards[^1].Add(tensor);
            size += tensor.Bytes;
        }
        return shards;
    }

    /// <summary>Length, then JSON padded with spaces to a multiple of eight bytes.</summary>
    private static byte[] Header(IReadOnlyList<TensorSource> tensors)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        var offset = 0L;
        foreach (var tensor in tensors)
        {
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = tensor.Word.Word,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(s => JsonValue.Create(s))]),
                ["data_offsets"] = new JsonArray(offset, offset + tensor.Bytes),
            };
            offset += tensor.Bytes;
        }
        var json = header.ToJsonString();
        var padded = (Encoding.UTF8.GetByteCount(json) + 7) / 8 * 8;
        var bytes = new byte[8 + padded];
        Array.Fill(bytes, (byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(bytes, padded);
        Encoding.UTF8.GetBytes(json, bytes.AsSpan(8));
        return bytes;
    }
}
