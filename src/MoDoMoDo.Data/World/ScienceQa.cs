using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>world-scienceqa: a diagram of labelled things; the letter that marks one, or its other attribute out of four.</summary>
internal sealed class ScienceQa : IWorldTask
{
    public string Name => "world-scienceqa";

    public Scene? Draw(RandomStream random, WorldLevel level)
    {
        // Slots of two cells side by side: the thing, then its letter in the thing's colour.
        var slots = random.Shuffle([.. Enumerable.Range(0, 8)]);
        var letters = random.Shuffle(WorldWords.Letters);
        var shapes = random.Shuffle(WorldWords.Shapes);
        var colours = random.Shuffle(WorldWords.Colours);
        var labelled = letters
            .Select(
                (letter, i) =>
                    (
                        Letter: letter,
                        Thing: new Thing(shapes[i], colours[i], level.Cell(slots[i] % 2 * 2, slots[i] / 2))
                    )
            )
            .ToArray();

        var canvas = new Canvas(random, level.Noise);
        foreach (var (letter, thing) in labelled)
            canvas.Draw(level, thing, new Thing(letter, thing.Colour, thing.At with { X = thing.At.X + level.Extent }));
        return new(canvas, Ask);

        Question Ask(RandomStream random)
        {
            var (letter, thing) = random.Pick(labelled);
            switch (random.NextInt(5))
            {
                case 0:
                    return Question.Choice(
                        random,
                        $"which colour is the {thing.Glyph}",
                        "word",
                        thing.Colour,
                        WorldWords.Colours
                    );
                case 1:
                    return Question.Choice(
                        random,
                        $"which shape is {thing.Colour}",
                        "word",
                        thing.Glyph,
                        WorldWords.Shapes
                    );
                default:
                    var key = thing.Key(random);
                    string[] thought = key == thing.Glyph ? [thing.Colour] : [];
                    var text = random.NextBool(0.5) ? $"which letter marks the {key}" : $"label of {key}";
                    return Question.Word(text, "letter", letter, WorldWords.Letters, thought);
            }
        }
    }
}
