using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>The formats that data files come in, by name, and the one way to open them.</summary>
public static class DatasetCatalogue
{
    internal const string ProblemSolution = "problem-solution",
        Boxes = "virft-coco";

    private static readonly DatasetFormat[] All =
    [
        new(
            "mmmu",
            "MMMU: question, options (Python list), image_1 .. image_7, answer, question_type",
            Columns("question", "options", "answer", "question_type", "image_1"),
            MultipleChoiceFormats.Mmmu
        ),
        new(
            "mathvista",
            "MathVista: question, decoded_image, choices, answer, metadata",
            Columns("pid", "question", "answer", "question_type"),
            MultipleChoiceFormats.MathVista
        ),
        new(
            "sat",
            "SAT: image_bytes (list), question, answers, correct_answer",
            Columns("question", "answers", "correct_answer"),
            MultipleChoiceFormats.Sat
        ),
        new(
            "infovqa",
            "InfographicVQA and DocVQA: questionId, question, answers (list), image",
            Columns("questionId", "question", "answers"),
            OpenAnswerFormats.DocVqa
        ),
        new(
            "scienceqa",
            "ScienceQA: image, question, choices, answer (index); problems with a picture alone",
            Columns("image", "question", "choices", "answer"),
            MultipleChoiceFormats.ScienceQa,
            ImagesRequired: true
        ),
        new(
            "chartqa",
            "ChartQA: imgname, query, label, image or type, question, answer, image",
            fields => Columns("query", "label")(fields) || Columns("type", "question", "answer", "image")(fields),
            OpenAnswerFormats.ChartQa
        ),
        new(
            "geoqav",
            "multimodal-open-r1-8k-verified: image, problem, solution, original_answer; rows with an option's letter alone",
            Columns("problem", "solution", "original_answer"),
            OpenAnswerFormats.GeoQav,
            sample => sample.Gold.IsLetter ? null : "no option's letter in original_answer"
        ),
        new(
            "coco",
            "COCO instances JSON: a detection problem for each picture and category",
            Columns("image", "category", "boxes"),
            RegionFormats.Coco
        ),
        new(
            "reasonseg",
            "ReasonSeg: NAME.jpg and NAME.json; a referring expression a row, the gold a region",
            Columns("text", "shapes"),
            RegionFormats.ReasonSeg
        ),
        new(
            "geometry3k",
            "Geometry3K: a folder for each problem",
            Columns("problem_text", "choices", "answer"),
            MultipleChoiceFormats.Geometry3K
        ),
        new(
            "conversations",
            "conversations of {from, value}, image",
            Columns("conversations"),
            ConversationFormats.Conversations
        ),
        new(
            "trl",
            "prompt of {role, content}, images, solution",
            fields => Columns("prompt", "solution")(fields) || Columns("prompt", "answer")(fields),
            ConversationFormats.Trl
        ),
        new(
            ProblemSolution,
            "image, problem, solution with answer tags: a letter, a text, or boxes where the problem asks for them",
            Columns("problem", "solution"),
            OpenAnswerFormats.ProblemSolution
        ),
        new(
            Boxes,
            "ViRFT_COCO: image, problem, solution with boxes in thousandths",
            _ => false,
            OpenAnswerFormats.Boxes
        ),
        new("lisa", "as virft-coco: one referring expression a row", _ => false, OpenAnswerFormats.Boxes),
        new(
            "question-answer",
            "question, answer, image, and options where there are some",
            fields =>
                (string[])["question", "problem", "query"] is var asked
                && asked.Any(fields.Contains)
                && (fields.Contains("answer") || fields.Contains("label")),
            OpenAnswerFormats.QuestionAnswer
        ),
    ];

    /// <summary>Names of the formats and what each reads, in the order in which "auto" tries them.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Formats { get; } =
    [.. All.Select(format => KeyValuePair.Create(format.Name, format.Description))];

    /// <summary>
    /// The samples of files. All rows are looked at once (up to the limit), so that what cannot be used is known before
    /// training starts; each sample is read again when it is asked for.
    /// </summary>
    /// <param name="name">The domain or benchmark that the samples belong to.</param>
    /// <param name="files">Files, folders, or patterns with * in the last part of the path.</param>
    /// <param name="options">Format, columns, limits.</param>
    /// <exception cref="InputException">A file cannot be read, no format fits, or (unless such rows are skipped) a row cannot
    /// be used.</exception>
    public static Dataset Open(string name, IReadOnlyList<string> files, DatasetOptions options)
    {
        var rows = RowFiles.Open(files, options);
        try
        {
            return new Dataset(name, rows, FormatOf(rows, options, files), options);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>The files and folders that paths and patterns stand for, each pattern's in the order of their names.</summary>
    /// <param name="files">Files, folders, or patterns with * in the last part of the path.</param>
    /// <exception cref="InputException">A pattern matches nothing.</exception>
    public static IReadOnlyList<string> Files(IEnumerable<string> files) => [.. files.SelectMany(RowFiles.Expanded)];

    /// <summary>The format that the options name, or the first that fits the columns.</summary>
    internal static DatasetFormat FormatOf(IRowFile rows, DatasetOptions options, IReadOnlyList<string> files)
    {
        if (options.Format != "auto")
            return Array.Find(All, format => format.Name == options.Format)
                ?? throw new InputException(
                    "",
                    "format",
                    $"auto or one of {string.Join(", ", All.Select(format => format.Name))}",
                    options.Format
                );
        var fields = rows.Fields.ToHashSet(StringComparer.Ordinal);
        foreach (var (part, column) in options.Columns)
            if (rows.Count > 0 && !fields.Contains(column))
                throw new InputException(
                    files[0],
                    $"columns.{part}",
                    $"one of {string.Join(", ", rows.Fields)}",
                    column
                );
        var fallback = All[^1];
        if (options.Columns.ContainsKey("question") || options.Columns.ContainsKey("answer"))
            return fallback;
        return Array.Find(All, format => format.Fits(fields))
            ?? (rows.Count == 0 && rows.Fields.Count == 0 ? fallback : null)
            ?? throw new InputException(
                files[0],
                "",
                "the columns of a known format (or data.columns that name question and answer)",
                rows.Fields.Count == 0 ? "no columns" : string.Join(", ", rows.Fields)
            );
    }

    private static Func<IReadOnlySet<string>, bool> Columns(params string[] names) =>
        fields => names.All(fields.Contains);
}
