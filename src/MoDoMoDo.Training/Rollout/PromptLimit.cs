using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>Samples of which some are left out.</summary>
/// <param name="source">All samples.</param>
/// <param name="kept">Indices of those that stay.</param>
public sealed class KeptSamples(ISampleSource source, int[] kept) : ISampleSource
{
    /// <inheritdoc/>
    public string Name => source.Name;

    /// <inheritdoc/>
    public int Count => kept.Length;

    /// <summary>How many are left out.</summary>
    public int LeftOut => source.Count - kept.Length;

    /// <inheritdoc/>
    public Sample Get(int index) => source.Get(kept[index]);
}

/// <summary>Prompts are never cut: rows that are too long are left out, and counted, before training.</summary>
public static class PromptLimit
{
    /// <summary>The samples whose prompts have at most so many tokens, image tokens included.</summary>
    /// <param name="source">Samples.</param>
    /// <param name="template">How they become prompts.</param>
    /// <param name="policy">Reads them.</param>
    /// <param name="images">Where pixels come from.</param>
    /// <param name="limit">Tokens at most, at least 1.</param>
    /// <param name="threads">Threads; 0 = one for each processor.</param>
    public static KeptSamples Apply(
        ISampleSource source,
        PromptTemplate template,
        Policy policy,
        IImageSource images,
        int limit,
        int threads = 0
    )
    {
        var lengths = Parallelism.Map(
            Enumerable.Range(0, source.Count).ToArray(),
            threads,
            (index, _) => policy.Encode(PromptModule.Render(template, source.Get(index)), images).Ids.Length
        );
        return new KeptSamples(source, [.. Enumerable.Range(0, source.Count).Where(index => lengths[index] <= limit)]);
    }
}
