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
        : this(Slabs(config, rows, room, device), Slabs(config, rows, room, device), 0) { }

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

    /// <summary>A new cache in which each row stands `times` times in a row, with room for `room` columns.</summary>
    internal KeyValueCache Repeat(int times, long room)
    {
        Tensor Grown(Tensor slab)
        {
            using var scope = NewDisposeScope();
            var (rows, heads, width) = (slab.shape[0], slab.shape[1], slab.shape[3]);
            var grown = slab.new_empty([rows, times, heads, room, width]);
            grown.narrow(3, 0, Length).copy_(slab.narrow(2, 0, Length).unsqueeze(1));
            return grown.view(rows * times, heads, room, width).MoveToOuterDisposeScope();
        }
        return new([.. keys.Select(Grown)], [.. values.Select(Grown)], Length);
    }

    /// <summary>A new cache of the rows with these numbers [B'].</summary>
    internal KeyValueCache Select(Tensor rows) =>
        new([.. keys.Select(k => k.index_select(0, rows))], [.. values.Select(v => v.index_select(0, rows))], Length);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in keys.Concat(values))
            tensor.Dispose();
    }

    private static Tensor[] Slabs(DecoderConfig config, long rows, long room, ComputeDevice device) =>
        [
            .. Enumerable
                .Range(0, config.Layers)
                .Select(_ => empty([rows, config.KeyValueHeads, room, config.HeadWidth], device.Dtype, device.Device)),
        ];
}
