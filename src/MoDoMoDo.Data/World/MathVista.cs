using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>world-mathvista (benchmark): a triangle with marked sides, or things to be counted; a number, open or out of four.</summary>
internal sealed class MathVista : IWorldTask
{
    public string Name => "world-mathvista";

    public Scene? Draw(RandomStream random, WorldLevel level) =>
        random.NextBool(0.5) ? Triangle(random, level) : Scattered(random, level);

    private static Scene Triangle(RandomStream random, WorldLevel level)
    {
        var colours = random.Shuffle(WorldWords.Colours);
        var lengths = random.Shuffle(WorldWords.Digits);
        var (flipX, flipY) = (random.NextBool(0.5), random.NextBool(0.5));
        (int, int) At(int x, int y) => (flipX ? 3 - x : x, flipY ? 3 - y : y);
        var slanted = random.NextInt(1, 2);

        var canvas = new Canvas(random, level.Noise);
        Figures.Side(canvas, new(At(0, 0), At(0, 3), At(0, random.NextInt(1, 2))), colours[0], lengths[0]);
        Figures.Side(canvas, new(At(0, 3), At(3, 3), At(random.NextInt(1, 2), 3)), colours[1], lengths[1]);
        Figures.Side(canvas, new(At(0, 0), At(3, 3), At(slanted, slanted)), colours[2], lengths[2]);
        return new(canvas, Ask);

        Question Ask(RandomStream random)
        {
            var i = random.NextInt(3);
            return random.NextBool(0.5)
                ? Question.Word($"figure has {colours[i]} side of length", "number", lengths[i], WorldWords.Digits)
                : Question.Choice(random, $"figure {colours[i]} side", "number", lengths[i], WorldWords.Digits);
        }
    }

    private static Scene? Scattered(RandomStream random, WorldLevel level)
    {
        var groups = Groups.Draw(random, [random.NextInt(1, 4)], random.NextInt(1, 3) + level.MoreThings);
        if (new Grid(level).Scatter(random, groups.Looks) is not { } things)
            return null;

        var canvas = new Canvas(random, level.Noise);
        canvas.Draw(level, things);
        var key = groups.Planned[0];
        return new(
            canvas,
            random => Question.Choice(random, $"the {key} count", "number", $"{groups.Sizes[key]}", Groups.Counts)
        );
    }
}
