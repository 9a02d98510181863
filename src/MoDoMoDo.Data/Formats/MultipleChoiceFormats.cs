using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Sets whose rows carry options.</summary>
internal static class MultipleChoiceFormats
{
    /// <summary>SAT: several pictures; the gold is the text of the right option, as the set is answered in words.</summary>
    public static Sample Sat(RowReader row)
    {
        var (optionsColumn, answerColumn) = (row.Column("options", "answers"), row.Column("answer", "correct_answer"));
        var options = row.Texts(optionsColumn);
        var answer = row.Text(answerColumn);
        if (Array.IndexOf(options, answer) < 0)
            throw row.Fail(answerColumn, $"one of the texts of {optionsColumn}", $"'{answer}'");
        return row.Sample(
            row.Text(row.Column("question", "question")),
            options,
            row.Images(row.Column("image", "image_bytes", "images", "image")),
            Gold.NewText([answer])
        );
    }

    /// <summary>ScienceQA: the answer is an index into the choices.</summary>
    public static Sample ScienceQa(RowReader row)
    {
        var optionsColumn = row.Column("options", "choices", "options");
        var question = row.Text(row.Column("question", "question"));
        var options = row.Texts(optionsColumn);
        return row.Sample(
            question,
            options,
            row.Images(row.Column("image", "image")),
            Golds.OfOptions(row, row.Column("answer", "answer"), options, optionsColumn, ChoiceWays.Index)
        );
    }

    /// <summary>Geometry3K: a folder for each problem; the answer is a letter.</summary>
    public static Sample Geometry3K(RowReader row)
    {
        var question = row.Text(row.Column("question", "problem_text"));
        var options = row.Texts("choices");
        return row.Sample(
            question,
            options,
            row.Images("image"),
            Golds.OfOptions(row, "answer", options, "choices", ChoiceWays.Letter)
        );
    }

    /// <summary>MathVista: the picture is decoded_image; of multi_choice questions the answer is the text of a choice.</summary>
    public static Sample MathVista(RowReader row)
    {
        var question = row.Text(row.Column("question", "question"));
        var answer = row.Column("answer", "answer");
        var options = row.Has("choices") ? row.Texts("choices") : [];
        var metadata = row["metadata"] is Cell.Object about
            ? about
                .Members.Where(member => member.Value is Cell.Text)
                .Select(member => (member.Key, ((Cell.Text)member.Value).Value))
            : [];
        return row.Sample(
            question,
            options,
            row.Images(row.Column("image", "decoded_image", "image")),
            options.Length > 0
                ? Golds.OfOptions(row, answer, options, "choices", ChoiceWays.Text)
                : Gold.NewText([row.Written(answer)]),
            [.. metadata]
        );
    }

    /// <summary>MMMU: options and several accepted answers are Python lists in text columns; pictures image_1 .. image_7.</summary>
    public static Sample Mmmu(RowReader row)
    {
        var question = row.Text(row.Column("question", "question"));
        var answer = row.Column("answer", "answer");
        var open = row["question_type"] is Cell.Text { Value: "open" or "short-answer" };
        var options = open ? [] : row.Texts("options");
        var gold = open
            ? Gold.NewText(
                row.Text(answer) is ['[', ..] list && row.Literal(answer, list, "a list of texts") is Cell.List
                    ? row.Texts(answer)
                    : [row.Text(answer)]
            )
            : Golds.OfOptions(row, answer, options, "options", ChoiceWays.Letter);
        return row.Sample(
            question,
            options,
            [.. Enumerable.Range(1, 7).SelectMany(i => row.Images($"image_{i}"))],
            gold
        );
    }
}
