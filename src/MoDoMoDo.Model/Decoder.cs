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
    /// A linear layer as the forward pass multiplies by it, with the adapters of the layers that it joins: Down [R, I] and Up
    /// [O, R], the scaling in Up; null without one.
    /// </summary>
    internal sealed record Product(Tensor Weight, Tensor? Bias = null, Tensor? Down = null, Tensor? Up = null)
    {
        /// <summary>The product with x [..., I]. The adapter's part is computed in its own, wider type, as peft does.</summary>
        internal Tensor Of(Tensor x)
        {
            var product = Ops.Linear(x, Weight, Bias);
            if (Down is null)
                return product;
            var wide = x.dtype == Down.dtype ? x : x.to(Down.dtype);
            var sum = product + functional.linear(functional.linear(wide, Down), Up!);
            return sum.dtype == x.dtype ? sum : sum.to(x.dtype);
        }

        internal IEnumerable<Tensor> Tensors => new[] { Weight, Bias, Down, Up }.OfType<Tensor>();
    }

    /// <summary>
    /// One layer's weights as the forward pass multiplies by them: q, k, v in one product, gate and up in one. In small
    /// layers, where the number of operations counts, the pairs that rotate together stand side by side and the norms'
    /// weights are multiplied into the products after them; where they are null.
    /// </summary>
    internal sealed record Layer(
        bool Paired,
        Tensor? InputNorm,
        Product Qkv,
        Product Output,
        Tensor? PostAttentionNorm,
        Product GateUp,
        Product Down
    );

    /// <summary>
    /// The layers, ready to multiply by. Connected to the parameters by autograd: made once for a training pass, or once for
    /// all tokens of a generation. Large weights that take no gradient are used as they lie in memory, others are copied.
    /// </summary>
    internal Layer[] Fuse(ComputeDevice device)
    {
        var order = Order(device);
        return [.. Enumerable.Range(0, config.Layers).Select(i => Fuse(i, order, device))];
    }

    /// <summary>One of the layers; `order` is that of <see cref="Order"/>.</summary>
    internal Layer Fuse(int index, Tensor order, ComputeDevice device)
    {
        var bf16 = device.Dtype == ScalarType.BFloat16;
        var layer = $"{prefix}layers.{index}.";
        var asTheyLie = (bf16 || config.HiddenSize >= LargeWidth) && !TakeGradients(layer);
        return asTheyLie ? InPlace(layer) : Fuse(layer, order, folded: !bf16);
    }

    /// <summary>Row numbers that bring q, k and v into the order in which rotations are one product.</summary>
    internal Tensor Order(ComputeDevice device)
    {
        var rows = Rotation.PairedRows(config.Heads + config.KeyValueHeads, config.KeyValueHeads, config.HeadWidth);
        return device.Upload(rows, rows.Length);
    }

    /// <summary>Width from which copying weights costs more than a few operations on activations.</summary>
    private const int LargeWidth = 1024;

    private bool TakeGradients(string layer) =>
        is_grad_enabled() && Qkv.Concat(GateUp).Any(part => parameters[$"{layer}{part}.weight"].requires_grad);

    private static readonly string[] Qkv = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"];
    private static readonly string[] GateUp = ["mlp.gate_proj", "mlp.up_proj"];

    private Layer InPlace(string layer) =>
        new(
            Paired: false,
            parameters[layer + "input_layernorm.weight"],
            Adapted(
                layer,
                Qkv,
                parameters.Joined(layer + "self_attn.qkv.weight"),
                parameters.Joined(layer + "self_attn.qkv.bias")
            ),
            Single(layer, "self_attn.o_proj"),
            parameters[layer + "post_attention_layernorm.weight"],
            Adapted(layer, GateUp, parameters.Joined(layer + "mlp.gate_up.weight"), null),
            Single(layer, "mlp.down_proj")
        );

    private Layer Fuse(string layer, Tensor order, bool folded)
    {
        using var scope = NewDisposeScope();
        Tensor Joined(string[] parts, string what) =>
            cat([.. parts.Select(part => (Tensor)parameters[$"{layer}{part}.{what}"])], 0);
        var (inputNorm, postNorm) = (
            parameters[layer + "input_layernorm.weight"],
            parameters[layer + "post_attention_layernorm.weight"]
        );
        var qkv = Joined(Qkv, "weight").index_select(0, order);
        var bias = Joined(Qkv, "bias").index_select(0, order);
        var gateUp = Joined(GateUp, "weight");
        var result = new Layer(
            Paired: true,
            folded ? null : inputNorm,
            Adapted(layer, Qkv, folded ? qkv * inputNorm : qkv, bias, folded ? inputNorm : null, order),
            Single(layer, "self_attn.o_proj"),
            folded ? null : postNorm,
            Adapted(layer, GateUp, folded ? gateUp * postNorm : gateUp, null, folded ? postNorm : null),
            Single(layer, "mlp.down_proj")
        );
        result.Qkv.Weight.MoveToOuterDisposeScope();
        bias.MoveToOuterDisposeScope();
        result.GateUp.Weight.MoveToOuterDisposeScope();
        foreach (var product in new[] { result.Qkv, result.Output, result.GateUp, result.Down })
        {
            product.Down?.MoveToOuterDisposeScope();
            product.Up?.MoveToOuterDisposeScope();
        }
        return result;
    }

    private Product Single(string layer, string part) =>
        Adapted(layer, [part], parameters[$"{layer}{part}.weight"], null);

    /// <summary>
    /// The product of joined parts with their adapters side by side: Down's rows one after the other, Up block-diagonal.
    /// `norm` [I] is multiplied into the inputs, `order` brings the outputs into the weight's own order, where given.
    /// </summary>
    private Product Adapted(
        string layer,
        string[] parts,
        Tensor weight,
        Tensor? bias,
        Tensor? norm = null,
        Tensor? order = null
    )
    {
        if (parameters.Adapter is not { } adapter)
            return new Product(weight, bias);
        using var scope = NewDisposeScope();
        var (downs, ups) = (new List<Tensor>(), new List<Tensor>());
        var (row, rows) = (0L, weight.shape[0]);
        foreach (var part in parts)
        {
            var name = $"{layer}{part}.weight";
            var count = parameters[name].shape[0];
            if (adapter.TryGet(name, out var down, out var up))
            {
                downs.Add(down);
                ups.Add(functional.pad(up, [0, 0, row, rows - row - count]));
            }
            row += count;
        }
        if (downs.Count == 0)
            return new Product(weight, bias);
        var (a, b) = (cat(downs, 0), cat(ups, 1) * adapter.Config.Scaling);
        return new Product(
            weight,
            bias,
            (norm is null ? a : a * norm).MoveToOuterDisposeScope(),
            (order is null ? b : b.index_select(0, order)).MoveToOuterDisposeScope()
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
            x = Through(layers[i], i, x, rotation, mask, cache, outputs);
            trace?.Invoke($"hidden_layer_{i}", x);
        }
        cache?.Advance(length);
        var final = FinalNorm(x);
        trace?.Invoke("hidden_final", final);
        return final;
    }

    /// <summary>One layer; the last one goes on with the `outputs` alone, where they are given.</summary>
    internal Tensor Through(
        Layer layer,
        int index,
        Tensor x,
        Rotation rotation,
        Tensor? mask,
        KeyValueCache? cache,
        Tensor? outputs
    )
    {
        // What autograd does not need of a layer is freed with it: else sampling would hold all layers' activations.
        using var scope = NewDisposeScope();
        var mixed = Attention(layer, index, Norm(x, layer.InputNorm), rotation, mask, cache); // [B, T, H]
        if (outputs is not null && index == config.Layers - 1)
        {
            mixed = mixed.view(-1, config.HiddenSize).index_select(0, outputs); // [M, H]
            x = x.view(-1, config.HiddenSize).index_select(0, outputs);
        }
        x = x + layer.Output.Of(mixed);
        var gateUp = layer.GateUp.Of(Norm(x, layer.PostAttentionNorm));
        return (x + layer.Down.Of(Ops.SwiGlu(gateUp))).MoveToOuterDisposeScope();
    }

    /// <summary>The norm after the last layer.</summary>
    internal Tensor FinalNorm(Tensor x) => Norm(x, parameters[prefix + "norm.weight"]);

    /// <summary>Number of layers.</summary>
    internal int Layers => config.Layers;

    private Tensor Attention(Layer layer, int index, Tensor x, Rotation rotation, Tensor? mask, KeyValueCache? cache)
    {
        var (batch, length, heads, shared) = (x.shape[0], x.shape[1], config.Heads, config.KeyValueHeads);
        var qkv = layer.Qkv.Of(x).view(batch, length, heads + 2 * shared, config.HeadWidth);
        var turned = rotation.Apply(qkv.narrow(2, 0, heads + shared), layer.Paired);
        var q = turned.narrow(2, 0, heads).transpose(1, 2); // [B, heads, T, D]
        var k = turned.narrow(2, heads, shared).transpose(1, 2); // [B, shared, T, D]
        var v = qkv.narrow(2, heads + shared, shared).transpose(1, 2);
        if (cache is not null)
            (k, v) = cache.Append(index, k, v); // [B, shared, columns, D]
        return Ops.Attention(q, k, v, mask).transpose(1, 2).reshape(batch, length, config.HiddenSize);
    }

    private Tensor Norm(Tensor x, Tensor? weight) => Ops.RmsNorm(x, weight, config.NormEpsilon);
}
