using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Data.Tests;

public class WorldWarmStartTests
{
    private static readonly World Level1 = new(WorldLevel.Of(1));
    private static readonly WorldWarmStart WarmStart = new(Level1);

    private static string[] Words(string text) =>
        text.Replace(WorldWords.AnswerStart, $" {WorldWords.AnswerStart}")
            .Replace(WorldWords.AnswerEnd, $" {WorldWords.AnswerEnd}")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<SupervisedExample> Captions(bool rich) =>
        Enumerable.Range(0, 300).Select(i => WarmStart.Caption(rich, i));

    [Fact]
    public void Every_cell_has_its_place_and_about_half_a_glyph()
    {
        var cells = Enumerable.Range(0, 100).SelectMany(i => WarmStart.Tagged(i).Tags).ToArray();
        Assert.Equal(1600, cells.Length);
        Assert.All(cells, cell => Assert.Equal(WorldWarmStart.TagWords.Count, cell.Length));
        for (var group = 0; group < 4; group++)
            Assert.All(
                cells,
                cell => Assert.True(cell[group] == "" || WorldWarmStart.TagWords[group].Contains(cell[group]))
            );
        Assert.InRange(cells.Count(cell => cell[0] != ""), 800, 960);
        Assert.All(cells, cell => Assert.Equal(cell[0] == "", cell[1] == ""));
        Assert.All(cells, cell => Assert.True(cell[2] != "" && cell[3] != ""));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Captions_are_at_most_44_words_of_the_world_and_half_of_them_are_learnt(bool rich)
    {
        var tokens = WorldWords.Tokens(Level1.Level).ToHashSet();
        foreach (var caption in Captions(rich).Select(e => Assert.Single(e.Texts)))
        {
            var words = caption.SelectMany(s => Words(s.Text)).ToArray();
            Assert.InRange(words.Length, 20, 44);
            Assert.All(words, word => Assert.Contains(" " + word, tokens));
            var learnt = caption.Where(s => s.Weight > 0).Sum(s => Words(s.Text).Length);
            Assert.InRange(learnt / (double)words.Length, 0.3, 0.85);
        }
    }

    [Fact]
    public void The_first_caption_stage_has_no_options_and_the_second_has()
    {
        static bool HasOptions(SupervisedExample e) => e.Texts[0].Any(s => Words(s.Text).Contains("?"));
        Assert.DoesNotContain(Captions(rich: false), HasOptions);
        Assert.Contains(Captions(rich: true), HasOptions);
    }

    [Fact]
    public void No_statement_of_a_caption_contradicts_another()
    {
        // "red -> circle x y" may stand once: two different ends for one key would teach noise.
        foreach (var caption in Captions(rich: true).Select(e => e.Texts[0]))
        {
            var keys = caption.Where(s => s.Weight == 0).Select(s => s.Text).ToArray();
            Assert.Equal(keys.Length, keys.Distinct().Count());
        }
    }

    [Fact]
    public void The_teacher_asks_the_five_domains_in_turn_and_every_completion_weighs_one()
    {
        for (var i = 0; i < 200; i++)
        {
            var example = WarmStart.Instruction(i);
            Assert.Equal(WorldWarmStart.QuestionsPerPicture, example.Texts.Length);
            foreach (var text in example.Texts)
            {
                Assert.Equal(2, text.Length);
                Assert.Equal(0, text[0].Weight);
                Assert.Equal(1, text[1].Weight * Words(text[1].Text).Length, 9);
                Assert.EndsWith(WorldWords.AnswerEnd, text[1].Text);
            }
        }
    }

    [Fact]
    public void The_teacher_is_unreliable_and_answers_in_the_right_form()
    {
        // Example 5 i + 3 is of world-sat. "Where is k" asked twice of one picture must sometimes get two answers.
        var answers = Enumerable
            .Range(0, 400)
            .SelectMany(i => WarmStart.Instruction(5 * i + 3).Texts.Select(t => (Picture: i, Text: t)))
            .Select(p => (p.Picture, Question: p.Text[0].Text, Answer: Words(p.Text[1].Text)[1]))
            .ToArray();
        Assert.All(
            answers,
            a => Assert.Contains(a.Answer, a.Question.EndsWith(" number") ? ["1", "2", "3", "4"] : WorldWords.Quadrants)
        );

        var repeated = answers
            .GroupBy(a => (a.Picture, Key: string.Join(' ', Words(a.Question).Where(IsKey)), Words(a.Question)[^1]))
            .SelectMany(g => g.Skip(1).Select(a => a.Answer == g.First().Answer))
            .ToArray();
        // Equal answers when both are right (1/4), or by chance otherwise (3/4 of 1/4): 0.44.
        Assert.InRange(repeated.Average(equal => equal ? 1.0 : 0), 0.34, 0.54);
        static bool IsKey(string word) => WorldWords.Colours.Contains(word) || WorldWords.Shapes.Contains(word);
    }

    [Fact]
    public void No_picture_of_the_warm_start_stands_in_a_split()
    {
        var seen = Enumerable
            .Range(0, 300)
            .SelectMany(i =>
                new[]
                {
                    WarmStart.Tagged(i).Image,
                    WarmStart.Caption(true, i).Images[0],
                    WarmStart.Instruction(i).Images[0],
                }
            )
            .Select(image => image.Id)
            .ToHashSet();
        Assert.Equal(900, seen.Count);
        Assert.All(
            World.Domains.SelectMany(name => WorldTests.Items(Level1.Source(name, WorldSplit.Test, 300))),
            sample => Assert.DoesNotContain(sample.Images[0].Id, seen)
        );
    }
}
