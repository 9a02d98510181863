using Apache.Arrow.Types;
using MoDoMoDo.Domain;
using Xunit;
using static MoDoMoDo.Data.Tests.ParquetFiles;

namespace MoDoMoDo.Data.Tests;

public sealed class ParquetRowsTests : IDisposable
{
    private static readonly byte[] Picture = ImageEncoding.ToPng(RgbImage.Create(2, 1, [1, 2, 3, 4, 5, 6]));
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Dataset Open(string file, DatasetOptions? options = null) =>
        DatasetCatalogue.Open("set", [file], options ?? new DatasetOptions());

    private static Image TheImage(Sample sample) => Assert.Single(sample.Images);

    [Fact]
    public void ScienceQa_gives_options_and_a_letter_for_problems_with_a_picture()
    {
        var file = Write(
            folder.PathOf("a.parquet"),
            2,
            ("image", Images(Picture, null, Picture)),
            ("question", Texts("Q0", "Q1", "Q2")),
            ("choices", Lists(Texts("a", "b", "c", "d", "e", "f"), StringType.Default, 2, 2, 2)),
            ("answer", Indices(1, 0, 0)),
            ("hint", Texts("", "h1", "h2"))
        );
        using var data = Open(file);
        Assert.Equal(("scienceqa", 2, 3), (data.Format, data.Count, data.Rows));
        Assert.Equal(1, data.LeftOut["no picture"]);
        var last = data.Get(1);
        Assert.Equal(("2", "set", "Q2"), (last.Id, last.Domain, last.Question));
        Assert.Equal(["e", "f"], last.Options);
        Assert.Equal(Gold.NewLetter("A"), last.Gold);
        Assert.Equal("h2", last.Fields["hint"]);
        Assert.Equal([1, 2, 3, 4, 5, 6], new ImageSource().Load(TheImage(last)).Pixels);
    }

    [Fact]
    public void Sat_gives_several_pictures_and_the_text_of_the_right_option()
    {
        var file = Write(
            folder.PathOf("a.parquet"),
            8,
            ("image_bytes", Lists(Images(Picture, Picture, Picture), ImageType, 2, 1)),
            ("question", Texts("Q0", "Q1")),
            ("answers", Lists(Texts("left", "right", "yes", "no"), StringType.Default, 2, 2)),
            ("question_type", Texts("obj_movement", "goal_aim")),
            ("correct_answer", Texts("right", "yes"))
        );
        using var data = Open(file);
        var first = data.Get(0);
        Assert.Equal(("sat", 2), (data.Format, first.Images.Length));
        Assert.Equal(["left", "right"], first.Options);
        Assert.True(first.Gold is Gold.Text { Answers: ["right"] });
        Assert.Equal("obj_movement", first.Fields["question_type"]);
    }

    [Fact]
    public void ViRFT_COCO_gives_labelled_boxes_in_thousandths()
    {
        const string question =
            "Detect all objects belonging to the category 'cat' in the image, and provide the bounding boxes";
        var file = Write(
            folder.PathOf("a.parquet"),
            8,
            ("image", Images(Picture, Picture)),
            ("problem", Texts(question, question)),
            (
                "solution",
                Texts(
                    "<answer>[{'Position': [64, 0, 950, 411], 'Confidence': 1}, {'Position': [1, 2, 3, 4], 'Confidence': 1}]</answer>",
                    "<answer>No Objects</answer>"
                )
            )
        );
        using var data = Open(file);
        var (boxes, system) = data.Get(0)
            .Gold.Match(_ => default, _ => default, (b, s) => (b, s), (_, _, _) => default);
        Assert.Equal(CoordinateSystem.Thousand, system);
        Assert.Equal(
            [new LabelledBox(Box.Create(64, 0, 950, 411), "cat", 1), new LabelledBox(Box.Create(1, 2, 3, 4), "cat", 1)],
            boxes
        );
        Assert.True(data.Get(1).Gold is Gold.Boxes { Boxes: [] });
    }

    [Fact]
    public void Both_forms_of_ChartQA_give_the_answer_as_it_is_written()
    {
        var nested = Write(
            folder.PathOf("a.parquet"),
            8,
            ("type", Texts("human_test")),
            ("question", Texts("How many?")),
            ("answer", Texts("[10, 20]")),
            ("image", Images(Picture))
        );
        var plain = Write(
            folder.PathOf("b.parquet"),
            8,
            ("imgname", Texts("x.png")),
            ("query", Texts("How many?")),
            ("label", Texts("[10, 20]")),
            ("type", Texts("human")),
            ("image", Binary(Picture))
        );
        foreach (var file in (string[])[nested, plain])
        {
            using var data = Open(file);
            Assert.Equal("chartqa", data.Format);
            Assert.True(data.Get(0).Gold is Gold.Text { Answers: ["[10, 20]"] });
            Assert.Equal(TheImage(data.Get(0)).Id, Image.OfBytes(Picture).Id);
        }
    }

    [Fact]
    public void Shards_and_row_groups_are_one_sequence_and_the_limit_cuts_it()
    {
        for (var shard = 0; shard < 3; shard++)
            Write(
                folder.PathOf($"train-{shard}.parquet"),
                2,
                ("problem", Texts([.. Enumerable.Range(0, 5).Select(i => $"Q{5 * shard + i}")])),
                ("solution", Texts("A", "B", "A", "B", "A"))
            );
        using var data = Open(folder.PathOf("train-*.parquet"));
        Assert.Equal(
            Enumerable.Range(0, 15).Select(i => $"Q{i}"),
            Enumerable.Range(0, data.Count).Select(i => data.Get(i).Question)
        );
        Assert.Equal("Q7", data.Get(7).Question);
        using var limited = Open(folder.Root, new() { Limit = 7 });
        Assert.Equal(7, limited.Count);
    }

    [Fact]
    public async Task A_row_group_too_large_to_hold_is_read_from_a_copy_in_small_groups()
    {
        var questions = Enumerable.Range(0, 200).Select(i => $"Q{i}").ToArray();
        var file = Write(
            folder.PathOf("a.parquet"),
            200,
            ("image", Images([.. questions.Select(_ => Picture)])),
            ("problem", Texts(questions))
        );
        using var original = SmallRowGroups.Open(file);
        using var copy = SmallRowGroups.Open(file, largeGroup: 100);
        Assert.Equal((1, 4), (original.NumRowGroups, copy.NumRowGroups));
        using var batches = copy.GetRecordBatchReader(rowGroups: [3]);
        using var batch = await batches.ReadNextRecordBatchAsync(TestContext.Current.CancellationToken);
        Assert.Equal(new Cell.Text("Q192"), ArrowCells.Read(batch.Column(1), 0));
        Assert.Equal(Picture, ((Cell.Bytes)((Cell.Object)ArrowCells.Read(batch.Column(0), 0))["bytes"]).Value);
    }

    [Fact]
    public void Samples_can_be_read_by_many_threads()
    {
        var file = Write(
            folder.PathOf("a.parquet"),
            1,
            ("problem", Texts([.. Enumerable.Range(0, 40).Select(i => $"Q{i}")])),
            ("solution", Texts([.. Enumerable.Repeat("A", 40)]))
        );
        using var data = Open(file);
        var questions = Enumerable.Range(0, 40).AsParallel().AsOrdered().Select(i => data.Get(i).Question).ToList();
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"Q{i}"), questions);
    }

    [Fact]
    public void A_row_that_cannot_be_used_is_named_or_skipped()
    {
        var file = Write(
            folder.PathOf("a.parquet"),
            2,
            ("image", Images(Picture, Picture, [1, 2, 3])),
            ("question", Texts("Q0", "Q1", "Q2")),
            ("choices", Lists(Texts("a", "b", "c", "d", "e", "f"), StringType.Default, 2, 2, 2)),
            ("answer", Indices(1, 2, 0))
        );
        var refused = Assert.Throws<InputException>(() => Open(file));
        Assert.Equal($"{file}: row 1: answer: wanted one of 2 options (Index), found '2'", refused.Message);
        using var data = Open(file, new() { Problems = ProblemHandling.Skip });
        Assert.Equal((1, 2), (data.Count, data.Problems.Count));
        Assert.StartsWith($"{file}: row 2: image: wanted a PNG", data.Problems[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Published_columns_that_are_missing_are_listed()
    {
        var file = Write(
            folder.PathOf("a.parquet"),
            2,
            ("picture", Images(Picture)),
            ("ask", Texts("Q0")),
            ("say", Texts("yes"))
        );
        Assert.EndsWith(
            "found picture, ask, say",
            Assert.Throws<InputException>(() => Open(file)).Message,
            StringComparison.Ordinal
        );
        var columns = new Dictionary<string, string>
        {
            ["question"] = "ask",
            ["answer"] = "say",
            ["image"] = "picture",
        };
        using var data = Open(file, new() { Columns = columns });
        Assert.Equal(("Q0", 1), (data.Get(0).Question, data.Get(0).Images.Length));
        Assert.True(data.Get(0).Gold is Gold.Text { Answers: ["yes"] });
        columns["answer"] = "reply";
        Assert.Equal(
            $"{file}: columns.answer: wanted one of picture, ask, say, found reply",
            Assert.Throws<InputException>(() => Open(file, new() { Columns = columns })).Message
        );
    }
}
