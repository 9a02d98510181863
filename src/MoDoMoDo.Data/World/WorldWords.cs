namespace MoDoMoDo.Data;

/// <summary>The words of the embedded world. Each is one token of its tokenizer.</summary>
public static class WorldWords
{
    /// <summary>Opens the answer; written without a leading space.</summary>
    public const string AnswerStart = "<answer>";

    /// <summary>Closes the answer and ends the completion; written without a leading space.</summary>
    public const string AnswerEnd = "</answer>";

    /// <summary>Colours of things, sides and bars.</summary>
    public static IReadOnlyList<string> Colours { get; } = ["red", "green", "blue", "yellow", "purple", "cyan"];

    /// <summary>Shapes of things.</summary>
    public static IReadOnlyList<string> Shapes { get; } = ["circle", "square", "triangle", "cross", "star"];

    /// <summary>The digits that are drawn: 1 to 9.</summary>
    public static IReadOnlyList<string> Digits { get; } = [.. Enumerable.Range(1, 9).Select(n => $"{n}")];

    /// <summary>The letters that are drawn.</summary>
    public static IReadOnlyList<string> Letters { get; } = ["A", "B", "C", "D"];

    /// <summary>Everything that is drawn as one sign: shapes, digits, letters.</summary>
    public static IReadOnlyList<string> Glyphs { get; } = [.. Shapes, .. Digits, .. Letters];

    /// <summary>Directions from one thing to its neighbour.</summary>
    public static IReadOnlyList<string> Directions { get; } = ["left", "right", "above", "below"];

    /// <summary>Quarters of the picture, row by row.</summary>
    public static IReadOnlyList<string> Quadrants { get; } = ["upper_left", "upper_right", "lower_left", "lower_right"];

    /// <summary>Words that end a question and name the form of its answer.</summary>
    public static IReadOnlyList<string> AnswerTypes { get; } = ["number", "letter", "word", "box", "boxes"];

    /// <summary>Words that are strewn into the prompts of training, so that no later question has an unread word.</summary>
    public static IReadOnlyList<string> Fillers { get; } =
    [
        "the",
        "of",
        "is",
        "in",
        "a",
        "bar",
        "icon",
        "panel",
        "figure",
        "thing",
        "value",
        "chart",
        "place",
        "has",
        "by",
        "picture",
    ];

    private static readonly string[] Question =
    [
        "find",
        "all",
        "every",
        "what",
        "how",
        "long",
        "side",
        "length",
        "many",
        "count",
        "where",
        "which",
        "marks",
        "label",
        "colour",
        "shape",
        "?",
        ",",
    ];

    /// <summary>The horizontal and vertical edges of boxes in thousandths, as answers write them: x0, y0, ...</summary>
    /// <param name="step">Distance of two edges in thousandths; divides 1000.</param>
    public static IReadOnlyList<string> Edges(int step) =>
        [.. "xy".SelectMany(axis => Enumerable.Range(0, 1000 / step + 1).Select(i => $"{axis}{i * step}"))];

    /// <summary>All words at a level, each once, as added tokens: the answer's tags, then every word with its leading space.</summary>
    public static IReadOnlyList<string> Tokens(WorldLevel level)
    {
        string[][] words =
        [
            [.. Edges(level.EdgeStep)],
            ["0"],
            [.. Glyphs],
            [.. Colours],
            [.. Directions],
            [.. Quadrants],
            [.. AnswerTypes],
            [.. Fillers],
            Question,
        ];
        return [AnswerStart, AnswerEnd, .. words.SelectMany(w => w).Distinct().Select(w => " " + w)];
    }
}
