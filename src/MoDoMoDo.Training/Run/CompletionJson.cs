using System.Text.Json.Nodes;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Training;

/// <summary>Lines of completions.jsonl.</summary>
internal static class CompletionJson
{
    /// <summary>One line for each completion of a group; its images are written on the way.</summary>
    public static IEnumerable<JsonObject> Of(int step, RolledGroup group, ImageFolder images)
    {
        var options = group.Entry.Sample.Options;
        var references = group.Entry.Sample.Images.Select(images.Reference).ToArray();
        for (var row = 0; row < group.Completions.Length; row++)
        {
            var json = new JsonObject
            {
                ["step"] = step,
                ["id"] = group.Entry.Sample.Id,
                ["domain"] = group.Entry.Domain,
                ["row"] = row,
                ["images"] = new JsonArray([.. references.Select(reference => JsonValue.Create(reference))]),
                ["prompt"] = group.Entry.Prompt.Text,
                ["completion"] = group.Completions[row].Text,
                ["tokens"] = group.Completions[row].Ids.Length,
                ["truncated"] = group.Completions[row].End == CompletionEnd.Length,
                ["verdict"] = Of(group.Verdicts[row]),
            };
            if (options.Length > 0)
                json["options"] = new JsonArray([.. options.Select(option => JsonValue.Create(option))]);
            json.Put("reward", group.Totals[row]);
            json.Put("advantage", group.Advantages[row]);
            yield return json;
        }
    }

    /// <summary>A verdict with its parts and evidence.</summary>
    public static JsonObject Of(Verdict verdict)
    {
        var evidence = verdict.Evidence;
        var json = new JsonObject { ["outcome"] = verdict.Outcome };
        json.Put("value", verdict.Value);
        json["parts"] = new JsonArray([
            .. evidence.Parts.Select(part => new JsonObject
            {
                ["name"] = part.Name,
                ["value"] = part.Value,
                ["weight"] = part.Weight,
            }),
        ]);
        json["extracted"] = evidence.Extracted;
        json["expected"] = evidence.Expected;
        json["why"] = evidence.Why;
        return json;
    }
}
