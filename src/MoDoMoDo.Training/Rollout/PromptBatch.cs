using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>Turns what the sampler draws into prompts that the policy can read.</summary>
/// <param name="domains">The training domains; the sampler's names must be among theirs.</param>
/// <param name="sampler">Decides which samples come next.</param>
/// <param name="encode">What the policy reads for a prompt; safe to call from several threads.</param>
/// <param name="threads">Threads that read prompts; 0 = one for each processor.</param>
public sealed class PromptBatch(
    IReadOnlyList<TrainingDomain> domains,
    IPromptSampler sampler,
    Func<Prompt, EncodedPrompt> encode,
    int threads = 0
)
{
    private readonly TrainingDomain[] byNumber =
    [
        .. sampler.Domains.Select(name =>
            domains.FirstOrDefault(domain => domain.Name == name)
            ?? throw new InputException(
                "",
                $"mixture.weights.{name}",
                string.Join(", ", domains.Select(d => d.Name)),
                name
            )
        ),
    ];

    /// <summary>The next prompts of the mixture; fewer than asked for when a domain is exhausted.</summary>
    /// <param name="count">How many.</param>
    /// <param name="first">Number of the first one within the batch.</param>
    public PromptEntry[] Next(int count, int first) => Encode(sampler.Next(count), first);

    /// <summary>Further prompts of single domains, outside the mixture's account; none for an exhausted domain.</summary>
    /// <param name="missing">How many of each domain, by name.</param>
    /// <param name="first">Number of the first one within the batch.</param>
    public PromptEntry[] NextFrom(IReadOnlyDictionary<string, int> missing, int first)
    {
        var draws = new List<Draw>();
        for (var number = 0; number < byNumber.Length; number++)
        for (var i = missing.GetValueOrDefault(byNumber[number].Name); i > 0; i--)
            if (sampler.NextFrom(number) is { IsSome: true } drawn)
                draws.Add(drawn.Value);
        return Encode([.. draws], first);
    }

    private PromptEntry[] Encode(Draw[] draws, int first) =>
        Parallelism.Map(
            draws,
            threads,
            (draw, i) =>
            {
                var domain = byNumber[draw.Domain];
                var sample = domain.Source.Get(draw.Index);
                var prompt = PromptModule.Render(domain.Template, sample);
                return new PromptEntry(domain.Name, domain.Verifier, sample, prompt, encode(prompt), first + i);
            }
        );
}
