using System.Text.Json.Nodes;

namespace MoDoMoDo.Training.Tests;

/// <summary>Starting toy runs, and comparing what they left behind.</summary>
internal static class Runs
{
    public static TrainingOutcome Train(
        string folder,
        TrainingOptions? options = null,
        TrainingInputs? inputs = null,
        ITrainingProgress? progress = null,
        CancellationTokenSource? stop = null
    ) =>
        Trainer.Run(
            options ?? Toy.Options,
            inputs ?? Toy.Inputs(),
            folder,
            progress ?? new SilentProgress(),
            stop?.Token ?? CancellationToken.None
        );

    public static byte[] Weights(string folder) =>
        File.ReadAllBytes(Path.Combine(folder, "final", "model.safetensors"));

    /// <summary>A file's lines without their timing.</summary>
    public static string[] Lines(string folder, string name) =>
        [
            .. File.ReadLines(Path.Combine(folder, name))
                .Select(line =>
                {
                    var json = JsonNode.Parse(line)!.AsObject();
                    json.Remove("timing");
                    return json.ToJsonString();
                }),
        ];

    public static JsonObject[] Metrics(string folder) =>
        [.. Lines(folder, "metrics.jsonl").Select(line => JsonNode.Parse(line)!.AsObject())];

    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(folder.Replace(from, to));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, file.Replace(from, to));
    }

    /// <summary>Calls an action after each step.</summary>
    public sealed class Hook(Action<StepFigures> stepped) : ITrainingProgress
    {
        public List<string> Notices { get; } = [];

        public void Started(int step, int steps) { }

        public void Stepped(StepFigures figures, int steps) => stepped(figures);

        public void Evaluating(string name, int done, int items) { }

        public void Evaluated(int step, IReadOnlyList<Domain.Evaluation> scores) { }

        public void Noticed(string message) => Notices.Add(message);
    }
}
