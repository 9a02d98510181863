using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoDoMoDo.Model;

/// <summary>
/// The language model: layers of grouped-query attention with multimodal rotary positions and of SwiGLU, each after an
/// RMS norm and added to the residual stream. Legend: B rows, T new tokens, H hidden size, D head width, V vocabulary.
/// </summary>
internal sealed class Decoder
{
    private readonly DecoderConfig config;
    private readonly Parameters parameters;
    private readonly string prefix;

    internal Decoder(PolicyConfig config, Parameters parameters)
    {
        this.config = config.Decoder;
        this.parameters = parameters;
        prefix = ParameterList.DecoderPrefix(config.Family);
        Rotary = new DecoderRotary(config.Decoder);
        Head = parameters[config.TiedEmbeddings ? prefix + "embed_tokens.weight" : NameMap.Head];
    }

    internal DecoderRotary Rotary { get; }

    /// <summary>The embedding [V, H].</summary>
    internal Tensor Embedding => parameters[prefix + "embed_tokens.weight"];

    /// <summary>The output matrix [V, H].</summary>
    internal Tensor Head { get; }

    /// <summary>
    /// One layer's weights as the forward pass multiplies by them: q, k, v in one product, gate and up in one, the pairs that
    /// rotate together side by side. The norms' weights are multiplied into the products after them, except in 16 bits,
    /// where that would round twice.
    /// </summary>
    internal sealed record Layer(
        Tensor? InputNorm,
        Tensor QkvWeight,
        Tensor QkvBias,
        Tensor Output,
        Tensor? PostAttentionNorm,
        Tensor GateUp,
        Tensor Down
    );

    /// <summary>
    /// The layers, ready to multiply by. Fresh tensors connected to the parameters by autograd: made once for a training
    /// pass, or once for all tokens of a generation.
    /// </summary>
    internal Layer[] Fuse(ComputeDevice device)
    {
        var rows = Rotation.PairedRows(config.Heads + config.KeyValueHeads, config.KeyValueHeads, config.HeadWidth);
        var order = device.Upload(rows, rows.Length);
        var folded = device.Dtype != ScalarType.BFloat16;
        return [.. Enumerable.Range(0, config.Layers).Select(i => Fuse($"{prefix}layers.{i}.", order, folded))];
    }

    private Layer Fuse(string layer, Tensor order, bool folded)
    {
        using var scope = NewDisposeScope();
        Tensor Joined(string format, params string[] names) =>
            cat([.. names.Select(name => (Tensor)parameters[layer + string.Format(null, format, name)])], 0);
        var (inputNorm, postNorm) = (
            parameters[layer + "input_layernorm.weight"],
            parameters[layer + "post_attention_layernorm.weight"]
        );
        var qkv = Joined("self_attn.{0}_proj.weight", "q", "k", "v").index_select(0, order);
        var bias = Joined("self_attn.{0}_proj.bias", "q", "k", "v").index_select(0, order);
        var gateUp = Joined("mlp.{0}_proj.weight", "gate", "up");
        return new Layer(
            folded ? null : inputNorm,
            (folded ? qkv * inputNorm : qkv).MoveToOuterDisposeScope(),
            bias.MoveToOuterDisposeScope(),
            parameters[layer + "self_attn.o_proj.weight"],
            folded ? null : postNorm,
            (folded ? gateUp * postNorm : gateUp).MoveToOuterDisposeScope(),
            parameters[layer + "mlp.down_proj.weight"]
        );
    }

    /// <summary>
    /// The final norm of the last layer's output [B, T, H] for new tokens whose embeddings are x [B, T, H].
    /// `mask` is additive, broadcastable to [B, heads, T, columns]; with a cache the columns are the cached tokens and the
    /// new ones, which are added to it. With `outputs` [M], places in B * T, only those are computed to the end, and the
    /// result is [M, H]. `trace` sees "hidden_layer_i" and "hidden_final".
    /// </summary>
    internal Tensor Forward(
        Layer[] layers,
        Tensor x,
        Rotation rotation,
        Tensor? mask,
        KeyValueCache? cache = null,
        Tensor? outputs = null,
        Action<string, Tensor>? trace = null
    )
    {
        var length = x.shape[1];
        for (var i = 0; i < layers.Length; i++)
        {
            // What autograd does not need of a layer is freed with it: else sampling would hold all layers' activations.
            using var scope = NewDisposeScope();
            var mixed = Attention(layers[i], i, Norm(x, layers[i].InputNorm), rotation, mask, cache); // [B, T, H]
            if (outputs is not null && i == layers.Length - 1)
            {
                mixed = mixed.view(-1, config.HiddenSize).index_select(0, outputs); // [M, H]
                x = x.view(-1, config.HiddenSize).index_select(0, outputs);
            }
            x = x + functional.linear(mixed, layers[i].Output);
            var gateUp = functional.linear(Norm(x, layers[i].PostAttentionNorm), layers[i].GateUp);
            x = (x + functional.linear(Ops.SwiGlu(gateUp), layers[i].Down)).MoveToOuterDisposeScope();
            trace?.Invoke($"hidden_layer_{i}", x);
        }
        cache?.Advance(length);
        var final = Norm(x, parameters[prefix + "norm.weight"]);
        trace?.Invoke("hidden_final", final);
        return final;
    }

    private Tensor Attention(Layer layer, int index, Tensor x, Rotation rotation, Tensor? mask, KeyValueCache? cache)
    {
        var (batch, length, heads, shared) = (x.shape[0], x.shape[1], config.Heads, config.KeyValueHeads);
        var qkv = functional
            .linear(x, layer.QkvWeight, layer.QkvBias)
            .view(batch, length, heads + 2 * shared, config.HeadWidth);
        var turned = rotation.Apply(qkv.narrow(2, 0, heads + shared));
        var q = turned.narrow(2, 0, heads).transpose(1, 2); // [B, heads, T, D]
        var k = turned.narrow(2, heads, shared).transpose(1, 2); // [B, shared, T, D]
        var v = qkv.narrow(2, heads + shared, shared).transpose(1, 2);
        if (cache is not null)
            (k, v) = cache.Append(index, k, v); // [B, shared, columns, D]
        return Ops.Attention(q, k, v, mask).transpose(1, 2).reshape(batch, length, config.HiddenSize);
    }

    private Tensor Norm(Tensor x, Tensor? weight) => Ops.RmsNorm(x, weight, config.NormEpsilon);
}
