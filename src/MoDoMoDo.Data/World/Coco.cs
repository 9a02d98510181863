using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>world-coco: find all things of a colour or shape; one or two boxes.</summary>
internal sealed class Coco : IWorldTask
{
    public string Name => "world-coco";

    public Scene? Draw(RandomStream random, WorldLevel level)
    {
        var count = random.NextInt(4, 7) + level.MoreThings;
        var looks = Enumerable
            .Range(0, count)
            .Select(_ => (random.Pick(WorldWords.Shapes), random.Pick(WorldWords.Colours)));
        if (new Grid(level).Scatter(random, looks) is not { } things)
            return null;

        string[] Keys(IEnumerable<string> names) => [.. names.Where(k => things.Count(t => t.Is(k)) is 1 or 2)];
        var (colours, shapes) = (Keys(WorldWords.Colours), Keys(WorldWords.Shapes));
        if (colours.Length == 0 || shapes.Length == 0)
            return null;

        var canvas = new Canvas(random, level.Noise);
        canvas.Draw(level, things);
        return new(canvas, Ask);

        Question Ask(RandomStream random)
        {
            var key = random.Pick(random.NextBool(0.7) ? colours : shapes);
            var text = random.NextBool(0.5) ? $"find all {key}" : $"box every {key}";
            Thing[] targets = [.. things.Where(t => t.Is(key))];
            return Question.Box(level, text, targets, several: true, chance: 1.0 / 16);
        }
    }
}
