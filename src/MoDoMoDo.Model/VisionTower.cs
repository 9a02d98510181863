using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoDoMoDo.Model;

/// <summary>
/// From patches to image features: patch embedding, blocks of attention and MLP, and the merger that turns a square of
/// patches into one feature of the decoder's width. Both families are this one tower (Qwen2-VL, arXiv 2409.12191 section
/// 2.1; Qwen2.5-VL, arXiv 2502.13923 section 2.1.1): the second has gated MLPs and RMS norms, and most of its blocks look
/// no further than a window. Legend: P patches of all images, W tower width, D head width, H hidden size of the decoder.
/// </summary>
internal sealed class VisionTower(TowerConfig config, Parameters parameters)
{
    /// <summary>Fixed in the reference implementation, whatever rms_norm_eps says.</summary>
    private const double Epsilon = 1e-6;

    private readonly TowerRotary rotary = new(config);

    private long MergedWidth => (long)config.Width * config.MergeSize * config.MergeSize;

    /// <summary>
    /// Features [P / merge^2, H] in the order of the image tokens; patches [P, PatchLength] in merge order. `trace` sees
    /// "vision_last_hidden" [P, W], in the order of the windows, and "image_features".
    /// </summary>
    internal Tensor Forward(
        Tensor patches,
        IReadOnlyList<Grid> grids,
        ComputeDevice device,
        Action<string, Tensor>? trace
    )
    {
        Shapes.Require(patches, "patches", grids.Sum(g => (long)g.Patches), config.PatchLength);
        var layout = TowerLayout.Of(grids, config);
        var rotation = rotary.For(grids, layout, device);
        var embedding = Weight("patch_embed.proj.weight").reshape(config.Width, config.PatchLength);

        var x = InOrder(functional.linear(patches, embedding), layout.Order, device); // [P, W]
        for (var i = 0; i < config.Depth; i++)
        {
            using var scope = NewDisposeScope();
            var block = $"blocks.{i}.";
            x = x + Attention(Norm(x, block + "norm1"), block + "attn.", rotation, layout.SegmentsOf(i), device);
            x = (x + Mlp(Norm(x, block + "norm2"), block + "mlp.")).MoveToOuterDisposeScope();
        }
        trace?.Invoke("vision_last_hidden", x);

        var merged = Norm(x, "merger.ln_q").reshape(-1, MergedWidth);
        var features = Linear(functional.gelu(Linear(merged, "merger.mlp.0")), "merger.mlp.2"); // [P / merge^2, H]
        features = InOrder(features, layout.Inverse, device);
        trace?.Invoke("image_features", features);
        return features;
    }

    /// <summary>The merged cells of x, one or merge^2 rows each, in another order; null leaves them.</summary>
    private static Tensor InOrder(Tensor x, long[]? cells, ComputeDevice device) =>
        cells is null ? x : x.view(cells.Length, -1).index_select(0, device.Upload(cells, cells.Length)).view(x.shape);

    private Tensor Attention(
        Tensor x,
        string name,
        Rotation rotation,
        IReadOnlyList<Segments> segments,
        ComputeDevice device
    )
    {
        var rows = device.Upload(
            Rotation.PairedRows(2 * config.Heads, config.Heads, config.HeadWidth),
            3 * config.Width
        );
        var weight = Weight(name + "qkv.weight").index_select(0, rows);
        var bias = Weight(name + "qkv.bias").index_select(0, rows);
        var qkv = functional.linear(x, weight, bias).view(-1, 3 * config.Heads, config.HeadWidth); // [P, 3 heads, D]
        var turned = rotation.Apply(qkv.narrow(1, 0, 2 * config.Heads));
        var q = turned.narrow(1, 0, config.Heads);
        var k = turned.narrow(1, config.Heads, config.Heads);
        var v = qkv.narrow(1, 2 * config.Heads, config.Heads);
        var mixed = cat([.. segments.Select(alike => Within(alike, q, k, v))], 0); // [P, heads, D]
        return Linear(mixed.view(-1, config.Width), name + "proj");
    }

    /// <summary>Attention inside each of some segments of one length.</summary>
    private Tensor Within(Segments alike, Tensor q, Tensor k, Tensor v)
    {
        Tensor Heads(Tensor t) =>
            t.narrow(0, alike.Start, alike.Count * alike.Length)
                .view(alike.Count, alike.Length, config.Heads, config.HeadWidth)
                .transpose(1, 2);
        var mixed = Ops.Attention(Heads(q), Heads(k), Heads(v), mask: null); // [count, heads, length, D]
        return mixed.transpose(1, 2).reshape(alike.Count * alike.Length, config.Heads, config.HeadWidth);
    }

    private Tensor Mlp(Tensor x, string name) =>
        config.Gated
            ? Linear(Linear(x, name + "gate_proj").silu() * Linear(x, name + "up_proj"), name + "down_proj")
            : Linear(Ops.QuickGelu(Linear(x, name + "fc1")), name + "fc2");

    private Tensor Norm(Tensor x, string name) =>
        config.Gated
            ? Ops.RmsNorm(x, Weight(name + ".weight"), Epsilon)
            : Ops.LayerNorm(x, Weight(name + ".weight"), Weight(name + ".bias"), Epsilon);

    private Tensor Weight(string name) => parameters.Adapted(ParameterList.TowerPrefix + name);

    private Tensor Linear(Tensor x, string name) =>
        functional.linear(x, Weight(name + ".weight"), Weight(name + ".bias"));
}
