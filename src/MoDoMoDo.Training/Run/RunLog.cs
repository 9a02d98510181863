using System.Text.Json.Nodes;
using MoDoMoDo.Domain;
using static TorchSharp.torch.utils;

namespace MoDoMoDo.Training;

/// <summary>
/// What a run writes down while it goes on: metrics.jsonl, evaluations.jsonl, completions.jsonl, images/ and event files
/// for TensorBoard. Owns the open files.
/// </summary>
public sealed class RunLog : IDisposable
{
    private const string MetricsFile = "metrics.jsonl";
    private const string EvaluationsFile = "evaluations.jsonl";
    private const string CompletionsFile = "completions.jsonl";

    private readonly LogOptions options;
    private readonly ImageFolder images;
    private readonly JsonLines metrics;
    private readonly string run;
    private JsonLines evaluations;
    private readonly JsonLines completions;
    private readonly TorchSharp.Modules.SummaryWriter? events;

    /// <summary>Opens the files of a run, each cut back to what the run had done after <paramref name="step"/> steps.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="options">What to write.</param>
    /// <param name="step">Steps done; 0 for a fresh run.</param>
    /// <param name="source">Decodes images that are to be written; null: no images are.</param>
    /// <param name="encode">Makes a PNG file of pixels.</param>
    public RunLog(string run, LogOptions options, int step, IImageSource? source, Func<RgbImage, byte[]>? encode)
    {
        (this.run, this.options) = (run, options);
        Directory.CreateDirectory(run);
        images = new ImageFolder(Path.Combine(run, "images"), options.ImagesMiB, source, encode);
        metrics = Open(MetricsFile, step);
        evaluations = Open(EvaluationsFile, step);
        completions = Open(CompletionsFile, step);
        if (options.TensorBoard)
            events = tensorboard.SummaryWriter(run);
    }

    /// <summary>Drops scores of later steps than <paramref name="step"/>: they are about to be written again.</summary>
    public void CutScores(int step)
    {
        evaluations.Dispose();
        evaluations = Open(EvaluationsFile, step);
    }

    /// <summary>Writes the figures of an optimiser step.</summary>
    public void Step(StepFigures figures)
    {
        var json = figures.ToJson();
        metrics.Append(json);
        Scalars("train", json, figures.Step);
    }

    /// <summary>Writes scores.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="heldBack">Scores on held-back items of the training domains.</param>
    /// <param name="benchmarks">Scores of benchmarks; may be empty.</param>
    public void Scores(int step, IReadOnlyList<Evaluation> heldBack, IReadOnlyList<Evaluation> benchmarks)
    {
        var json = new JsonObject { ["step"] = step };
        if (heldBack.Count > 0)
            json["held_back"] = ToJson(heldBack);
        json["scores"] = ToJson(benchmarks);
        evaluations.Append(json);
        foreach (var score in heldBack)
            events?.add_scalar($"held_back/{score.Name}", (float)score.Mean, step);
        foreach (var score in benchmarks)
            events?.add_scalar($"score/{score.Name}", (float)score.Mean, step);
    }

    /// <summary>Writes the completions of a step's first groups, as many as the options say, with their images.</summary>
    /// <param name="step">Number of the step.</param>
    /// <param name="groups">Groups with verdicts and advantages.</param>
    public void Completions(int step, IReadOnlyList<RolledGroup> groups)
    {
        if (options.CompletionsEvery == 0 || step % options.CompletionsEvery != 0)
            return;
        var written = options.CompletionGroups == 0 ? groups.Count : options.CompletionGroups;
        completions.Append(groups.Take(written).SelectMany(group => CompletionJson.Of(step, group, images)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        metrics.Dispose();
        evaluations.Dispose();
        completions.Dispose();
    }

    private JsonLines Open(string name, int step)
    {
        var file = Path.Combine(run, name);
        JsonLines.Cut(file, step);
        return new JsonLines(file);
    }

    private static JsonObject ToJson(IEnumerable<Evaluation> scores)
    {
        var json = new JsonObject();
        foreach (var score in scores)
        {
            var one = new JsonObject();
            one.Put("mean", score.Mean);
            one.Put("se", score.StandardError);
            one["n"] = score.Count;
            foreach (var (name, value) in score.Further)
                one.Put(name, value);
            json[score.Name] = one;
        }
        return json;
    }

    private void Scalars(string tag, JsonObject json, int step)
    {
        if (events is null)
            return;
        foreach (var (name, value) in json)
            if (value is JsonObject inner)
                Scalars($"{tag}/{name}", inner, step);
            else if (value is JsonValue number && number.TryGetValue<double>(out var scalar))
                events.add_scalar($"{tag}/{name}", (float)scalar, step);
    }
}
