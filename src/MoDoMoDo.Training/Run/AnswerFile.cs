using System.Text;
using System.Text.Json.Nodes;

namespace MoDoMoDo.Training;

/// <summary>The answers behind scores, one line of JSON each.</summary>
public static class AnswerFile
{
    /// <summary>Writes the answers of benchmarks: benchmark, id, row, images, prompt, completion, verdict. Whole or not at all.</summary>
    /// <param name="file">The file; one of that name is replaced.</param>
    /// <param name="scored">Scored benchmarks.</param>
    /// <param name="limit">Items a benchmark, from its start; 0 = all.</param>
    public static void Write(string file, IEnumerable<ScoredBenchmark> scored, int limit = 0)
    {
        var aside = file + ".unfinished";
        using (var stream = new FileStream(aside, FileMode.Create, FileAccess.Write))
        {
            foreach (var benchmark in scored)
            foreach (var item in benchmark.Items.Take(limit > 0 ? limit : benchmark.Items.Count))
            foreach (var line in Lines(benchmark.Evaluation.Name, item))
                stream.Write(Encoding.UTF8.GetBytes(JsonLines.Text(line)));
            stream.Flush(flushToDisk: true);
        }
        File.Move(aside, file, overwrite: true);
    }

    private static IEnumerable<JsonObject> Lines(string benchmark, AnsweredItem item) =>
        item.Completions.Select(
            (completion, row) =>
                new JsonObject
                {
                    ["benchmark"] = benchmark,
                    ["id"] = item.Sample.Id,
                    ["row"] = row,
                    ["images"] = new JsonArray([.. item.Sample.Images.Select(image => JsonValue.Create(image.Id))]),
                    ["prompt"] = item.Prompt.Text,
                    ["completion"] = completion.Text,
                    ["verdict"] = CompletionJson.Of(item.Verdicts[row]),
                }
        );
}
