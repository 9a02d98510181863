using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>Several row files, one after the other.</summary>
internal sealed class ConcatenatedRows(IReadOnlyList<IRowFile> parts) : IRowFile
{
    public string Kind => parts[0].Kind;
    public IReadOnlyList<string> Fields { get; } =
    [.. parts.SelectMany(part => part.Fields).Distinct(StringComparer.Ordinal)];
    public int Count { get; } = parts.Sum(part => part.Count);
    public IReadOnlyList<InputException> Problems { get; } = [.. parts.SelectMany(part => part.Problems)];
    public IReadOnlyDictionary<string, int> LeftOut { get; } =
        parts
            .SelectMany(part => part.LeftOut)
            .GroupBy(reason => reason.Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Sum(reason => reason.Value), StringComparer.Ordinal);
    public IPictureFolder Pictures { get; } = new PictureFolders([.. parts.Select(part => part.Pictures)]);

    public Row Read(int index)
    {
        foreach (var part in parts)
        {
            if (index < part.Count)
                return part.Read(index);
            index -= part.Count;
        }
        throw new ArgumentOutOfRangeException(nameof(index));
    }

    public void Dispose()
    {
        foreach (var part in parts)
            part.Dispose();
    }
}
