using System.Runtime.InteropServices;
using MoDoMoDo.Domain;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>How a parameter is drawn for a new policy.</summary>
public enum Initial
{
    /// <summary>All zero: biases.</summary>
    Zero,

    /// <summary>All one: norm weights.</summary>
    One,

    /// <summary>Uniform within 1 / sqrt(fan in): matrices.</summary>
    FanIn,

    /// <summary>Normal with deviation 1 / sqrt(width): the embedding.</summary>
    Embedding,
}

/// <summary>Name, shape and initial values of one parameter.</summary>
/// <param name="Name">Module name of transformers 5.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Initial">Kind of initial values.</param>
/// <param name="Scale">Factor on the initial values.</param>
public sealed record ParameterSpec(string Name, IReadOnlyList<long> Shape, Initial Initial, double Scale = 1);

/// <summary>The parameters of an architecture, in the order in which transformers lists them.</summary>
public static class ParameterList
{
    /// <summary>All parameters of a policy with this config; a tied head is no parameter of its own.</summary>
    public static IReadOnlyList<ParameterSpec> Of(PolicyConfig config)
    {
        var list = new List<ParameterSpec>();
        if (config.Tower is { } tower)
            AddTower(list, tower);
        AddDecoder(list, config.Decoder, DecoderPrefix(config.Family));
        if (!config.TiedEmbeddings)
            list.Add(new(NameMap.Head, [config.Decoder.VocabularySize, config.Decoder.HiddenSize], Initial.FanIn));
        return list;
    }

    internal const string TowerPrefix = "model.visual.";

    internal static string DecoderPrefix(PolicyFamily family) =>
        family == PolicyFamily.Qwen2 ? "model." : "model.language_model.";

    private static void AddTower(List<ParameterSpec> list, TowerConfig t)
    {
        list.Add(
            new(
                TowerPrefix + "patch_embed.proj.weight",
                [t.Width, t.Channels, t.TemporalPatchSize, t.PatchSize, t.PatchSize],
                Initial.FanIn
            )
        );
        for (var i = 0; i < t.Depth; i++)
        {
            var block = $"{TowerPrefix}blocks.{i}.";
            AddNorm(list, block + "norm1", t);
            AddNorm(list, block + "norm2", t);
            AddLinear(list, block + "attn.qkv", 3 * t.Width, t.Width);
            AddLinear(list, block + "attn.proj", t.Width, t.Width);
            foreach (var inner in t.Gated ? ["gate_proj", "up_proj"] : new[] { "fc1" })
                AddLinear(list, $"{block}mlp.{inner}", t.MlpWidth, t.Width);
            AddLinear(list, block + (t.Gated ? "mlp.down_proj" : "mlp.fc2"), t.Width, t.MlpWidth);
        }
        var merged = (long)t.Width * t.MergeSize * t.MergeSize;
        AddNorm(list, TowerPrefix + "merger.ln_q", t);
        AddLinear(list, TowerPrefix + "merger.mlp.0", merged, merged);
        // Image features start small beside word embeddings (world.md 3).
        AddLinear(list, TowerPrefix + "merger.mlp.2", t.OutWidth, merged, scale: 0.52);
    }

    private static void AddDecoder(List<ParameterSpec> list, DecoderConfig d, string prefix)
    {
        // The two products that write to the residual stream shrink with its depth (GPT-2's rule).
        var residual = 1 / Math.Sqrt(2 * d.Layers);
        var keyValueWidth = d.KeyValueHeads * d.HeadWidth;
        list.Add(new(prefix + "embed_tokens.weight", [d.VocabularySize, d.HiddenSize], Initial.Embedding));
        for (var i = 0; i < d.Layers; i++)
        {
            var layer = $"{prefix}layers.{i}.";
            AddLinear(list, layer + "self_attn.q_proj", d.HiddenSize, d.HiddenSize);
            AddLinear(list, layer + "self_attn.k_proj", keyValueWidth, d.HiddenSize);
            AddLinear(list, layer + "self_attn.v_proj", keyValueWidth, d.HiddenSize);
            list.Add(new(layer + "self_attn.o_proj.weight", [d.HiddenSize, d.HiddenSize], Initial.FanIn, residual));
            list.Add(new(layer + "mlp.gate_proj.weight", [d.IntermediateSize, d.HiddenSize], Initial.FanIn));
            list.Add(new(layer + "mlp.up_proj.weight", [d.IntermediateSize, d.HiddenSize], Initial.FanIn));
            list.Add(new(layer + "mlp.down_proj.weight", [d.HiddenSize, d.IntermediateSize], Initial.FanIn, residual));
            list.Add(new(layer + "input_layernorm.weight", [d.HiddenSize], Initial.One));
            list.Add(new(layer + "post_attention_layernorm.weight", [d.HiddenSize], Initial.One));
        }
        list.Add(new(prefix + "norm.weight", [d.HiddenSize], Initial.One));
    }

    private static void AddLinear(List<ParameterSpec> list, string name, long outputs, long inputs, double scale = 1)
    {
        list.Add(new(name + ".weight", [outputs, inputs], Initial.FanIn, scale));
        list.Add(new(name + ".bias", [outputs], Initial.Zero));
    }

    private static void AddNorm(List<ParameterSpec> list, string name, TowerConfig t)
    {
        list.Add(new(name + ".weight", [t.Width], Initial.One));
        if (!t.Gated)
            list.Add(new(name + ".bias", [t.Width], Initial.Zero));
    }
}

/// <summary>
/// The parameters of one policy, by name. Owns their tensors. Weights that one product multiplies by (q, k and v; gate and
/// up) lie side by side in memory, so that they can be used as one without a copy.
/// </summary>
internal sealed class Parameters : IDisposable
{
    private static readonly (string Part, string Whole)[] Joints =
    [
        ("self_attn.q_proj.", "self_attn.qkv."),
        ("self_attn.k_proj.", "self_attn.qkv."),
        ("self_attn.v_proj.", "self_attn.qkv."),
        ("mlp.gate_proj.", "mlp.gate_up."),
        ("mlp.up_proj.", "mlp.gate_up."),
    ];

    private readonly Dictionary<string, Parameter> byName = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, Parameter>> list = [];
    private readonly Dictionary<string, (Tensor Whole, long Rows)> joined = new(StringComparer.Ordinal);

    /// <summary>Takes over the tensors that `read` gives for the specs, one at a time.</summary>
    internal Parameters(IReadOnlyList<ParameterSpec> specs, Func<ParameterSpec, Tensor> read)
    {
        var rows = specs.ToLookup(spec => Joint(spec.Name), spec => spec.Shape[0]);
        foreach (var spec in specs)
        {
            using var scope = NewDisposeScope();
            var tensor = Place(spec, read(spec), rows[Joint(spec.Name)].Sum());
            tensor.DetachFromDisposeScope();
            var parameter = nn.Parameter(tensor);
            parameter.DetachFromDisposeScope();
            byName.Add(spec.Name, parameter);
            list.Add(new(spec.Name, parameter));
        }
    }

    internal IReadOnlyList<KeyValuePair<string, Parameter>> List => list;

    /// <summary>The low-rank adapter; null without one. Owned.</summary>
    internal LoraAdapter? Adapter { get; set; }

    internal Parameter this[string name] => byName[name];

    /// <summary>Weights that lie side by side, as one tensor outside of autograd: "...self_attn.qkv.weight", "...mlp.gate_up.weight".</summary>
    internal Tensor Joined(string whole) => joined[whole].Whole;

    /// <summary>The weight, with the adapter's product where it has one.</summary>
    internal Tensor Adapted(string name) => Adapter?.Merged(name, byName[name]) ?? byName[name];

    private static string Joint(string name)
    {
        foreach (var (part, whole) in Joints)
            if (name.Contains(part, StringComparison.Ordinal))
                return name.Replace(part, whole, StringComparison.Ordinal);
        return name;
    }

    /// <summary>The tensor, or its copy as the next rows of the whole that it is a part of.</summary>
    private Tensor Place(ParameterSpec spec, Tensor tensor, long rows)
    {
        var whole = Joint(spec.Name);
        if (whole == spec.Name)
            return tensor;
        if (!joined.TryGetValue(whole, out var place))
            place = (empty([rows, .. spec.Shape.Skip(1)], tensor.dtype, tensor.device).DetachFromDisposeScope(), 0);
        var part = place.Whole.narrow(0, place.Rows, spec.Shape[0]);
        part.copy_(tensor);
        joined[whole] = (place.Whole, place.Rows + spec.Shape[0]);
        return part;
    }

    /// <summary>Initial values of a parameter: a pure function of (seed, name), independent of libtorch's generator.</summary>
    internal static Tensor Draw(ParameterSpec spec, ulong seed)
    {
        var drawn = empty([.. spec.Shape], dtype: ScalarType.Float32);
        var values = MemoryMarshal.Cast<byte, float>(drawn.bytes);
        var stream = new RandomStream(Rng.OfSeed(seed).Split(spec.Name));
        switch (spec.Initial)
        {
            case Initial.Zero:
                values.Clear();
                break;
            case Initial.One:
                values.Fill(1);
                break;
            case Initial.Embedding:
                var deviation = spec.Scale / Math.Sqrt(spec.Shape[^1]);
                for (var i = 0; i < values.Length; i++)
                    values[i] = (float)(deviation * stream.NextGaussian());
                break;
            case Initial.FanIn:
                var bound = spec.Scale / Math.Sqrt((double)values.Length / spec.Shape[0]);
                for (var i = 0; i < values.Length; i++)
                    values[i] = (float)stream.NextDouble(-bound, bound);
                break;
        }
        return drawn;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Adapter?.Dispose();
        foreach (var (_, parameter) in list)
            parameter.Dispose();
        foreach (var (whole, _) in joined.Values)
            whole.Dispose();
    }
}
