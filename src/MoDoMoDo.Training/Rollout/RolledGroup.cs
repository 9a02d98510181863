using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>A prompt on its way into a rollout.</summary>
/// <param name="Domain">Name of the domain or benchmark it was drawn from.</param>
/// <param name="Verifier">Judges the answers.</param>
/// <param name="Sample">The sample.</param>
/// <param name="Prompt">What the policy is asked.</param>
/// <param name="Encoded">What the policy reads.</param>
/// <param name="Number">Its number within the batch: part of the seed of its tokens.</param>
public sealed record PromptEntry(
    string Domain,
    IVerifier Verifier,
    Sample Sample,
    Prompt Prompt,
    EncodedPrompt Encoded,
    int Number
);

/// <summary>A prompt with its completions, their verdicts and what follows from them. Row r of each array is completion r.</summary>
public sealed record RolledGroup(PromptEntry Entry, Completion[] Completions)
{
    /// <summary>Verdicts, [G].</summary>
    public Verdict[] Verdicts { get; init; } = [];

    /// <summary>Reward functions' values, [G][K]: verdict times scale, then each shaping; NaN where not scorable.</summary>
    public double[][] Rewards { get; init; } = [];

    /// <summary>Weighted sums of the rewards, [G]; NaN where not scorable.</summary>
    public double[] Totals { get; init; } = [];

    /// <summary>Advantages, [G].</summary>
    public double[] Advantages { get; init; } = [];

    /// <summary>Log-probabilities of the policy at the start of the batch, [G][T]; empty: the policy itself.</summary>
    public float[][] OldLogProbs { get; init; } = [];

    /// <summary>Log-probabilities of the reference policy, [G][T]; empty when there is none.</summary>
    public float[][] ReferenceLogProbs { get; init; } = [];

    /// <summary>True when the rewards do not differ within the group.</summary>
    public bool HasNoSignal => Advantage.HasNoSignal(Totals);

    /// <summary>True when no completion has an advantage: the group's policy gradient is exactly 0.</summary>
    public bool HasNoAdvantage => Advantages.All(advantage => advantage == 0);
}
