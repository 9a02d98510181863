using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>
/// Policies whose parameters are averages of those of several others with one start in common: cheap stand-ins for policies
/// trained on a mixture (model soups, Wortsman et al. 2022, arXiv 2203.05482).
/// </summary>
public static class MergedPolicy
{
    /// <summary>Puts the weighted means of the experts' parameters into a policy; nothing else of it changes.</summary>
    /// <param name="target">The policy that becomes the average; its own parameters are lost.</param>
    /// <param name="experts">Policies of the same architecture, at least one.</param>
    /// <param name="weights">One for each expert, of any sum.</param>
    /// <exception cref="InputException">Names or shapes of parameters differ.</exception>
    public static void Average(Policy target, IReadOnlyList<Policy> experts, IReadOnlyList<double> weights)
    {
        if (experts.Count == 0 || experts.Count != weights.Count)
            throw new ArgumentException($"wanted a weight for each expert, found {weights.Count} for {experts.Count}");
        var parts = experts
            .Select(expert => expert.NamedParameters.ToDictionary(entry => entry.Key, entry => (Tensor)entry.Value))
            .ToArray();
        using var _ = no_grad();
        foreach (var (name, parameter) in target.NamedParameters)
        {
            using var scope = NewDisposeScope();
            foreach (var part in parts)
                if (!part.TryGetValue(name, out var own) || !own.shape.SequenceEqual(parameter.shape))
                    throw new InputException("", name, "the same parameter in every expert", "one that differs");
            // In float64, so that the order of the experts does not matter at any precision of the policy.
            var mean = parts
                .Select((part, i) => part[name].to(ScalarType.Float64) * weights[i])
                .Aggregate((a, b) => a + b);
            parameter.copy_(mean);
        }
    }
}
