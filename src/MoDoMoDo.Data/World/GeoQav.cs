using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>world-geoqav: a rectangle with coloured sides and marked lengths; a number, open or out of four.</summary>
internal sealed class GeoQav : IWorldTask
{
    public string Name => "world-geoqav";

    public Scene? Draw(RandomStream random, WorldLevel level)
    {
        var (width, height) = (random.NextInt(2, 3), random.NextInt(2, 3));
        var (left, top) = (random.NextInt(0, 3 - width), random.NextInt(0, 3 - height));
        var colours = random.Shuffle(WorldWords.Colours);
        var lengths = random.Shuffle(WorldWords.Digits);
        var unmarked = random.NextInt(8); // below 4: that side carries no length

        // A length stands in a cell on its side, in the side's colour, and the side is open there.
        var canvas = new Canvas(random, level.Noise);
        Side[] sides =
        [
            new((left, top), (left + width, top), (left + random.NextInt(1, width - 1), top)),
            new(
                (left, top + height),
                (left + width, top + height),
                (left + random.NextInt(1, width - 1), top + height)
            ),
            new((left, top), (left, top + height), (left, top + random.NextInt(1, height - 1))),
            new((left + width, top), (left + width, top + height), (left + width, top + random.NextInt(1, height - 1))),
        ];
        for (var i = 0; i < sides.Length; i++)
            Figures.Side(canvas, sides[i], colours[i], i == unmarked ? null : lengths[i]);
        int[] marked = [.. Enumerable.Range(0, sides.Length).Where(i => i != unmarked)];
        return new(canvas, Ask);

        Question Ask(RandomStream random)
        {
            var side = random.Pick(marked);
            var colour = colours[side];
            var text = random.NextInt(3) switch
            {
                0 => $"how long is the {colour} side",
                1 => $"length of the {colour} side",
                _ => $"{colour} side length",
            };
            return random.NextBool(0.5)
                ? Question.Word(text, "number", lengths[side], WorldWords.Digits)
                : Question.Choice(random, text, "number", lengths[side], WorldWords.Digits);
        }
    }
}

/// <summary>A side of a figure between two cells of the 4 x 4 grid, and the cell where its length stands.</summary>
internal readonly record struct Side((int X, int Y) From, (int X, int Y) To, (int X, int Y) Mark);

/// <summary>Drawing of figures with marked sides.</summary>
internal static class Figures
{
    private const float HalfGap = 7;

    /// <summary>Draws a side in its colour; with a length, the side is open where the length stands.</summary>
    public static void Side(Canvas canvas, Side side, string colour, string? length)
    {
        var (from, to, mark) = (Centre(side.From), Centre(side.To), Centre(side.Mark));
        if (length is null)
        {
            canvas.Line(colour, 2, from, to);
            return;
        }
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var scale = HalfGap / Math.Max(Math.Abs(dx), Math.Abs(dy));
        canvas.Line(colour, 2, from, (mark.X - dx * scale, mark.Y - dy * scale));
        canvas.Line(colour, 2, (mark.X + dx * scale, mark.Y + dy * scale), to);
        canvas.Glyph(length, colour, (int)mark.X, (int)mark.Y);
    }

    private static (float X, float Y) Centre((int X, int Y) cell) => (16 * cell.X + 8, 16 * cell.Y + 8);
}
