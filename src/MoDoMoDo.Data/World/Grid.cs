using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Upper left corner of a thing on the level's lattice.</summary>
internal readonly record struct Place(int X, int Y);

/// <summary>A glyph in a colour at a place.</summary>
internal sealed record Thing(string Glyph, string Colour, Place At)
{
    /// <summary>True when the word names the thing's colour or its glyph.</summary>
    public bool Is(string key) => Colour == key || Glyph == key;

    /// <summary>A word that names the thing: its colour seven times in ten, else its glyph.</summary>
    public string Key(RandomStream random) => random.NextBool(0.7) ? Colour : Glyph;
}

/// <summary>Where things may stand: 16 x 16 pixels each, never one over the other.</summary>
internal sealed class Grid(WorldLevel level)
{
    private readonly List<Place> _taken = [];

    /// <summary>All places of a level, row by row.</summary>
    public static IEnumerable<Place> Places(WorldLevel level) =>
        from y in Enumerable.Range(0, level.Steps - level.Extent + 1)
        from x in Enumerable.Range(0, level.Steps - level.Extent + 1)
        select new Place(x, y);

    /// <summary>True when a thing fits at the place: inside the picture and clear of all taken places.</summary>
    public bool IsFree(Place place)
    {
        var last = level.Steps - level.Extent;
        return place.X >= 0
            && place.Y >= 0
            && place.X <= last
            && place.Y <= last
            && _taken.TrueForAll(t =>
                Math.Abs(t.X - place.X) >= level.Extent || Math.Abs(t.Y - place.Y) >= level.Extent
            );
    }

    /// <summary>Takes the place if it is free.</summary>
    public bool TryTake(Place place)
    {
        var free = IsFree(place);
        if (free)
            _taken.Add(place);
        return free;
    }

    /// <summary>Takes a random free place that the condition allows; false when there is none.</summary>
    public bool TryTake(RandomStream random, Func<Place, bool> allowed, out Place place)
    {
        var free = Places(level).Where(p => IsFree(p) && allowed(p)).ToArray();
        place = free.Length == 0 ? default : random.Pick(free);
        return free.Length > 0 && TryTake(place);
    }

    /// <summary>Things with these glyphs and colours at random allowed places; null when they do not all fit.</summary>
    public Thing[]? Scatter(
        RandomStream random,
        IEnumerable<(string Glyph, string Colour)> looks,
        Func<Place, bool>? allowed = null
    )
    {
        var things = new List<Thing>();
        foreach (var (glyph, colour) in looks)
        {
            if (!TryTake(random, allowed ?? (_ => true), out var place))
                return null;
            things.Add(new Thing(glyph, colour, place));
        }
        return [.. things];
    }
}

/// <summary>What a level's lattice means in pixels, in box edges and in words.</summary>
internal static class Lattice
{
    /// <summary>Pixel coordinates of the centre of a thing at the place.</summary>
    public static (int X, int Y) Centre(this WorldLevel level, Place place)
    {
        var pixels = Canvas.Side / level.Steps;
        return (place.X * pixels + 8, place.Y * pixels + 8);
    }

    /// <summary>The place of a cell of the 4 x 4 grid.</summary>
    public static Place Cell(this WorldLevel level, int column, int row) =>
        new(column * level.Extent, row * level.Extent);

    /// <summary>Draws a thing.</summary>
    public static void Draw(this Canvas canvas, WorldLevel level, params IEnumerable<Thing> things)
    {
        foreach (var thing in things)
        {
            var (x, y) = level.Centre(thing.At);
            canvas.Glyph(thing.Glyph, thing.Colour, x, y);
        }
    }

    /// <summary>True when the thing's centre lies in one quarter of the picture, not on the line between two.</summary>
    public static bool HasQuadrant(this WorldLevel level, Place place) =>
        2 * place.X + level.Extent != level.Steps && 2 * place.Y + level.Extent != level.Steps;

    /// <summary>The word for the quarter of the picture that the thing stands in.</summary>
    public static string Quadrant(this WorldLevel level, Place place)
    {
        var right = 2 * place.X + level.Extent > level.Steps;
        var lower = 2 * place.Y + level.Extent > level.Steps;
        return WorldWords.Quadrants[(lower ? 2 : 0) + (right ? 1 : 0)];
    }

    /// <summary>The words for the left and upper edge of a thing at the place.</summary>
    public static string[] Corner(this WorldLevel level, Place place) =>
        [$"x{place.X * level.EdgeStep}", $"y{place.Y * level.EdgeStep}"];

    /// <summary>The four words for the box around a thing at the place.</summary>
    public static string[] BoxWords(this WorldLevel level, Place place) =>
        [.. level.Corner(place), .. level.Corner(new Place(place.X + level.Extent, place.Y + level.Extent))];

    /// <summary>The box around a thing, in thousandths of the picture.</summary>
    public static LabelledBox Box(this WorldLevel level, Thing thing) =>
        new(
            Domain.Box.Create(
                thing.At.X * level.EdgeStep,
                thing.At.Y * level.EdgeStep,
                (thing.At.X + level.Extent) * level.EdgeStep,
                (thing.At.Y + level.Extent) * level.EdgeStep
            ),
            $"{thing.Colour} {thing.Glyph}",
            1
        );

    /// <summary>The places beside a place, by direction, some perhaps outside the picture.</summary>
    public static IEnumerable<(string Direction, Place Place)> Neighbours(this WorldLevel level, Place place) =>
        [
            ("left", place with { X = place.X - level.Extent }),
            ("right", place with { X = place.X + level.Extent }),
            ("above", place with { Y = place.Y - level.Extent }),
            ("below", place with { Y = place.Y + level.Extent }),
        ];
}
