using MoDoMoDo.Goldens.Grpo;
using MoDoMoDo.Goldens.Models;
using MoDoMoDo.Goldens.Processors;

namespace MoDoMoDo.Goldens;

/// <summary>A part of a recording that one piece of code compares: the files whose path starts with its name.</summary>
/// <param name="Name">Path from the recording's root: "grpo/loss", "models/qwen2_vl_tied".</param>
/// <param name="Check">Compares it; null: not yet (a kind of model that <see cref="ModelChecks.For"/> does not know).</param>
internal sealed record Section(string Name, Action<Recording, Tally>? Check)
{
    /// <summary>Never compared: TRL's order of rows needs torch's own generator, and ours keeps groups together.</summary>
    private static readonly string[] NotCompared = ["grpo/order"];

    /// <summary>The sections that a recording holds, and the files that belong to none.</summary>
    public static (IReadOnlyList<Section> Sections, IReadOnlyList<string> Strays) Of(Recording recording)
    {
        var compared = new List<Section>
        {
            new("grpo/loss", LossChecks.Run),
            new("grpo/advantages", AdvantageChecks.Run),
            new("grpo/completions/masks", CompletionChecks.Run),
            new("grpo/completions/rewards", LengthRewardChecks.Run),
            new("grpo/sampler_mismatch", SamplerRatioChecks.Run),
            new("grpo/vision", VisionChecks.Run),
            new("grpo/trajectory", Grpo.TrajectoryChecks.Run),
            new("models/images", Images.Run),
            new("models/sampler", SamplerChecks.Run),
            new("processors/images", ImageChecks.Run),
            new("processors/tokenizer", TokenizerChecks.Run),
            new("processors/chat", ChatChecks.Run),
            new("processors/processor", ProcessorChecks.Run),
        };
        compared.AddRange(Models(recording));
        var present = compared.Where(section => recording.Files.Any(section.Owns)).ToArray();
        var strays = recording.Files.Where(file =>
            !present.Any(section => section.Owns(file))
            && !NotCompared.Any(name => file.StartsWith(name + "/", StringComparison.Ordinal))
        );
        return (present, [.. strays]);
    }

    /// <summary>Folders that the README's layout names and this recording does not hold.</summary>
    public static IEnumerable<string> Missing(Recording recording) =>
        new[] { "grpo", "models", "processors" }.Where(folder => !Directory.Exists(recording.At(folder)));

    public bool Owns(string file) =>
        file.StartsWith(Name, StringComparison.Ordinal) && file.Length > Name.Length && file[Name.Length] is '/' or '.';

    /// <summary>Compares this section, and counts as failures what it left unread and what it could not read.</summary>
    public Tally Run(Recording recording)
    {
        var tally = new Tally();
        try
        {
            Check!(recording, tally);
            foreach (var unread in recording.Files.Where(Owns).SelectMany(recording.Unread))
                tally.Fail($"{unread}: nothing compares it");
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            tally.Fail($"{Name}: {error.GetType().Name}: {error.Message}");
        }
        return tally;
    }

    /// <summary>One section for each checkpoint, by what it is: the names of the folders say nothing.</summary>
    private static IEnumerable<Section> Models(Recording recording) =>
        !Directory.Exists(recording.At("models"))
            ? []
            : Directory
                .EnumerateDirectories(recording.At("models"))
                .Select(path => $"models/{Path.GetFileName(path)}")
                .Order(StringComparer.Ordinal)
                .Select(name => new Section(name, ModelChecks.For(recording, name)));
}
