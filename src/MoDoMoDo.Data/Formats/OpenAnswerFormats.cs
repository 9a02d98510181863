using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Sets whose rows carry a question and an answer or a solution.</summary>
internal static class OpenAnswerFormats
{
    /// <summary>Problem and solution, the answer in answer tags: boxes where the question asks for them, a letter, or a text.</summary>
    public static Sample ProblemSolution(RowReader row) => ProblemSolution(row, boxes: false);

    /// <summary>Problem and solution, the answer being boxes in every row.</summary>
    public static Sample Boxes(RowReader row) => ProblemSolution(row, boxes: true);

    /// <summary>Problem and solution beside the original answer, whose letter is the gold; other rows do not belong to the set.</summary>
    public static Sample GeoQav(RowReader row)
    {
        const string mark = "Answer:";
        var original = row.Text("original_answer");
        var at = original.IndexOf(mark, StringComparison.Ordinal);
        var rest = at < 0 ? "" : original[(at + mark.Length)..].TrimStart();
        return row.Sample(
            row.Text(row.Column("question", "problem")),
            [],
            row.Images(row.Column("image", "image", "images")),
            rest is [>= 'A' and <= 'Z', ..]
                ? Gold.NewLetter(rest[..1])
                : Golds.LetterOrText(Golds.InTags(row.Text(row.Column("answer", "solution"))))
        );
    }

    /// <summary>ChartQA in both published forms: one answer, kept as written.</summary>
    public static Sample ChartQa(RowReader row) =>
        row.Sample(
            row.Text(row.Column("question", "query", "question")),
            [],
            row.Images(row.Column("image", "image", "imgname")),
            Gold.NewText(Answers(row, row.Column("answer", "label", "answer")))
        );

    /// <summary>InfographicVQA and DocVQA: several accepted answers.</summary>
    public static Sample DocVqa(RowReader row) =>
        row.Sample(
            row.Text(row.Column("question", "question")),
            [],
            row.Images(row.Column("image", "image", "image_local_name")),
            Gold.NewText(Answers(row, row.Column("answer", "answers")))
        );

    /// <summary>A question, an answer and, where the row has them, options.</summary>
    public static Sample QuestionAnswer(RowReader row)
    {
        var question = row.Text(row.Column("question", "question", "problem", "query", "prompt"));
        var answer = row.Column("answer", "answer", "label", "solution", "answers");
        var optionsColumn = row.Column("options", "options", "choices");
        var options = row.Has(optionsColumn) ? row.Texts(optionsColumn) : [];
        return row.Sample(
            question,
            options,
            row.Images(row.Column("image", "image", "images")),
            options.Length > 0
                ? Golds.OfOptions(row, answer, options, optionsColumn)
                : Gold.NewText(Answers(row, answer))
        );
    }

    private static Sample ProblemSolution(RowReader row, bool boxes)
    {
        var question = row.Text(row.Column("question", "problem", "question"));
        var column = row.Column("answer", "solution");
        var images = row.Images(row.Column("image", "image", "images"));
        var answer = Golds.InTags(row.Text(column));
        var asksForBoxes = boxes || question.Contains("bounding box", StringComparison.OrdinalIgnoreCase);
        return row.Sample(
            question,
            [],
            images,
            asksForBoxes ? Golds.Boxes(row, column, answer, CategoryIn(question)) : Golds.LetterOrText(answer)
        );
    }

    private static string[] Answers(RowReader row, string column) =>
        row[column] is Cell.List { Items.Count: > 0 } ? row.Texts(column) : [row.Written(column)];

    /// <summary>X of "... the category 'X' ..."; empty when the question names none.</summary>
    private static string CategoryIn(string question)
    {
        const string mark = "category '";
        var start = question.IndexOf(mark, StringComparison.Ordinal);
        if (start < 0)
            return "";
        start += mark.Length;
        var end = question.IndexOf('\'', start);
        return end < 0 ? "" : question[start..end];
    }
}
