using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>How the columns of a set become samples.</summary>
/// <param name="Name">Name in settings.</param>
/// <param name="Description">What it reads, for people.</param>
/// <param name="Fits">Whether a file with these columns is of this format, for "auto".</param>
/// <param name="Read">The sample of a row. Raises InputException, which names row and field.</param>
/// <param name="LeaveOut">Why a sample that can be read is no part of the set; null when it is.</param>
/// <param name="ImagesRequired">Rows without a picture are left out.</param>
internal sealed record DatasetFormat(
    string Name,
    string Description,
    Func<IReadOnlySet<string>, bool> Fits,
    Func<RowReader, Sample> Read,
    Func<Sample, string?>? LeaveOut = null,
    bool ImagesRequired = false
);
