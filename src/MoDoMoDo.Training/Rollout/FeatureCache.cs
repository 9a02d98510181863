using MoDoMoDo.Model;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>
/// Image features by image id, for as long as the vision tower does not change: each image goes through the tower once.
/// Owns the features it keeps. With a tower that is trained nothing is kept, and gradients flow.
/// </summary>
/// <param name="policy">The policy.</param>
/// <param name="frozen">Whether its tower stays as it is.</param>
/// <param name="mebibytes">Memory for features; the oldest give way.</param>
public sealed class FeatureCache(Policy policy, bool frozen, int mebibytes) : IDisposable
{
    private readonly Dictionary<string, Tensor> kept = new(StringComparer.Ordinal);
    private readonly Queue<string> age = new();
    private long bytes;

    /// <summary>Features [cells, H] of the groups' images, in the order of their prompts; null when there is no image.</summary>
    public Tensor? Of(IEnumerable<RolledGroup> groups) => Of([.. groups.Select(group => group.Entry)]);

    /// <summary>Features [cells, H] of the prompts' images, in their order (owned by the open scope); null when there is no image.</summary>
    public Tensor? Of(IReadOnlyList<PromptEntry> prompts)
    {
        var images = prompts
            .SelectMany(prompt =>
                prompt.Encoded.Images.Select((image, i) => (prompt.Sample.Images[i].Id, Image: image))
            )
            .ToArray();
        if (images.Length == 0)
            return null;
        if (!frozen)
            return policy.ImageFeatures([.. images.Select(entry => entry.Image)]);
        Fill([.. images.Where(entry => !kept.ContainsKey(entry.Id)).DistinctBy(entry => entry.Id)]);
        var found = cat([.. images.Select(entry => kept[entry.Id])]);
        Shrink();
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in kept.Values)
            tensor.Dispose();
        kept.Clear();
    }

    private void Fill((string Id, EncodedImage Image)[] missing)
    {
        if (missing.Length == 0)
            return;
        using var still = no_grad();
        using var scope = NewDisposeScope();
        var features = policy.ImageFeatures([.. missing.Select(entry => entry.Image)]); // [cells, H]
        var merge = policy.Config.Tower!.MergeSize;
        var start = 0L;
        foreach (var (id, image) in missing)
        {
            var cells = (long)image.T * image.H * image.W / (merge * merge);
            var own = features.narrow(0, start, cells).clone().DetachFromDisposeScope();
            start += cells;
            kept.Add(id, own);
            age.Enqueue(id);
            bytes += own.NumberOfElements * own.ElementSize;
        }
    }

    private void Shrink()
    {
        while (bytes > mebibytes * 1024L * 1024L && age.TryDequeue(out var oldest))
        {
            kept.Remove(oldest, out var tensor);
            bytes -= tensor!.NumberOfElements * tensor.ElementSize;
            tensor.Dispose();
        }
    }
}
