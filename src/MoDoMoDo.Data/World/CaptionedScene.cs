using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>A scene of random things and what can be stated about it: a key, then the words that follow from it.</summary>
/// <param name="level">The world's level.</param>
/// <param name="rich">True for the second caption stage.</param>
/// <param name="canvas">Where it is drawn.</param>
/// <param name="things">What is drawn.</param>
/// <param name="repeated">Keys that several things share on purpose: these are counted.</param>
internal sealed class CaptionedScene(
    WorldLevel level,
    bool rich,
    Canvas canvas,
    Thing[] things,
    IReadOnlyList<string> repeated
)
{
    private const int MostWords = 44;

    /// <summary>The picture, still to be developed.</summary>
    public Canvas Picture => canvas;

    /// <summary>Words that are read, and words that are to be predicted from them.</summary>
    private readonly record struct Statement(string[] Key, string[] Predicted, bool Preferred = false);

    /// <summary>Draws a scene; null when the things do not fit.</summary>
    public static CaptionedScene? Draw(RandomStream random, WorldLevel level, bool rich)
    {
        IEnumerable<(string Glyph, string Colour)> looks;
        IReadOnlyList<string> repeated = [];
        if (random.NextBool(rich ? 0.30 : 0.15))
        {
            var groups = Groups.Draw(random, [random.NextInt(1, 4), random.NextInt(1, 4)], random.NextInt(0, 2));
            (looks, repeated) = (groups.Looks, groups.Planned);
        }
        else
        {
            var count = random.NextInt(3, 6);
            var colours = random.Shuffle(WorldWords.Colours);
            var glyphs = Enumerable.Repeat(0, 40).Select(_ => Glyph(random)).Distinct().Take(count).ToArray();
            if (glyphs.Length < count)
                return null;
            // Two things of one colour are told apart by their kind, as a labelled thing and its label are.
            if (rich && random.NextBool(0.6) && Kind(glyphs[0]) != Kind(glyphs[1]))
                colours[1] = colours[0];
            looks = glyphs.Zip(colours);
        }
        if (new Grid(level).Scatter(random, looks) is not { } things)
            return null;
        var canvas = new Canvas(random, level.Noise);
        canvas.Draw(level, things);
        return new(level, rich, canvas, things, repeated);
    }

    /// <summary>A caption: statements in random order, as many as fit; only what follows from a key is learnt.</summary>
    public SupervisedSegment[] Caption(RandomStream random)
    {
        var segments = new List<SupervisedSegment>();
        var left = MostWords;
        // A preferred statement takes the better of two places.
        var ordered = Statements(random)
            .Select(s =>
                (s, At: s.Preferred ? Math.Min(random.NextDouble(), random.NextDouble()) : random.NextDouble())
            )
            .OrderBy(p => p.At);
        foreach (var (statement, _) in ordered)
        {
            left -= statement.Key.Length + statement.Predicted.Length;
            if (left < 0)
                break;
            segments.Add(new(Spaced(statement.Key), 0));
            segments.Add(new(Spaced(statement.Predicted), 1));
        }
        return [.. segments];
    }

    private IEnumerable<Statement> Statements(RandomStream random)
    {
        var share = rich ? 0.3 : 0.1;
        foreach (var thing in things)
        {
            var corner = level.Corner(thing.At);
            yield return new(corner, [thing.Colour, thing.Glyph]);
            if (IsUnique(thing.Colour))
                yield return new([thing.Colour], [thing.Glyph, .. corner]);
            else if (things.Count(t => t.Colour == thing.Colour && Kind(t.Glyph) == Kind(thing.Glyph)) == 1)
                yield return new([thing.Colour, Kind(thing.Glyph)], [thing.Glyph, .. corner]);
            if (IsUnique(thing.Glyph))
                yield return new([thing.Glyph], [thing.Colour, .. corner], Preferred: Kind(thing.Glyph) == "shape");

            string[] keys = [.. new[] { thing.Colour, thing.Glyph }.Where(IsUnique)];
            if (keys.Length == 0)
                continue;
            if (random.NextBool(share) && level.HasQuadrant(thing.At))
                yield return new(["where", random.Pick(keys)], [level.Quadrant(thing.At)]);
            foreach (var (direction, place) in level.Neighbours(thing.At))
                if (Array.Find(things, t => t.At == place) is { } neighbour && random.NextBool(share))
                    yield return new([direction, random.Pick(keys)], [neighbour.Colour, neighbour.Glyph]);
            if (rich && random.NextBool(share))
                yield return Choice(random, thing, random.Pick(keys));
        }
        foreach (var key in repeated)
        {
            Thing[] all = [.. things.Where(t => t.Is(key)).OrderBy(t => t.At.Y).ThenBy(t => t.At.X)];
            yield return new(["count", key], [$"{all.Length}"], Preferred: true);
            yield return new(["every", key], [.. all.SelectMany(t => level.Corner(t.At)), ","]);
        }
    }

    private static Statement Choice(RandomStream random, Thing thing, string key)
    {
        var (asked, all) = key == thing.Colour ? (thing.Glyph, WorldWords.Glyphs) : (thing.Colour, WorldWords.Colours);
        IReadOnlyList<string> range = key == thing.Colour ? [.. all.Where(g => Kind(g) == Kind(asked))] : all;
        var options = random.Shuffle([asked, .. random.Shuffle([.. range.Where(r => r != asked)]).Take(3)]);
        return new([key, "?", .. options], [asked]);
    }

    private bool IsUnique(string key) => things.Count(t => t.Is(key)) == 1;

    private static string Glyph(RandomStream random) =>
        random.NextInt(10) switch
        {
            < 4 => random.Pick(WorldWords.Shapes),
            < 8 => random.Pick(WorldWords.Digits),
            _ => random.Pick(WorldWords.Letters),
        };

    private static string Kind(string glyph) =>
        WorldWords.Shapes.Contains(glyph) ? "shape"
        : WorldWords.Digits.Contains(glyph) ? "number"
        : "letter";

    private static string Spaced(IEnumerable<string> words) => string.Concat(words.Select(w => " " + w));
}
