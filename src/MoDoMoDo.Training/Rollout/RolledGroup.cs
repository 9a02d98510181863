using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training;

/// <summary>A prompt on its way into a rollout.</summary>
/// <param name="Domain">The domain it was drawn from.</param>
/// <param name="Sample">The sample.</param>
/// <param name="Prompt">What the policy is asked.</param>
/// <param name="Encoded">What the policy reads.</param>
/// <param name="Number">Its number within the batch: part of the seed of its tokens.</param>
public sealed record PromptEntry(TrainingDomain Domain, Sample Sample, Prompt Prompt, EncodedPrompt Encoded, int Number);

/// <summary>A prompt with its completions, their verdicts and what follows from them. Row r of each array is completion r.</summary>
public sealed record RolledGroup(PromptEntry Entry, Completion[] Completions)
{
    /// <summary>Verdicts, [G].</summary>
    public Verdict[] Verdicts { get; init; } = [];

    /// <summary>Reward functions' values, [G][K]: verdict times scale, then each shaping; NaN where not scorable.</summary>
    public double[][] Rewards { get; init; } = [];

    /// <summary>Advantages, [G].</summary>
    public double[] Advantages { get; init; } = [];

    /// <summary>True when the rewards do not differ within the group.</summary>
    public bool HasNoSignal => Advantage.HasNoSignal([.. Rewards.Select(row => row.Sum())]);

    /// <summary>True when no completion has an advantage: the group's policy gradient is exactly 0.</summary>
    public bool HasNoAdvantage => Advantages.All(advantage => advantage == 0);
}
