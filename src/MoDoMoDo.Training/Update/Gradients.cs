using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>The gradient of all trainable parameters, taken as one vector.</summary>
public static class Gradients
{
    /// <summary>Its length; NaN or infinite when a gradient is.</summary>
    /// <param name="parameters">Parameters; those without a gradient are left out.</param>
    public static double Norm(IReadOnlyList<KeyValuePair<string, Parameter>> parameters)
    {
        using var still = no_grad();
        using var scope = NewDisposeScope();
        var norms = parameters
            .Where(entry => entry.Value.grad is not null)
            .Select(entry => entry.Value.grad!.norm())
            .ToArray();
        return norms.Length == 0 ? 0 : stack(norms).norm().ToDouble();
    }

    /// <summary>Shortens it to a length of at most <paramref name="longest"/>, as torch's clip_grad_norm_.</summary>
    /// <param name="parameters">Parameters; those without a gradient are left out.</param>
    /// <param name="norm">Its length, as <see cref="Norm"/> gives it.</param>
    /// <param name="longest">Largest length; 0 = no limit.</param>
    public static void Clip(IReadOnlyList<KeyValuePair<string, Parameter>> parameters, double norm, double longest)
    {
        var factor = longest / (norm + 1e-6);
        if (longest <= 0 || factor >= 1)
            return;
        using var still = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (_, parameter) in parameters)
            parameter.grad?.mul_(factor);
    }
}
