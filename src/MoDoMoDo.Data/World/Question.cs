using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>A question about a picture of the world.</summary>
/// <param name="Text">The words of the question, without options and answer type.</param>
/// <param name="Type">One of <see cref="WorldWords.AnswerTypes"/>.</param>
/// <param name="Options">What to choose from; empty when open.</param>
/// <param name="Thought">At most two words that help to answer, written before the answer.</param>
/// <param name="Answer">The words of the right answer.</param>
/// <param name="Boxes">The right boxes, where the answer is one or more.</param>
/// <param name="Guess">Draws the words of an answer of the right form, all equally likely.</param>
/// <param name="Chance">Score of the best constant answer, in [0, 1].</param>
internal sealed record Question(
    string Text,
    string Type,
    string[] Options,
    string[] Thought,
    string[] Answer,
    LabelledBox[] Boxes,
    Func<RandomStream, string[]> Guess,
    double Chance
)
{
    /// <summary>A question whose answer is one word out of a range.</summary>
    public static Question Word(
        string text,
        string type,
        string answer,
        IReadOnlyList<string> range,
        params string[] thought
    ) => new(text, type, [], thought, [answer], [], random => [random.Pick(range)], 1.0 / range.Count);

    /// <summary>The same question with four options, the right one among them at a random position.</summary>
    public static Question Choice(
        RandomStream random,
        string text,
        string type,
        string answer,
        IReadOnlyList<string> range
    )
    {
        var wrong = random.Shuffle([.. range.Where(r => r != answer)]).Take(3);
        var options = random.Shuffle([answer, .. wrong]);
        return new(text, type, options, [], [answer], [], r => [r.Pick(options)], 0.25);
    }

    /// <summary>A question for the boxes around things, in raster order.</summary>
    public static Question Box(
        WorldLevel level,
        string text,
        IReadOnlyList<Thing> targets,
        bool several,
        double chance,
        params string[] thought
    )
    {
        Thing[] ordered = [.. targets.OrderBy(t => t.At.Y).ThenBy(t => t.At.X)];
        Place[] places = [.. Grid.Places(level)];
        string[] Words(IEnumerable<Place> at) => [.. at.SelectMany(level.BoxWords)];
        return new(
            text,
            several ? "boxes" : "box",
            [],
            thought,
            Words(ordered.Select(t => t.At)),
            [.. ordered.Select(level.Box)],
            random => Words(random.Shuffle(places).Take(ordered.Length).OrderBy(p => p.Y).ThenBy(p => p.X)),
            chance
        );
    }

    /// <summary>The whole prompt: question, options, answer type; with filler words strewn into the question in training.</summary>
    public string Prompt(RandomStream? fillers)
    {
        IEnumerable<string> Strewn(string word)
        {
            while (fillers is not null && fillers.NextBool(0.12))
                yield return fillers.Pick(WorldWords.Fillers);
            yield return word;
        }
        string[] options = Options.Length == 0 ? [] : ["?", .. Options];
        return string.Join(' ', [.. Text.Split(' ').SelectMany(Strewn), .. options, .. Strewn(Type)]);
    }

    /// <summary>The completion with the given answer, as the policy should write it.</summary>
    public string Completion(IEnumerable<string> answer) =>
        string.Concat([.. Spaced(Thought), WorldWords.AnswerStart, .. Spaced(answer), WorldWords.AnswerEnd]);

    /// <summary>The question with colours and shapes masked: equal for all questions of one kind.</summary>
    public string Template() =>
        string.Join(
            ' ',
            Text.Split(' ')
                .Select(w => WorldWords.Colours.Contains(w) || WorldWords.Shapes.Contains(w) ? "*" : w)
                .Append(Options.Length == 0 ? Type : "? " + Type)
        );

    private static IEnumerable<string> Spaced(IEnumerable<string> words) => words.Select(w => " " + w);
}

/// <summary>A picture with the questions that can be asked about it.</summary>
/// <param name="Picture">The picture, still to be developed.</param>
/// <param name="Ask">Draws a question.</param>
internal sealed record Scene(Canvas Picture, Func<RandomStream, Question> Ask);

/// <summary>A training domain or benchmark of the world.</summary>
internal interface IWorldTask
{
    /// <summary>world-coco ... world-mmmu.</summary>
    string Name { get; }

    /// <summary>Draws a scene; null when the things drawn do not fit, and the caller draws again.</summary>
    Scene? Draw(RandomStream random, WorldLevel level);
}
