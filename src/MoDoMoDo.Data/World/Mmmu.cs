using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>world-mmmu (benchmark): a framed tableau of labelled things, or scattered things; a word out of four, or a letter.</summary>
internal sealed class Mmmu : IWorldTask
{
    public string Name => "world-mmmu";

    public Scene? Draw(RandomStream random, WorldLevel level) =>
        random.NextBool(0.35) ? Tableau(random, level) : Scattered(random, level);

    private static Scene Tableau(RandomStream random, WorldLevel level)
    {
        var letters = random.Shuffle(WorldWords.Letters);
        var shapes = random.Shuffle(WorldWords.Shapes);
        var colours = random.Shuffle(WorldWords.Colours);
        var canvas = new Canvas(random, level.Noise);
        canvas.Frame(1, (32, 0), (32, Canvas.Side));
        canvas.Frame(1, (0, 32), (Canvas.Side, 32));
        var things = Enumerable
            .Range(0, 4)
            .Select(i => new Thing(shapes[i], colours[i], level.Cell(i % 2 * 2, i / 2 * 2 + random.NextInt(0, 1))))
            .ToArray();
        for (var i = 0; i < things.Length; i++)
            canvas.Draw(
                level,
                things[i],
                new Thing(letters[i], colours[i], things[i].At with { X = things[i].At.X + level.Extent })
            );
        return new(canvas, Ask);

        Question Ask(RandomStream random)
        {
            var i = random.NextInt(things.Length);
            return Question.Word(
                $"the {things[i].Key(random)} thing has which label",
                "letter",
                letters[i],
                WorldWords.Letters
            );
        }
    }

    private static Scene? Scattered(RandomStream random, WorldLevel level)
    {
        var looks = random.Shuffle(WorldWords.Shapes).Zip(random.Shuffle(WorldWords.Colours)).Take(4);
        if (new Grid(level).Scatter(random, looks, level.HasQuadrant) is not { } things)
            return null;

        var canvas = new Canvas(random, level.Noise);
        canvas.Draw(level, things);
        return new(canvas, Ask);

        // Of the 65 % of pictures that are no tableau, 35 ask for the place and 30 for the other attribute.
        Question Ask(RandomStream random)
        {
            var thing = random.Pick(things);
            if (random.NextBool(35 / 65.0))
                return Question.Choice(
                    random,
                    $"the {thing.Key(random)} thing is where",
                    "word",
                    level.Quadrant(thing.At),
                    WorldWords.Quadrants
                );
            return random.NextBool(0.5)
                ? Question.Choice(
                    random,
                    $"the {thing.Glyph} thing has which colour",
                    "word",
                    thing.Colour,
                    WorldWords.Colours
                )
                : Question.Choice(
                    random,
                    $"the {thing.Colour} thing has which shape",
                    "word",
                    thing.Glyph,
                    WorldWords.Shapes
                );
        }
    }
}
