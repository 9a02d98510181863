using System.Text.Json;
using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Data.Tests;

/// <summary>The four sets of ../shared/data/parquet, which were written from ../shared/data/samples.</summary>
public class SharedParquetTests
{
    [Theory]
    [InlineData("ViRFT_COCO_train", "virft-coco", typeof(Gold.Boxes))]
    [InlineData("ScienceQA-IMG_test", "scienceqa", typeof(Gold.Letter))]
    [InlineData("SAT_test", "sat", typeof(Gold.Text))]
    [InlineData("ChartQA_test", "chartqa", typeof(Gold.Text))]
    public void Every_row_is_a_sample_with_its_picture(string set, string format, Type gold)
    {
        using var data = DatasetCatalogue.Open(set, [SharedFiles.PathOf($"data/parquet/{set}.parquet")], new());
        Assert.Equal((format, data.Rows), (data.Format, data.Count));
        Assert.InRange(data.Count, 10, 1000);
        var source = new ImageSource();
        for (var i = 0; i < data.Count; i++)
        {
            var sample = data.Get(i);
            Assert.IsType(gold, sample.Gold);
            Assert.All(sample.Images, image => Assert.True(source.Load(image).Width > 0));
            Assert.NotEmpty(sample.Images);
        }
    }

    [Fact]
    public void ScienceQa_letters_are_those_of_the_samples()
    {
        using var data = DatasetCatalogue.Open(
            "scienceqa",
            [SharedFiles.PathOf("data/parquet/ScienceQA-IMG_test.parquet")],
            new()
        );
        var manifest = JsonDocument
            .Parse(File.ReadAllBytes(SharedFiles.PathOf("data/samples/scienceqa/manifest.json")))
            .RootElement;
        var items = (manifest.ValueKind == JsonValueKind.Array ? manifest : manifest.GetProperty("items"))
            .EnumerateArray()
            .ToLookup(item => item.GetProperty("question").GetString());
        for (var i = 0; i < data.Count; i++)
        {
            var sample = data.Get(i);
            var letters = items[sample.Question].Select(item => Sample.LetterOf(item.GetProperty("answer").GetInt32()));
            Assert.Contains(sample.Gold.Match(letter => letter, _ => "", (_, _) => "", (_, _, _) => ""), letters);
        }
    }
}
