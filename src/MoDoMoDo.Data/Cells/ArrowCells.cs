using System.Globalization;
using Apache.Arrow;

namespace MoDoMoDo.Data;

/// <summary>From Arrow columns to cells.</summary>
internal static class ArrowCells
{
    /// <summary>A row of a batch, by column names.</summary>
    public static IReadOnlyDictionary<string, Cell> Row(RecordBatch batch, int row)
    {
        var cells = new Dictionary<string, Cell>(batch.ColumnCount, StringComparer.Ordinal);
        for (var column = 0; column < batch.ColumnCount; column++)
            cells[batch.Schema.GetFieldByIndex(column).Name] = Read(batch.Column(column), row);
        return cells;
    }

    /// <summary>The value at an index of a column: a copy, so that the column may be freed.</summary>
    public static Cell Read(IArrowArray column, int index)
    {
        if (column.IsNull(index))
            return Cell.Null.Instance;
        return column switch
        {
            StringArray texts => new Cell.Text(texts.GetString(index)),
            LargeStringArray texts => new Cell.Text(texts.GetString(index)),
            StringViewArray texts => new Cell.Text(texts.GetString(index)),
            BinaryArray bytes => new Cell.Bytes(bytes.GetBytes(index).ToArray()),
            LargeBinaryArray bytes => new Cell.Bytes(bytes.GetBytes(index).ToArray()),
            BinaryViewArray bytes => new Cell.Bytes(bytes.GetBytes(index).ToArray()),
            BooleanArray truths => new Cell.Truth(truths.GetValue(index) is true),
            Int8Array numbers => Whole(numbers.GetValue(index)),
            Int16Array numbers => Whole(numbers.GetValue(index)),
            Int32Array numbers => Whole(numbers.GetValue(index)),
            Int64Array numbers => Whole(numbers.GetValue(index)),
            UInt8Array numbers => Whole(numbers.GetValue(index)),
            UInt16Array numbers => Whole(numbers.GetValue(index)),
            UInt32Array numbers => Whole(numbers.GetValue(index)),
            UInt64Array numbers => new Cell.Number(Written(numbers.GetValue(index)), numbers.GetValue(index) ?? 0),
            FloatArray numbers => new Cell.Number(Written(numbers.GetValue(index)), numbers.GetValue(index) ?? 0),
            DoubleArray numbers => new Cell.Number(Written(numbers.GetValue(index)), numbers.GetValue(index) ?? 0),
            ListArray lists => Items(lists.GetSlicedValues(index)),
            LargeListArray lists => Items(lists.GetSlicedValues(index)),
            FixedSizeListArray lists => Items(lists.GetSlicedValues(index)),
            StructArray structs => new Cell.Object(
                ((Apache.Arrow.Types.StructType)structs.Data.DataType)
                    .Fields.Select((field, i) => (field.Name, Value: Read(structs.Fields[i], index)))
                    .GroupBy(field => field.Name, StringComparer.Ordinal)
                    .ToDictionary(group => group.Key, group => group.Last().Value, StringComparer.Ordinal)
            ),
            DictionaryArray words when Read(words.Indices, index) is Cell.Number at => Read(
                words.Dictionary,
                (int)at.Value
            ),
            _ => new Cell.Other(column.Data.DataType.Name),
        };
    }

    private static Cell Whole(long? value) => new Cell.Number(Written(value), value ?? 0);

    private static string Written<T>(T? value)
        where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture) ?? "";

    private static Cell Items(IArrowArray? values) =>
        new Cell.List(values is null ? [] : [.. Enumerable.Range(0, values.Length).Select(i => Read(values, i))]);
}
