using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>
/// What a policy sees before reinforcement: named cells, captions of random scenes, and the training domains under an
/// unreliable teacher. Never a benchmark's layout or question. Every example is a function of its index.
/// </summary>
/// <param name="world">The world whose domains are taught.</param>
public sealed class WorldWarmStart(World world)
{
    /// <summary>Questions asked about each picture by the instruction stage.</summary>
    public const int QuestionsPerPicture = 4;

    // The policy must have the skill and yet answer diffusely, so that verifiable rewards have something to sharpen.
    private static readonly Dictionary<string, double> Unreliability = new()
    {
        ["world-coco"] = 0.35,
        ["world-lisa"] = 0.35,
        ["world-geoqav"] = 0.55,
        ["world-sat"] = 0.5,
        ["world-scienceqa"] = 0.5,
    };

    /// <summary>The groups of words that tags are taken from: glyphs, colours, columns, rows.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> TagWords { get; } =
    [
        [.. WorldWords.Glyphs.Select(Spaced)],
        [.. WorldWords.Colours.Select(Spaced)],
        [" x0", " x250", " x500", " x750"],
        [" y0", " y250", " y500", " y750"],
    ];

    /// <summary>Picture `index` of the tag stage: 55 of 100 cells hold a glyph, among up to three lines of clutter.</summary>
    public TaggedImage Tagged(int index)
    {
        var random = Stream("tags", index);
        var level = world.Level;
        var canvas = new Canvas(random, level.Noise);
        for (var lines = random.NextInt(0, 3); lines > 0; lines--)
        {
            (float, float) Point() => (random.NextInt(Canvas.Side), random.NextInt(Canvas.Side));
            canvas.Line(random.Pick(WorldWords.Colours), random.NextInt(1, 2), Point(), Point());
        }
        var tags = new string[16][];
        for (var cell = 0; cell < tags.Length; cell++)
        {
            var place = level.Cell(cell % 4, cell / 4);
            tags[cell] = ["", "", .. level.Corner(place).Select(Spaced)];
            if (!random.NextBool(0.55))
                continue;
            var thing = new Thing(random.Pick(WorldWords.Glyphs), random.Pick(WorldWords.Colours), place);
            canvas.Draw(level, thing);
            (tags[cell][0], tags[cell][1]) = (Spaced(thing.Glyph), Spaced(thing.Colour));
        }
        return new(Image.OfPixels(canvas.Develop()), tags);
    }

    /// <summary>Picture `index` of a caption stage, with one caption of at most 44 words. The rich stage adds kinds of statements.</summary>
    public SupervisedExample Caption(bool rich, int index)
    {
        var random = Stream(rich ? "rich captions" : "captions", index);
        while (true)
        {
            if (CaptionedScene.Draw(random, world.Level, rich) is { } scene)
                return new([Image.OfPixels(scene.Picture.Develop())], [scene.Caption(random)]);
        }
    }

    /// <summary>
    /// Picture `index` of the instruction stage: the training domains in turn, four questions each. The answer (never the
    /// thought) is replaced by a random one of its form with the domain's probability; each completion has total weight 1.
    /// </summary>
    public SupervisedExample Instruction(int index)
    {
        var random = Stream("instruction", index);
        var task = World.Find(World.Domains[index % World.Domains.Count]);
        var scene = world.Draw(task, random);
        var texts = new SupervisedSegment[QuestionsPerPicture][];
        for (var i = 0; i < texts.Length; i++)
        {
            var question = scene.Ask(random);
            var prompt = Spaced(question.Prompt(random));
            var answer = random.NextBool(Unreliability[task.Name]) ? question.Guess(random) : question.Answer;
            var words = question.Thought.Length + answer.Length + 2; // the two tags
            texts[i] = [new(prompt, 0), new(question.Completion(answer), 1.0 / words)];
        }
        return new([Image.OfPixels(scene.Picture.Develop())], texts);
    }

    private RandomStream Stream(string stage, int index) =>
        new(world.Random("warm start").Split(stage).Split((ulong)index));

    private static string Spaced(string word) => " " + word;
}
