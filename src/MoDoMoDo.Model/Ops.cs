using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoDoMoDo.Model;

/// <summary>
/// The small operations that the networks are made of. Norms compute in 32-bit floats and round before the weight is
/// applied, as the reference implementation does.
/// </summary>
internal static class Ops
{
    /// <summary>
    /// x / rms(x) over the last axis, times `weight` [D] where one is given; x [..., D]. Zhang and Sennrich, arXiv 1910.07467.
    /// </summary>
    internal static Tensor RmsNorm(Tensor x, Tensor? weight, double epsilon)
    {
        var wide = x.dtype == ScalarType.BFloat16 ? x.to(ScalarType.Float32) : x;
        var scale = wide.norm(-1, keepdim: true).square().div_(x.shape[^1]).add_(epsilon).rsqrt_();
        var normed = wide * scale;
        if (!ReferenceEquals(wide, x))
            normed = normed.to(x.dtype);
        return weight is null ? normed : normed * weight;
    }

    /// <summary>x W' + b; x [..., I], weight [O, I], bias [O] or null.</summary>
    internal static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (!Bf16Product.Suits(x, weight))
            return functional.linear(x, weight, bias);
        var product = Bf16Product.Of(x, weight);
        return bias is null ? product : product + bias;
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
    /// softmax(q k' / sqrt(D) + mask) v with query heads h sharing key and value head h / (heads / shared).
    /// q [B, heads, Q, D], k and v [B, shared, K, D], mask additive and broadcastable to [B, heads, Q, K], or null.
    /// </summary>
    internal static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        var (batch, heads, length, width) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3]);
        var (shared, repeats) = (k.shape[1], heads / k.shape[1]);
        if (length > 1)
            return functional.scaled_dot_product_attention(q, Repeat(k, repeats), Repeat(v, repeats), mask);
        // One new token: the heads that share keys are queries of one head, so that the cache is never copied.
        var queries = q.view(batch, shared, repeats, width);
        var visible = mask?.expand(batch, 1, repeats, k.shape[2]);
        return functional.scaled_dot_product_attention(queries, k, v, visible).reshape(batch, heads, 1, width);
    }

    private static Tensor Repeat(Tensor x, long repeats)
    {
        if (repeats == 1)
            return x;
        var (batch, heads, length, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        return x.unsqueeze(2)
            .expand(batch, heads, repeats, length, width)
            .reshape(batch, heads * repeats, length, width);
    }
}
