using System.IO.Compression;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using MoDoMoDo.Domain;
using Xunit;
using static MoDoMoDo.Data.Tests.ParquetFiles;

namespace MoDoMoDo.Data.Tests;

public sealed class FolderRowsTests : IDisposable
{
    private static readonly byte[] Picture = ImageEncoding.ToPng(RgbImage.Create(40, 20, new byte[2400]));
    private static readonly DatasetOptions Skip = new() { Problems = ProblemHandling.Skip };
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Dataset Open(string relative, DatasetOptions? options = null) =>
        DatasetCatalogue.Open("set", [folder.PathOf(relative)], options ?? new());

    private void WriteArrow(string relative, params string[][] batches)
    {
        var schema = new Schema(
            [
                new Field("problem", Apache.Arrow.Types.StringType.Default, true),
                new Field("solution", Apache.Arrow.Types.StringType.Default, true),
            ],
            null
        );
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            foreach (var problems in batches)
                writer.WriteRecordBatch(
                    new RecordBatch(
                        schema,
                        [Texts(problems), Texts([.. problems.Select(_ => "<answer>B</answer>")])],
                        problems.Length
                    )
                );
            writer.WriteEnd();
        }
        folder.Write(relative, stream.ToArray());
    }

    private void WriteState(string relative, params string[] files) =>
        folder.Write(
            relative + "/state.json",
            $$"""{"_data_files": [{{string.Join(", ", files.Select(file => $$"""{"filename": "{{file}}"}"""))}}]}"""
        );

    [Fact]
    public void Saved_data_sets_are_their_shards_and_batches_in_order()
    {
        WriteArrow("train/data-00000-of-00002.arrow", ["Q0", "Q1"], ["Q2"]);
        WriteArrow("train/data-00001-of-00002.arrow", ["Q3"], ["Q4", "Q5"]);
        WriteState("train", "data-00000-of-00002.arrow", "data-00001-of-00002.arrow");
        folder.Write("dataset_dict.json", """{"splits": ["train", "test"]}""");
        using var data = Open(".", new() { Split = "train" });
        Assert.Equal(
            Enumerable.Range(0, 6).Select(i => $"Q{i}"),
            Enumerable.Range(0, data.Count).Select(i => data.Get(i).Question)
        );
        Assert.Equal("Q2", data.Get(2).Question);
        Assert.Equal(Gold.NewLetter("B"), data.Get(5).Gold);
        var refused = Assert.Throws<InputException>(() => Open("."));
        Assert.Equal($"{folder.PathOf(".")}: split: wanted one of train, test, found none", refused.Message);
    }

    [Fact]
    public void A_saved_data_set_without_rows_is_empty_and_a_cut_one_keeps_its_whole_batches()
    {
        WriteState("empty");
        folder.Write("empty/dataset_info.json", """{"features": {"problem": {}, "solution": {}}}""");
        using var empty = Open("empty");
        Assert.Equal((0, "problem-solution"), (empty.Count, empty.Format));

        WriteArrow("cut/data.arrow", ["Q0", "Q1"], ["Q2"]);
        WriteState("cut", "data.arrow");
        var bytes = File.ReadAllBytes(folder.PathOf("cut/data.arrow"));
        folder.Write("cut/data.arrow", bytes[..^60]);
        using var data = Open("cut", Skip);
        Assert.Equal((2, "row 2 and those behind it"), (data.Count, Assert.Single(data.Problems).Field));
        Assert.Throws<InputException>(() => Open("cut"));
    }

    [Fact]
    public void A_saved_data_set_cut_anywhere_is_refused_or_read_in_part()
    {
        WriteArrow("any/data.arrow", ["Q0", "Q1"], ["Q2"]);
        WriteState("any", "data.arrow");
        folder.Write("any/dataset_info.json", "{}");
        var bytes = File.ReadAllBytes(folder.PathOf("any/data.arrow"));
        for (var length = 0; length < bytes.Length; length += 7)
        {
            folder.Write("any/data.arrow", bytes[..length]);
            var found = Record.Exception(() => Open("any", Skip).Dispose());
            Assert.True(found is null or InputException, $"{length}: {found}");
        }
    }

    [Fact]
    public void An_archive_with_rows_and_pictures_is_read_without_unpacking()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(
                zip,
                "set/rows.jsonl",
                Encoding.UTF8.GetBytes("""{"problem": "Q", "solution": "A", "image": "pictures/图.png"}""")
            );
            Add(zip, "set/pictures/图.png", Picture);
            Add(zip, "__MACOSX/set/._rows.jsonl", [1]);
            Add(zip, "../outside.txt", [1]);
        }
        folder.Write("set.zip", stream.ToArray());
        using var data = Open("set.zip", Skip);
        Assert.Equal(40, new ImageSource().Load(Assert.Single(data.Get(0).Images)).Width);
        Assert.Equal("entry ../outside.txt", Assert.Single(data.Problems).Field);

        folder.Write("beside.jsonl", """{"problem": "Q", "solution": "A", "image": "set/pictures/图.png"}""");
        using var beside = Open("beside.jsonl", new() { ImageFolders = [folder.PathOf("set.zip")] });
        Assert.Equal(data.Get(0).Images[0].Id, beside.Get(0).Images[0].Id);
    }

    private static void Add(ZipArchive zip, string name, byte[] bytes)
    {
        using var entry = zip.CreateEntry(name).Open();
        entry.Write(bytes);
    }

    [Fact]
    public void Coco_gives_a_problem_for_each_picture_and_category()
    {
        folder.Write("images/a.png", Picture);
        folder.Write(
            "instances.json",
            """
            {"images": [{"id": 7, "file_name": "a.png", "width": 40, "height": 20}],
             "annotations": [
               {"id": 1, "image_id": 7, "category_id": 90, "bbox": [4, 2, 8, 10], "iscrowd": 0},
               {"id": 2, "image_id": 7, "category_id": 3, "bbox": [0, 0, 40, 20], "iscrowd": 0},
               {"id": 900000000003, "image_id": 7, "category_id": 3, "bbox": [0, 0, 4, 4], "iscrowd": 1},
               {"id": 4, "image_id": 8, "category_id": 3, "bbox": [0, 0, 4, 4], "iscrowd": 0}],
             "categories": [{"id": 3, "name": "cat"}, {"id": 90, "name": "toothbrush"}]}
            """
        );
        using var data = Open("instances.json");
        Assert.Equal(["7-3", "7-90"], Enumerable.Range(0, data.Count).Select(i => data.Get(i).Id));
        Assert.Equal((1, 1), (data.LeftOut["crowd annotation"], data.LeftOut["annotation without a picture"]));
        var brush = data.Get(1);
        Assert.Contains("category 'toothbrush'", brush.Question, StringComparison.Ordinal);
        Assert.Equal(
            [new LabelledBox(Box.Create(100, 100, 300, 600), "toothbrush", 1)],
            ((Gold.Boxes)brush.Gold).Boxes
        );
        Assert.Equal(("40", "20"), (brush.Fields["width"], brush.Fields["height"]));
    }

    [Fact]
    public void ReasonSeg_gives_a_region_for_each_text_whatever_its_encoding()
    {
        folder.Write("a.jpg", Picture);
        var json = """
            {"text": ["the caf\u00e9’s sign", "second"], "is_sentence": false, "shapes": [
              {"label": "flag", "points": [[1, 1], [2, 2]]},
              {"label": "target", "points": [[1, 1], [9, 1], [9, 9.5]]},
              {"label": "ignore", "points": [[0, 0], [3, 0], [3, 3]]}]}
            """;
        folder.Write("a.json", CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetBytes(json));
        using var data = Open(".");
        Assert.Equal(["the café’s sign", "second"], Enumerable.Range(0, data.Count).Select(i => data.Get(i).Question));
        var region = (Gold.Region)data.Get(0).Gold;
        Assert.Equal([1, 1, 9, 1, 9, 9.5], Assert.Single(region.Target).Points);
        Assert.Equal((1, new ImageSize(20, 40)), (region.Ignored.Length, region.Size));
    }

    [Fact]
    public void Original_releases_of_ScienceQa_and_Geometry3K_are_read_as_they_are_unpacked()
    {
        folder.Write(
            "sqa/problems.json",
            """
            {"12": {"question": "Q", "choices": ["x", "y"], "answer": 1, "image": "image.png", "split": "val"},
             "13": {"question": "T", "choices": ["x", "y"], "answer": 0, "image": null, "split": "test"}}
            """
        );
        folder.Write("sqa/images/val/12/image.png", Picture);
        using var science = Open("sqa");
        Assert.Equal(("12", Gold.NewLetter("B"), 1), (science.Get(0).Id, science.Get(0).Gold, science.Count));
        using var test = Open("sqa", new() { Split = "test", ImagesRequired = false });
        Assert.Equal((1, 1, "13"), (test.Count, test.LeftOut["another split"], test.Get(0).Id));

        folder.Write(
            "geo/15/data.json",
            """{"problem_text": "Find y.", "choices": ["5", "10"], "answer": "B", "id": 15}"""
        );
        folder.Write("geo/15/img_diagram.png", Picture);
        using var geometry = Open("geo");
        Assert.Equal(("15", Gold.NewLetter("B")), (geometry.Get(0).Id, geometry.Get(0).Gold));
        Assert.Single(geometry.Get(0).Images);
    }
}
