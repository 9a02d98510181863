using System.Text.Json.Nodes;
using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using Xunit;

namespace MoDoMoDo.Training.Tests;

public sealed class FilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("training-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void AtomicFolder_LeavesTheOldOneWhenFillingFails()
    {
        var target = Path.Combine(folder, "best");
        AtomicFolder.Write(target, path => File.WriteAllText(Path.Combine(path, "a"), "1"));
        Assert.Throws<IOException>(() =>
            AtomicFolder.Write(
                target,
                path =>
                {
                    File.WriteAllText(Path.Combine(path, "a"), "2");
                    throw new IOException("disk full");
                }
            )
        );
        AtomicFolder.Recover(folder);
        Assert.Equal("1", File.ReadAllText(Path.Combine(target, "a")));
        Assert.Single(Directory.GetDirectories(folder));
    }

    [Fact]
    public void AtomicFolder_KilledBetweenItsTwoRenames_BringsTheOldOneBack()
    {
        Directory.CreateDirectory(Path.Combine(folder, "best.replaced"));
        Directory.CreateDirectory(Path.Combine(folder, "best.unfinished"));
        AtomicFolder.Recover(folder);
        Assert.Equal([Path.Combine(folder, "best")], Directory.GetDirectories(folder));
    }

    [Fact]
    public void JsonLines_AreCutAfterTheCheckpointAndAtABrokenEnd()
    {
        var file = Path.Combine(folder, "metrics.jsonl");
        using (var lines = new JsonLines(file))
            lines.Append(Enumerable.Range(1, 5).Select(step => new JsonObject { ["step"] = step, ["é"] = "ß\n" }));
        File.AppendAllText(file, "{\"step\": 3, \"lo");
        JsonLines.Cut(file, 3);
        Assert.Equal([1, 2, 3], File.ReadLines(file).Select(line => JsonNode.Parse(line)!["step"]!.GetValue<int>()));
        Assert.Equal("{\"step\":1,\"é\":\"ß\\n\"}", File.ReadLines(file).First());
    }

    [Fact]
    public void NumbersThatAreNotFinite_AreAbsent()
    {
        var json = new JsonObject();
        json.Put("loss", double.NaN);
        json.Put("kl", double.PositiveInfinity);
        json.Put("reward", [KeyValuePair.Create("a", double.NaN)]);
        json.Put("drawn", [KeyValuePair.Create("a", double.NaN), KeyValuePair.Create("b", 1.0)]);
        Assert.Equal("{\"drawn\":{\"b\":1}}", json.ToJsonString());
    }

    [Fact]
    public void RunLog_WritesEventsThatTensorBoardReads()
    {
        using (var log = new RunLog(folder, new LogOptions(), 0, null, null))
            for (var step = 1; step <= 3; step++)
                log.Scores(step, [], [Score("world-chartqa", 0.25 * step)]);
        var events = Assert.Single(Directory.GetFiles(folder, "events.out.tfevents.*"));
        Assert.Equal([0.25f, 0.5f, 0.75f], EventFile.Scalars(events, "score/world-chartqa"));
        Assert.Equal(3, File.ReadLines(Path.Combine(folder, "evaluations.jsonl")).Count());
    }

    private static Evaluation Score(string name, double mean) =>
        new(name, mean, 0.01, 100, new Dictionary<string, double>());
}
