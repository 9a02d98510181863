using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoDoMoDo.Model;

/// <summary>
/// The small operations that the networks are made of. Norms compute in 32-bit floats and round before the weight is
/// applied, as the reference implementation does.
/// </summary>
internal static class Ops
{
    /// <summary>x / rms(x) * weight over the last axis; x [..., D], weight [D]. Zhang and Sennrich, arXiv 1910.07467.</summary>
    internal static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon)
    {
        var wide = x.dtype == ScalarType.BFloat16 ? x.to(ScalarType.Float32) : x;
        var scale = wide.square().mean([-1], keepdim: true).add_(epsilon).rsqrt_();
        var normed = wide * scale;
        return (ReferenceEquals(wide, x) ? normed : normed.to(x.dtype)) * weight;
    }

    /// <summary>LayerNorm over the last axis.</summary>
    internal static Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) =>
        functional.layer_norm(x, [x.shape[^1]], weight, bias, epsilon);

    /// <summary>x sigmoid(1.702 x), the tower's activation in Qwen2-VL.</summary>
    internal static Tensor QuickGelu(Tensor x) => x * (x * 1.702).sigmoid();

    /// <summary>silu(gate) * up of a product whose columns are [gate | up].</summary>
    internal static Tensor SwiGlu(Tensor gateUp)
    {
        var width = gateUp.shape[^1] / 2;
        return gateUp.narrow(-1, 0, width).silu() * gateUp.narrow(-1, width, width);
    }

    /// <summary>
    /// softmax(q k' / sqrt(D) + mask) v with query heads h sharing key and value head h / (heads / keyValueHeads).
    /// q [B, heads, Q, D], k and v [B, keyValueHeads, K, D], mask additive and broadcastable to [B, heads, Q, K], or null.
    /// </summary>
    internal static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        var repeats = q.shape[1] / k.shape[1];
        if (q.shape[2] == 1 && repeats > 1)
        {
            // Decoding: heads that share keys stand where queries stand, so that no key or value is copied.
            var shared = q.view(q.shape[0], k.shape[1], repeats, q.shape[3]); // [B, keyValueHeads, repeats, D]
            return functional.scaled_dot_product_attention(shared, k, v, mask).reshape(q.shape);
        }
        return functional.scaled_dot_product_attention(q, Repeat(k, repeats), Repeat(v, repeats), mask);
    }

    private static Tensor Repeat(Tensor x, long repeats)
    {
        if (repeats == 1)
            return x;
        var (batch, heads, length, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        return x.unsqueeze(2).expand(batch, heads, repeats, length, width).reshape(batch, heads * repeats, length, width);
    }
}
