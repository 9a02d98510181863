using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Sets whose rows are conversations; the first question and its answer are taken.</summary>
internal static class ConversationFormats
{
    private const string ImageMark = "<image>";

    /// <summary>LLaVA's and VLM-R1's convention: turns {from, value}; the gold is the solution, else the first answer.</summary>
    public static Sample Conversations(RowReader row)
    {
        if (row["conversations"] is not Cell.List turns)
            throw row.Fail("conversations", "a list of turns", row["conversations"]);
        var question = FirstOf(turns, "from", "human", "value");
        if (question is not Cell.Text asked)
            throw row.Fail("conversations", "a turn from human with a text", "none");
        var answer =
            row.Has("solution") ? Golds.InTags(row.Text("solution"))
            : FirstOf(turns, "from", "gpt", "value") is Cell.Text given ? given.Value
            : throw row.Fail("conversations", "a turn from gpt with a text", "none");
        var text = asked.Value.Replace(ImageMark, "", StringComparison.Ordinal).Trim();
        return row.Sample(
            text,
            [],
            row.Images(row.Column("image", "image", "images")),
            GoldOf(row, text, answer, "solution")
        );
    }

    /// <summary>TRL's convention: prompt = messages {role, content}, pictures beside, a solution.</summary>
    public static Sample Trl(RowReader row)
    {
        if (row["prompt"] is not Cell.List messages)
            throw row.Fail("prompt", "a list of messages", row["prompt"]);
        var text = TextOf(FirstOf(messages, "role", "user", "content"));
        if (text.Length == 0)
            throw row.Fail("prompt", "a message of the user with a text", "none");
        var system = TextOf(FirstOf(messages, "role", "system", "content"));
        var column = row.Column("answer", "solution", "answer");
        return row.Sample(
            text,
            [],
            row.Images(row.Column("image", "images", "image")),
            GoldOf(row, text, Golds.InTags(row.Written(column)), column),
            system.Length == 0 ? [] : [("system", system)]
        );
    }

    private static Gold GoldOf(RowReader row, string question, string answer, string column) =>
        answer is ['[', ..] && question.Contains("bounding box", StringComparison.OrdinalIgnoreCase)
            ? Golds.Boxes(row, column, answer, "")
            : Golds.LetterOrText(answer);

    private static Cell FirstOf(Cell.List turns, string speakerKey, string speaker, string valueKey) =>
        turns
            .Items.OfType<Cell.Object>()
            .FirstOrDefault(turn => turn[speakerKey] is Cell.Text who && who.Value == speaker)
            ?[valueKey]
        ?? Cell.Null.Instance;

    private static string TextOf(Cell content) =>
        content switch
        {
            Cell.Text text => text.Value,
            Cell.List parts => string.Concat(
                parts
                    .Items.OfType<Cell.Object>()
                    .Select(part => part["text"])
                    .OfType<Cell.Text>()
                    .Select(text => text.Value)
            ),
            _ => "",
        };
}
