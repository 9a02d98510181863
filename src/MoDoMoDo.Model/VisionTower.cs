using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoDoMoDo.Model;

/// <summary>
/// From patches to image features: patch embedding, blocks of attention inside each frame, and the merger that turns four
/// neighbouring patches into one feature of the decoder's width. Qwen2-VL, arXiv 2409.12191 section 2.1.
/// Legend: P patches of all images, W tower width, D head width, H hidden size of the decoder.
/// </summary>
internal sealed class VisionTower(TowerConfig config, Parameters parameters)
{
    /// <summary>Fixed in the reference implementation, whatever rms_norm_eps says.</summary>
    private const double Epsilon = 1e-6;

    private readonly TowerRotary rotary = new(config);

    /// <summary>
    /// Features [P / merge^2, H] in the order of the image tokens; patches [P, PatchLength] in merge order.
    /// `trace` sees "vision_last_hidden" [P, W] and "image_features".
    /// </summary>
    internal Tensor Forward(
        Tensor patches,
        IReadOnlyList<Grid> grids,
        ComputeDevice device,
        Action<string, Tensor>? trace
    )
    {
        Shapes.Require(patches, "patches", grids.Sum(g => (long)g.Patches), config.PatchLength);
        var rotation = rotary.For(grids, device);
        var frames = grids.SelectMany(g => Enumerable.Repeat((long)(g.H * g.W), g.T)).ToArray();
        var embedding = Weight("patch_embed.proj.weight").reshape(config.Width, config.PatchLength);

        var x = functional.linear(patches, embedding); // [P, W]
        for (var i = 0; i < config.Depth; i++)
        {
            using var scope = NewDisposeScope();
            var block = $"blocks.{i}.";
            x = x + Attention(Norm(x, block + "norm1"), block + "attn.", rotation, frames, device);
            x = x + Linear(Ops.QuickGelu(Linear(Norm(x, block + "norm2"), block + "mlp.fc1")), block + "mlp.fc2");
            x.MoveToOuterDisposeScope();
        }
        trace?.Invoke("vision_last_hidden", x);

        var merged = Norm(x, "merger.ln_q").reshape(-1, config.Width * config.MergeSize * config.MergeSize);
        var features = Linear(functional.gelu(Linear(merged, "merger.mlp.0")), "merger.mlp.2"); // [P / merge^2, H]
        trace?.Invoke("image_features", features);
        return features;
    }

    private Tensor Attention(Tensor x, string name, Rotation rotation, long[] frames, ComputeDevice device)
    {
        var rows = device.Upload(
            Rotation.PairedRows(2 * config.Heads, config.Heads, config.HeadWidth),
            3 * config.Width
        );
        var weight = Weight(name + "qkv.weight").index_select(0, rows);
        var bias = Weight(name + "qkv.bias").index_select(0, rows);
        var qkv = functional.linear(x, weight, bias).view(-1, 3 * config.Heads, config.HeadWidth); // [P, 3 heads, D]
        var turned = rotation.Apply(qkv.narrow(1, 0, 2 * config.Heads));
        var parts = (
            Q: turned.narrow(1, 0, config.Heads),
            K: turned.narrow(1, config.Heads, config.Heads),
            V: qkv.narrow(1, 2 * config.Heads, config.Heads)
        );
        var mixed = InFrames(parts.Q, parts.K, parts.V, frames); // [P, heads, D]
        return Linear(mixed.reshape(-1, config.Width), name + "proj");
    }

    /// <summary>Attention inside each frame: neighbouring frames of one size go together.</summary>
    private Tensor InFrames(Tensor q, Tensor k, Tensor v, long[] frames)
    {
        var results = new List<Tensor>();
        var start = 0L;
        for (var i = 0; i < frames.Length; )
        {
            var (size, count) = (frames[i], 0);
            for (; i < frames.Length && frames[i] == size; i++)
                count++;
            Tensor Heads(Tensor t) =>
                t.narrow(0, start, count * size).view(count, size, config.Heads, config.HeadWidth).transpose(1, 2);
            var mixed = Ops.Attention(Heads(q), Heads(k), Heads(v), mask: null); // [frames, heads, size, D]
            results.Add(mixed.transpose(1, 2).reshape(count * size, config.Heads, config.HeadWidth));
            start += count * size;
        }
        return results.Count == 1 ? results[0] : cat(results, 0);
    }

    private Tensor Weight(string name) => parameters[ParameterList.TowerPrefix + name];

    private Tensor Linear(Tensor x, string name) =>
        functional.linear(x, Weight(name + ".weight"), Weight(name + ".bias"));

    private Tensor Norm(Tensor x, string name) =>
        Ops.LayerNorm(x, Weight(name + ".weight"), Weight(name + ".bias"), Epsilon);
}
