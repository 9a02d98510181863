using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// Keys and values of the tokens so far, one slab a layer, written in place column by column. Owns its tensors.
/// Legend: B rows, K key and value heads, L columns that there is room for, D head width.
/// </summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] keys; // each [B, K, L, D]
    private readonly Tensor[] values;

    internal KeyValueCache(DecoderConfig config, long rows, long room, ComputeDevice device)
        : this(
            [.. Enumerable.Range(0, config.Layers).Select(_ => Slab(config, rows, room, device))],
            [.. Enumerable.Range(0, config.Layers).Select(_ => Slab(config, rows, room, device))],
            0
        ) { }

    private KeyValueCache(Tensor[] keys, Tensor[] values, long length)
    {
        (this.keys, this.values, Length) = (keys, values, length);
        foreach (var tensor in keys.Concat(values))
            tensor.DetachFromDisposeScope();
    }

    /// <summary>Number of columns written so far, the same for all layers between two forward passes.</summary>
    internal long Length { get; private set; }

    /// <summary>
    /// Writes the new tokens' keys and values [B, K, T, D] of one layer after the columns so far, and returns all of them
    /// as views [B, K, Length + T, D].
    /// </summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor newKeys, Tensor newValues)
    {
        var count = newKeys.shape[2];
        keys[layer].narrow(2, Length, count).copy_(newKeys);
        values[layer].narrow(2, Length, count).copy_(newValues);
        return (keys[layer].narrow(2, 0, Length + count), values[layer].narrow(2, 0, Length + count));
    }

    /// <summary>Ends a forward pass over `count` tokens.</summary>
    internal void Advance(long count) => Length += count;

    /// <summary>A new cache of the rows with these numbers [B'], in this order and with repetitions.</summary>
    internal KeyValueCache Select(Tensor rows) =>
        new([.. keys.Select(k => k.index_select(0, rows))], [.. values.Select(v => v.index_select(0, rows))], Length);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in keys.Concat(values))
            tensor.Dispose();
    }

    private static Tensor Slab(DecoderConfig config, long rows, long room, ComputeDevice device) =>
        empty([rows, config.KeyValueHeads, room, config.HeadWidth], dtype: device.Dtype, device: device.Device);
}
