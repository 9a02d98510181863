using System.Globalization;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>A column of a data file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kinds">How many rows have which kind of value: text, a number, null, ...</param>
public sealed record FieldSummary(string Name, IReadOnlyDictionary<string, int> Kinds);

/// <summary>What data files hold, found in one pass that keeps no row.</summary>
public sealed record DataInspection
{
    private const int FirstSamples = 3,
        MaxLines = 200,
        MaxQuestion = 2000;

    /// <summary>Kind of file: parquet, jsonl, json ...</summary>
    public required string Kind { get; init; }

    /// <summary>The format of the catalogue by which rows become samples; empty when none fits.</summary>
    public required string Format { get; init; }

    /// <summary>Rows of the files.</summary>
    public required int Rows { get; init; }

    /// <summary>Samples that they give.</summary>
    public required int Samples { get; init; }

    /// <summary>The columns, in the order of the file; for JSON all names that occur.</summary>
    public required IReadOnlyList<FieldSummary> Fields { get; init; }

    /// <summary>Pictures of all samples.</summary>
    public required int Images { get; init; }

    /// <summary>The smallest and the largest width and height of the pictures; null without pictures.</summary>
    public required (ImageSize Smallest, ImageSize Largest)? ImageSizes { get; init; }

    /// <summary>How many golds of each kind: letter, text, boxes, region.</summary>
    public required IReadOnlyDictionary<string, int> Golds { get; init; }

    /// <summary>How many good rows are no part of the set, by reason.</summary>
    public required IReadOnlyDictionary<string, int> LeftOut { get; init; }

    /// <summary>One line for each row that cannot be used.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>The first samples.</summary>
    public required IReadOnlyList<Sample> First { get; init; }

    /// <summary>Looks at all rows of a file, folder or pattern, their pictures included. Raises InputException when nothing
    /// can be read at all; rows that cannot be used are listed instead.</summary>
    /// <param name="path">A file, folder, or pattern.</param>
    /// <param name="options">Format and limits; what happens on problems is settled here.</param>
    public static DataInspection Inspect(string path, DatasetOptions options)
    {
        using var rows = RowFiles.Open([path], options);
        var tally = new Tally();
        try
        {
            var format = DatasetCatalogue.FormatOf(rows, options, [path]);
            var data = new Dataset("inspected", rows, format, options with { Problems = ProblemHandling.Skip }, tally);
            return tally.Report(
                rows,
                data.Format,
                data.Count,
                data.LeftOut,
                [.. data.Problems.Select(problem => problem.Message)]
            );
        }
        catch (InputException unknown)
            when (options.Format == "auto" && options.Columns.Count == 0 && rows.Fields.Count > 0)
        {
            return tally.Report(rows, "", 0, new Dictionary<string, int>(), [unknown.Message]);
        }
    }

    /// <summary>The report as lines of text.</summary>
    /// <param name="prompt">What the model is asked for a sample.</param>
    public IEnumerable<string> Lines(Func<Sample, string> prompt)
    {
        yield return $"kind      {Kind}";
        yield return $"format    {(Format.Length > 0 ? Format : "none of the catalogue fits these columns")}";
        yield return $"rows      {Rows}";
        yield return $"samples   {Samples}{Counted(Golds)}";
        foreach (var (reason, count) in LeftOut)
            yield return $"left out  {count}: {reason}";
        yield return ImageSizes is var (smallest, largest)
            ? $"images    {Images}, from {smallest.Width} x {smallest.Height} to {largest.Width} x {largest.Height}"
            : $"images    {Images}";
        yield return "fields";
        foreach (var field in Fields)
            yield return $"  {field.Name}{Counted(field.Kinds)}";
        yield return $"problems  {Problems.Count}";
        foreach (var problem in Problems.Take(MaxLines))
            yield return $"  {problem}";
        if (Problems.Count > MaxLines)
            yield return $"  ... and {Problems.Count - MaxLines} more";
        foreach (var sample in First)
        {
            var text = prompt(sample);
            yield return $"sample {sample.Id}: {sample.Images.Length} image(s)";
            yield return text.Length <= MaxQuestion ? text : text[..MaxQuestion] + " ...";
            yield return $"gold: {GoldText(sample.Gold)}";
        }
    }

    private static string Counted(IReadOnlyDictionary<string, int> counts) =>
        counts.Count == 0 ? "" : $" ({string.Join(", ", counts.Select(pair => $"{pair.Value} {pair.Key}"))})";

    private static string KindOf(Gold gold) =>
        gold.Match(_ => "letter", _ => "text", (_, _) => "boxes", (_, _, _) => "region");

    private static string GoldText(Gold gold) =>
        gold.Match(
            letter => letter,
            texts => string.Join(" | ", texts),
            (boxes, system) =>
                boxes.Length == 0
                    ? "no objects"
                    : string.Join(
                        " ",
                        boxes.Select(b =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"[{b.Box.X1:0.##}, {b.Box.Y1:0.##}, {b.Box.X2:0.##}, {b.Box.Y2:0.##}]"
                            )
                        )
                    ) + $" ({system})",
            (target, ignored, size) =>
                $"{target.Length} polygon(s) to find, {ignored.Length} ignored, in {size.Width} x {size.Height}"
        );

    private sealed class Tally : IRowObserver
    {
        private readonly Dictionary<string, SortedDictionary<string, int>> fields = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, int> golds = new(StringComparer.Ordinal);
        private readonly List<Sample> first = [];
        private int images;
        private (ImageSize Smallest, ImageSize Largest)? sizes;

        public void Saw(Row row)
        {
            foreach (var (name, cell) in row.Cells)
            {
                if (!fields.TryGetValue(name, out var kinds))
                    fields[name] = kinds = new(StringComparer.Ordinal);
                kinds[cell.Kind] = kinds.GetValueOrDefault(cell.Kind) + 1;
            }
        }

        public void Saw(Sample sample, IReadOnlyList<ImageSize> seen)
        {
            if (first.Count < FirstSamples)
                first.Add(sample);
            golds[KindOf(sample.Gold)] = golds.GetValueOrDefault(KindOf(sample.Gold)) + 1;
            images += sample.Images.Length;
            foreach (var size in seen)
            {
                var (low, high) = sizes ?? (size, size);
                sizes = (
                    new(Math.Min(low.Height, size.Height), Math.Min(low.Width, size.Width)),
                    new(Math.Max(high.Height, size.Height), Math.Max(high.Width, size.Width))
                );
            }
        }

        public DataInspection Report(
            IRowFile rows,
            string format,
            int samples,
            IReadOnlyDictionary<string, int> leftOut,
            IReadOnlyList<string> problems
        ) =>
            new()
            {
                Kind = rows.Kind,
                Format = format,
                Rows = rows.Count,
                Samples = samples,
                Fields =
                [
                    .. rows
                        .Fields.Union(fields.Keys)
                        .Select(name => new FieldSummary(name, fields.GetValueOrDefault(name) ?? [])),
                ],
                Images = images,
                ImageSizes = sizes,
                Golds = golds,
                LeftOut = leftOut,
                Problems = problems,
                First = first,
            };
    }
}
