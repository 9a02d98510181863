using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>world-chartqa (benchmark): bars with their values and labels; from level 2 on, lines too.</summary>
internal sealed class ChartQa : IWorldTask
{
    private const int AxisY = 47;
    private const float PixelsPerUnit = 3.4f;

    public string Name => "world-chartqa";

    public Scene? Draw(RandomStream random, WorldLevel level)
    {
        var count = random.NextInt(2, 4);
        var columns = random.Shuffle([0, 1, 2, 3]).Take(count).Order().ToArray();
        var colours = random.Shuffle(WorldWords.Colours);
        var labels = random.Shuffle(WorldWords.Letters);
        var values = columns.Select(_ => random.NextInt(1, 9)).ToArray();
        var points = columns.Select((c, i) => ((float)(16 * c + 8), AxisY - PixelsPerUnit * values[i])).ToArray();

        var canvas = new Canvas(random, level.Noise);
        canvas.Frame(1, (0, AxisY + 0.5f), (Canvas.Side, AxisY + 0.5f));
        var lines = level.Number > 1 && random.NextBool(0.5);
        if (lines)
            canvas.Frame(1.5f, points);
        for (var i = 0; i < count; i++)
        {
            var x = 16 * columns[i] + 8;
            var top = (int)points[i].Item2;
            if (lines)
                canvas.Bar(colours[i], x - 2, top - 2, 5, 5);
            else
                canvas.Bar(colours[i], x - 2, top, 4, AxisY - top);
            // In the lowest cell that is clear of the bar.
            canvas.Glyph($"{values[i]}", colours[i], x, (top - 6 - 8) / 16 * 16 + 8);
            canvas.Glyph(labels[i], colours[i], x, 56);
        }
        return new(canvas, Ask);

        Question Ask(RandomStream random)
        {
            var bar = random.NextInt(count);
            return random.NextBool(0.6)
                ? Question.Word(
                    $"length of the {colours[bar]} bar in chart",
                    "number",
                    $"{values[bar]}",
                    WorldWords.Digits
                )
                : Question.Word($"label of the {colours[bar]} bar in chart", "letter", labels[bar], WorldWords.Letters);
        }
    }
}
