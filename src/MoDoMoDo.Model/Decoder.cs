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

    /// <summary>One layer's weights as the forward pass multiplies by them: q, k, v in one product, gate and up in one.</summary>
    internal sealed record Layer(
        Tensor InputNorm,
        Tensor QkvWeight,
        Tensor QkvBias,
        Tensor Output,
        Tensor PostAttentionNorm,
        Tensor GateUp,
        Tensor Down
    );

    /// <summary>
    /// The layers, ready to multiply by. Fresh tensors connected to the parameters by autograd: made once for a training
    /// pass, or once for all tokens of a generation.
    /// </summary>
    internal Layer[] Fuse() =>
        [
            .. Enumerable
                .Range(0, config.Layers)
                .Select(i =>
                {
                    Tensor Weight(string name) => parameters[$"{prefix}layers.{i}.{name}"];
                    Tensor Joined(string format, params string[] names) =>
                        cat([.. names.Select(n => Weight(string.Format(null, format, n)))], 0);
                    return new Layer(
                        Weight("input_layernorm.weight"),
                        Joined("self_attn.{0}_proj.weight", "q", "k", "v"),
                        Joined("self_attn.{0}_proj.bias", "q", "k", "v"),
                        Weight("self_attn.o_proj.weight"),
                        Weight("post_attention_layernorm.weight"),
                        Joined("mlp.{0}_proj.weight", "gate", "up"),
                        Weight("mlp.down_proj.weight")
                    );
                }),
        ];

    /// <summary>
    /// The final norm of the last layer's output [B, T, H] for new tokens whose embeddings are x [B, T, H].
    /// `mask` is additive, broadcastable to [B, heads, T, columns]; with a cache the columns are the cached tokens and the
    /// new ones, which are added to it. `trace` sees "hidden_layer_i" and "hidden_final".
    /// </summary>
    internal Tensor Forward(
        Layer[] layers,
        Tensor x,
        Rotation rotation,
        Tensor? mask,
        KeyValueCache? cache = null,
        Action<string, Tensor>? trace = null
    )
    {
        for (var i = 0; i < layers.Length; i++)
        {
            x = x + Attention(layers[i], i, Norm(x, layers[i].InputNorm), rotation, mask, cache);
            var gateUp = functional.linear(Norm(x, layers[i].PostAttentionNorm), layers[i].GateUp);
            x = x + functional.linear(Ops.SwiGlu(gateUp), layers[i].Down);
            trace?.Invoke($"hidden_layer_{i}", x);
        }
        cache?.Advance(x.shape[1]);
        var final = Norm(x, parameters[prefix + "norm.weight"]);
        trace?.Invoke("hidden_final", final);
        return final;
    }

    private Tensor Attention(Layer layer, int index, Tensor x, Rotation rotation, Tensor? mask, KeyValueCache? cache)
    {
        var (batch, length, heads, shared) = (x.shape[0], x.shape[1], config.Heads, config.KeyValueHeads);
        var qkv = functional.linear(x, layer.QkvWeight, layer.QkvBias).view(batch, length, heads + 2 * shared, config.HeadWidth);
        var turned = rotation.Apply(qkv.narrow(2, 0, heads + shared));
        var q = turned.narrow(2, 0, heads).transpose(1, 2); // [B, heads, T, D]
        var k = turned.narrow(2, heads, shared).transpose(1, 2); // [B, shared, T, D]
        var v = qkv.narrow(2, heads + shared, shared).transpose(1, 2);
        if (cache is not null)
            (k, v) = cache.Append(index, k, v); // [B, shared, columns, D]
        var mixed = Ops.Attention(q, k, v, mask).transpose(1, 2).reshape(batch, length, config.HiddenSize);
        return functional.linear(mixed, layer.Output);
    }

    private Tensor Norm(Tensor x, Tensor weight) => Ops.RmsNorm(x, weight, config.NormEpsilon);
}
