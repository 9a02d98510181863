using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Data.Tests;

public sealed class JsonRowsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static Dataset Open(string file, DatasetOptions? options = null) =>
        DatasetCatalogue.Open("set", [file], options ?? new DatasetOptions());

    private static string Refusal(string file) => Assert.Throws<InputException>(() => Open(file)).Message;

    [Fact]
    public void Pictures_are_paths_beside_the_file_lists_data_uris_or_none()
    {
        var png = ImageEncoding.ToPng(RgbImage.Create(1, 1, [7, 8, 9]));
        folder.Write("pictures/a b.png", png);
        var uri = "data:image/png;base64," + Convert.ToBase64String(png);
        var file = folder.Write(
            "rows.jsonl",
            $$"""
            {"id": "a", "image": "pictures/a b.png", "problem": "Q", "solution": "<answer> B </answer>"}
            {"id": "b", "image": ["./pictures/a b.png", "{{uri}}"], "problem": "Q", "solution": "<answer>two</answer>"}

            {"id": 7, "image": null, "problem": "Q", "solution": "12"}
            {"problem": "Q", "solution": "12"}
            """
        );
        using var data = Open(file);
        Assert.Equal([1, 2, 0, 0], Enumerable.Range(0, 4).Select(i => data.Get(i).Images.Length));
        Assert.Equal(["a", "b", "7", "3"], Enumerable.Range(0, 4).Select(i => data.Get(i).Id));
        Assert.Equal(Gold.NewLetter("B"), data.Get(0).Gold);
        Assert.True(data.Get(1).Gold is Gold.Text { Answers: ["two"] });
        var source = new ImageSource();
        Assert.All(data.Get(1).Images, image => Assert.Equal([7, 8, 9], source.Load(image).Pixels));
        using var pictured = Open(file, new() { ImagesRequired = true });
        Assert.Equal((2, 2), (pictured.Count, pictured.LeftOut["no picture"]));
    }

    [Fact]
    public void The_same_rows_in_other_forms_are_the_same_samples()
    {
        const string a = """{"question": "one\u2028line", "answer": 3.0}""",
            b = """{"question": "é", "answer": ["x", "y"]}""";
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes($"{a}\n{b}\n"));
        string[] files =
        [
            folder.Write("plain.jsonl", $"{a}\n{b}"),
            folder.Write("windows.jsonl", $"\uFEFF{a}\r\n\r\n  \r\n{b}\r\n"),
            folder.Write("array.json", $" [{a},\n {b} ]"),
            folder.Write("packed.jsonl.gz", packed.ToArray()),
        ];
        foreach (var file in files)
        {
            using var data = Open(file);
            Assert.Equal(["one\u2028line", "é"], Enumerable.Range(0, data.Count).Select(i => data.Get(i).Question));
            Assert.True(data.Get(0).Gold is Gold.Text { Answers: ["3.0"] });
            Assert.True(data.Get(1).Gold is Gold.Text { Answers: ["x", "y"] });
        }
    }

    [Property(MaxTest = 30)]
    public Property Elements_of_an_array_are_found_whatever_their_length() =>
        Prop.ForAll(
            Gen.Choose(0, 700_000).ListOf().Select(lengths => lengths.Take(6).ToArray()).ToArbitrary(),
            lengths =>
            {
                var rows = lengths.Select(
                    (length, i) =>
                        $$"""{"question": "Q{{i}}", "answer": "{{new string('x', length)}}", "n": [1, {"a": []}]}"""
                );
                using var data = Open(
                    folder.Write("long.json", $"[{string.Join(",", rows)}]"),
                    new() { Format = "question-answer" }
                );
                return lengths
                    .Select((length, i) => (length, i))
                    .All(at =>
                        data.Get(at.i).Gold is Gold.Text { Answers: [var answer] } && answer.Length == at.length
                    );
            }
        );

    [Theory]
    [InlineData("""{"problem": "Q"}""", "line 2: solution: wanted text, found no such field")]
    [InlineData("""{"problem": 3, "solution": "A"}""", "line 2: problem: wanted text, found a number")]
    [InlineData("""{"problem": "", "solution": "A"}""", "line 2: problem: wanted text, found an empty text")]
    [InlineData("""[1]""", "line 2: wanted a JSON object, found another JSON value")]
    [InlineData(
        """{"problem": "Q", "solution": "A", "image": "../x.png"}""",
        "line 2: image: wanted an image in the data's folder, found ../x.png: a path that leaves the data's folder"
    )]
    [InlineData(
        """{"problem": "Q", "solution": "A", "image": "x.png"}""",
        "line 2: image: wanted an image file, found no file x.png"
    )]
    [InlineData(
        """{"problem": "Q", "solution": "A", "image": "https://a.b/c.png"}""",
        "line 2: image: wanted an image (bytes, a path or a data URI), found an address (https://a.b/c.png); pictures are never fetched"
    )]
    [InlineData(
        """{"problem": "the bounding box", "solution": "[1, 2]"}""",
        "line 2: solution: wanted a list of boxes [x1, y1, x2, y2] or 'No Objects', found a number"
    )]
    [InlineData(
        """{"problem": "Q", "solution": "A", "image": "a\nb\u001b[2Jc"}""",
        "line 2: image: wanted an image file, found no file a b [2Jc"
    )]
    [InlineData(
        """{"problem": "Q", "solution": "A", "id": "first"}""",
        "line 2: id: wanted an id of its own, found 'first', which line 1 has"
    )]
    public void An_error_names_file_line_field_what_was_wanted_and_found(string line, string message)
    {
        var file = folder.Write("rows.jsonl", $$"""{"id": "first", "problem": "Q", "solution": "A"}""" + "\n" + line);
        Assert.Equal($"{file}: {message}", Refusal(file));
    }

    [Fact]
    public void Folders_that_the_settings_name_may_hold_pictures()
    {
        folder.Write("elsewhere/x.png", ImageEncoding.ToPng(RgbImage.Create(1, 1, [7, 8, 9])));
        var file = folder.Write("rows/a.jsonl", """{"problem": "Q", "solution": "A", "image": "x.png"}""");
        using var data = Open(file, new() { ImageFolders = [folder.PathOf("elsewhere")] });
        Assert.Equal(folder.PathOf("elsewhere/x.png"), data.Get(0).Images[0].Id);
    }

    [Fact]
    public void A_cut_gzip_is_no_end_and_a_missing_file_is_said()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes("""{"question": "a", "answer": "b"}"""));
        var cut = folder.Write("cut.jsonl.gz", packed.ToArray()[..^6]);
        Assert.StartsWith($"{cut}: wanted a whole gzip file", Refusal(cut), StringComparison.Ordinal);
        Assert.Equal(
            $"{folder.PathOf("no.jsonl")}: wanted a data file or folder, found no such file",
            Refusal(folder.PathOf("no.jsonl"))
        );
    }

    [Fact]
    public void Inspection_lists_columns_golds_pictures_and_problems()
    {
        folder.Write("a.png", ImageEncoding.ToPng(RgbImage.Create(2, 1, [7, 8, 9, 1, 2, 3])));
        var file = folder.Write(
            "rows.jsonl",
            """
            {"problem": "Q0", "solution": "A", "image": "a.png"}
            {"problem": "Q1", "solution": null}
            {"problem": "Q2", "solution": "blue", "note": 4}
            """
        );
        var report = DataInspection.Inspect(file, new());
        Assert.Equal(
            ("jsonl", "problem-solution", 3, 2, 1),
            (report.Kind, report.Format, report.Rows, report.Samples, report.Images)
        );
        Assert.Equal(["problem", "solution", "image", "note"], report.Fields.Select(field => field.Name));
        Assert.Equal(1, report.Fields[1].Kinds["null"]);
        Assert.Equal([$"{file}: line 2: solution: wanted text, found null"], report.Problems);
        Assert.Equal(new ImageSize(1, 2), report.ImageSizes?.Largest);
        var lines = report.Lines(sample => sample.Question).ToList();
        Assert.Contains("samples   2 (1 letter, 1 text)", lines);
        Assert.Contains("gold: blue", lines);
    }
}
