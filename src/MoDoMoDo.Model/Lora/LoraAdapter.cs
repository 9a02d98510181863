using MoDoMoDo.Domain;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// The matrices of a low-rank adapter, in 32-bit floats (as peft keeps them beside weights of 16 bits). Owns them.
/// Legend: I inputs, O outputs of a linear layer, R rank.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    private const string Prefix = "base_model.model.";
    private const string DownSuffix = ".lora_A.weight";
    private const string UpSuffix = ".lora_B.weight";

    /// <summary>File of the matrices in an adapter's folder.</summary>
    public const string FileName = "adapter_model.safetensors";

    private readonly Dictionary<string, (Parameter Down, Parameter Up)> modules = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, Parameter>> list = [];

    /// <summary>Takes over the tensors that `read` gives for the adapter's matrices.</summary>
    internal LoraAdapter(LoraConfig config, IEnumerable<ParameterSpec> weights, Func<ParameterSpec, Tensor> read)
    {
        Config = config;
        foreach (var weight in weights)
        {
            var module = Module(weight);
            var (down, up) = Specs(module, weight.Shape, config.Rank);
            modules.Add(weight.Name, (Add(down, read), Add(up, read)));
        }
    }

    /// <summary>Shape and place.</summary>
    public LoraConfig Config { get; }

    /// <summary>False: the policy computes as if there were no adapter.</summary>
    public bool Enabled { get; internal set; } = true;

    /// <summary>All matrices under peft's keys: A [R, I] and B [O, R] of each layer, in the order of the layers.</summary>
    public IReadOnlyList<KeyValuePair<string, Parameter>> NamedParameters => list;

    /// <summary>True when every B is 0: the policy is its base.</summary>
    public bool IsZero
    {
        get
        {
            using var scope = NewDisposeScope();
            return modules.Values.All(pair => pair.Up.detach().count_nonzero().item<long>() == 0);
        }
    }

    /// <summary>True for the names of <see cref="NamedParameters"/>.</summary>
    public static bool Owns(string parameterName) => parameterName.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The name without peft's prefix.</summary>
    internal static string BaseName(string parameterName) =>
        Owns(parameterName) ? parameterName[Prefix.Length..] : parameterName;

    /// <summary>A [R, I] and B [O, R] of the layer whose weight has this name; false where it has none, or the adapter is off.</summary>
    internal bool TryGet(string weight, out Parameter down, out Parameter up)
    {
        var found = modules.TryGetValue(weight, out var pair) & Enabled;
        (down, up) = pair;
        return found;
    }

    /// <summary>The weight with the adapter's product added, in its own type; itself where it has no adapter. Differentiable.</summary>
    internal Tensor Merged(string name, Tensor weight)
    {
        if (!TryGet(name, out var down, out var up))
            return weight;
        return (weight + up.mm(down) * Config.Scaling).to(weight.dtype);
    }

    /// <summary>The weights of linear layers that the config names. Raises InputException when a target names none.</summary>
    internal static ParameterSpec[] Targets(LoraConfig config, PolicyConfig policy, string source)
    {
        var linear = ParameterList.Of(policy).Where(IsLinear).ToArray();
        var known = linear.Select(spec => Module(spec)[(Module(spec).LastIndexOf('.') + 1)..]).Distinct();
        InputException None(string target) =>
            new(source, "target_modules", $"names of linear layers ({string.Join(", ", known)})", $"'{target}'");
        foreach (var target in config.Targets)
            if (!linear.Any(spec => (config with { Targets = [target] }).Matches(Module(spec))))
                throw None(target);
        var chosen = linear.Where(spec => config.Matches(Module(spec))).ToArray();
        return chosen.Length > 0 ? chosen : throw None(config.Pattern);
    }

    /// <summary>Shapes of A and B.</summary>
    internal static (ParameterSpec Down, ParameterSpec Up) Specs(string module, IReadOnlyList<long> weight, int rank) =>
        (
            new(Prefix + module + DownSuffix, [rank, weight[1]], Initial.FanIn),
            new(Prefix + module + UpSuffix, [weight[0], rank], Initial.Zero)
        );

    /// <summary>
    /// The name of a matrix for a key on disk: older module names, and the name "default" that a training state carries,
    /// are read too.
    /// </summary>
    internal static string ToName(string key, PolicyFamily family)
    {
        foreach (var suffix in new[] { DownSuffix, UpSuffix })
        {
            var plain = key.Replace(
                suffix.Replace(".weight", ".default.weight", StringComparison.Ordinal),
                suffix,
                StringComparison.Ordinal
            );
            if (Owns(plain) && plain.EndsWith(suffix, StringComparison.Ordinal))
                return Prefix + NameMap.ToModule(plain[Prefix.Length..^suffix.Length], family) + suffix;
        }
        return key;
    }

    private static bool IsLinear(ParameterSpec spec) =>
        spec.Shape.Count == 2
        && spec.Name != NameMap.Head
        && !spec.Name.EndsWith("embed_tokens.weight", StringComparison.Ordinal);

    private static string Module(ParameterSpec weight) => weight.Name[..^".weight".Length];

    private Parameter Add(ParameterSpec spec, Func<ParameterSpec, Tensor> read)
    {
        var parameter = nn.Parameter(read(spec).DetachFromDisposeScope());
        parameter.DetachFromDisposeScope();
        list.Add(new(spec.Name, parameter));
        return parameter;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, parameter) in list)
            parameter.Dispose();
    }
}
