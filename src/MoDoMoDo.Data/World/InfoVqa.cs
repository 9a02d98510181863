using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>world-infovqa (benchmark): a header over a panel of icons, each with a digit, or over icons to be counted.</summary>
internal sealed class InfoVqa : IWorldTask
{
    public string Name => "world-infovqa";

    public Scene? Draw(RandomStream random, WorldLevel level) =>
        random.NextBool(0.5) ? Panel(random, level) : Icons(random, level);

    private static Scene Panel(RandomStream random, WorldLevel level)
    {
        var digits = random.Shuffle(WorldWords.Digits);
        var shapes = random.Shuffle(WorldWords.Shapes);
        var colours = random.Shuffle(WorldWords.Colours);
        var icons = Enumerable
            .Range(0, 4)
            .Select(i => new Thing(shapes[i], colours[i], level.Cell(i % 2 * 2, 1 + i / 2 * 2)))
            .ToArray();

        var canvas = Header(random, level);
        for (var i = 0; i < icons.Length; i++)
            canvas.Draw(
                level,
                icons[i],
                new Thing(digits[i], colours[i], icons[i].At with { X = icons[i].At.X + level.Extent })
            );
        return new(canvas, Ask);

        Question Ask(RandomStream random)
        {
            var i = random.NextInt(icons.Length);
            return Question.Word($"what is by the {icons[i].Key(random)} icon", "number", digits[i], WorldWords.Digits);
        }
    }

    private static Scene? Icons(RandomStream random, WorldLevel level)
    {
        var groups = Groups.Draw(random, [random.NextInt(1, 4), random.NextInt(1, 4)], level.MoreThings);
        if (new Grid(level).Scatter(random, groups.Looks, p => p.Y >= level.Extent) is not { } things)
            return null;

        var canvas = Header(random, level);
        canvas.Draw(level, things);
        return new(canvas, Ask);

        Question Ask(RandomStream random)
        {
            var key = random.Pick(groups.Planned);
            return Question.Word($"how many {key} icon in the panel", "number", $"{groups.Sizes[key]}", Groups.Counts);
        }
    }

    private static Canvas Header(RandomStream random, WorldLevel level)
    {
        var canvas = new Canvas(random, level.Noise);
        canvas.Strip(random.NextInt(0, 5), random.NextInt(5, 9));
        return canvas;
    }
}
