using System.Globalization;
using System.Text.Json.Nodes;

namespace MoDoMoDo.Training;

/// <summary>Writes down a batch whose loss or gradient was not finite, to find out why.</summary>
internal static class NonFiniteBatch
{
    /// <summary>Writes <c>not-finite/step-N.json</c> in the run folder and returns its path.</summary>
    public static string Write(string run, int step, StepBatch batch, UpdateOutcome outcome)
    {
        var folder = Directory.CreateDirectory(Path.Combine(run, "not-finite")).FullName;
        var file = Path.Combine(folder, $"step-{step.ToString(CultureInfo.InvariantCulture)}.json");
        var json = new JsonObject
        {
            ["step"] = step,
            ["loss"] = Figures.Text(outcome.Figures.Loss),
            ["grad_norm"] = Figures.Text(outcome.GradientNorm),
            ["groups"] = new JsonArray([.. batch.Groups.Select(Of)]),
        };
        File.WriteAllText(file + ".unfinished", json.ToJsonString());
        File.Move(file + ".unfinished", file, overwrite: true);
        return file;
    }

    private static JsonNode Of(RolledGroup group) =>
        new JsonObject
        {
            ["domain"] = group.Entry.Domain,
            ["id"] = group.Entry.Sample.Id,
            ["prompt_ids"] = new JsonArray([.. group.Entry.Encoded.Ids.Select(id => JsonValue.Create(id))]),
            ["completions"] = new JsonArray([
                .. group.Completions.Select(
                    (completion, row) =>
                        new JsonObject
                        {
                            ["ids"] = new JsonArray([.. completion.Ids.Select(id => JsonValue.Create(id))]),
                            ["text"] = completion.Text,
                            ["reward"] = Figures.Text(group.Totals[row]),
                            ["advantage"] = Figures.Text(group.Advantages[row]),
                        }
                ),
            ]),
        };
}
