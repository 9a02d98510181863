using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>
/// The policy that the KL term holds on to: the run's starting policy, frozen, or, for a new adapter, the policy itself with
/// its adapter off (as TRL does with peft), which costs no memory.
/// </summary>
public sealed class ReferenceModel : IDisposable
{
    private readonly bool shared;

    /// <summary>Takes over a policy and freezes it.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="featureCacheMiB">Memory for its image features.</param>
    public ReferenceModel(Policy policy, int featureCacheMiB)
        : this(policy, featureCacheMiB, shared: false) => policy.Train(_ => false);

    private ReferenceModel(Policy policy, int featureCacheMiB, bool shared)
    {
        this.shared = shared;
        (Policy, Features) = (policy, new FeatureCache(policy, frozen: true, featureCacheMiB));
    }

    /// <summary>The base of a policy with an adapter; the policy stays its owner's.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="featureCacheMiB">Memory for image features of the base.</param>
    public static ReferenceModel BaseOf(Policy policy, int featureCacheMiB) =>
        new(policy, featureCacheMiB, shared: true);

    /// <summary>The policy; to be used between <see cref="Use"/> and the disposal of what it returns.</summary>
    public Policy Policy { get; }

    /// <summary>Image features under it.</summary>
    public FeatureCache Features { get; }

    /// <summary>Makes <see cref="Policy"/> the reference until what comes back is disposed; null when it always is.</summary>
    public IDisposable? Use() => shared ? Policy.WithoutAdapter() : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Features.Dispose();
        if (!shared)
            Policy.Dispose();
    }
}
