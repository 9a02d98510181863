using System.Globalization;
using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Data.Tests;

/// <summary>Nothing can be answered from the text alone.</summary>
public class WorldWithoutPicturesTests
{
    private const int Items = 2000;

    public static TheoryData<string> Sets => WorldTests.Sets;

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_text_only_predictor_stays_within_three_points_of_chance(string name)
    {
        var split = WorldTests.Splits(name)[^1];
        Sample[] Draw(ulong seed) =>
            [.. WorldTests.Items(new World(WorldLevel.Of(1), seed).Source(name, split, Items))];
        var (seen, fresh) = (Draw(1), Draw(2));

        var predictors = new (string Name, Func<Sample[], Func<Sample, string>> Fit)[]
        {
            ("most frequent answer", MostFrequent),
            ("most frequent position among the options", MostFrequentPosition),
            ("option that is most often right when offered", MostOftenRight),
        };
        foreach (var (predictor, fit) in predictors)
        {
            var predict = ByTemplate(seen, fit);
            AssertNearChance($"{name}, {predictor}", fresh, predict, 0.03);
            // Of one template there are fewer items: three standard errors come on top.
            foreach (var template in fresh.GroupBy(s => s.Fields["template"]))
                AssertNearChance(
                    $"{name}, {predictor}, '{template.Key}'",
                    [.. template],
                    predict,
                    0.03 + 3 * 0.5 / Math.Sqrt(template.Count())
                );
        }
    }

    private static void AssertNearChance(string what, Sample[] items, Func<Sample, string> predict, double margin)
    {
        var chance = items.Average(s => double.Parse(s.Fields["chance"], CultureInfo.InvariantCulture));
        var score = items.Average(s => Score(s, predict(s)));
        Assert.True(score <= chance + margin, $"{what}: {score:P1}, chance {chance:P1}");
    }

    private static string Answer(Sample s) => s.Fields["answer"].Split(WorldWords.AnswerStart)[1];

    private static int Position(Sample s) => Array.IndexOf(s.Options, ((Gold.Text)s.Gold).Answers[0]);

    private static string AsAnswer(string option) => $" {option}{WorldWords.AnswerEnd}";

    private static Func<Sample, string> ByTemplate(Sample[] seen, Func<Sample[], Func<Sample, string>> fit)
    {
        var fitted = seen.GroupBy(s => s.Fields["template"]).ToDictionary(g => g.Key, g => fit([.. g]));
        return s => fitted[s.Fields["template"]](s);
    }

    private static Func<Sample, string> MostFrequent(Sample[] seen)
    {
        var answer = seen.CountBy(Answer).MaxBy(p => p.Value).Key;
        return _ => answer;
    }

    private static Func<Sample, string> MostFrequentPosition(Sample[] seen)
    {
        if (seen[0].Options.Length == 0)
            return MostFrequent(seen);
        var position = seen.CountBy(Position).MaxBy(p => p.Value).Key;
        return s => AsAnswer(s.Options[position]);
    }

    private static Func<Sample, string> MostOftenRight(Sample[] seen)
    {
        if (seen[0].Options.Length == 0)
            return MostFrequent(seen);
        var offered = seen.SelectMany(s => s.Options).CountBy(o => o).ToDictionary();
        var right = seen.CountBy(s => s.Options[Position(s)]).ToDictionary();
        return s =>
            AsAnswer(s.Options.MaxBy(o => (double)right.GetValueOrDefault(o) / offered.GetValueOrDefault(o, 1))!);
    }

    // Exact match; for boxes, which are equal or apart on level 1, the share of equal ones.
    private static double Score(Sample sample, string answer)
    {
        var gold = Answer(sample);
        if (sample.Gold is not Gold.Boxes)
            return gold == answer ? 1 : 0;
        static string[] Boxes(string words) =>
            [
                .. words
                    .Replace(WorldWords.AnswerEnd, "")
                    .Trim()
                    .Split(' ')
                    .Chunk(4)
                    .Select(box => string.Join(' ', box)),
            ];
        var (wanted, found) = (Boxes(gold), Boxes(answer));
        return (double)wanted.Intersect(found).Count() / Math.Max(wanted.Length, found.Length);
    }
}
