using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>Which rule turns gradients into steps.</summary>
public enum OptimiserKind
{
    /// <summary>Adam with decoupled weight decay (arXiv 1711.05101).</summary>
    AdamW,

    /// <summary>Gradient descent with momentum: a domain's progress stays proportional to its share of the gradient.</summary>
    Sgd,
}

/// <summary>The optimiser and its constants.</summary>
public sealed record OptimiserOptions
{
    /// <summary>The rule; AdamW.</summary>
    public OptimiserKind Kind { get; init; } = OptimiserKind.AdamW;

    /// <summary>Decay of AdamW's first moment, in [0, 1); 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of AdamW's second moment, in [0, 1); 0.999.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of AdamW's second moment, above 0; 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Sgd's momentum, in [0, 1); 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Weight decay, at least 0; 0. Which parameters decay is the reference trainer's rule (Policy.Decays).</summary>
    public double WeightDecay { get; init; }
}

/// <summary>
/// Applies gradients to the trainable parameters and owns the moments. Weights of less than 32 bits are kept in 32 bits
/// beside the parameters: a step of 1e-6 would otherwise vanish in rounding.
/// </summary>
public abstract class Optimiser : IDisposable
{
    private const string Master = "master.";

    private readonly SortedDictionary<string, Tensor> state = new(StringComparer.Ordinal);
    private readonly double weightDecay;
    private readonly HashSet<string> decayed;

    /// <summary>Prepares zero moments for the parameters that take a gradient.</summary>
    /// <param name="parameters">Parameters by name, as the policy lists them.</param>
    /// <param name="weightDecay">Weight decay of those that decay.</param>
    /// <param name="decays">Whether a parameter decays; null: those of two dimensions or more.</param>
    protected Optimiser(
        IEnumerable<KeyValuePair<string, Parameter>> parameters,
        double weightDecay,
        Func<string, bool>? decays
    )
    {
        this.weightDecay = weightDecay;
        Parameters = [.. parameters.Where(entry => entry.Value.requires_grad)];
        decayed =
        [
            .. Parameters.Where(entry => decays?.Invoke(entry.Key) ?? entry.Value.dim() > 1).Select(entry => entry.Key),
        ];
        foreach (var (name, parameter) in Parameters)
            if (parameter.dtype is ScalarType.BFloat16 or ScalarType.Float16)
                Keep(Master + name, parameter.detach().to(ScalarType.Float32));
    }

    /// <summary>The optimiser that the options describe, over the policy's parameters that take a gradient.</summary>
    public static Optimiser Create(OptimiserOptions options, Policy policy) =>
        Create(options, policy.Trainable, policy.Decays);

    /// <summary>The optimiser that the options describe, over the parameters that take a gradient.</summary>
    /// <param name="options">Rule and constants.</param>
    /// <param name="parameters">Parameters by name.</param>
    /// <param name="decays">Whether a parameter decays; null: those of two dimensions or more.</param>
    public static Optimiser Create(
        OptimiserOptions options,
        IEnumerable<KeyValuePair<string, Parameter>> parameters,
        Func<string, bool>? decays = null
    ) =>
        options.Kind == OptimiserKind.AdamW
            ? new AdamW(parameters, options, decays)
            : new Sgd(parameters, options, decays);

    /// <summary>Names of the trainable parameters to which weight decay applies.</summary>
    public IReadOnlySet<string> Decayed => decayed;

    /// <summary>The trainable parameters, by name.</summary>
    public IReadOnlyList<KeyValuePair<string, Parameter>> Parameters { get; }

    /// <summary>Steps taken so far.</summary>
    public int Steps { get; private set; }

    /// <summary>Everything that continuing needs, by name, beside the parameters themselves and <see cref="Steps"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> State => [.. state];

    /// <summary>Takes one step along the parameters' gradients; parameters without a gradient stay where they are.</summary>
    /// <param name="rate">Learning rate.</param>
    public void Step(double rate)
    {
        using var still = no_grad();
        Steps++;
        foreach (var (name, parameter) in Parameters)
        {
            using var scope = NewDisposeScope();
            if (parameter.grad is not { } gradient)
                continue;
            var master = state.GetValueOrDefault(Master + name);
            var decay = decayed.Contains(name) ? weightDecay : 0;
            Apply(name, master ?? parameter, master is null ? gradient : gradient.to(ScalarType.Float32), rate, decay);
            if (master is not null)
                parameter.copy_(master);
        }
    }

    /// <summary>Makes all gradients 0: a step without any token moves by momentum and decay alone.</summary>
    public void ClearGradients()
    {
        using var still = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (_, parameter) in Parameters)
            if (parameter.grad is { } gradient)
                gradient.zero_();
            else
                parameter.grad = zeros_like(parameter);
    }

    /// <summary>Puts a saved state back.</summary>
    /// <param name="reader">A file with the tensors of <see cref="State"/>.</param>
    /// <param name="steps">Steps taken when it was saved.</param>
    /// <exception cref="InputException">A tensor is missing or has another shape.</exception>
    public void Restore(SafeTensorsReader reader, int steps)
    {
        using var still = no_grad();
        foreach (var (name, tensor) in state)
        {
            using var saved = reader.Read(name);
            if (!saved.shape.AsSpan().SequenceEqual(tensor.shape))
                throw new InputException(
                    reader.File,
                    name,
                    $"shape [{string.Join(", ", tensor.shape)}]",
                    $"[{string.Join(", ", saved.shape)}]"
                );
            tensor.copy_(saved);
        }
        Steps = steps;
    }

    /// <summary>Moves one parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="weight">The weight to change in place, 32 bits or more.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">Weight decay.</param>
    protected abstract void Apply(string name, Tensor weight, Tensor gradient, double rate, double decay);

    /// <summary>Adds zeros, shaped like each trainable parameter's weight, to the state.</summary>
    /// <param name="prefix">Put before the parameter's name.</param>
    protected void KeepZeros(string prefix)
    {
        using var still = no_grad();
        foreach (var (name, parameter) in Parameters)
            Keep(prefix + name, zeros_like(state.GetValueOrDefault(Master + name) ?? parameter));
    }

    /// <summary>The state of this name.</summary>
    protected Tensor this[string name] => state[name];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in state.Values)
            tensor.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Keep(string name, Tensor tensor) => state.Add(name, tensor.DetachFromDisposeScope());
}

/// <summary>
/// AdamW as torch.optim.AdamW computes it: w -= rate * decay * w, then w -= rate * m' / (sqrt(v') + epsilon) with
/// bias-corrected moments m', v'.
/// </summary>
internal sealed class AdamW : Optimiser
{
    private const string First = "first.";
    private const string Second = "second.";

    private readonly OptimiserOptions options;

    internal AdamW(
        IEnumerable<KeyValuePair<string, Parameter>> parameters,
        OptimiserOptions options,
        Func<string, bool>? decays
    )
        : base(parameters, options.WeightDecay, decays)
    {
        this.options = options;
        KeepZeros(First);
        KeepZeros(Second);
    }

    protected override void Apply(string name, Tensor weight, Tensor gradient, double rate, double decay)
    {
        var first = this[First + name];
        var second = this[Second + name];
        if (decay != 0)
            weight.mul_(1 - rate * decay);
        first.lerp_(gradient, 1 - options.Beta1);
        second.mul_(options.Beta2).addcmul_(gradient, gradient, 1 - options.Beta2);
        var firstCorrection = 1 - Math.Pow(options.Beta1, Steps);
        var secondCorrection = 1 - Math.Pow(options.Beta2, Steps);
        var divisor = second.sqrt().div_(Math.Sqrt(secondCorrection)).add_(options.Epsilon);
        weight.addcdiv_(first, divisor, -rate / firstCorrection);
    }
}

/// <summary>Gradient descent as torch.optim.SGD computes it: b = momentum * b + g + decay * w, w -= rate * b.</summary>
internal sealed class Sgd : Optimiser
{
    private const string Velocity = "velocity.";

    private readonly double momentum;

    internal Sgd(
        IEnumerable<KeyValuePair<string, Parameter>> parameters,
        OptimiserOptions options,
        Func<string, bool>? decays
    )
        : base(parameters, options.WeightDecay, decays)
    {
        momentum = options.Momentum;
        KeepZeros(Velocity);
    }

    protected override void Apply(string name, Tensor weight, Tensor gradient, double rate, double decay)
    {
        var velocity = this[Velocity + name];
        velocity.mul_(momentum).add_(gradient);
        if (decay != 0)
            velocity.add_(weight, alpha: decay);
        weight.add_(velocity, alpha: -rate);
    }
}
