using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>world-lisa: find the thing that an expression refers to, by its look or by its neighbour; one box.</summary>
internal sealed class Lisa : IWorldTask
{
    public string Name => "world-lisa";

    public Scene? Draw(RandomStream random, WorldLevel level)
    {
        var count = random.NextInt(4, 5);
        var looks = random.Shuffle(WorldWords.Shapes).Zip(random.Shuffle(WorldWords.Colours)).Take(count).ToArray();

        // The first two are neighbours: all pairs of adjacent places are equally likely.
        var grid = new Grid(level);
        var pairs = Grid.Places(level)
            .SelectMany(p => level.Neighbours(p).Where(n => grid.IsFree(n.Place)).Select(n => (p, n.Place)));
        var (first, second) = random.Pick<(Place, Place)>([.. pairs]);
        grid.TryTake(first);
        grid.TryTake(second);
        if (grid.Scatter(random, looks.Skip(2)) is not { } others)
            return null;
        Thing[] things =
        [
            new(looks[0].First, looks[0].Second, first),
            new(looks[1].First, looks[1].Second, second),
            .. others,
        ];

        var canvas = new Canvas(random, level.Noise);
        canvas.Draw(level, things);
        var related = (
            from key in things
            from neighbour in level.Neighbours(key.At)
            from target in things
            where target.At == neighbour.Place
            select (key, neighbour.Direction, target)
        ).ToArray();
        return new(canvas, Ask);

        Question Ask(RandomStream random)
        {
            if (random.NextBool(0.6))
            {
                var target = random.Pick(things);
                var key = target.Key(random);
                return Box(random.NextBool(0.5) ? $"find the {key}" : $"box the thing of {key}", target, 1.0 / 16);
            }
            var (from, direction, found) = random.Pick(related);
            var known = from.Key(random);
            return Box(
                random.NextBool(0.5) ? $"find what is {direction} of {known}" : $"what is {direction} of the {known}",
                found,
                1.0 / 12
            );
        }

        Question Box(string text, Thing target, double chance) =>
            Question.Box(level, text, [target], several: false, chance, target.Colour, target.Glyph);
    }
}
