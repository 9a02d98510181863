using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>world-sat: how many things of a kind there are, and in which quarter of the picture one stands.</summary>
internal sealed class Sat : IWorldTask
{
    public string Name => "world-sat";

    public Scene? Draw(RandomStream random, WorldLevel level)
    {
        var groups = Groups.Draw(
            random,
            [random.NextInt(1, 4), random.NextInt(1, 4)],
            random.NextInt(1, 2) + level.MoreThings
        );
        string[] lone = [.. groups.Sizes.Where(g => g.Value == 1).Select(g => g.Key)];
        if (new Grid(level).Scatter(random, groups.Looks, level.HasQuadrant) is not { } things)
            return null;

        var canvas = new Canvas(random, level.Noise);
        canvas.Draw(level, things);
        return new(canvas, Ask);

        Question Ask(RandomStream random)
        {
            if (random.NextBool(0.5))
            {
                var key = random.Pick(groups.Planned);
                var text = random.NextBool(0.5) ? $"how many {key}" : $"count the {key}";
                return Question.Word(text, "number", $"{groups.Sizes[key]}", Groups.Counts);
            }
            var one = random.Pick(lone);
            var place = things.Single(t => t.Is(one)).At;
            return Question.Word(
                random.NextBool(0.5) ? $"where is {one}" : $"{one} is where",
                "word",
                level.Quadrant(place),
                WorldWords.Quadrants
            );
        }
    }
}

/// <summary>Looks of things in groups that share a colour (seven times in ten) or a shape, and of single others.</summary>
/// <param name="Looks">Glyph and colour of each thing.</param>
/// <param name="Planned">The shared colour or shape of each group.</param>
/// <param name="Sizes">Number of things by shared colour or shape, the others included.</param>
internal sealed record Groups(
    IReadOnlyList<(string Glyph, string Colour)> Looks,
    IReadOnlyList<string> Planned,
    IReadOnlyDictionary<string, int> Sizes
)
{
    /// <summary>The sizes that groups have.</summary>
    public static readonly string[] Counts = ["1", "2", "3", "4"];

    /// <summary>
    /// Draws groups of exactly these sizes. The others differ from all groups and among themselves in what the groups
    /// share, as long as there are values left.
    /// </summary>
    public static Groups Draw(RandomStream random, int[] sizes, int others)
    {
        var byColour = random.NextBool(0.7);
        var values = random.Shuffle(byColour ? WorldWords.Colours : WorldWords.Shapes);
        int[] counts = [.. sizes, .. Enumerable.Repeat(1, Math.Min(others, values.Length - sizes.Length))];
        var looks = new List<(string, string)>();
        for (var i = 0; i < counts.Length; i++)
        for (var n = 0; n < counts[i]; n++)
            looks.Add(
                byColour ? (random.Pick(WorldWords.Shapes), values[i]) : (values[i], random.Pick(WorldWords.Colours))
            );
        return new(
            looks,
            values[..sizes.Length],
            counts.Select((c, i) => (c, i)).ToDictionary(p => values[p.i], p => p.c)
        );
    }
}
