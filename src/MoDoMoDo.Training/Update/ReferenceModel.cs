using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>The policy that the KL term holds on to: the run's starting policy, frozen. Owns it.</summary>
public sealed class ReferenceModel : IDisposable
{
    /// <summary>Takes over a policy and freezes it.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="featureCacheMiB">Memory for its image features.</param>
    public ReferenceModel(Policy policy, int featureCacheMiB)
    {
        policy.Train(_ => false);
        (Policy, Features) = (policy, new FeatureCache(policy, frozen: true, featureCacheMiB));
    }

    /// <summary>The policy.</summary>
    public Policy Policy { get; }

    /// <summary>Image features under it.</summary>
    public FeatureCache Features { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Features.Dispose();
        Policy.Dispose();
    }
}
