using MoDoMoDo.Goldens.Grpo;

namespace MoDoMoDo.Goldens;

/// <summary>A part of a recording that one piece of code compares: the files whose path starts with its name.</summary>
/// <param name="Name">Path from the recording's root: "grpo/loss", "models/qwen2_vl_tied".</param>
/// <param name="Check">Compares it; null: not yet.</param>
internal sealed record Section(string Name, Action<Recording, Tally>? Check)
{
    /// <summary>Folders that later work will cover. The list ends empty.</summary>
    private static readonly string[] NotYet =
    [
        "processors",
        "grpo/completions/rewards",
        "grpo/trajectory",
        "grpo/vision",
        "models/*",
    ];

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
            new("grpo/sampler_mismatch", SamplerRatioChecks.Run),
        };
        compared.AddRange(
            NotYet.SelectMany(pattern => Expand(recording, pattern)).Select(name => new Section(name, null))
        );
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

    private static IEnumerable<string> Expand(Recording recording, string pattern) =>
        !pattern.EndsWith('*') ? [pattern]
        : Directory.Exists(recording.At(pattern[..^2]))
            ? Directory
                .EnumerateFileSystemEntries(recording.At(pattern[..^2]))
                .Select(path => $"{pattern[..^2]}/{Path.GetFileNameWithoutExtension(path)}")
                .Distinct()
                .Order(StringComparer.Ordinal)
        : [];
}
