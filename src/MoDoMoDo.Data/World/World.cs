using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Which items of a world's set are meant. Two splits never share a picture: each has random numbers of its own.</summary>
public enum WorldSplit
{
    /// <summary>Training items; their prompts have filler words strewn in.</summary>
    Train,

    /// <summary>Items for choosing the best checkpoint.</summary>
    HeldBack,

    /// <summary>A training domain's own test.</summary>
    Test,

    /// <summary>Benchmark items whose scores the predictor is fitted on.</summary>
    Fit,

    /// <summary>Benchmark items that confirm a proposal.</summary>
    Confirm,
}

/// <summary>
/// The embedded world: five training domains and four benchmarks of pictures drawn by code, shaped like the sets of the
/// paper (arXiv 2505.24871, Table 1). A function of its level and seed.
/// </summary>
/// <param name="level">How hard it is.</param>
/// <param name="seed">Seed of all pictures and questions.</param>
public sealed class World(WorldLevel level, ulong seed = World.DefaultSeed)
{
    /// <summary>The seed of the world that the presets use.</summary>
    public const ulong DefaultSeed = 20250530;

    private static readonly IWorldTask[] DomainTasks =
    [
        new Coco(),
        new Lisa(),
        new GeoQav(),
        new Sat(),
        new ScienceQa(),
    ];
    private static readonly IWorldTask[] BenchmarkTasks = [new ChartQa(), new InfoVqa(), new MathVista(), new Mmmu()];

    /// <summary>Names of the training domains, world-coco first.</summary>
    public static IReadOnlyList<string> Domains { get; } = [.. DomainTasks.Select(t => t.Name)];

    /// <summary>Names of the benchmarks, world-chartqa first.</summary>
    public static IReadOnlyList<string> Benchmarks { get; } = [.. BenchmarkTasks.Select(t => t.Name)];

    /// <summary>How the world's samples become prompts: the words of the question, each with its leading space; no chat template.</summary>
    public static PromptTemplate Template { get; } = new("world", "", " ", "", OptionStyle.Hidden, false);

    /// <summary>How hard it is.</summary>
    public WorldLevel Level => level;

    /// <summary>The seed of all pictures and questions.</summary>
    public ulong Seed => seed;

    /// <summary>Number of items that a split has unless a count is given: 3000, 100, 500, 200, 400.</summary>
    public static int DefaultCount(WorldSplit split) =>
        split switch
        {
            WorldSplit.Train => 3000,
            WorldSplit.HeldBack => 100,
            WorldSplit.Test => 500,
            WorldSplit.Fit => 200,
            _ => 400,
        };

    /// <summary>
    /// The items of a split. They are drawn when asked for (about 0.1 ms each), one question a picture; item i is the same
    /// whatever the count, so a larger count only adds items.
    /// </summary>
    /// <param name="name">A training domain (splits Train, HeldBack, Test) or a benchmark (splits Fit, Confirm).</param>
    /// <param name="split">Which items.</param>
    /// <param name="count">How many; at least 0. Default: <see cref="DefaultCount"/>.</param>
    /// <exception cref="InputException">No such set, or the set has no such split.</exception>
    public ISampleSource Source(string name, WorldSplit split, int? count = null)
    {
        var task = Find(name);
        var isBenchmark = split is WorldSplit.Fit or WorldSplit.Confirm;
        if (isBenchmark != Benchmarks.Contains(name))
            throw new InputException(
                name,
                "split",
                isBenchmark ? "a benchmark" : "a training domain",
                $"{split} of {name}"
            );
        return new WorldSource(this, task, split, count ?? DefaultCount(split));
    }

    /// <summary>A training domain with its training and held-back items.</summary>
    /// <param name="name">One of <see cref="Domains"/>.</param>
    /// <param name="verifier">Grades its completions.</param>
    public TrainingDomain TrainingDomain(string name, IVerifier verifier) =>
        new(name, Source(name, WorldSplit.Train), Source(name, WorldSplit.HeldBack), Template, verifier);

    /// <summary>A split as something to be scored: a domain's test or a benchmark's half.</summary>
    /// <param name="name">A domain or benchmark.</param>
    /// <param name="split">Which items.</param>
    /// <param name="verifier">Scores one attempt.</param>
    /// <param name="count">How many items; default <see cref="DefaultCount"/>.</param>
    public Benchmark Benchmark(string name, WorldSplit split, IVerifier verifier, int? count = null) =>
        new(name, Source(name, split, count), Template, verifier, []);

    /// <summary>Random numbers for a named part of the world.</summary>
    internal Rng Random(string part) => Rng.OfSeed(seed).Split($"level {level.Number}").Split(part);

    /// <summary>Draws scenes until one fits.</summary>
    internal Scene Draw(IWorldTask task, RandomStream random)
    {
        while (true)
        {
            if (task.Draw(random, level) is { } scene)
                return scene;
        }
    }

    /// <summary>The task of a set. Raises InputException when there is none of that name.</summary>
    internal static IWorldTask Find(string name) =>
        DomainTasks.Concat(BenchmarkTasks).FirstOrDefault(t => t.Name == name)
        ?? throw new InputException("", "embedded world", string.Join(", ", Domains.Concat(Benchmarks)), name);
}

/// <summary>The items of one split, drawn on demand.</summary>
internal sealed class WorldSource(World world, IWorldTask task, WorldSplit split, int count) : ISampleSource
{
    private readonly Rng _random = world.Random(task.Name).Split($"{split}");

    public string Name => task.Name;

    public int Count => count;

    public Sample Get(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
        var random = new RandomStream(_random.Split((ulong)index));
        var scene = world.Draw(task, random);
        var question = scene.Ask(random);
        var prompt = question.Prompt(split == WorldSplit.Train ? random : null);
        var gold =
            question.Boxes.Length > 0
                ? Gold.NewBoxes(question.Boxes, CoordinateSystem.Thousand)
                : Gold.NewText(question.Answer);
        return new Sample(
            $"{split}-{index}".ToLowerInvariant(),
            Name,
            prompt,
            question.Options,
            [Image.OfPixels(scene.Picture.Develop())],
            gold,
            new Dictionary<string, string>
            {
                ["template"] = question.Template(),
                ["chance"] = question.Chance.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
                ["answer"] = question.Completion(question.Answer),
            }
        );
    }
}
